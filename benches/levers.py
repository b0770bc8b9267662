#!/usr/bin/env python3
"""Which changes to what a frozen net sees, or to what its head learns from, help on units that it has not seen.

    benches/levers.py --project FOLDER --out FOLDER [--repeats 2]

FOLDER of the project is the OUT of cross_validate.py (its frames and portraits are read). EfficientNet-Lite0 in PyTorch (timm)
computes the features of each view once and keeps them in OUT; then linear discriminant analysis with shrinkage .5 is
cross-validated over whole units, five folds, and prints its accuracy there, on the portraits, and the difference to the
first row with a 95 % interval over folds (Student's t). Needs torch, timm, safetensors, pillow and numpy.
"""
import argparse
import csv
import json
import re
from pathlib import Path

import numpy as np
import timm
import torch
from cross_validate import STUDENT
from PIL import Image, ImageFilter, ImageOps
from safetensors.torch import load_file

SHARED = Path(__file__).resolve().parents[2] / "shared"
SHRINKAGE = 0.5
FOLDS = 5


def backbone():
    """The project's weights under timm's names."""
    net = timm.create_model("tf_efficientnet_lite0", num_classes=0, global_pool="").eval()
    stages = [(stage, block) for stage, count in enumerate([1, 2, 2, 3, 3, 4, 1]) for block in range(count)]
    inner = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl", "_bn2": "bn3"}
    first = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    outer = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
    state = {}
    for name, tensor in load_file(SHARED / "models/efficientnet-lite0-imagenet.safetensors").items():
        parts = name.split(".")
        if parts[0] == "_blocks":
            stage, block = stages[int(parts[1])]
            state[f"blocks.{stage}.{block}.{(inner if stage else first)[parts[2]]}.{parts[3]}"] = tensor
        elif parts[0] in outer:
            state[f"{outer[parts[0]]}.{parts[1]}"] = tensor
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert not unexpected and all("num_batches" in name for name in missing), (missing, unexpected)
    return net


def sized(image, size):
    """The image's shape, an area of size x size, sides that 32 divides."""
    scale = size / (image.width * image.height) ** 0.5
    sides = (max(32, 32 * round(side * scale / 32)) for side in image.size)
    return image.resize(tuple(sides), Image.Resampling.BILINEAR, reducing_gap=3)


def box(image, x, y, part):
    """A part of the sides, its corner as far along as x and y say."""
    left, top = (1 - part) * x * image.width, (1 - part) * y * image.height
    return image.crop((round(left), round(top), round(left + part * image.width), round(top + part * image.height)))


def augmented(image, rng):
    image = box(image, rng.random(), rng.random(), rng.uniform(0.75, 1))
    image = image.point(lambda value, times=rng.uniform(0.75, 1.25): min(255, value * times))
    return ImageOps.mirror(image) if rng.random() < 0.5 else image


def edges(image):
    return ImageOps.invert(image.convert("L").filter(ImageFilter.FIND_EDGES)).convert("RGB")


def painted(image):
    return ImageOps.posterize(image.filter(ImageFilter.ModeFilter(7)), 3)


# Name: what is made of the image, and its size.
VIEWS = {
    "320": (lambda image, rng: image, 320),
    "384": (lambda image, rng: image, 384),
    "mirrored": (lambda image, rng: ImageOps.mirror(image), 320),
    "grey": (lambda image, rng: ImageOps.grayscale(image).convert("RGB"), 320),
    "inverted": (lambda image, rng: ImageOps.invert(image), 320),
    "edges": (lambda image, rng: edges(image), 320),
    "painted": (lambda image, rng: painted(image), 320),
    **{f"augmented {n}": (augmented, 320) for n in range(3)},
    **{
        f"crop {n}": (lambda image, rng, x=x, y=y: box(image, x, y, 0.85), 320)
        for n, (x, y) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5)])
    },
}


def borders(path):
    """Rows and columns that are dark in every frame of a film: left, top, right, bottom."""
    most = None
    for frame in sorted(path.glob("*.jpg")):
        values = np.asarray(Image.open(frame).convert("L")).astype(np.int16)
        most = values if most is None else np.maximum(most, values)
    rows, columns = np.flatnonzero((most > 24).mean(1) > 0.05), np.flatnonzero((most > 24).mean(0) > 0.05)
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def features(net, name, images, out, crops):
    """(images, 1280) of the last map, and (images, 112) of the map of stride 16; kept in OUT."""
    kept = out / f"{name}{' cropped' if crops else ''}.npz"
    if kept.exists():
        found = np.load(kept)
        return found["last"], found["middle"]
    make, size = VIEWS[name]
    last, middle = [], []
    with torch.inference_mode():
        for index, path in enumerate(images):
            image = Image.open(path).convert("RGB")
            if crops and (found := crops.get(path.parent)):
                image = image.crop(tuple(int(side) for side in found))
            image = sized(make(image, np.random.default_rng([index, len(name), ord(name[-1])])), size)
            x = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None].float()
            x = (x - 127) / 128
            x = net.bn1(net.conv_stem(x))
            for at, stage in enumerate(net.blocks):
                x = stage(x)
                if at == 4:
                    middle.append(x.mean((2, 3))[0].numpy())
            last.append(net.bn2(net.conv_head(x)).mean((2, 3))[0].numpy())
    last, middle = np.stack(last), np.stack(middle)
    np.savez(kept, last=last, middle=middle)
    return last, middle


