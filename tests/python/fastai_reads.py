"""Reads exported image folders with fastai; prints how many images there are of each class on each side.

    python fastai_reads.py FOLDER
"""

import json
import sys
from collections import Counter

from fastai.vision.all import ImageDataLoaders, Resize

loaders = ImageDataLoaders.from_folder(sys.argv[1], train="train", valid="valid", item_tfms=Resize(64), bs=2, num_workers=0)
document: dict[str, dict[str, int]] = {}
for side, loader in (("train", loaders.train), ("valid", loaders.valid)):
    document[side] = dict(Counter(loaders.vocab[int(label)] for _, label in loader.dataset))
# One batch is made, so the files are read too.
images, _ = loaders.valid.one_batch()
assert tuple(images.shape[1:]) == (3, 64, 64), images.shape
print(json.dumps(document))
