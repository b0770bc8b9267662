"""Small classification exports as FiftyOne and Label Studio write them, made by the packages' own exporters.

    python make_labels.py OUT       (pip install fiftyone label-studio-sdk pillow)

FiftyOne needs a database for data sets, and none for its exporter of image classifications, which is what is called here.
Label Studio's export "JSON" is what its server stores; its converter makes "JSON-MIN" and "CSV" of it.
"""

import json
import shutil
import sys
from pathlib import Path

import fiftyone as fo
from fiftyone.utils.data.exporters import FiftyOneImageClassificationDatasetExporter
from label_studio_sdk.converter import Converter
from PIL import Image

out = Path(sys.argv[1])
images = out / "source"
images.mkdir(parents=True)
CLASSES = ["elves", "undead"]
rows = []
for number in range(6):
    path = images / f"frame-{number}.png"
    Image.new("RGB", (48, 40), (number * 40, 255 - number * 30, number * 17 % 255)).save(path)
    # The last one has no label.
    rows.append((path, CLASSES[number % 2] if number < 5 else None))

exporter = FiftyOneImageClassificationDatasetExporter(export_dir=str(out / "fiftyone"), classes=CLASSES, export_media=True)
with exporter:
    for path, label in rows:
        exporter.export_sample(str(path), fo.Classification(label=label) if label else None)

tasks = []
for number, (path, label) in enumerate(rows):
    result = [{"id": f"r{number}", "type": "choices", "from_name": "choice", "to_name": "image", "value": {"choices": [label]}}]
    annotation = {"id": number, "completed_by": {"id": 1}, "was_cancelled": False, "result": result if label else []}
    tasks.append({"id": number, "data": {"image": f"/data/upload/1/0a1b2c3d-{path.name}"}, "annotations": [annotation], "predictions": []})
config = '<View><Image name="image" value="$image"/><Choices name="choice" toName="image"><Choice value="elves"/><Choice value="undead"/></Choices></View>'
studio = out / "label-studio"
studio.mkdir()
(out / "tasks.json").write_text(json.dumps(tasks))
converter = Converter(config=config, project_dir=str(out), download_resources=False)
for name in ("JSON", "JSON_MIN"):
    made = out / name
    converter.convert(str(out / "tasks.json"), str(made), name, is_dir=False)
    shutil.copy(next(made.glob("*.json")), studio / f"{name.lower()}.json")
    shutil.rmtree(made)
for path, _ in rows:
    shutil.copy(path, studio / f"0a1b2c3d-{path.name}")
(out / "tasks.json").unlink()
shutil.rmtree(images)
