#!/usr/bin/env python3
"""Trains a job of Cutting Room with PyTorch, in one process or several.

    python train_torch.py [--number N]
    python -m torch.distributed.run --nproc-per-node 4 train_torch.py [--number N]

It needs torch, numpy, pillow, and torchvision and timm. `cutting-room import-run PROJECT DIR` brings the run back.

As in the program: the split and the order of classes (images.json), the weights it starts from, what of the net learns at
which rate, the one-cycle schedule of rate and momentum, AdamW and what it decays, label smoothing, class weights, averaged
weights, the head and its closed form, what is measured after each epoch and which epoch is kept.

Otherwise than there:
- Pillow decodes and scales the images, so pixels differ by up to three steps of 255, and by more where images are twice as
  large as what the net sees or larger, which the program decodes at a part of their size;
- augmented views are torchvision's (flips with TrivialAugmentWide, or with a mild affine and colors; RandomErasing), and
  they and the order of images are drawn by PyTorch's generator: a seed gives other numbers than there;
- a run that is cut off begins anew;
- what job.json lists as left_out, which is said before it begins.

Several processes share each batch, and their gradient is that of one process with the whole batch: normalizations of the
backbone keep their running statistics (recipes that freeze them, as the program's own does). Recipes that learn on the
statistics of batches (the preset fastai) use SyncBatchNorm, which needs GPUs; on a CPU they take one process.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from PIL import Image, ImageOps
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torchvision import transforms

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import predict  # noqa: E402  (lies beside this file)

SHRINKAGES = (0.2, 0.35, 0.5, 0.7, 0.85)
GOLDENS = 16


# --- what the processes share ---------------------------------------------------------------------------------------


def world() -> tuple[int, int]:
    """This process's number, and how many there are."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def begin() -> torch.device:
    """Joins the other processes that torchrun has started; returns where this one computes."""
    local = int(os.environ.get("LOCAL_RANK", 0))
    is_gpu = torch.cuda.is_available()
    device = torch.device("cuda", local) if is_gpu else torch.device("cpu")
    if is_gpu:
        torch.cuda.set_device(local)
    if "WORLD_SIZE" in os.environ and not dist.is_initialized():
        if is_gpu:
            dist.init_process_group("nccl", device_id=device)
        else:
            dist.init_process_group("gloo")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return device


def gathered(own: list) -> list:
    """The lists of all processes, one after the other."""
    if world()[1] == 1:
        return own
    parts: list = [None] * world()[1]
    dist.all_gather_object(parts, own)
    return [item for part in parts for item in part]


def say(text: str) -> None:
    if world()[0] == 0:
        print(text, file=sys.stderr, flush=True)


# --- images ---------------------------------------------------------------------------------------------------------


