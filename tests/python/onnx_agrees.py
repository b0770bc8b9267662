"""Runs an exported model with ONNX Runtime on the images of cases.json beside it, and prints how far its outputs are from ours.

    python onnx_agrees.py FOLDER

A case names files of raw little-endian f32: `images` of `shape`, and our `logits` and `features` for them.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

folder = Path(sys.argv[1])
session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
names = [[value.name for value in values] for values in (session.get_inputs(), session.get_outputs())]
assert names == [["images"], ["logits", "features"]], names
metadata = session.get_modelmeta().custom_metadata_map
assert json.loads(metadata["preprocessing"])["classes"] == metadata["classes"].split("\n")

images_seen, equal, logits_off, features_off = 0, 0, 0.0, 0.0
for case in json.loads((folder / "cases.json").read_text()):
    read = lambda name: np.fromfile(folder / case[name], dtype="<f4")
    images = read("images").reshape(case["shape"])
    # In two batches of different sizes: the batch is free.
    parts = [images[: len(images) // 3], images[len(images) // 3 :]]
    found = [session.run(["logits", "features"], {"images": part}) for part in parts if len(part)]
    logits, features = (np.concatenate(values) for values in zip(*found))
    wanted = read("logits").reshape(logits.shape)
    wanted_features = read("features").reshape(features.shape)
    images_seen += len(images)
    equal += int((logits.argmax(1) == wanted.argmax(1)).sum())
    logits_off = max(logits_off, float(np.abs(logits - wanted).max()))
    scale = max(float(np.abs(wanted_features).max()), 1.0)
    features_off = max(features_off, float(np.abs(features - wanted_features).max()) / scale)
print(json.dumps({"images": images_seen, "argmax_equal": equal, "logits": logits_off, "features": features_off}))
