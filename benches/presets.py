#!/usr/bin/env python3
"""Which recipe does best on held-out units and on drawn portraits: variants of the presets, several seeds, one table.

    benches/presets.py --binary target/release/cutting-room --out FOLDER [--variants modern mixup …] [--seeds 0 1 2 3 4] [--stages 1]

Images and split are those of ten_films.py. What is done stays done: killed and started again with the same OUT it goes on where it
was, a half-trained run too (`resume`), and more variants or seeds can be added later. Every measurement is a line of OUT/results.jsonl;
OUT/table.md is written anew after each seed. A variant's stage 1 is trained once for all variants that share its flags.

The intervals are 95 %, of the mean over seeds (Student's t); "vs modern" is the mean of the differences with the same seed. Seeds say how
much of it is chance in training; how far 28 scenes speak for others they do not say (`evaluate` prints that interval, by scenes).
"""
import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
from pathlib import Path

from ten_films import held_out_scenes, portraits

# Name: flags of stage 1, flags of stage 2.
VARIANTS = {
    "modern": ([], []),
    "fastai": (["--preset", "fastai"], []),
    # `modern` in stage 2 with fastai's looks and no average, as it was at first.
    "fastai-looks": ([], ["--augment", "fastai", "--erasing", "0", "--ema", "0"]),
    "no-looks": ([], ["--augment", "none", "--erasing", "0"]),
    "no-erasing": ([], ["--erasing", "0"]),
    "no-average": ([], ["--ema", "0"]),
    "mixup": ([], ["--mixup", "0.2"]),
    "looks": (["--looks", "3"], []),
    "looks-fastai": (["--looks", "3", "--augment", "fastai", "--erasing", "0"], []),
    "balance": (["--balance"], ["--balance"]),
}
EPOCHS = {1: 6, 2: 4}
# 97.5 % points of Student's t by degrees of freedom.
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


