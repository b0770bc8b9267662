#!/usr/bin/env python3
"""The peer of benches/step.rs: the same cases in PyTorch, channels_last, weights drawn at random.

    benches/peers/train_torch.py CASE [--threads N] [--device cpu|cuda[:N]] [--precision f32|tf32|mixed]

On a card f32 means f32: TF32 is on only if it is asked for, as in ours. `mixed` is autocast to bf16.

Answers each line of its input with the seconds of one run; `run` takes turns with ours. Needs torch, torchvision, timm.
"""
import argparse
import sys
import time

import torch
from torch import nn

SIZE = 224
CLASSES = 10


class ConcatPool(nn.Module):
    def forward(self, x):
        return torch.cat([nn.functional.adaptive_max_pool2d(x, 1), nn.functional.adaptive_avg_pool2d(x, 1)], 1).flatten(1)


class Body(nn.Module):
    """Everything before the pool."""

    def __init__(self, arch):
        super().__init__()
        if arch == "efficientnet-lite0":
            import timm
            net = timm.create_model("tf_efficientnet_lite0", pretrained=False)
            self.features, self.channels = net.forward_features, net.num_features
            self.net = net
            net.classifier = nn.Identity()
        else:
            import torchvision
            net = getattr(torchvision.models, arch)(weights=None)
            self.net = nn.Sequential(*list(net.children())[:-2])
            self.features, self.channels = self.net, net.fc.in_features

    def forward(self, x):
        return self.features(x)


def body_and_head(arch):
    body = Body(arch)
    width = 2 * body.channels
    head = nn.Sequential(ConcatPool(), nn.BatchNorm1d(width), nn.Dropout(0.25), nn.Linear(width, 512), nn.ReLU(),
                         nn.BatchNorm1d(512), nn.Dropout(0.5), nn.Linear(512, CLASSES))
    return body, head


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("case")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=["f32", "tf32", "mixed"], default="f32")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    torch.backends.cudnn.allow_tf32 = arguments.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    torch.set_num_threads(arguments.threads)
    arch, kind, batch = arguments.case.split("/")
    batch = int(batch)
    body, head = body_and_head(arch)
    net = nn.Sequential(body, head).to(device, memory_format=torch.channels_last)
    images = torch.randn(batch, 3, SIZE, SIZE).to(device, memory_format=torch.channels_last)
    targets = (torch.arange(batch) % CLASSES).to(device)
    autocast = torch.autocast(device.type, dtype=torch.bfloat16, enabled=arguments.precision == "mixed")
    if kind == "train":
        net.train()
        optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    else:
        net.eval()

    def run():
        begin = time.perf_counter()
        if kind == "train":
            optimizer.zero_grad(set_to_none=True)
            with autocast:
                loss = nn.functional.cross_entropy(net(images), targets)
            loss.backward()
            optimizer.step()
        else:
            with torch.inference_mode(), autocast:
                (body if kind == "forward" else net)(images)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - begin

    run()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(run(), flush=True)


if __name__ == "__main__":
    main()
