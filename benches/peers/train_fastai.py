#!/usr/bin/env python3
"""fastai 2 on the images, the split and the weights of presets.py: six frozen and four unfrozen epochs, several seeds.

    benches/peers/train_fastai.py --binary target/release/cutting-room --out FOLDER --weights FILE
                                  [--schedule post] [--augment full] [--stages 1|2] [--threads 2] [--seeds 0 1 2 3 4]

FOLDER is one that presets.py has prepared (its project holds the films, its `portraits` the drawings); FILE is
efficientnet-lite0-imagenet.safetensors. Squish to 224, batches of 32. SCHEDULES names the rates; `--augment full` is fastai's
`aug_transforms`. As in our runs, the weights of the epoch with the best validation accuracy are the result; `last` in each line is the
last epoch's accuracy. `cpu_seconds`, of all threads, say more than `seconds` where other work runs. Every measurement is added as a line
to FOLDER/results.jsonl, what is there is not done again, and `presets.py` puts the lines into its table.

fastai is helped where its defaults are slow on a CPU and the numbers do not change by it: channels_last, batches as plain tensors
(its TensorImage costs the frozen step as much again), a heap that keeps its pages. Needs fastai 2, timm and safetensors.
"""
import argparse
import ctypes
import json
import subprocess
import tempfile
import time
from pathlib import Path

import torch
from fastai.vision.all import (Callback, CategoryBlock, CrossEntropyLossFlat, DataBlock, ImageBlock, Normalize, Resize, ResizeMethod,
                               SaveModelCallback, accuracy, aug_transforms, set_seed, vision_learner)
from safetensors.torch import load_file

ARCH = "tf_efficientnet_lite0"
STAGE_SIZES = [1, 2, 2, 3, 3, 4, 1]
EPOCHS = {1: 6, 2: 4}
# Arguments of `fit_one_cycle` by stage.
SCHEDULES = {
    # The post's rates.
    "post": {1: {"lr_max": 8e-3}, 2: {"lr_max": slice(8e-6, 1e-3)}},
    # fastai's default rate; the unfrozen rates of its course.
    "default": {1: {"lr_max": 1e-3}, 2: {"lr_max": slice(1e-5, 1e-4)}},
    # What `fine_tune` does.
    "fine_tune": {1: {"lr_max": slice(2e-3), "pct_start": 0.99}, 2: {"lr_max": slice(1e-5, 1e-3), "pct_start": 0.3, "div": 5}},
}


class PlainTensors(Callback):
    def before_batch(self):
        images, *rest = self.learn.xb
        self.learn.xb = (images.as_subclass(torch.Tensor).contiguous(memory_format=torch.channels_last), *rest)
        self.learn.yb = tuple(each.as_subclass(torch.Tensor) for each in self.learn.yb)


def keep_pages():
    """glibc's malloc: no mapping of its own for a large block, nothing handed back to the system."""
    trim_threshold, top_pad, mmap_max = -1, -2, -4
    library = ctypes.CDLL(None)
    for option, value in ((mmap_max, 0), (trim_threshold, 2**31 - 1), (top_pad, 2**28)):
        library.mallopt(option, value)


def named_as_timm(tensors):
    """The file's tensors under timm's names: blocks are counted by stage, layers within a block by their order in the net."""
    places = [f"blocks.{stage}.{index}" for stage, size in enumerate(STAGE_SIZES) for index in range(size)]
    with_expand = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl",
                   "_bn2": "bn3"}
    without = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    outer = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
    named = {}
    for name, tensor in tensors.items():
        parts = name.split(".")
        if parts[0] == "_blocks":
            block = int(parts[1])
            named[".".join([places[block], (with_expand if block else without)[parts[2]], parts[3]])] = tensor
        elif parts[0] in outer:
            named[".".join([outer[parts[0]], parts[1]])] = tensor
    return named


