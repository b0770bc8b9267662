#!/usr/bin/env python3
"""Precision and recall of the checks by kind on the scraped folders and the ten films, beside CleanVision's.

The data and its truth lie in ../shared/data (see its README). CleanVision runs in a Python of its own:

    python3 -m venv /tmp/cleanvision && /tmp/cleanvision/bin/pip install cleanvision==0.3.7
    benches/findings.py --binary target/release/cutting-room --out /tmp/findings [--cleanvision /tmp/cleanvision/bin/python]

A finding of a copy is right if the two files show the same picture by the truth file, whatever kind of copy the truth calls it
(a rotated, CMYK, WebP, dark or blurred copy is one too); recall is over the files that the truth gives the kind. Mislabelled images are
counted within the first tenth of their ranking.
"""
import argparse
import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

KINDS = ["corrupt", "not-an-image", "exact-duplicate", "near-duplicate", "blurry", "dark", "low-information", "odd-size", "odd-aspect"]
COPIES = {"exact-duplicate", "near-duplicate"}
CLEANVISION = {
    "blurry": "is_blurry_issue",
    "dark": "is_dark_issue",
    "low-information": "is_low_information_issue",
    "odd-size": "is_odd_size_issue",
    "odd-aspect": "is_odd_aspect_ratio_issue",
    "exact-duplicate": "is_exact_duplicates_issue",
    "near-duplicate": "is_near_duplicates_issue",
}
# CleanVision stops at the first file that it cannot read, so it gets the readable ones.
CLEANVISION_SCRIPT = """
import json, sys
from cleanvision import Imagelab
lab = Imagelab(filepaths=json.load(open(sys.argv[1])))
lab.find_issues(n_jobs=2, verbose=False)
flags = {c: [str(p) for p in lab.issues.index[lab.issues[c]]] for c in lab.issues.columns if c.startswith("is_")}
sets = {k: lab.info[k]["sets"] for k in ("exact_duplicates", "near_duplicates")}
json.dump({"flags": flags, "sets": sets}, open(sys.argv[2], "w"))
"""


def roots(rows):
    """The file that each one is a version of."""
    found = {}
    for row in rows:
        match = re.search(r"(\w+/)?\d+\.jpg", row["detail"])
        name = match.group(0) if match and row["kind"] != "mislabelled" else row["file"]
        found[row["file"]] = name if "/" in name else row["file"].split("/")[0] + "/" + name
    return found


def score(found, right, wanted):
    precision = right / found if found else float("nan")
    recall = wanted[0] / wanted[1] if wanted[1] else float("nan")
    return f"{recall:.2f} / {precision:.2f}"


def ours(binary, project, *kinds):
    done = subprocess.run([binary, "findings", project, "--json", "--kind", *kinds], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return json.loads(done.stdout)["findings"]


def is_right(kind, row, of, truth, root):
    if kind in COPIES:
        return root.get(row) == root.get(of)
    return truth.get(row) == kind


def cleanvision(python, data, rows, out):
    unreadable = {"corrupt", "not-an-image"}
    files = [str(data / "scraped" / row["file"]) for row in rows if row["kind"] not in unreadable]
    (out / "files.json").write_text(json.dumps(files))
    subprocess.run([python, "-c", CLEANVISION_SCRIPT, out / "files.json", out / "cleanvision.json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    found = json.loads((out / "cleanvision.json").read_text())
    name = lambda path: str(Path(path).relative_to(data / "scraped"))
    flags = {kind: [name(path) for path in found["flags"].get(flag, [])] for kind, flag in CLEANVISION.items()}
    groups = {"exact-duplicate": "exact_duplicates", "near-duplicate": "near_duplicates"}
    for kind, key in groups.items():
        # As in our findings: the first of a set is the one that the others are copies of.
        flags[kind] = [(name(path), name(sorted(group)[0])) for group in found["sets"][key] for path in sorted(group)[1:]]
    return flags


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared/data")
    parser.add_argument("--cleanvision", help="a Python that has it")
    parser.add_argument("--films", action="store_true", help="borders on the ten films too")
    args = parser.parse_args()
    args.binary = str(Path(args.binary).resolve())
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    run = lambda *words: subprocess.run([args.binary, *map(str, words)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    rows = list(csv.DictReader(open(args.data / "scraped.truth.csv")))
    truth = {row["file"]: row["kind"] for row in rows}
    root = roots(rows)
    project = args.out / "scraped"
    run("new", project)
    run("import-images", project, args.data / "scraped", "--in-place")
    run("scan", project)
    found = ours(args.binary, project, *KINDS)
    theirs = cleanvision(args.cleanvision, args.data, rows, args.out) if args.cleanvision else {}
    print(f"{'recall / precision':18} {'here':>12} {'CleanVision':>12}")
    for kind in KINDS:
        wanted = [name for name in truth if truth[name] == kind]
        pairs = [(row["path"], row.get("of")) for row in found if row["kind"] == kind]
        cells = []
        for pairs in (pairs, [pair if isinstance(pair, tuple) else (pair, None) for pair in theirs.get(kind, [])]):
            right = [name for name, of in pairs if is_right(kind, name, of, truth, root)]
            hit = set(wanted) & {n for name, of in pairs if is_right(kind, name, of, truth, root) for n in ((name, of) if kind in COPIES else (name,))}
            cells.append(score(len(pairs), len(right), (len(hit), len(wanted))))
        print(f"{kind:18} {cells[0]:>12} {cells[1] if kind in theirs else '-':>12}")
        for name, of in [(row["path"], row.get("of")) for row in found if row["kind"] == kind]:
            if not is_right(kind, name, of, truth, root):
                print(f"    {name} ({truth.get(name)})" + (f" of {of}" if of else ""), file=sys.stderr)
    ranking = sorted(ours(args.binary, project, "mislabelled"), key=lambda row: -row["score"])
    readable = sum(kind not in ("corrupt", "not-an-image") for kind in truth.values())
    for share in (0.05, 0.1, 0.2):
        top = ranking[: int(share * readable)]
        hit = sum(truth[row["path"]] == "mislabelled" for row in top)
        print(f"mislabelled: {hit} of 20 within the first {share:.0%} ({len(top)} images)")
    borders = ours(args.binary, project, "border")
    print(f"border: {len(borders)} of the scraped images: {[row['path'] for row in borders]}")
    if args.films:
        project = args.out / "films"
        run("new", project)
        run("import-film", project, *sorted((args.data / "films").glob("*.mp4")), "--every", "12")
        run("scan", project, "--kind", "border", "dark", "blurry", "low-information", "grey")
        counts = {}
        for row in ours(args.binary, project, "border", "dark", "blurry", "low-information", "grey"):
            key = (row["kind"], row["source"], json.dumps(row.get("border")))
            counts[key] = counts.get(key, 0) + 1
        for key, count in sorted(counts.items()):
            print("films:", *key, count)


if __name__ == "__main__":
    main()
