#!/usr/bin/env python3
"""Trains the trainings of a job of Cutting Room side by side with Ray, and compares them.

    python sweep_ray.py [--workers N] [--program PATH] [--json]

It needs ray, and the program on every machine of the cluster (`--program`, or cutting-room on PATH); on several machines the
folder must lie where all of them see it. Each training is a task, which a GPU is taken for where the cluster has some. Called
again, it goes on where it stopped. At the end the program compares what is done, as `cutting-room sweep` does.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import ray

HERE = Path(__file__).resolve().parent


@ray.remote
def train(program: str, number: int) -> tuple[int, int, str]:
    """The number of a training, the program's exit code, and its last words."""
    command = [program, "train-job", str(HERE), "--number", str(number), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines()
    return number, done.returncode, lines[-1] if lines else ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Trains a job side by side with Ray.")
    parser.add_argument("--workers", type=int, metavar="N", help="trainings at once [one a GPU, or one a CPU]")
    parser.add_argument("--program", default="cutting-room", metavar="PATH")
    parser.add_argument("--json", action="store_true", help="print one JSON document on stdout")
    args = parser.parse_args()
    count = len(json.loads((HERE / "job.json").read_text(encoding="utf-8"))["runs"])
    ray.init(num_cpus=args.workers, include_dashboard=False, log_to_driver=False, logging_level="error")
    gpus = ray.cluster_resources().get("GPU", 0)
    task = train.options(num_cpus=1, num_gpus=1 if gpus else 0)
    waiting = [task.remote(args.program, number) for number in range(1, count + 1)]
    failed = 0
    while waiting:
        ready, waiting = ray.wait(waiting)
        number, code, said = ray.get(ready[0])
        failed += code != 0
        print(f"{number} of {count}: {'done' if code == 0 else said}", file=sys.stderr, flush=True)
    ray.shutdown()
    if failed:
        print(f"error: {failed} of {count} trainings failed", file=sys.stderr)
        return 1
    compare = [args.program, "train-job", str(HERE), *(["--json"] if args.json else [])]
    return subprocess.run(compare, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
