#!/usr/bin/env python3
"""Predicts images with a net that Cutting Room has exported, and checks a bundle.

    python predict.py [--check] [--json] [IMAGE...]

Beside this file lie preprocessing.json (what the net sees of an image) and the net: model.onnx, for which this needs numpy,
pillow and onnxruntime; or model.safetensors, for which it needs numpy, pillow, torch, and torchvision or timm. A bundle
has images with the logits that they should get; they are asked first, and nothing is predicted if they differ.

As a module: `load()` gives a Net, whose `logits(array)` takes float32 (N, 3, H, W) as `fit` and `to_input` make it;
`torch_model()` gives the PyTorch module with the weights in it, to train on with.
"""

import argparse
import hashlib
import json
import math
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent


def preprocessing(folder=HERE):
    return json.loads((Path(folder) / "preprocessing.json").read_text(encoding="utf-8"))


def input_size(width, height, p):
    """Width and height in pixels of what the net sees of an image."""
    if p["fit"] != "keep":
        return p["size"], p["size"]
    aspect = min(max(width / height, 1 / p["most_aspect"]), p["most_aspect"])
    step = p["side_step"]

    def side(length):
        # Half up, as in the program; Python rounds halves to even.
        return max(math.floor(length / step + 0.5), 1) * step

    return side(p["size"] * math.sqrt(aspect)), side(p["size"] / math.sqrt(aspect))


def crop(image, p):
    """What is left of a file that has been opened upright."""
    wanted = p["crop"]
    if not wanted:
        return image
    if wanted == "measured":
        print("warning: the program would cut off borders that it measures; this one does not", file=sys.stderr)
        return image
    pixels = wanted["pixels"]
    width, height = image.size
    if min(width, height) - 2 * pixels < 32:
        return image
    return image.crop((pixels, pixels, width - pixels, height - pixels))


def fit(image, p):
    """What the net sees of an upright RGB image, as an image."""
    width, height = image.size
    size = input_size(width, height, p)
    if p["fit"] == "crop":
        side = min(width, height)
        x, y = (width - side) / 2, (height - side) / 2
        return image.resize(size, Image.Resampling.BILINEAR, box=(x, y, x + side, y + side))
    if p["fit"] == "pad":
        scale = p["size"] / max(width, height)
        inner = [min(max(math.floor(length * scale + 0.5), 1), p["size"]) for length in (width, height)]
        square = Image.new("RGB", size, tuple(p["padding"]))
        place = ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2)
        square.paste(image.resize(inner, Image.Resampling.BILINEAR), place)
        return square
    return image.resize(size, Image.Resampling.BILINEAR)


def to_input(fitted, p):
    """An image that was fitted as what the net takes: float32 (1, 3, H, W)."""
    values = np.asarray(fitted.convert("RGB"), dtype=np.float32) / 255
    values = (values - np.float32(p["mean"])) / np.float32(p["std"])
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def read(path, p):
    """What the net takes of a file."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    return to_input(fit(crop(upright, p), p), p)


def read_safetensors(path):
    """Tensors by name, as numpy arrays."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    types = {"F32": np.float32, "F16": np.float16, "F64": np.float64}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[8 + length + begin : 8 + length + end], dtype=types[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"]).copy()
    return tensors


