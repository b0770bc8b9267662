#!/usr/bin/env python3
"""Images a second of a scan by pixels and files (all kinds but those of features), interleaved with CleanVision's whole check, both
with two processes or threads.

    benches/scan_speed.py --binary target/release/cutting-room --images FOLDER --out /tmp/scan-speed --cleanvision /tmp/cleanvision/bin/python [--rounds 3]

FOLDER holds JPEGs of 1280x720, for instance frames of a film:

    ffmpeg -i FILM -vf "select=not(mod(n\\,5)),scale=1280:720" -fps_mode passthrough -q:v 3 FOLDER/%05d.jpg
"""
import argparse
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

KINDS = "corrupt not-an-image wrong-extension exact-duplicate near-duplicate blurry dark bright low-information grey odd-size odd-aspect border".split()
CLEANVISION_SCRIPT = """
import sys, time
from cleanvision import Imagelab
if __name__ == "__main__":
    begin = time.monotonic()
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues(n_jobs=2, verbose=False)
    print(time.monotonic() - begin)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=Path)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--cleanvision", required=True, help="a Python that has it")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    count = sum(1 for path in args.images.rglob("*") if path.is_file())
    environment = {**os.environ, "RAYON_NUM_THREADS": "2"}
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    script = args.out.with_suffix(".py")
    script.write_text(CLEANVISION_SCRIPT)
    ours, theirs, warm = [], [], []
    for _ in range(args.rounds):
        shutil.rmtree(args.out, ignore_errors=True)
        subprocess.run([args.binary, "new", args.out], **quiet)
        subprocess.run([args.binary, "import-images", args.out, args.images, "--in-place"], **quiet)
        for times in (ours, warm):
            begin = time.monotonic()
            subprocess.run([args.binary, "scan", args.out, "--kind", *KINDS], env=environment, **quiet)
            times.append(time.monotonic() - begin)
        answer = subprocess.run([args.cleanvision, script, args.images], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
        theirs.append(float(answer.stdout.split()[-1]))
    rate = lambda times: count / statistics.median(times)
    print(f"scan {rate(ours):.0f} images/s, CleanVision {rate(theirs):.0f}, ratio {rate(ours) / rate(theirs):.1f}; warm re-scan {statistics.median(warm):.2f} s ({count} images, {args.rounds} rounds)")


if __name__ == "__main__":
    main()
