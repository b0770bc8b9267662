//! From an image to what a net sees: a square, or a rectangle of the same area, as planes of numbers, normalized.
//!
//! One [`Preprocess`] serves training, validation and prediction; only what training samples from is larger
//! ([`Preprocess::shrink`]). Resizing is antialiased (a triangle filter as wide as the reduction, as PIL's BILINEAR),
//! because plain bilinear sampling of a large image shows the net patterns that are not there.

mod input_size;
mod pixels;

use candle_core::{Device, Tensor};
use clap::ValueEnum;
use image::RgbImage;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::input_size::{InputSize, group_by_size};
pub use self::pixels::{PADDING, write_planes};
use self::pixels::{pad, resize};
use crate::error::{Error, Result};

/// How an image becomes what the net sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// The whole image, its shape distorted.
    #[default]
    Squish,
    /// The middle square, its shape kept.
    Crop,
    /// The whole image, its shape kept, on a grey square.
    Pad,
    /// The whole image, its shape kept: a rectangle of the square's area.
    Keep,
}

/// Side of the images that training samples from, as a multiple of what the net sees: zooming and warping enlarge.
const HEADROOM: f64 = 1.15;

impl Fit {
    /// The part of a `width` x `height` image that the net sees, as fractions: left, top, right, bottom. Padding lies
    /// outside 0 to 1.
    ///
    /// ```
    /// use cutting_room_core::model::preprocess::Fit;
    /// assert_eq!(Fit::Crop.region(200, 100), [0.25, 0.0, 0.75, 1.0]);
    /// ```
    pub fn region(self, width: u32, height: u32) -> [f32; 4] {
        match self {
            Self::Squish | Self::Keep => [0.0, 0.0, 1.0, 1.0],
            Self::Crop | Self::Pad => {
                let side = if self == Self::Crop {
                    width.min(height)
                } else {
                    width.max(height)
                } as f32;
                let x = (1.0 - side / width.max(1) as f32) / 2.0;
                let y = (1.0 - side / height.max(1) as f32) / 2.0;
                [x, y, 1.0 - x, 1.0 - y]
            }
        }
    }
}

/// How values of 0 to 1 become the net's input: `(value - mean) / std`, per channel R, G, B.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalization {
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

impl Normalization {
    /// What torchvision's weights were trained with.
    pub const IMAGENET: Self = Self {
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
    };

    /// What EfficientNet-Lite's weights were trained with: `(byte - 127) / 128`.
    pub const TENSORFLOW: Self = Self {
        mean: [127.0 / 255.0; 3],
        std: [128.0 / 255.0; 3],
    };

    /// The values as they are.
    pub const NONE: Self = Self {
        mean: [0.0; 3],
        std: [1.0; 3],
    };

    /// `images`: `(N, 3, H, W)` f32, RGB, 0 to 1; returns what the net takes.
    ///
    /// # Errors
    /// [`Error::Tensor`] for another shape.
    pub fn apply(&self, images: &Tensor) -> Result<Tensor> {
        let mean = Tensor::new(&self.mean, images.device())?.reshape((1, 3, 1, 1))?;
        let std = Tensor::new(&self.std, images.device())?.reshape((1, 3, 1, 1))?;
        Ok(images.broadcast_sub(&mean)?.broadcast_div(&std)?)
    }
}

/// [`Fit::Keep`] gives sides that are multiples of this: what the nets reduce an image by, so that no cell of the last map
/// lies half outside.
pub const SIDE_STEP: u32 = 32;

/// [`Fit::Keep`] distorts what is longer than this; such strips are panoramas or mistakes, and a map of one row of cells
/// shows little.
pub const MOST_ASPECT: f64 = 4.0;

/// What a net sees of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preprocess {
    /// Side of the square, pixels; with [`Fit::Keep`] that of the square with the same area.
    pub size: u32,
    pub fit: Fit,
    pub normalization: Normalization,
}

impl Preprocess {
    /// Of what is seen of an image of `width` x `height` pixels: `size` x `size`, and with [`Fit::Keep`] the rectangle of
    /// about that area and the image's shape (up to 4 : 1) whose sides are multiples of 32.
    ///
    /// ```
    /// use cutting_room_core::model::Normalization;
    /// use cutting_room_core::model::preprocess::{Fit, InputSize, Preprocess};
    /// let seen = Preprocess { size: 320, fit: Fit::Keep, normalization: Normalization::IMAGENET };
    /// assert_eq!(seen.input_size(1920, 1080), InputSize { width: 416, height: 256 });
    /// ```
    pub fn input_size(&self, width: u32, height: u32) -> InputSize {
        if self.fit != Fit::Keep {
            return InputSize::square(self.size);
        }
        let aspect = f64::from(width.max(1)) / f64::from(height.max(1));
        self.input_size_of_root(aspect.clamp(1.0 / MOST_ASPECT, MOST_ASPECT).sqrt())
    }