def lda(rows, targets, classes):
    """Weights (features, classes) and constants of the closed form."""
    rows = rows.astype(np.float64)
    means = np.stack([rows[targets == c].mean(0) for c in range(classes)])
    spread = rows - means[targets]
    covariance = spread.T @ spread / len(rows)
    sphere = np.trace(covariance) / len(covariance)
    covariance *= 1 - SHRINKAGE
    covariance[np.diag_indices_from(covariance)] += SHRINKAGE * sphere + 1e-9
    weights = np.linalg.solve(covariance, means.T)
    return weights, -0.5 * (means.T * weights).sum(0)


def mixed(rows, targets, rng):
    """As many mixtures again, each of the class of its larger part."""
    other = rng.permutation(len(rows))
    part = rng.uniform(0.6, 1, (len(rows), 1))
    return np.concatenate([rows, part * rows + (1 - part) * rows[other]]), np.concatenate([targets, targets])


def folds(units, classes_of, repeats):
    """Of each repeat, the fold of each unit: those of a class dealt out in turn."""
    for repeat in range(repeats):
        rng = np.random.default_rng(repeat)
        fold = {}
        for c in sorted(set(classes_of.values())):
            own = sorted(unit for unit, of in classes_of.items() if of == c)
            start = rng.integers(FOLDS)
            for at, unit in enumerate(rng.permutation(own)):
                fold[unit] = (at + start) % FOLDS
        yield np.array([fold[unit] for unit in units])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    truth = list(csv.DictReader(open(SHARED / "data/films.truth.csv")))
    frames, units = [], []
    for path in sorted((options.project / "project/frames").glob("*/*.jpg")):
        at = int(re.sub(r"\D", "", path.stem))
        own = [row for row in truth if row["film"] == path.parent.name and int(row["first_frame"]) <= at <= int(row["last_frame"])]
        if own:
            frames.append(path)
            units.append(own[0]["unit"])
    portraits = sorted(path for path in (options.project / "portraits").glob("*/*") if path.is_file())
    names = sorted({path.parent.name for path in frames})
    targets = np.array([names.index(path.parent.name) for path in frames])
    asked = np.array([names.index(path.parent.name) for path in portraits])
    dealt = list(folds(units, {unit: target for unit, target in zip(units, targets)}, options.repeats))
    net = backbone()
    print(f"{len(frames)} frames of {len(set(units))} units, {len(portraits)} portraits, {FOLDS} folds, {options.repeats} repeats")

    def of(name, crops=None):
        return features(net, name, frames + portraits, options.out, crops)

    def whole(name):
        return [of(name)[0]]

    def measure(learned, judged, mix=False):
        """Accuracies by fold; one (rows, features) array for each view learned from, the mean of those judged by."""
        right, on_portraits = [], []
        seen = np.mean(judged, 0) if len(judged) > 1 else judged[0]
        for fold_of in dealt:
            for fold in range(FOLDS):
                inside = np.flatnonzero(fold_of != fold)
                rows = np.concatenate([view[inside] for view in learned])
                own = np.tile(targets[inside], len(learned))
                if mix:
                    rows, own = mixed(rows, own, np.random.default_rng(fold))
                weights, constants = lda(rows, own, len(names))
                guess = (seen @ weights + constants).argmax(1)
                outside = np.flatnonzero(fold_of == fold)
                right.append((guess[outside] == targets[outside]).mean())
                on_portraits.append((guess[len(frames):] == asked).mean())
        return np.array(right), np.array(on_portraits)

    def joined(name):
        last, middle = of(name)
        return np.concatenate([last, middle], 1)

    crops = {film: borders(film) for film in sorted((options.project / "project/frames").iterdir())}
    base, both = whole("320"), whole("320") + whole("384")
    cropped = [of("320", crops)[0], of("384", crops)[0]]
    rows = {
        "320": (base, base),
        "320 and 384 (what the default learns from)": (both, base),
        "two depths joined": ([joined("320"), joined("384")], [joined("320")]),
        "with mirrored": (both + whole("mirrored"), base),
        "with three augmented views": (both + sum((whole(f"augmented {n}") for n in range(3)), []), base),
        "with grey": (both + whole("grey"), base),
        "with inverted": (both + whole("inverted"), base),
        "with edges": (both + whole("edges"), base),
        "with painted": (both + whole("painted"), base),
        "with all four": (both + sum((whole(name) for name in ["grey", "inverted", "edges", "painted"]), []), base),
        "mixtures of features": (both, base, True),
        "borders cropped": (cropped, cropped[:1]),
        "judged by 320 and 384": (both, both),
        "judged mirrored too": (both, base + whole("mirrored")),
        "judged by five crops too": (both, base + sum((whole(f"crop {n}") for n in range(5)), [])),
    }
    results = {}
    first = None
    print("| features and head | held-out units | portraits | against the second row |\n|---|---|---|---|")
    for name, arguments in rows.items():
        right, on_portraits = measure(*arguments)
        if name.startswith("320 and"):
            first = right, on_portraits
        results[name] = {"accuracy": right.tolist(), "portraits": on_portraits.tolist()}
        against = ""
        if first is not None and right is not first[0]:
            cells = []
            for now, before in zip((right, on_portraits), first):
                difference = now - before
                spread = STUDENT[len(difference) - 1] * difference.std(ddof=1) / len(difference) ** 0.5
                cells.append(f"{difference.mean():+.3f} ± {spread:.3f}")
            against = " / ".join(cells)
        print(f"| {name} | {right.mean():.3f} | {on_portraits.mean():.3f} | {against} |", flush=True)
    (options.out / "levers.json").write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
