#!/usr/bin/env python3
"""Makes trivial.json: what torchvision's TrivialAugmentWide operations make of a small image.

    tests/goldens/make_trivial.py > tests/goldens/trivial.json      (torch 2.15, torchvision 0.29 when it was made)

The image, 20 x 14: channel c of pixel (x, y) is (67 y + 29 x + 83 c + 11 x y) mod 200 + 20, so no value is at an end.
Rows of bytes, height x width x RGB.
"""
import json
import sys

import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import _apply_op

WIDTH, HEIGHT = 20, 14
CASES = [("ShearX", 0.33), ("ShearX", -0.99), ("ShearY", 0.66), ("ShearY", -0.132), ("TranslateX", 5.33), ("TranslateX", -2.1),
         ("TranslateY", 3.2), ("TranslateY", -6.4), ("Rotate", 31.5), ("Rotate", -121.5), ("Brightness", 0.66), ("Brightness", -0.33),
         ("Color", 0.99), ("Color", -0.528), ("Contrast", 0.462), ("Contrast", -0.99), ("Sharpness", 0.99), ("Sharpness", -0.66),
         ("Posterize", 2), ("Posterize", 5), ("Posterize", 8), ("Solarize", 110.5), ("Solarize", 255.0), ("AutoContrast", 0.0),
         ("Equalize", 0.0)]


def main():
    y, x, c = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), torch.arange(3), indexing="ij")
    image = ((67 * y + 29 * x + 83 * c + 11 * x * y) % 200 + 20).to(torch.uint8).permute(2, 0, 1)
    found = []
    for name, magnitude in CASES:
        result = _apply_op(image, name, magnitude, interpolation=InterpolationMode.NEAREST, fill=None)
        found.append({"operation": name, "magnitude": magnitude, "pixels": result.permute(1, 2, 0).flatten().tolist()})
    # An image large enough that values repeat, without which there is nothing to equalise.
    large = image.repeat(1, 8, 8)
    result = _apply_op(large, "Equalize", 0.0, interpolation=InterpolationMode.NEAREST, fill=None)[:, :HEIGHT, :WIDTH]
    found.append({"operation": "EqualizeOfTiles", "magnitude": 0.0, "pixels": result.permute(1, 2, 0).flatten().tolist()})
    sys.stdout.write("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in found) + "\n]\n")


main()
