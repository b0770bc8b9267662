"""Arrays of the six augmentations of the post, by scikit-image, for crates/core/src/media/upsampling/tests.rs.

Needs numpy and scikit-image (0.14.1 and 0.26.0 give the same arrays).
"""

import numpy as np
from skimage import color, exposure, img_as_ubyte

y, x, c = np.mgrid[:4, :4, :3]
image = ((67 * y + 29 * x + 83 * c + 11 * x * y) % 256).astype(np.uint8)
low, high = np.percentile(image, (0.2, 99.8))
copies = {
    "grey": img_as_ubyte(color.rgb2gray(image)),
    "inverted": ~image,
    "stretched": exposure.rescale_intensity(image, in_range=(low, high)),
    "logarithmic": exposure.adjust_log(image),
    "sigmoid": exposure.adjust_sigmoid(image),
}
for name, copy in copies.items():
    print(name, *copy.ravel())
values = np.array([0, 1, 2, 16, 32, 64, 96, 127, 128, 160, 192, 224, 254, 255], np.uint8)
print("table of logarithmic", *exposure.adjust_log(values))
print("table of sigmoid", *exposure.adjust_sigmoid(values))
print("low contrast", exposure.is_low_contrast(image))
