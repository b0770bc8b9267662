"""Trains learners with fastai, saves them in the ways that fastai has, and says what they predict for an image.

    python fastai_learner.py FOLDER IMAGE OUT

FOLDER: exported image folders. Writes OUT/learner.pth (with the optimizer), OUT/export.pkl, and what the remedy for that makes
of it, OUT/remedy.pth; and OUT/plain.pth, whose images fastai has not normalized, as it does by itself with pretrained=False.
"""

import json
import sys
from pathlib import Path

import torch
from fastai.vision.all import ImageDataLoaders, Normalize, Resize, imagenet_stats, load_learner, resnet18, vision_learner

folder, image, out = (Path(argument).resolve() for argument in sys.argv[1:])


def trained(name, batch_tfms):
    loaders = ImageDataLoaders.from_folder(folder, train="train", valid="valid", item_tfms=Resize(96), bs=4, num_workers=0,
                                           batch_tfms=batch_tfms)
    learn = vision_learner(loaders, resnet18, pretrained=False, path=out)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(1)
        learn.save(out / name)
        _, _, probs = learn.predict(image)
    return learn, probs.tolist()


learn, probs = trained("learner", Normalize.from_stats(*imagenet_stats))
_, plain_probs = trained("plain", None)
learn.export(out / "export.pkl")
again = load_learner(out / "export.pkl")
torch.save(again.model.state_dict(), out / "remedy.pth")
print(json.dumps({"classes": list(learn.dls.vocab), "probs": probs, "plain_probs": plain_probs}))