def torch_model(folder=HERE, p=None, file=None):
    """The net as a PyTorch module: images (N, 3, H, W) to logits; in two halves, `features` and `head`. `p` and `file`: its
    preprocessing and weights, if they are others than those in the folder."""
    import torch
    from torch import nn

    p = p or preprocessing(folder)
    file = Path(folder) / (file or "model.safetensors")
    weights = {name: torch.from_numpy(values) for name, values in read_safetensors(file).items()}
    classes, library, name = len(p["classes"]), p["library"], p["library_name"]
    if library == "timm":
        import timm

        whole = timm.create_model(name, pretrained=False)
    else:
        import torchvision

        whole = getattr(torchvision.models, name)(weights=None)
    is_head = lambda key: key.split(".")[0] in ("fc", "classifier", "head")
    missing, unknown = whole.load_state_dict({k: v for k, v in weights.items() if not is_head(k)}, strict=False)
    missing = [key for key in missing if not is_head(key) and not key.endswith("num_batches_tracked")]
    if missing or unknown:
        raise SystemExit(f"the weights do not fit {library}'s {name}: missing {missing}, unknown {unknown}")

    class Features(nn.Module):
        """The last feature map (N, C, h, w)."""

        def __init__(self):
            super().__init__()
            self.whole = whole

        def forward(self, images):
            if library == "timm":
                return self.whole.forward_features(images)
            if name.startswith("res"):
                x = self.whole.maxpool(self.whole.relu(self.whole.bn1(self.whole.conv1(images))))
                for layer in (self.whole.layer1, self.whole.layer2, self.whole.layer3, self.whole.layer4):
                    x = layer(x)
                return x
            x = self.whole.features(images)
            return torch.relu(x) if name.startswith("densenet") else x

    class ConcatPool(nn.Module):
        def forward(self, x):
            return torch.cat([x.amax((2, 3)), x.mean((2, 3))], dim=1)

    if p["head"] == "fastai":
        hidden, inputs = weights["head.4.weight"].shape
        norm, dropout = nn.BatchNorm1d, nn.Dropout
        head = nn.Sequential(
            ConcatPool(), nn.Flatten(), norm(inputs), dropout(0.25), nn.Linear(inputs, hidden), nn.ReLU(),
            norm(hidden), dropout(0.5), nn.Linear(hidden, classes),
        )
        own = {key.removeprefix("head."): value for key, value in weights.items() if is_head(key)}
        head.load_state_dict(own, strict=False)
    else:
        layer = "fc" if "fc.weight" in weights else "classifier"
        head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(weights[f"{layer}.weight"].shape[1], classes))
        head[2].load_state_dict({field: weights[f"{layer}.{field}"] for field in ("weight", "bias")})
    from collections import OrderedDict

    return nn.Sequential(OrderedDict(features=Features(), head=head)).eval()


class Net:
    def __init__(self, run, by):
        self.run, self.by = run, by

    def logits(self, images):
        """`images`: float32 (N, 3, H, W), normalized; returns raw logits, float32 (N, classes)."""
        return self.run(images)


def load(folder=HERE):
    folder = Path(folder)
    model = folder / "model.onnx"
    if model.is_file():
        import onnxruntime

        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
        return Net(lambda images: session.run(["logits"], {"images": images})[0], "ONNX Runtime")
    import torch

    module = torch_model(folder)

    def run(images):
        with torch.inference_mode():
            return module(torch.from_numpy(images)).numpy()

    return Net(run, "PyTorch")


def check_sums(folder):
    """Whether every file that a prediction depends on is as it was written; an older bundle has no sums."""
    sums = folder / "SHA256SUMS"
    for line in sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else []:
        digest, name = line.split("  ", 1)
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise SystemExit(f"error: {name} is not as it was when the bundle was made; copy it again, or export the run again")


def check(net, folder=HERE):
    """How many images of the bundle the net was asked about, and by how much a logit differs at most; None without any."""
    folder = Path(folder)
    if not (folder / "goldens.json").is_file():
        return None
    check_sums(folder)
    p = preprocessing(folder)
    goldens = json.loads((folder / "goldens.json").read_text(encoding="utf-8"))
    worst = 0.0
    for golden in goldens["images"]:
        with Image.open(folder / golden["file"]) as image:
            logits = net.logits(to_input(image, p))[0]
        difference = float(np.abs(logits - np.float32(golden["logits"])).max())
        worst = max(worst, difference)
        if not difference <= goldens["tolerance"]:
            raise SystemExit(
                f"error: the net does not answer as it did when the bundle was made: a logit of {golden['file']} differs by "
                f"{difference:.2e}, {goldens['tolerance']:.2e} is allowed; copy the bundle again, or export the run again"
            )
    return len(goldens["images"]), worst


def main():
    parser = argparse.ArgumentParser(description="Predicts images with the net in this folder.")
    parser.add_argument("images", nargs="*", metavar="IMAGE")
    parser.add_argument("--check", action="store_true", help="only compare the net with the images of the bundle")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    args = parser.parse_args()
    p, net = preprocessing(), load()
    checked = check(net)
    if checked:
        print(f"checked by {checked[0]} images with {net.by}: no logit differs by more than {checked[1]:.1e}", file=sys.stderr)
    elif args.check:
        raise SystemExit("error: this folder has no goldens.json to check by; export the run with --to bundle")
    rows = []
    for path in args.images:
        logits = net.logits(read(path, p))[0].astype(np.float64)
        probs = np.exp(logits - logits.max())
        probs /= probs.sum()
        best = int(probs.argmax())
        probs = dict(zip(p["classes"], map(float, probs)))
        rows.append({"path": path, "class": p["classes"][best], "probs": probs, "logits": logits.tolist()})
        if not args.json:
            print(f"{p['classes'][best]} {probs[p['classes'][best]]:.1%}  {path}")
    if args.json:
        print(json.dumps({"predictions": rows}, indent=2))


if __name__ == "__main__":
    main()