class Bench:
    def __init__(self, binary, out, shared, stages):
        self.stages = stages
        self.binary, self.out = Path(binary).resolve(), out
        self.project, self.data = out / "project", shared / "data"
        self.results = {}
        if (out / "results.jsonl").exists():
            for line in (out / "results.jsonl").read_text().splitlines():
                row = json.loads(line)
                self.results[tuple(row["key"])] = row["accuracy"]
        runs = out / "runs.json"
        self.runs = json.loads(runs.read_text()) if runs.exists() else {}

    def call(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"exit code {done.returncode} from: cutting-room {' '.join(map(str, arguments))}")
        return done.stdout

    def prepare(self):
        """The project, once; the mark is made last."""
        self.portraits = self.out / "portraits"
        if (self.out / "prepared").exists():
            return
        if self.out.exists() and any(self.out.iterdir()):
            sys.exit(f"{self.out} holds something else or was cut off while it was prepared; name a new folder or empty it")
        self.out.mkdir(parents=True, exist_ok=True)
        films = sorted((self.data / "films").glob("*.mp4"))
        units = list(csv.DictReader(open(self.data / "held-out-units.csv")))
        portraits(self.data, self.portraits, lambda position: True)
        self.call("new", self.project)
        self.call("import-film", self.project, *films, "--every", 12)
        scenes = json.loads(self.call("scenes", self.project, "--json"))["scenes"]
        self.call("split", self.project, "--valid", *held_out_scenes(scenes, units))
        (self.out / "prepared").touch()

    def status(self, run):
        runs = json.loads(self.call("runs", self.project, "--json"))["runs"]
        return next((row["status"] for row in runs if row["id"] == run), None)

    def train(self, name, *arguments):
        """The id of the run called `name`: an earlier one, gone on with if it was cut off, or a new one."""
        run = self.runs.get(name)
        status = self.status(run) if run else None
        if status == "finished":
            return run
        if status in ("interrupted", "cancelled") and (self.project / "runs" / run / "last" / "checkpoint.safetensors").exists():
            print(f"{name}: goes on with {run}", flush=True)
            self.call("resume", self.project, run)
            return run
        command = [self.binary, "train", self.project, *arguments]
        child = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = []
        for line in child.stderr:
            said.append(line)
            if line.startswith("run "):
                run = self.runs[name] = line.split()[1]
                (self.out / "runs.json").write_text(json.dumps(self.runs, indent=1))
        if child.wait() != 0:
            sys.exit(f"{name} failed:\n" + "".join(said[-5:]))
        return run

    def measure(self, variant, seed):
        flags = VARIANTS[variant]
        stage_1 = " ".join(flags[0]) or "modern"
        names = {1: f"{stage_1}, stage 1, seed {seed}", 2: f"{variant}, stage 2, seed {seed}"}
        keys = [(variant, seed, stage, which) for stage in self.stages for which in ("valid", "portraits")]
        if all(key in self.results for key in keys):
            return
        run = None
        for stage in self.stages:
            origin = ["--from", run] if run else []
            spent = processor_seconds()
            run = self.train(names[stage], "--stage", stage, "--epochs", EPOCHS[stage], "--seed", seed, *origin, *flags[stage - 1])
            spent = round(processor_seconds() - spent, 1)
            for which, place in (("valid", "valid"), ("portraits", self.portraits)):
                key = (variant, seed, stage, which)
                if key in self.results:
                    continue
                found = json.loads(self.call("evaluate", self.project, run, "--set", place, "--json"))
                self.results[key] = found["accuracy"]
                with open(self.out / "results.jsonl", "a") as file:
                    row = {"key": key, "accuracy": found["accuracy"], "interval": found["interval"], "n": found["n"], "run": run,
                           "cpu_seconds": spent}
                    file.write(json.dumps(row) + "\n")
                print(f"{names[stage]}: {which} {found['accuracy']:.3f}", flush=True)

    def table(self):
        lines = ["| variant | stage | set | seeds | mean | sd | 95 % | vs modern |", "|---|---|---|---|---|---|---|---|"]
        # What other programs added to the results (peers/train_fastai.py) has rows of its own.
        others = sorted({key[0] for key in self.results} - set(VARIANTS))
        for variant in [*VARIANTS, *others]:
            for stage in (1, 2):
                for which in ("valid", "portraits"):
                    values = self.values(variant, stage, which)
                    if not values:
                        continue
                    modern = self.values("modern", stage, which)
                    both = [values[seed] - modern[seed] for seed in values if seed in modern]
                    difference = "" if variant == "modern" or not both else interval(both, "+")
                    mean, sd = statistics.mean(values.values()), deviation(list(values.values()))
                    lines.append(f"| {variant} | {stage} | {which} | {len(values)} | {mean:.3f} | {sd} | "
                                 f"{interval(list(values.values()))} | {difference} |")
        text = "\n".join(lines) + "\n"
        (self.out / "table.md").write_text(text)
        return text

    def values(self, variant, stage, which):
        """Accuracies by seed."""
        return {key[1]: value for key, value in sorted(self.results.items()) if (key[0], *key[2:]) == (variant, stage, which)}


def processor_seconds():
    """Of the programs that were called until now, all threads."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def deviation(values):
    return f"{statistics.stdev(values):.3f}" if len(values) > 1 else "–"


def interval(values, sign=""):
    mean = statistics.mean(values)
    if len(values) < 2:
        return f"{mean:{sign}.3f}"
    half = STUDENT.get(len(values) - 1, 1.96) * statistics.stdev(values) / len(values) ** 0.5
    return f"{mean:{sign}.3f} [{mean - half:{sign}.3f}, {mean + half:{sign}.3f}]"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/cutting-room")
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--stages", type=int, nargs="+", default=[1, 2], choices=[1, 2], help="stage 2 needs stage 1")
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    options = parser.parse_args()
    bench = Bench(options.binary, options.out, options.shared, options.stages)
    bench.prepare()
    # Seed by seed, so that a cut leaves all variants with as many.
    for seed in options.seeds:
        for variant in options.variants:
            bench.measure(variant, seed)
            bench.table()
    print(bench.table())


if __name__ == "__main__":
    main()
