#!/usr/bin/env python3
"""How long the import of a film takes (frames extracted, scenes found, everything written), interleaved with a bare ffmpeg run that
only writes the same frames.

    benches/extract_speed.py --binary target/release/cutting-room --film FILM --out /tmp/extract [--every 48] [--rounds 3]
"""
import argparse
import shutil
import statistics
import subprocess
import time
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=Path)
    parser.add_argument("--film", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--every", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    frames = args.out / "bare"
    project = args.out / "project"
    ours, theirs = [], []
    for _ in range(args.rounds):
        shutil.rmtree(args.out, ignore_errors=True)
        frames.mkdir(parents=True)
        subprocess.run([args.binary, "new", project], **quiet)
        begin = time.monotonic()
        subprocess.run([args.binary, "import-film", project, args.film, "--every", str(args.every)], **quiet)
        ours.append(time.monotonic() - begin)
        begin = time.monotonic()
        select = f"select=not(mod(n\\,{args.every}))"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", args.film, "-vf", select, "-fps_mode", "passthrough", "-q:v", "2", frames / "%06d.jpg"], **quiet)
        theirs.append(time.monotonic() - begin)
    count = sum(1 for _ in frames.iterdir())
    pairs = statistics.median(our / their for our, their in zip(ours, theirs))
    print(f"import {min(ours):.2f} s, bare ffmpeg {min(theirs):.2f} s, ratio {min(ours) / min(theirs):.2f} ({count} frames, best of {args.rounds}); median ratio of a pair {pairs:.2f}")


if __name__ == "__main__":
    main()
