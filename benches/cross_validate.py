#!/usr/bin/env python3
"""Which recipe does best on scenes that it has not seen: variants of the train options, cross-validated over whole units, one table.

    benches/cross_validate.py --binary target/release/cutting-room --out FOLDER [--variants NAME …] [--folds 5] [--repeats 2]

Every unit of the ten films (all scenes that show the same figure are linked to one group) is held out once a repeat; the good
portraits, another style of drawing, are a second number for every fold's net. What is done stays done: killed and started
again with the same OUT it goes on where it was, and more variants can be added later. OUT/results.json holds the documents of
`cross-validate --json`, OUT/table.md the table. Needs only Python's standard library.

Differences to the first variant are over the same folds; their interval is 95 % (Student's t over folds).
"""
import argparse
import csv
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from ten_films import portraits

# Name: train options. The first one is what the others are compared with.
BEFORE = ["--size", "224", "--fit", "squish", "--head-init", "random"]
STAGE_2 = ["--stage", "2", "--epochs", "4"]
VARIANTS = {
    "before": BEFORE,
    "default": [],
    "closed form alone": ["--epochs", "1", "--lr", "1e-9"],
    "rate 1e-3": ["--lr", "1e-3"],
    "random head": ["--head-init", "random"],
    "224": ["--size", "224", "--fit", "keep"],
    "squish 320": ["--fit", "squish"],
    "384": ["--size", "384"],
    "fastai": ["--preset", "fastai"],
    "stage 2, before": [*STAGE_2, *BEFORE],
    "stage 2": STAGE_2,
    "stage 2, rates 1e-5 3e-5": [*STAGE_2, "--lr-range", "1e-6", "3e-5"],
    "stage 2, rates 1e-6 1e-3": [*STAGE_2, "--lr-range", "1e-5", "1e-3"],
    "stage 2, random head": [*STAGE_2, "--head-init", "random"],
    "stage 2, fastai": [*STAGE_2, "--preset", "fastai"],
}
# 97.5 % points of Student's t by degrees of freedom.
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 14: 2.145, 19: 2.093}


class Bench:
    def __init__(self, binary, out, shared):
        self.binary, self.out, self.data = Path(binary).resolve(), out, shared / "data"
        self.project, self.portraits = out / "project", out / "portraits"
        self.path = out / "results.json"
        self.results = json.loads(self.path.read_text()) if self.path.exists() else {}

    def call(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"exit code {done.returncode} from: cutting-room {' '.join(map(str, arguments))}")
        return done.stdout

    def prepare(self):
        """The project, once; the mark is made last."""
        if (self.out / "prepared").exists():
            return
        if self.out.exists() and any(self.out.iterdir()):
            sys.exit(f"{self.out} holds something else or was cut off while it was prepared; name a new folder or empty it")
        self.out.mkdir(parents=True, exist_ok=True)
        portraits(self.data, self.portraits, lambda position: True)
        self.call("new", self.project)
        self.call("import-film", self.project, *sorted((self.data / "films").glob("*.mp4")), "--every", 12)
        scenes = json.loads(self.call("scenes", self.project, "--json"))["scenes"]
        for ids in units(scenes, list(csv.DictReader(open(self.data / "films.truth.csv")))):
            if len(ids) > 1:
                self.call("group", self.project, "--link", *ids)
        (self.out / "prepared").touch()

    def measure(self, name, folds, repeats):
        key = f"{name} / {folds} folds, {repeats} repeats"
        if key not in self.results:
            begin = time.monotonic()
            document = json.loads(self.call("cross-validate", self.project, "--folds", folds, "--repeats", repeats,
                                            "--set", self.portraits, "--json", *VARIANTS[name]))
            document["seconds"] = time.monotonic() - begin
            self.results[key] = document
            self.path.write_text(json.dumps(self.results, indent=1))
        return self.results[key]


def units(scenes, truth):
    """Ids of the scenes of each film's units. A detected scene shows the unit that most of its frames show."""
    found = {}
    for scene in scenes:
        shared = {}
        for row in truth:
            if row["film"] == scene["film"]:
                first, last = int(row["first_frame"]), int(row["last_frame"])
                frames = min(last, scene["last_frame"]) - max(first, scene["first_frame"]) + 1
                if frames > 0:
                    shared[row["unit"]] = shared.get(row["unit"], 0) + frames
        if shared:
            unit = max(shared, key=shared.get)
            found.setdefault((scene["film"], unit), []).append(scene["id"])
    return list(found.values())


def row(name, document, first):
    portrait = document["sets"][0]
    stage_1 = document["stage_1"]
    cells = [
        name,
        f"{document['accuracy']:.3f} [{document['interval'][0]:.2f}, {document['interval'][1]:.2f}]",
        f"{portrait['accuracy']:.3f}",
        f"{stage_1['accuracy']:.3f} / {portrait['stage_1_accuracy']:.3f}" if stage_1 else "",
        difference(document, first),
        f"{document['seconds']:.0f} s",
    ]
    return "| " + " | ".join(cells) + " |"


def difference(document, first):
    """Over the folds that both have."""
    if document is first:
        return ""
    before = {(fold["repeat"], fold["fold"]): fold["accuracy"] for fold in first["folds"]}
    differences = [fold["accuracy"] - before[key] for fold in document["folds"] if (key := (fold["repeat"], fold["fold"])) in before]
    if len(differences) < 2:
        return ""
    spread = STUDENT[len(differences) - 1] * statistics.stdev(differences) / len(differences) ** 0.5
    return f"{statistics.mean(differences):+.3f} ± {spread:.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/cutting-room")
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[2] / "shared")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--variants", nargs="+", default=["before", "default", "stage 2, before", "stage 2"], choices=list(VARIANTS))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    bench = Bench(options.binary, options.out, options.shared)
    bench.prepare()
    lines = ["| recipe | held-out units | portraits | its stage 1 | against the first | time |", "|---|---|---|---|---|---|"]
    first = None
    for name in options.variants:
        document = bench.measure(name, options.folds, options.repeats)
        first = first or document
        lines.append(row(name, document, first))
        print(lines[-1], flush=True)
        (options.out / "table.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
