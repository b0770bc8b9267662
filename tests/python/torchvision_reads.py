"""Reads exported image folders with torchvision; prints how many images there are of each class on each side.

    python torchvision_reads.py FOLDER
"""

import json
import sys
from pathlib import Path

from torchvision.datasets import ImageFolder

folder = Path(sys.argv[1])
document = {}
for side in ("train", "valid"):
    found = ImageFolder(folder / side, allow_empty=True)
    counts = [found.targets.count(target) for target in range(len(found.classes))]
    document[side] = dict(zip(found.classes, counts))
print(json.dumps(document))
