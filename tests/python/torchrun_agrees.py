"""Gradients of a job's first batch and both sides of its split, as each number of processes has them.

    python -m torch.distributed.run --nproc-per-node N torchrun_agrees.py JOB OUT

Writes OUT/N.npz (gradients by name, of the whole net learning on frozen statistics) and OUT/N.json; two of them are compared by

    python torchrun_agrees.py OUT
"""

import copy
import json
import sys
from pathlib import Path

import numpy as np

BATCH = 10


def write(job: Path, out: Path) -> None:
    sys.path.insert(0, str(job))
    import train_torch as tt

    device = tt.begin()
    description = json.loads((job / "job.json").read_text())
    images = json.loads((job / "images.json").read_text())
    recipe = copy.deepcopy(description["runs"][-1]["torch"])
    trainer = tt.Trainer(recipe, images, device)
    assert recipe["frozen"] == "statistics", recipe["frozen"]
    # The views that are drawn differ from process to process, and are not what is compared.
    recipe["augment"], recipe["erasing"] = "none", 0.0
    trainer.set_mode(True)
    count = len(trainer.train.rows)
    batch = [at * count // BATCH for at in range(BATCH)]
    # In micro-batches, one of which is smaller.
    loss, _ = trainer.backward(batch, 0, 2)
    losses = sum(tt.gathered([loss]))
    rank, world = tt.world()
    if rank == 0:
        gradients = {name: value.grad.numpy() for name, value in trainer.learning.items()}
        np.savez(out / f"{world}.npz", **gradients)
        split = {side: [row["file"] for row in images[side]] for side in ("train", "valid")}
        (out / f"{world}.json").write_text(json.dumps({"loss": losses, "split": split}))
    if world > 1:
        tt.dist.barrier()
        tt.dist.destroy_process_group()


def compare(out: Path) -> None:
    one, two = (np.load(out / f"{world}.npz") for world in (1, 2))
    documents = [json.loads((out / f"{world}.json").read_text()) for world in (1, 2)]
    assert sorted(one) == sorted(two)
    largest = max(float(np.abs(one[name]).max()) for name in one)
    difference = max(float(np.abs(one[name] - two[name]).max()) for name in one)
    norms = [float(np.sqrt(sum((part[name].astype(np.float64) ** 2).sum() for name in part))) for part in (one, two)]
    document = {
        "tensors": len(list(one)),
        "largest": largest,
        "difference": difference,
        "norms": norms,
        "losses": [document["loss"] for document in documents],
        "same_split": documents[0]["split"] == documents[1]["split"],
    }
    print(json.dumps(document))


if len(sys.argv) == 2:
    compare(Path(sys.argv[1]))
else:
    write(Path(sys.argv[1]), Path(sys.argv[2]))
