#!/usr/bin/env python3
"""Scans a project of Cutting Room in parts, side by side with Ray, and takes in what they found.

    python scan_ray.py [--workers N] [--program PATH] [--parts N]

It needs ray, and the program on every machine of the cluster (`--program`, or cutting-room on PATH); on several machines this
folder and the project must lie where all of them see them. Each part is a task, which reads the project and changes nothing.
At the end the program takes the parts in, as if it had scanned all images by itself; the project must not be open elsewhere then.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import ray

HERE = Path(__file__).resolve().parent


@ray.remote
def scan(program: str, project: str, kinds: list[str], part: str, out: str) -> tuple[str, int, str]:
    """The part, the program's exit code, and its last words."""
    shutil.rmtree(out, ignore_errors=True)
    command = [program, "scan", project, "--shard", part, "--out", out, *kinds]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return part, done.returncode, lines[-1] if lines else ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Scans a project side by side with Ray.")
    parser.add_argument("--workers", type=int, metavar="N", help="parts at once [one a CPU]")
    parser.add_argument("--parts", type=int, metavar="N", help="[four a worker]")
    parser.add_argument("--program", default="cutting-room", metavar="PATH")
    args = parser.parse_args()
    job = json.loads((HERE / "scan.json").read_text(encoding="utf-8"))
    kinds = ["--kind", *job["kinds"]] if job["kinds"] else []
    ray.init(num_cpus=args.workers, include_dashboard=False, log_to_driver=False, logging_level="error")
    count = args.parts or 4 * int(ray.cluster_resources().get("CPU", 1))
    (HERE / "parts").mkdir(exist_ok=True)
    folders = [str(HERE / "parts" / f"{number}-of-{count}") for number in range(1, count + 1)]
    waiting = [scan.remote(args.program, job["project"], kinds, f"{number}/{count}", out)
               for number, out in enumerate(folders, 1)]
    failed = 0
    while waiting:
        ready, waiting = ray.wait(waiting)
        part, code, said = ray.get(ready[0])
        failed += code != 0
        print(f"{part}: {said}", file=sys.stderr, flush=True)
    ray.shutdown()
    if failed:
        print(f"error: {failed} of {count} parts failed; start it again", file=sys.stderr)
        return 1
    merged = subprocess.run([args.program, "scan", job["project"], "--merge", *folders, *kinds], check=False).returncode
    if merged == 0:
        shutil.rmtree(HERE / "parts")
    return merged


if __name__ == "__main__":
    sys.exit(main())
