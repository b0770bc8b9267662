#!/usr/bin/env python3
"""The nets of train_torch.py in ONNX Runtime, its CPU provider with all graph optimisations, weights drawn at random.

    benches/peers/predict_onnxruntime.py ARCH BATCH [--threads N]

Answers each line of its input with the seconds of one run; `run` takes turns with ours. Needs torch, torchvision, timm, onnx, onnxscript
and onnxruntime.
"""
import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy
import onnxruntime
import torch
from torch import nn

from train_torch import SIZE, body_and_head


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("arch")
    parser.add_argument("batch", type=int)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    net = nn.Sequential(*body_and_head(arguments.arch)).eval()
    images = torch.randn(arguments.batch, 3, SIZE, SIZE)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        torch.onnx.export(net, (images,), path, input_names=["images"], dynamo=True, verbose=False)
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {"images": images.numpy()}
    [logits] = session.run(None, feed)
    with torch.inference_mode():
        assert numpy.allclose(logits, net(images).numpy(), rtol=1e-3, atol=1e-3), "the exported net gives other logits"

    def run():
        begin = time.perf_counter()
        session.run(None, feed)
        return time.perf_counter() - begin

    print("ready", flush=True)
    for _ in sys.stdin:
        print(run(), flush=True)


if __name__ == "__main__":
    main()
