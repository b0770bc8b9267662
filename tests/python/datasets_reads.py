"""Reads exported image folders with Hugging Face's datasets, and prints what it found.

    python datasets_reads.py FOLDER CACHE
"""

import json
import sys

import datasets

datasets.disable_progress_bars()
found = datasets.load_dataset("imagefolder", data_dir=sys.argv[1], cache_dir=sys.argv[2])
document = {}
for split, rows in found.items():
    document[str(split)] = {
        "columns": rows.column_names,
        "labels": [row["label"] for row in rows],
        "scenes": [row["scene"] for row in rows],
        "sizes": [list(row["image"].size) for row in rows],
    }
print(json.dumps(document))
