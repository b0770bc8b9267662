#!/usr/bin/env python3
"""Makes plain.pth, fastai.pth, legacy.pth, channels-last.pth and weights-of-21-letters.pth.

The ways PyTorch and fastai save weights (torch 2.15 when they were made).
"""
from collections import OrderedDict
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
state = OrderedDict([("conv1.weight", torch.arange(6.0).reshape(3, 2)), ("bn1.bias", torch.tensor([0.5, -1.0]).half()),
                     ("bn1.num_batches_tracked", torch.tensor(7))])
torch.save(state, HERE / "plain.pth")
torch.save({"model": state, "opt": {"state": [], "hypers": [{"lr": 0.001}]}}, HERE / "fastai.pth")
torch.save(state, HERE / "legacy.pth", _use_new_zipfile_serialization=False)

# A net trained in torch.channels_last is saved with these strides: height, width and then channels outermost to innermost.
kernel = torch.arange(48.0).reshape(2, 3, 2, 4).to(memory_format=torch.channels_last)
torch.save({"state_dict": {"module.conv1.weight": kernel, "transposed": torch.arange(6.0).reshape(2, 3).t(),
                           "slice": torch.arange(10.0)[4:7]}}, HERE / "channels-last.pth")
# The archive's entries begin with the file's stem. With 21 letters the first record of its table of contents is as long as
# the records behind the table, which misled a reader that takes the table to be last.
torch.save(state, HERE / "weights-of-21-letters.pth")
