#!/usr/bin/env python3
"""Precision and recall of `group --suggest`, and how much a split gives away (`leaks`, `honesty`, `screen`), on the ten films.

The films and their truth lie in ../shared/data (see its README). Two scenes of a film belong together if they share a unit or a
background by the truth file.

    benches/scene_groups.py --binary target/release/cutting-room --out /tmp/scene-groups
"""
import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path


def overlap(scene, row):
    first = max(scene["first_frame"], int(row["first_frame"]))
    return min(scene["last_frame"], int(row["last_frame"])) - first


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path(__file__).parent.parent.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    project = options.out / "project"

    def run(*words):
        command = [str(options.binary), *map(str, words)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def read(*words):
        return json.loads(run(*words, "--json"))

    films = sorted((options.data / "films").glob("*.mp4"))
    if not films:
        sys.exit(f"no films in {options.data}")
    if not project.exists():
        run("new", project)
        run("import-film", project, *films, "--every", 12)
    rows = list(csv.DictReader(open(options.data / "films.truth.csv")))
    scenes = read("scenes", project)["scenes"]
    truth = {scene["id"]: max((row for row in rows if row["film"] == scene["film"]), key=lambda row: overlap(scene, row)) for scene in scenes}

    def together(a, b):
        return any(truth[a][key] == truth[b][key] for key in ("unit", "background"))

    ids = [scene["id"] for scene in scenes]
    pairs = [(a, b) for at, a in enumerate(ids) for b in ids[at + 1:] if truth[a]["film"] == truth[b]["film"]]
    wanted = sum(together(a, b) for a, b in pairs)
    links = read("group", project, "--suggest", "--min-score", 0)["suggestions"]
    print(f"{len(pairs)} pairs of scenes of one film, {wanted} of which share a unit or a background")
    right = 0
    marks = [0.25, 0.5, 0.6, 0.75]
    best = 0.0
    for count, link in enumerate(links, 1):
        right += together(*link["scenes"])
        if right / count >= 0.95:
            best = right / wanted
        while marks and right >= marks[0] * wanted:
            print(f"recall {marks.pop(0):.2f}: precision {right / count:.3f}, score {link['score']:.3f}")
    print(f"highest recall at precision .95: {best:.2f}")
    likely = [link for link in links if link["score"] >= 0.8]
    hits = sum(together(*link["scenes"]) for link in likely)
    print(f"from the default score on: precision {hits / max(1, len(likely)):.3f}, recall {hits / wanted:.3f}")

    held = {(row["film"], row["unit"]) for row in csv.DictReader(open(options.data / "held-out-units.csv"))}
    units = [scene for scene in ids if (truth[scene]["film"], truth[scene]["unit"]) in held]
    for name, words in [("whole units", ["--valid", *units]), ("random images", ["--random", 0.2]), ("whole scenes", ["--suggest", 0.2])]:
        run("split", project, *words)
        leaks = read("leaks", project)
        kinds = [twin["evidence"] for twin in leaks["twins"]]
        by_kind = ", ".join(f"{kinds.count(kind)} by {kind}" for kind in ("time", "hash", "features"))
        print(f"{name}: contamination {leaks['contamination']:.3f} of {leaks['valid_images']} ({by_kind}); cosine from {leaks['least_cosine']:.3f}")
    run("split", project, "--valid", *units)
    honesty = read("honesty", project)
    for name in ("random", "split"):
        low, high = honesty[name]["interval"]
        print(f"honesty, {name}: {honesty[name]['accuracy']:.3f} ({low:.3f} to {high:.3f})")
    for row in read("screen", project)["properties"][:5]:
        print(f"screen: {row['name']} of {row['class']} {row['direction']}, AUC {row['auc']:.3f}, p {row['p']:.4f}")


if __name__ == "__main__":
    main()
