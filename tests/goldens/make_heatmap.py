#!/usr/bin/env python3
"""Makes heatmap.png: a Grad-CAM heatmap over an image, computed with NumPy and drawn with matplotlib's magma.

    tests/goldens/make_heatmap.py tests/goldens/heatmap.png      (NumPy 2.4, matplotlib 3.11, Pillow 13.0 when it was made)

The image, 96 x 64: channel c of pixel (x, y) is (67 y + 29 x + 83 c + 11 x y) mod 200 + 20.
The feature map, 3 channels of 4 rows x 6 columns: channel 0 is 1 in the upper left cell and 0 elsewhere; channel 1 is x / 10;
channel 2 is (y + 1) / 8. The head takes the mean of each channel times a weight: 2, -0.5 and 0.25 for the class explained.
Grad-CAM (Selvaraju et al. 2017, equations 1 and 2): the gradient of the logit is weight / cells everywhere, its mean is the
channel's importance, and the map is the ReLU of the sum of channels by importance. So the upper left is hottest.
The map is scaled by its minimum and maximum, read bilinearly at pixel centers (clamped beyond the outermost cell centers),
colored by magma and blended with the image, half and half where it is hottest and not at all where it is coldest: cold
areas keep the image's colors.
"""
import sys

import matplotlib
import numpy as np
from PIL import Image

WIDTH, HEIGHT, COLUMNS, ROWS = 96, 64, 6, 4
y, x = np.mgrid[:HEIGHT, :WIDTH]
image = np.stack([(67 * y + 29 * x + 83 * c + 11 * x * y) % 200 + 20 for c in range(3)], axis=-1).astype(float)

rows, columns = np.mgrid[:ROWS, :COLUMNS]
features = np.stack([(rows + columns == 0) * 1.0, columns / 10, (rows + 1) / 8])
importance = np.array([2.0, -0.5, 0.25]) / (ROWS * COLUMNS)
heat = np.maximum(np.tensordot(importance, features, axes=1), 0)
heat = (heat - heat.min()) / (heat.max() - heat.min())


def at_centers(length, cells):
    """For each pixel the two cells beside it and the weight of the second."""
    position = np.clip((np.arange(length) + 0.5) / length * cells - 0.5, 0, cells - 1)
    first = np.floor(position).astype(int)
    return first, np.minimum(first + 1, cells - 1), position - first


top, bottom, down = at_centers(HEIGHT, ROWS)
left, right, across = at_centers(WIDTH, COLUMNS)
down, across = down[:, None], across[None, :]
smooth = (heat[np.ix_(top, left)] * (1 - across) + heat[np.ix_(top, right)] * across) * (1 - down) + (
    heat[np.ix_(bottom, left)] * (1 - across) + heat[np.ix_(bottom, right)] * across) * down
colors = matplotlib.colormaps["magma"](smooth)[..., :3] * 255
weight = 0.5 * np.round(smooth * 255)[..., None] / 255
Image.fromarray(np.round(image * (1 - weight) + colors * weight).astype(np.uint8)).save(sys.argv[1])
