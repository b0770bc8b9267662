#!/usr/bin/env python3
"""Makes learner.json: what a fastai net of ResNet-18 computes from weights and an image that formulas give.

    tests/goldens/make_learner.py > tests/goldens/learner.json      (fastai 2.8, torch 2.15 when it was made)

Weights: as make_torchvision.py fills a net with noise, over the sorted state dict of the whole net; as `learn.save` names them; the
last layer's a tenth of that.
The image: 64 x 64 pixels, channel c of column x and row y is (7 x + 13 y + 50 c) mod 256; normalised as ImageNet's.
"""
import json
import sys
from pathlib import Path

import torch
from fastai.vision.all import create_vision_model, imagenet_stats, resnet18

sys.path.insert(0, str(Path(__file__).resolve().parent))
from make_torchvision import fill, noise  # noqa: E402

SIDE = 64
CLASSES = 3

net = create_vision_model(resnet18, n_out=CLASSES, pretrained=False).eval()
with torch.no_grad():
    fill(net, noise)
    # So that no class is as good as certain.
    net[1][8].weight.mul_(0.1)
rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
image = torch.stack([(7 * columns + 13 * rows + 50 * channel) % 256 for channel in range(3)]).float() / 255
mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in imagenet_stats)
with torch.no_grad():
    logits = net(((image - mean) / std)[None])[0]
json.dump({"logits": logits.tolist()}, sys.stdout, indent=1)
print()
