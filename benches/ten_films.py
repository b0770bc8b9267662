#!/usr/bin/env python3
"""The whole job on the ten films, through the command line, with times and accuracies.

The films, scraped images and their truth lie in ../shared/data (see its README). Needs only Python's standard library.

    benches/ten_films.py --binary target/release/cutting-room --out /tmp/ten-films [--seeds 0 1 2] [--skip random portraits] [--preset fastai]

Honest split: the scenes of held-out-units.csv (whole units). Each detected scene goes to validation if more than half of
it lies in a held-out unit's frames. Prints a line a step and writes OUT/results.json.
"""
import argparse
import csv
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path


class Job:
    """Runs commands of the real binary and remembers how long each took."""

    def __init__(self, binary, preset):
        self.binary = Path(binary).resolve()
        self.preset = preset
        self.steps = []

    def run(self, *arguments, step=None):
        begin = time.monotonic()
        done = subprocess.run([self.binary, *map(str, arguments)], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        seconds = time.monotonic() - begin
        if done.returncode != 0:
            sys.exit(f"exit code {done.returncode} from: cutting-room {' '.join(map(str, arguments))}")
        if step:
            self.steps.append({"step": step, "seconds": round(seconds, 1)})
            print(f"{seconds:8.1f} s  {step}", flush=True)
        return done.stdout

    def json(self, *arguments, step=None):
        return json.loads(self.run(*arguments, "--json", step=step))


def held_out_scenes(scenes, units):
    """Ids of the scenes of which more than half lies in held-out frames."""
    chosen = []
    for scene in scenes:
        first, last = scene["first_frame"], scene["last_frame"]
        shared = sum(
            max(0, min(last, int(unit["last_frame"])) - max(first, int(unit["first_frame"])) + 1)
            for unit in units
            if unit["film"] == scene["film"]
        )
        if shared * 2 > last - first + 1:
            chosen.append(scene["id"])
    return chosen


def portraits(data, folder, keep):
    """A folder of copies of the good portraits: classes as sub-folders; `keep(i)` by position within the class."""
    seen = {}
    for row in csv.DictReader(open(data / "scraped.truth.csv")):
        if row["kind"] != "good":
            continue
        name = row["file"].split("/")[0]
        position = seen[name] = seen.get(name, -1) + 1
        if keep(position):
            target = folder / row["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(data / "scraped" / row["file"], target)
    return folder


def percent(evaluation):
    low, high = evaluation["interval"]
    return f"{evaluation['accuracy']:.3f} [{low:.3f}, {high:.3f}] n={evaluation['n']}"


def two_stages(job, project, seed, sets, *options):
    """Trains both stages; returns the evaluation of each stage on each set."""
    found = {}
    run = None
    for stage, epochs in ((1, 6), (2, 4)):
        origin = ["--from", run] if run else ["--preset", job.preset]
        run = job.run("train", project, "--stage", stage, "--epochs", epochs, "--seed", seed, *origin, *options,
                      step=f"{project.name}: stage {stage}, {epochs} epochs, seed {seed}").strip().splitlines()[-1]
        for name, which in sets.items():
            evaluation = job.json("evaluate", project, run, "--set", which)
            found[f"stage {stage}, {name}"] = evaluation
            print(f"            stage {stage} on {name}: {percent(evaluation)}", flush=True)
    return run, found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/cutting-room")
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--skip", nargs="*", default=[], choices=["portraits", "random"])
    parser.add_argument("--preset", default="modern", choices=["modern", "fastai"])
    options = parser.parse_args()
    data = options.shared / "data"
    films = sorted((data / "films").glob("*.mp4"))
    units = list(csv.DictReader(open(data / "held-out-units.csv")))
    options.out.mkdir(parents=True)
    job = Job(options.binary, options.preset)
    good = portraits(data, options.out / "portraits", lambda position: True)

    project = options.out / "ten-films"
    job.run("new", project)
    job.run("import-film", project, *films, "--every", 12, step="import ten films, every 12th frame")
    held_out = held_out_scenes(job.json("scenes", project)["scenes"], units)
    print(f"            {len(held_out)} scenes held out: {' '.join(map(str, held_out))}")
    job.run("split", project, "--valid", *held_out, step="split by scene ids")
    results = {"seeds": {}}
    for seed in options.seeds:
        run, results["seeds"][seed] = two_stages(job, project, seed, {"held-out scenes": "valid", "portraits": good})
    for position, image in enumerate(sorted(good.rglob("*.jpg"))[::75]):
        job.run("explain", project, run, image, "--out", options.out / f"heatmap-{position}.png", step=f"explain {image.parent.name}/{image.name}")

    if "portraits" not in options.skip:
        mixed = options.out / "with-portraits"
        job.run("new", mixed)
        job.run("import-film", mixed, *films, "--every", 12)
        job.run("split", mixed, "--valid", *held_out_scenes(job.json("scenes", mixed)["scenes"], units))
        half = portraits(data, options.out / "portraits-train", lambda position: position % 2 == 0)
        other = portraits(data, options.out / "portraits-test", lambda position: position % 2 == 1)
        job.run("import-images", mixed, half, "--source", "portraits", step="import half of the portraits")
        results["with half of the portraits"] = {}
        for seed in options.seeds:
            _, results["with half of the portraits"][seed] = two_stages(job, mixed, seed, {"held-out scenes": "valid", "other portraits": other})

    if "random" not in options.skip:
        job.run("split", project, "--random", 0.2, "--seed", 0)
        _, results["random split"] = two_stages(job, project, 0, {"random valid": "valid"}, "--allow-leaks")
        job.run("split", project, "--valid", *held_out)

    results["steps"] = job.steps
    (options.out / "results.json").write_text(json.dumps(results, indent=1))
    print()
    for name in results["seeds"][options.seeds[0]]:
        values = [results["seeds"][seed][name]["accuracy"] for seed in options.seeds]
        print(f"{name}: mean {statistics.mean(values):.3f} over seeds {options.seeds}: {' '.join(f'{v:.3f}' for v in values)}")


if __name__ == "__main__":
    main()