class Images:
    """One side of the split, as the net takes it."""

    def __init__(self, rows: list[dict], recipe: dict, folder: Path = HERE):
        self.rows, self.recipe, self.folder = rows, recipe, folder
        self.pool = ThreadPoolExecutor(max(1, min(8, (os.cpu_count() or 2) // world()[1])))

    def fitted(self, index: int, size: int | None = None) -> Image.Image:
        row, p = self.rows[index], self.recipe["preprocessing"]
        with Image.open(self.folder / row["file"]) as file:
            image = ImageOps.exif_transpose(file).convert("RGB")
        left, top, right, bottom = row["crop"]
        image = image.crop((left, top, image.width - right, image.height - bottom))
        return predict.fit(image, p | {"size": size or p["size"]})

    def tensor(self, index: int, size: int | None = None, augment: bool = False) -> Tensor:
        image = self.fitted(index, size)
        if augment:
            image = varied(image, self.recipe["augment"])
        tensor = torch.from_numpy(predict.to_input(image, self.recipe["preprocessing"]))[0]
        if augment and self.recipe["erasing"] > 0:
            tensor = transforms.RandomErasing(self.recipe["erasing"], value="random")(tensor)
        return tensor

    def groups(self, indices: list[int], size: int | None = None, augment: bool = False) -> list[tuple[list[int], Tensor]]:
        """Images of one size go through the net together: the places in `indices`, and the images."""
        # Augmentation draws from one generator, so it stays in this thread.
        read = lambda index: self.tensor(index, size, augment)
        tensors = list(map(read, indices) if augment else self.pool.map(read, indices))
        by_size: dict[tuple, list[int]] = {}
        for place, tensor in enumerate(tensors):
            by_size.setdefault(tuple(tensor.shape), []).append(place)
        return [(places, torch.stack([tensors[place] for place in places])) for places in by_size.values()]

    def targets(self, indices: list[int]) -> Tensor:
        return torch.tensor([self.rows[index]["target"] for index in indices])


def varied(image: Image.Image, how: str) -> Image.Image:
    image = transforms.RandomHorizontalFlip()(image)
    if how == "trivial":
        return transforms.TrivialAugmentWide()(image)
    if how == "fastai":
        image = transforms.RandomAffine(10, scale=(1.0, 1.1), shear=5)(image)
        return transforms.ColorJitter(brightness=0.2, contrast=0.2)(image)
    return image


# --- the net --------------------------------------------------------------------------------------------------------


def named_parts(net: nn.Module, p: dict) -> list[tuple[str, nn.Module]]:
    """The modules that hold tensors, with what stands before their names in a file of weights."""
    layer = "fc" if p["library_name"].startswith("res") else "classifier"
    head = ("head.", net.head) if p["head"] == "fastai" else (f"{layer}.", net.head[2])
    return [("", net.features.whole), head]


def is_of_old_head(prefix: str, name: str) -> bool:
    """Of the thousand classes that the library's net was made with."""
    return prefix == "" and name.split(".")[0] in ("fc", "classifier", "head")


def named_parameters(net: nn.Module, p: dict) -> dict[str, nn.Parameter]:
    return {
        prefix + name: parameter
        for prefix, module in named_parts(net, p)
        for name, parameter in module.named_parameters()
        if not is_of_old_head(prefix, name)
    }


def state(net: nn.Module, p: dict) -> dict[str, np.ndarray]:
    """A copy: on the CPU NumPy would look into the weights themselves, which the next epochs change."""
    return {
        prefix + name: tensor.detach().float().cpu().numpy().copy()
        for prefix, module in named_parts(net, p)
        for name, tensor in module.state_dict().items()
        if not is_of_old_head(prefix, name) and not name.endswith("num_batches_tracked")
    }


def write_safetensors(path: Path, tensors: dict[str, np.ndarray]) -> None:
    header, data = {}, bytearray()
    for name, values in sorted(tensors.items()):
        begin = len(data)
        data += np.ascontiguousarray(values, dtype="<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(data))


class Grouped(nn.Module):
    """Groups of images of different sizes in one call, because gradients are shared once a call."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, groups: list[Tensor]) -> Tensor:
        return torch.cat([self.net(images) for images in groups])


# --- the recipe -----------------------------------------------------------------------------------------------------


def one_cycle(step: int, steps: int) -> tuple[float, float]:
    """Part of the highest rate, and Adam's first beta (fastai v1)."""
    cosine = lambda start, end, part: end + (start - end) / 2 * (math.cos(math.pi * part) + 1)
    warm_up = int(steps * 0.3)
    if step <= warm_up:
        part = step / max(warm_up, 1)
        return cosine(1 / 25, 1, part), cosine(0.95, 0.85, part)
    part = min((step - warm_up) / max(steps - warm_up, 1), 1)
    return cosine(1, 1 / 25 / 1e4, part), cosine(0.85, 0.95, part)


class Trainer:
    """A training of the job, on this process's device."""

    def __init__(self, recipe: dict, images: dict, device: torch.device, folder: Path = HERE):
        self.recipe, self.device, self.p = recipe, device, recipe["preprocessing"]
        self.train, self.valid = (Images(images[side], recipe, folder) for side in ("train", "valid"))
        torch.manual_seed(recipe["seed"])
        net = predict.torch_model(folder, self.p, recipe["weights"]).to(device)
        self.couples = recipe["frozen"] in ("nothing", "backbone-except-norms") or self.p["head"] == "fastai"
        if self.couples and world()[1] > 1:
            if device.type != "cuda":
                raise SystemExit(
                    "error: this recipe learns on the statistics of whole batches, which processes share on GPUs only; "
                    "start train_torch.py in one process, or train with the preset modern"
                )
            net = nn.SyncBatchNorm.convert_sync_batchnorm(net)
        self.net = net
        known = named_parameters(net, self.p)
        for parameter in net.parameters():
            parameter.requires_grad_(False)
        low, high = recipe["rates"]
        rates = [low * (high / low if low < high else 1.0) ** (group / 2) for group in range(3)]
        groups: dict[tuple, list[nn.Parameter]] = {}
        self.learning = {}
        for one in recipe["parameters"]:
            parameter = known[one["name"]].requires_grad_(True)
            self.learning[one["name"]] = parameter
            groups.setdefault((rates[one["group"]], one["is_decayed"]), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [
                {"params": params, "highest": rate, "weight_decay": 0.01 if is_decayed else 0.0}
                for (rate, is_decayed), params in groups.items()
            ],
            lr=high,
            betas=(0.95, 0.99),
            eps=1e-8,
        )
        self.is_frozen = recipe["frozen"] == "backbone"
        # Under a frozen backbone its pooled features are all that the head sees.
        learner = net.head[2:] if self.is_frozen else Grouped(net)
        ids = [device.index] if device.type == "cuda" else None
        self.learner = nn.parallel.DistributedDataParallel(learner, device_ids=ids) if world()[1] > 1 else learner
        self.average = {name: value.detach().clone() for name, value in self.learning.items()} if recipe["ema"] > 0 else None
        self.weights = torch.tensor(recipe["class_weights"], device=device) if recipe["class_weights"] else None
        self.cache: list[Tensor] = []
        # From here on processes draw for themselves: views, dropout.
        torch.manual_seed(recipe["seed"] * 1000 + world()[0])

    def set_mode(self, is_training: bool) -> None:
        self.net.eval()
        if is_training:
            self.net.head.train()
            if self.recipe["frozen"] in ("nothing", "backbone-except-norms"):
                self.net.features.train()

    @torch.no_grad()
    def pooled(self, images: Images, size: int | None = None, augment: bool = False) -> Tensor:
        """What a frozen backbone gives the head of every image; each process sees its part of them."""
        self.set_mode(False)
        rank, of = world()
        own, found = list(range(rank, len(images.rows), of)), []
        for begin in range(0, len(own), 16):
            indices = own[begin : begin + 16]
            for places, group in images.groups(indices, size, augment):
                rows = self.net.head[:2](self.net.features(group.to(self.device))).cpu().numpy()
                found += [(indices[place], row) for place, row in zip(places, rows)]
        return torch.from_numpy(np.stack([row for _, row in sorted(gathered(found), key=lambda one: one[0])])).to(self.device)

    def prepare(self) -> None:
        """Features of a frozen backbone, and the head's closed form."""
        if not self.is_frozen:
            return
        views = self.recipe["views"]
        self.cache = [self.pooled(self.train, augment=views > 0) for _ in range(max(views, 1))]
        self.valid_cache = self.pooled(self.valid)
        if self.recipe["head_init"] == "lda":
            larger = math.ceil(self.p["size"] * 6 / (5 * 32)) * 32
            sizes = [self.cache[0].cpu().numpy(), self.pooled(self.train, larger).cpu().numpy()]
            weight, bias = closed_form(sizes, self.train.rows, len(self.p["classes"]))
            with torch.no_grad():
                self.net.head[2].weight.copy_(torch.from_numpy(weight))
                self.net.head[2].bias.copy_(torch.from_numpy(bias))

    def logits(self, indices: list[int], epoch: int) -> tuple[Tensor, Tensor]:
        """Of training images, with their targets in the same order."""
        if self.is_frozen:
            features = self.cache[epoch % len(self.cache)][indices]
            return self.learner(features), self.train.targets(indices).to(self.device)
        groups = self.train.groups(indices, augment=self.recipe["augment"] != "none")
        order = [indices[place] for places, _ in groups for place in places]
        return self.learner([group.to(self.device) for _, group in groups]), self.train.targets(order).to(self.device)

    def backward(self, batch: list[int], epoch: int, micro: int) -> tuple[float, int]:
        """The gradient of the mean loss over `batch`, of which this process computes its part, `micro` images at a time.
        Returns the sum of the part's losses, and how many are right."""
        rank, of = world()
        own = batch[rank::of]
        # A process without a part of the last batch takes one image that does not count.
        counts = 1.0 if own else 0.0
        own = own or batch[:1]
        parts = [own[begin : begin + micro] for begin in range(0, len(own), micro)]
        loss_sum, right = 0.0, 0
        for number, part in enumerate(parts):
            is_last = number + 1 == len(parts)
            alone = self.learner.no_sync() if of > 1 and not is_last else nullcontext()
            with alone:
                logits, targets = self.logits(part, epoch)
                losses = cross_entropy(logits, targets, self.weights, reduction="none", label_smoothing=self.recipe["label_smoothing"])
                # Gradients are averaged over the processes: so many times as much, of all images.
                (losses.sum() * (counts * of / len(batch))).backward()
            loss_sum += float(losses.detach().sum()) * counts
            right += int((logits.argmax(1) == targets).sum()) * int(counts)
        return loss_sum, right

    def step(self, number: int, steps: int) -> None:
        part, momentum = one_cycle(number, steps)
        for group in self.optimizer.param_groups:
            group["lr"], group["betas"] = group["highest"] * part, (momentum, 0.99)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average is not None:
            keep = min(self.recipe["ema"], (2 + number) / (11 + number))
            for name, value in self.learning.items():
                self.average[name].lerp_(value.detach(), 1 - keep)

    def swap_average(self) -> None:
        for name, shadow in (self.average or {}).items():
            value = self.learning[name].data
            kept = value.clone()
            value.copy_(shadow)
            shadow.copy_(kept)

    @torch.no_grad()
    def measure(self) -> tuple[float, list[int]]:
        """Mean loss on validation (of hard labels), and the class of each image."""
        self.set_mode(False)
        rank, of = world()
        own, found = list(range(rank, len(self.valid.rows), of)), []
        for begin in range(0, len(own), 16):
            indices = own[begin : begin + 16]
            if self.is_frozen:
                groups = [(list(range(len(indices))), self.net.head[2:](self.valid_cache[indices]))]
            else:
                groups = [(places, self.net(group.to(self.device))) for places, group in self.valid.groups(indices)]
            for places, logits in groups:
                order = [indices[place] for place in places]
                losses = cross_entropy(logits, self.valid.targets(order).to(self.device), reduction="none")
                found += list(zip(order, logits.argmax(1).tolist(), losses.tolist()))
        found = sorted(gathered(found))
        return sum(loss for _, _, loss in found) / len(found), [predicted for _, predicted, _ in found]


# --- the head's closed form -----------------------------------------------------------------------------------------


def discriminants(features: np.ndarray, targets: np.ndarray, classes: int, shrinkage: float) -> tuple[np.ndarray, np.ndarray]:
    """Linear discriminant analysis: weights (classes, n) and constants; NaN for a class without images."""
    size = features.shape[1]
    means = np.full((classes, size), np.nan)
    for target in np.unique(targets):
        means[target] = features[targets == target].mean(0)
    centered = features - means[targets]
    covariance = centered.T @ centered / len(features)
    sphere = np.trace(covariance) / size
    covariance = covariance * (1 - shrinkage) + np.eye(size) * (shrinkage * sphere + 1e-9)
    known = ~np.isnan(means[:, 0])
    weights = np.full_like(means, np.nan)
    weights[known] = np.linalg.solve(covariance, means[known].T).T
    return weights, -0.5 * (weights * means).sum(1)


def temperature(scores: np.ndarray, targets: np.ndarray) -> tuple[float, float]:
    """What scores are multiplied by to be as sure as they may be, and their loss then (Platt 1999: one image's doubt)."""
    doubt = 1 / (len(scores) + 2)
    best = (1.0, math.inf)
    for power in range(-48, 17):
        logits = (scores - np.nanmax(scores, 1, keepdims=True)) * 2 ** (power / 4)
        logs = logits - np.log(np.nansum(np.exp(logits), 1, keepdims=True))
        own = logs[np.arange(len(logs)), targets]
        loss = float(-((1 - doubt) * own + doubt * np.nanmean(logs, 1)).mean())
        if loss < best[1]:
            best = (2 ** (power / 4), loss)
    return best


def closed_form(sizes: list[np.ndarray], rows: list[dict], classes: int) -> tuple[np.ndarray, np.ndarray]:
    """The head's weight and bias. Shrinkage and temperature: the likeliest ones for the images in their usual size, by heads that
    have not seen their units."""
    targets = np.array([row["target"] for row in rows])
    numbers: dict[str, int] = {}
    fold = np.array([numbers.setdefault(row["unit"], len(numbers)) for row in rows]) % 5
    features = np.concatenate([one.astype(np.float64) for one in sizes])
    all_targets, all_folds = np.tile(targets, len(sizes)), np.tile(fold, len(sizes))
    best = (0.5, 1.0, math.inf)
    for shrinkage in SHRINKAGES:
        scores = np.full((len(rows), classes), np.nan)
        for out in np.unique(fold):
            seen = all_folds != out
            if len(np.unique(all_targets[seen])) < 2:
                continue
            weights, constants = discriminants(features[seen], all_targets[seen], classes, shrinkage)
            scores[fold == out] = features[: len(rows)][fold == out] @ weights.T + constants
        judged = ~np.isnan(scores[np.arange(len(rows)), targets])
        if judged.any():
            scale, loss = temperature(scores[judged], targets[judged])
            if loss < best[2]:
                best = (shrinkage, scale, loss)
    weights, constants = discriminants(features, all_targets, classes, best[0])
    weight = (weights - np.nanmean(weights, 0)) * best[1]
    bias = (constants - np.nanmean(constants)) * best[1]
    return np.nan_to_num(weight).astype(np.float32), np.where(np.isnan(bias), -30.0, bias).astype(np.float32)


# --- a run ----------------------------------------------------------------------------------------------------------


def train(trainer: Trainer) -> dict:
    """All epochs; the trainer's net has the best weights then. Returns what run.json says of them."""
    recipe, began = trainer.recipe, time.time()
    count, at_once = len(trainer.train.rows), recipe["batch"] * recipe["accumulate"]
    per_epoch = math.ceil(count / at_once)
    steps, epochs, best = per_epoch * recipe["epochs"], [], None
    trainer.prepare()
    for epoch in range(recipe["epochs"]):
        order = torch.randperm(count, generator=torch.Generator().manual_seed(recipe["seed"] * 1000 + epoch)).tolist()
        trainer.set_mode(True)
        sums = [0.0, 0]
        for number in range(per_epoch):
            batch = order[number * at_once : (number + 1) * at_once]
            loss, right = trainer.backward(batch, epoch, max(recipe["batch"] // world()[1], 1))
            trainer.step(epoch * per_epoch + number, steps)
            sums = [sums[0] + loss, sums[1] + right]
        shared = gathered([sums])
        train_loss, right = (sum(part[at] for part in shared) / count for at in (0, 1))
        trainer.swap_average()
        valid_loss, predicted = trainer.measure()
        targets = [row["target"] for row in trainer.valid.rows]
        accuracy = sum(a == b for a, b in zip(predicted, targets)) / len(targets)
        is_best = best is None or (accuracy, -valid_loss) > best["key"]
        if is_best:
            best = {"key": (accuracy, -valid_loss), "epoch": epoch + 1, "predicted": predicted, "state": state(trainer.net, trainer.p)}
        trainer.swap_average()
        epochs.append(
            {
                "epoch": epoch + 1,
                "step": (epoch + 1) * per_epoch,
                "train_loss": train_loss,
                "train_accuracy": right,
                "valid_loss": valid_loss,
                "accuracy": accuracy,
                "is_best": is_best,
                "elapsed_secs": time.time() - began,
            }
        )
        say(f"epoch {epoch + 1} of {recipe['epochs']}: train loss {train_loss:.3f}, valid loss {valid_loss:.3f}, accuracy {accuracy:.1%}")
    return {"best": best, "epochs": epochs, "started": int(began), "elapsed_secs": time.time() - began}


def write_run(out: Path, trainer: Trainer, job: dict, number: int, made: dict) -> None:
    """The run's folder, run.json last: without it there is no run."""
    out.mkdir(parents=True)
    write_safetensors(out / "model.safetensors", made["best"]["state"])
    (out / "preprocessing.json").write_text(json.dumps(trainer.p | {"run": out.name}, indent=2), encoding="utf-8")
    # Read again: what is checked by is what was written.
    net, rows = predict.torch_model(out), trainer.valid.rows
    by_class = sorted(range(len(rows)), key=lambda index: rows[index]["target"])
    chosen = [by_class[at] for at in np.unique(np.linspace(0, len(rows) - 1, GOLDENS).astype(int))]
    (out / "goldens").mkdir()
    goldens = []
    for place, index in enumerate(chosen):
        fitted = trainer.valid.fitted(index)
        fitted.save(out / "goldens" / f"{place:02}.png")
        with torch.inference_mode():
            logits = net(torch.from_numpy(predict.to_input(fitted, trainer.p)))[0].tolist()
        goldens.append({"file": f"goldens/{place:02}.png", "class": trainer.p["classes"][rows[index]["target"]], "logits": logits})
    largest = max(1.0, *(abs(value) for golden in goldens for value in golden["logits"]))
    (out / "goldens.json").write_text(json.dumps({"tolerance": 1e-4 * largest, "images": goldens}, indent=2), encoding="utf-8")
    versions = [f"{module.__name__} {module.__version__}" for module in map(__import__, ("torch", "torchvision", "timm"))]
    where = torch.cuda.get_device_name() if trainer.device.type == "cuda" else f"{platform.machine()}, {platform.system().lower()}"
    processes = "one process" if world()[1] == 1 else f"{world()[1]} processes, {dist.get_backend()}"
    run = {
        "number": number,
        "started": made["started"],
        "program": ", ".join(["train_torch.py", *versions]),
        "hardware": f"{where}; {processes}",
        "split_hash": job["split_hash"],
        "seed": trainer.recipe["seed"],
        "epochs": made["epochs"],
        "best_epoch": made["best"]["epoch"],
        "train": [row["file"] for row in trainer.train.rows],
        "valid": [{"file": row["file"], "predicted": predicted} for row, predicted in zip(rows, made["best"]["predicted"])],
        "elapsed_secs": made["elapsed_secs"],
    }
    partial = out / "run.json.partial"
    partial.write_text(json.dumps(run, indent=2), encoding="utf-8")
    partial.rename(out / "run.json")


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains a job of Cutting Room with PyTorch.")
    parser.add_argument("--number", type=int, default=1, metavar="N", help="which of the job's trainings, counted from 1")
    args = parser.parse_args()
    job = json.loads((HERE / "job.json").read_text(encoding="utf-8"))
    images = json.loads((HERE / "images.json").read_text(encoding="utf-8"))
    if not 1 <= args.number <= len(job["runs"]):
        raise SystemExit(f"error: the job has no training number {args.number}: it has {len(job['runs'])}, counted from 1")
    one = job["runs"][args.number - 1]
    device = begin()
    for what in one["torch"]["left_out"]:
        say(f"warning: not done here: {what}")
    trainer = Trainer(one["torch"], images, device)
    made = train(trainer)
    if world()[0] == 0:
        base = time.strftime("%Y%m%d-%H%M%S", time.gmtime(made["started"])) + f"-s{one['config']['stage']}-torch"
        names = (base if attempt == 1 else f"{base}-{attempt}" for attempt in range(1, 1000))
        out = next(HERE / "torch" / name for name in names if not (HERE / "torch" / name).exists())
        write_run(out, trainer, job, args.number, made)
        print(out)
    if dist.is_initialized():
        dist.barrier()
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
