#!/usr/bin/env python3
"""The peer of benches/loader.rs: fastai's DataLoader on the same images, squished to 224, its default transforms.

    benches/peers/load_fastai.py FOLDER [--workers N]

Answers each line of its input with the seconds of one epoch and its images. Needs fastai 2. Decoding and resizing
run in the workers, the affine and lighting transforms on whole batches, as fastai does it.
"""
import argparse
import sys
import time

from fastai.vision.all import ImageDataLoaders, Resize, ResizeMethod, aug_transforms


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()
    # An empty validation set is refused; only the training one is read.
    loaders = ImageDataLoaders.from_folder(arguments.folder, valid_pct=0.01, bs=32, num_workers=arguments.workers, seed=0,
                                           item_tfms=Resize(224, method=ResizeMethod.Squish), batch_tfms=aug_transforms())

    def run():
        begin = time.perf_counter()
        count = sum(len(targets) for _, targets in loaders.train)
        return f"{time.perf_counter() - begin} {count}"

    run()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(run(), flush=True)


if __name__ == "__main__":
    main()
