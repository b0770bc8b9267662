#!/usr/bin/env python3
"""Hard cuts of the ten films, as they are and in versions that a film of one's own could be: enlarged, with fewer frames a second, dark,
pale, without color, with bars, noisy, badly compressed.

    benches/scene_cuts.py --binary target/release/cutting-room --out /tmp/scene-cuts [VERSION...]

The films and the frames at which their scenes begin lie in ../shared/data. A cut is found if a scene begins within a frame of it; a begin
within 14 frames of a dissolve counts neither as right nor as false. What is there from before is not made again.
"""
import argparse
import csv
import json
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

# ffmpeg's filters, and how many frames of the film one of the version stands for.
VERSIONS = {
    "as it is": ("null", 1),
    "enlarged 1.5 times": ("crop=iw/1.5:ih/1.5", 1),
    "enlarged 2 times": ("crop=iw/2:ih/2,scale=480:270", 1),
    "every 2nd frame": (r"select='not(mod(n\,2))',setpts=N/24/TB", 2),
    "every 3rd frame": (r"select='not(mod(n\,3))',setpts=N/24/TB", 3),
    "noise": ("noise=alls=20:allf=t", 1),
    "dark": ("eq=gamma=0.6:brightness=-0.1", 1),
    "pale": ("eq=gamma=1.6", 1),
    "contrast": ("eq=contrast=1.6", 1),
    "gray": ("hue=s=0", 1),
    "bars": ("pad=480:360:0:45", 1),
    "crf 42": ("null", 1),
}
DISSOLVE_REACH = 14


def truth(data: Path) -> dict[str, dict[str, list[int]]]:
    """First frames of the scenes after the first, by film and kind of transition."""
    begins: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    with (data / "films.truth.csv").open() as table:
        for row in csv.DictReader(table):
            if (first := int(row["first_frame"])) > 0:
                begins[row["film"]][row["transition"]].append(first)
    return begins


def make(data: Path, folder: Path, version: str) -> list[Path]:
    graph, _ = VERSIONS[version]
    folder.mkdir(parents=True, exist_ok=True)
    crf = "42" if version == "crf 42" else "20"
    for film in sorted((data / "films").glob("*.mp4")):
        if not (made := folder / film.name).exists():
            part = folder / f"part-{film.name}"
            encode = ["-r", "24", "-c:v", "libx264", "-preset", "veryfast", "-crf", crf, "-pix_fmt", "yuv420p", "-an"]
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", film, "-vf", graph, *encode, part], check=True)
            part.rename(made)
    return sorted(film for film in folder.glob("*.mp4") if not film.name.startswith("part-"))


def scenes(binary: Path, project: Path, films: list[Path]) -> dict[str, list[tuple[int, str]]]:
    """First frames after the first scene, with their transitions, as the program finds them."""
    shutil.rmtree(project, ignore_errors=True)
    subprocess.run([binary, "new", project], check=True, capture_output=True)
    subprocess.run([binary, "import-film", project, *films, "--every", "48"], check=True, capture_output=True)
    listed = subprocess.run([binary, "scenes", project, "--json"], check=True, capture_output=True)
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for scene in json.loads(listed.stdout)["scenes"]:
        if scene["first_frame"] > 0:
            found[scene["film"]].append((scene["first_frame"], scene["transition"]))
    return found


def counts(there: dict[str, list[int]], found: list[tuple[int, str]], step: int) -> tuple[int, int, int]:
    """Hard cuts that are right, false and missing."""
    cuts = [-(-frame // step) for frame in there["cut"]]
    dissolves = [frame // step for frame in there["dissolve"]]
    begins = [frame for frame, _ in found]
    right = sum(any(abs(begin - cut) <= 1 for begin in begins) for cut in cuts)
    false = sum(
        transition == "cut"
        and all(abs(begin - cut) > 1 for cut in cuts)
        and all(abs(begin - dissolve) > DISSOLVE_REACH for dissolve in dissolves)
        for begin, transition in found
    )
    return right, false, len(cuts) - right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("versions", nargs="*", metavar="VERSION", help=", ".join(VERSIONS))
    args = parser.parse_args()
    begins = truth(args.data)
    print(f"{'':20} right false missing    F1")
    total = (0, 0, 0)
    for version in args.versions or VERSIONS:
        folder = args.out / version.replace(" ", "-")
        films = make(args.data, folder / "films", version)
        found = scenes(args.binary.resolve(), folder / "project", films)
        of_films = [counts(there, found[film], VERSIONS[version][1]) for film, there in begins.items()]
        right, false, missing = (sum(column) for column in zip(*of_films))
        total = tuple(map(sum, zip(total, (right, false, missing))))
        print(f"{version:20} {right:5} {false:5} {missing:7} {2 * right / (2 * right + false + missing):5.3f}", flush=True)
    right, false, missing = total
    print(f"{'all':20} {right:5} {false:5} {missing:7} {2 * right / (2 * right + false + missing):5.3f}")


if __name__ == "__main__":
    main()