class Peer:
    def __init__(self, options):
        self.project = options.out / "project"
        self.results = options.out / "results.jsonl"
        self.weights = named_as_timm(load_file(options.weights))
        self.schedule, self.augment = SCHEDULES[options.schedule], options.augment
        self.name = f"fastai 2 {options.schedule}" + ("" if options.augment == "full" else ", no augmentation")
        listing = subprocess.run([options.binary, "scenes", self.project, "--json"], stdout=subprocess.PIPE, text=True, check=True)
        scenes = json.loads(listing.stdout)["scenes"]
        self.frames, self.is_valid = [], {}
        for folder in sorted((self.project / "frames").iterdir()):
            for frame in sorted(folder.iterdir()):
                number = int(frame.stem)
                scene = next(scene for scene in scenes
                             if scene["film"] == folder.name and scene["first_frame"] <= number <= scene["last_frame"])
                self.frames.append(frame)
                self.is_valid[frame] = scene["split"] == "valid"
        self.portraits = sorted(path for path in (options.out / "portraits").rglob("*") if path.is_file())

    def done(self):
        if not self.results.exists():
            return set()
        rows = map(json.loads, self.results.read_text().splitlines())
        return {(row["key"][1], row["key"][2]) for row in rows if row["key"][0] == self.name and row["key"][3] == "portraits"}

    def learner(self, seed, scratch):
        set_seed(seed)
        block = DataBlock(blocks=(ImageBlock, CategoryBlock), get_items=lambda _: self.frames, get_y=lambda path: path.parent.name,
                          splitter=lambda items: ([at for at, path in enumerate(items) if not self.is_valid[path]],
                                                  [at for at, path in enumerate(items) if self.is_valid[path]]),
                          item_tfms=Resize(224, method=ResizeMethod.Squish),
                          batch_tfms=[*(aug_transforms() if self.augment == "full" else []), Normalize.from_stats([127 / 255] * 3, [128 / 255] * 3)])
        loaders = block.dataloaders(self.project, bs=32, num_workers=0)
        learner = vision_learner(loaders, ARCH, pretrained=False, metrics=accuracy, loss_func=CrossEntropyLossFlat(), path=scratch,
                                 cbs=PlainTensors())
        missing, unexpected = learner.model[0].model.load_state_dict(self.weights, strict=False)
        missing = [name for name in missing if not name.endswith("num_batches_tracked")]
        assert not missing and not unexpected, (missing, unexpected)
        learner.model.to(memory_format=torch.channels_last)
        return learner

    def stage(self, learner, seed, number):
        begin = time.monotonic(), time.process_time()
        keep = SaveModelCallback(monitor="accuracy", fname=f"stage-{number}")
        with learner.no_bar():
            learner.freeze() if number == 1 else learner.unfreeze()
            learner.fit_one_cycle(EPOCHS[number], **self.schedule[number], cbs=keep)
        seconds, cpu_seconds = time.monotonic() - begin[0], time.process_time() - begin[1]
        last = learner.recorder.values[-1][-1]
        valid = learner.validate()[1]
        # Labels come with the image's folder, as for frames.
        drawings = learner.dls.test_dl(self.portraits, with_labels=True)
        portraits = learner.validate(dl=drawings)[1]
        with open(self.results, "a") as file:
            for which, value, more in (("valid", valid, {"last": last}), ("portraits", portraits, {})):
                row = {"key": [self.name, seed, number, which], "accuracy": value, "seconds": round(seconds, 1),
                       "cpu_seconds": round(cpu_seconds, 1), **more}
                file.write(json.dumps(row) + "\n")
        print(f"{self.name}, stage {number}, seed {seed}: valid {valid:.3f} (last epoch {last:.3f}), portraits {portraits:.3f}, "
              f"{seconds:.0f} s, {cpu_seconds:.0f} s of CPU time", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=Path("target/release/cutting-room"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--schedule", choices=list(SCHEDULES), default="post")
    parser.add_argument("--augment", choices=["full", "none"], default="full")
    parser.add_argument("--stages", type=int, choices=[1, 2], default=2, help="1: the frozen one only")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    options = parser.parse_args()
    keep_pages()
    torch.set_num_threads(options.threads)
    peer = Peer(options)
    done = peer.done()
    for seed in options.seeds:
        if (seed, options.stages) in done:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            learner = peer.learner(seed, scratch)
            for number in range(1, options.stages + 1):
                peer.stage(learner, seed, number)


if __name__ == "__main__":
    main()