    /// `root`: of the aspect.
    fn input_size_of_root(&self, root: f64) -> InputSize {
        let step = f64::from(SIDE_STEP);
        let side = |length: f64| ((length / step).round() as u32).max(1) * SIDE_STEP;
        InputSize {
            width: side(f64::from(self.size) * root),
            height: side(f64::from(self.size) / root),
        }
    }

    /// The largest that [`Preprocess::input_size`] gives for any image.
    pub fn largest_input(&self) -> InputSize {
        let square = InputSize::square(self.size);
        if self.fit != Fit::Keep {
            return square;
        }
        // The area is largest where the longer side has just been rounded up once more.
        let cells = f64::from(self.size) / f64::from(SIDE_STEP);
        let steps = 0..=2 * (self.size / SIDE_STEP) + 1;
        let roots = steps.map(|step| (f64::from(step) + 0.5) / cells * (1.0 + 1e-9));
        std::iter::once(1.0)
            .chain(roots.filter(|root| (1.0..=MOST_ASPECT.sqrt()).contains(root)))
            .map(|root| self.input_size_of_root(root))
            .max_by_key(|size| size.pixels())
            .unwrap_or(square)
    }

    /// What validation and prediction see of `image`: [`Preprocess::input_size`] pixels, deterministic.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an image or size without pixels.
    pub fn fitted(&self, image: &RgbImage) -> Result<RgbImage> {
        if self.fit == Fit::Pad {
            return pad(image, self.size);
        }
        let [left, top, right, bottom] = self
            .fit
            .region(image.width(), image.height())
            .map(f64::from);
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let seen = [
            left * width,
            top * height,
            (right - left) * width,
            (bottom - top) * height,
        ];
        resize(image, seen, self.input_size(image.width(), image.height()))
    }

    /// What the net takes of `image` in validation and prediction: `(1, 3, height, width)` f32, normalized.
    ///
    /// # Errors
    /// As [`Preprocess::fitted`].
    pub fn input(&self, image: &RgbImage) -> Result<Tensor> {
        let size = self.input_size(image.width(), image.height());
        self.tensor(&[image], size)
    }

    /// What the net takes of `images`, those of one size together.
    ///
    /// # Errors
    /// As [`Preprocess::fitted`].
    pub fn inputs(&self, images: &[RgbImage]) -> Result<Vec<InputGroup>> {
        let sizes = images.iter().map(|image| {
            let (width, height) = image.dimensions();
            self.input_size(width, height)
        });
        group_by_size(sizes)
            .into_iter()
            .map(|(size, positions)| {
                let images: Vec<&RgbImage> =
                    positions.iter().filter_map(|&at| images.get(at)).collect();
                Ok(InputGroup {
                    tensor: self.tensor(&images, size)?,
                    positions,
                })
            })
            .collect()
    }

    /// `images` must all be seen at `size`.
    fn tensor(&self, images: &[&RgbImage], size: InputSize) -> Result<Tensor> {
        let image_len = 3 * size.pixels();
        let mut planes = vec![0f32; images.len() * image_len];
        planes
            .par_chunks_mut(image_len.max(1))
            .zip(images)
            .try_for_each(|(planes, image)| {
                write_planes(&self.fitted(image)?, planes);
                Ok::<(), Error>(())
            })?;
        let (height, width) = (size.height as usize, size.width as usize);
        let images = Tensor::from_vec(planes, (images.len(), 3, height, width), &Device::Cpu)?;
        self.normalization.apply(&images)
    }

    /// An image need not be decoded to more than this along its shorter side: twice what is seen, so that shrinking
    /// still has pixels to average.
    pub fn decode_side(&self) -> u32 {
        2 * self.size
    }

    /// A smaller copy that training can sample from: about 15 % more than the net sees, never enlarged.
    ///
    /// # Errors
    /// As [`Preprocess::fitted`].
    pub fn shrink(&self, image: &RgbImage) -> Result<RgbImage> {
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let target = (f64::from(self.size) * HEADROOM).round();
        let (new_width, new_height) = match self.fit {
            Fit::Squish => (target.min(width), target.min(height)),
            Fit::Crop => {
                let scale = (target / width.min(height)).min(1.0);
                ((width * scale).round(), (height * scale).round())
            }
            // Square from here on, so nothing is left to fit.
            Fit::Pad => return pad(image, target.min(width.max(height)) as u32),
            Fit::Keep => {
                let seen = self.input_size(image.width(), image.height());
                let target = |side: u32| (f64::from(side) * HEADROOM).round();
                (
                    target(seen.width).min(width),
                    target(seen.height).min(height),
                )
            }
        };
        let whole = [0.0, 0.0, width, height];
        resize(
            image,
            whole,
            InputSize {
                width: new_width as u32,
                height: new_height as u32,
            },
        )
    }
}

/// Images that go through the net together.
pub struct InputGroup {
    /// `(N, 3, height, width)` f32, normalized.
    pub tensor: Tensor,
    /// Where each stands among the images it was made of.
    pub positions: Vec<usize>,
}

#[cfg(test)]
mod tests;
