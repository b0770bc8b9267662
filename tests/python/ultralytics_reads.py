"""Reads exported image folders as a training of Ultralytics' classifiers does; prints how many images there are of each class
on each side, and the classes in the order of its logits.

    python ultralytics_reads.py FOLDER
"""

import contextlib
import json
import sys
from collections import Counter

document: dict[str, object] = {}
# It talks on stdout, from its import on.
with contextlib.redirect_stdout(sys.stderr):
    from ultralytics.cfg import get_cfg
    from ultralytics.data.dataset import ClassificationDataset
    from ultralytics.data.utils import check_cls_dataset

    found = check_cls_dataset(sys.argv[1])
    document["names"] = [found["names"][at] for at in range(found["nc"])]
    args = get_cfg(overrides={"task": "classify", "imgsz": 64})
    for side, key in (("train", "train"), ("valid", "val")):
        dataset = ClassificationDataset(str(found[key]), args, prefix=key, names=found["names"])
        # The first is decoded and scaled.
        assert dataset[0]["img"].shape == (3, 64, 64)
        document[side] = dict(Counter(found["names"][sample[1]] for sample in dataset.samples))
print(json.dumps(document))
