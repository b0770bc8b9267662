#!/usr/bin/env python3
"""JPEGs a second of an import that checks every file for damage (the files copied into the project), interleaved with fastai's
`verify_images` (Pillow: opened, drafted to 32 x 32 and loaded; it copies nothing), both with two processes or threads.

    benches/import_speed.py --binary target/release/cutting-room --images FOLDER --out /tmp/import-speed [--rounds 3]

FOLDER holds a folder a class, or just images, for instance frames of a film (benches/scan_speed.py says how to make them). The
Python that runs this needs Pillow.
"""
import argparse
import multiprocessing
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from PIL import Image


def is_readable(path):
    """As `fastai.vision.utils.verify_image`."""
    try:
        image = Image.open(path)
        image.draft(image.mode, (32, 32))
        image.load()
        return True
    except Exception:  # whatever a damaged file makes of it
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=Path)
    parser.add_argument("--images", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    files = [path for path in args.images.rglob("*") if path.is_file()]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    ours, theirs = [], []
    for _ in range(args.rounds):
        shutil.rmtree(args.out, ignore_errors=True)
        subprocess.run([args.binary, "new", args.out], **quiet)
        begin = time.monotonic()
        subprocess.run([args.binary, "import-images", args.out, args.images], **quiet)
        ours.append(time.monotonic() - begin)
        begin = time.monotonic()
        with multiprocessing.Pool(2) as pool:
            assert all(pool.imap_unordered(is_readable, files, chunksize=32))
        theirs.append(time.monotonic() - begin)
    rate = lambda times: len(files) / statistics.median(times)
    print(f"import {rate(ours):.0f} images/s, verify_images {rate(theirs):.0f}, ratio {rate(ours) / rate(theirs):.1f} ({len(files)} images, {args.rounds} rounds)")


if __name__ == "__main__":
    main()
