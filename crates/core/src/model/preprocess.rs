//! From an image to what a net sees: a square of some size, as planes of numbers, normalized.
//!
//! One [`Preprocess`] serves training, validation and prediction; only what training samples from is larger
//! ([`Preprocess::shrink`]). Resizing is antialiased (a triangle filter as wide as the reduction, as PIL's BILINEAR),
//! because plain bilinear sampling of a large image shows the net patterns that are not there.

use candle_core::{Device, Tensor};
use clap::ValueEnum;
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgb, RgbImage, imageops};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How an image becomes a square.
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
}

/// Around padded images: close to 0 once normalised. Black would be one more border for the net to know films by.
pub const PADDING: Rgb<u8> = Rgb([127; 3]);

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
            Self::Squish => [0.0, 0.0, 1.0, 1.0],
            Self::Crop | Self::Pad => {
                let side = match self {
                    Self::Crop => width.min(height),
                    Self::Squish | Self::Pad => width.max(height),
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

/// What a net sees of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preprocess {
    /// Side of the square, pixels.
    pub size: u32,
    pub fit: Fit,
    pub normalization: Normalization,
}

impl Preprocess {
    /// The square of `image` that validation and prediction see: `size` x `size`, deterministic.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an image or size without pixels.
    pub fn square(&self, image: &RgbImage) -> Result<RgbImage> {
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
        resize(
            image,
            seen,
            Size {
                width: self.size,
                height: self.size,
            },
        )
    }

    /// What the net takes of `images` in validation and prediction: `(N, 3, size, size)` f32, normalized.
    ///
    /// # Errors
    /// As [`Preprocess::square`].
    pub fn input(&self, images: &[RgbImage]) -> Result<Tensor> {
        let side = self.size as usize;
        let image_len = 3 * side * side;
        let mut planes = vec![0f32; images.len() * image_len];
        planes
            .par_chunks_mut(image_len.max(1))
            .zip(images)
            .try_for_each(|(planes, image)| {
                write_planes(&self.square(image)?, planes);
                Ok::<(), Error>(())
            })?;
        let images = Tensor::from_vec(planes, (images.len(), 3, side, side), &Device::Cpu)?;
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
    /// As [`Preprocess::square`].
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
        };
        let whole = [0.0, 0.0, width, height];
        resize(
            image,
            whole,
            Size {
                width: new_width as u32,
                height: new_height as u32,
            },
        )
    }
}

/// `image` as three planes of values 0 to 1 into `out`.
pub fn write_planes(image: &RgbImage, out: &mut [f32]) {
    let plane = (out.len() / 3).max(1);
    for (channel, out) in out.chunks_exact_mut(plane).enumerate() {
        let bytes = image.as_raw().iter().skip(channel).step_by(3);
        for (value, byte) in out.iter_mut().zip(bytes) {
            *value = f32::from(*byte) / 255.0;
        }
    }
}

/// All of `image` in the middle of a grey square of `side` pixels.
fn pad(image: &RgbImage, side: u32) -> Result<RgbImage> {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let scale = f64::from(side) / width.max(height).max(1.0);
    let scaled = |length: f64| ((length * scale).round() as u32).clamp(1, side.max(1));
    let inner = resize(
        image,
        [0.0, 0.0, width, height],
        Size {
            width: scaled(width),
            height: scaled(height),
        },
    )?;
    let mut square = RgbImage::from_pixel(side, side, PADDING);
    let left = i64::from(side.saturating_sub(inner.width()) / 2);
    let top = i64::from(side.saturating_sub(inner.height()) / 2);
    imageops::replace(&mut square, &inner, left, top);
    Ok(square)
}

/// In pixels.
#[derive(Clone, Copy)]
struct Size {
    width: u32,
    height: u32,
}

/// `seen`: left, top, width, height in pixels.
fn resize(image: &RgbImage, seen: [f64; 4], size: Size) -> Result<RgbImage> {
    let Size { width, height } = size;
    if image.is_empty() || width == 0 || height == 0 {
        return Err(Error::Invalid(
            "an image without pixels cannot be resized".into(),
        ));
    }
    let [left, top, seen_width, seen_height] = seen;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .crop(left, top, seen_width, seen_height);
    let mut resized = Image::new(width, height, PixelType::U8x3);
    Resizer::new()
        .resize(image, &mut resized, &options)
        .map_err(|error| {
            Error::Invalid(format!(
                "an image of {} x {} pixels cannot be resized to {width} x {height}: {error}",
                image.width(),
                image.height()
            ))
        })?;
    RgbImage::from_raw(width, height, resized.into_vec())
        .ok_or_else(|| Error::Invalid("an image without pixels cannot be resized".into()))
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn preprocess(size: u32, fit: Fit) -> Preprocess {
        Preprocess {
            size,
            fit,
            normalization: Normalization::TENSORFLOW,
        }
    }

    #[test]
    fn squish_sees_all_and_crop_the_middle() {
        let image = RgbImage::from_fn(90, 30, |x, _| Rgb([if x < 30 { 255 } else { 0 }; 3]));
        let squished = preprocess(9, Fit::Squish).square(&image).unwrap();
        assert_eq!(squished.get_pixel(0, 4).0, [255; 3]);
        let cropped = preprocess(9, Fit::Crop).square(&image).unwrap();
        assert!(cropped.get_pixel(0, 4).0[0] < 128);
        assert_eq!(cropped.get_pixel(8, 4).0, [0; 3]);
    }

    #[test]
    fn pad_sees_all_in_its_shape() {
        let image = RgbImage::from_pixel(90, 30, Rgb([255; 3]));
        for square in [
            preprocess(9, Fit::Pad).square(&image),
            preprocess(8, Fit::Pad).shrink(&image),
        ] {
            let square = square.unwrap();
            assert_eq!(square.dimensions(), (9, 9));
            for (x, y, pixel) in square.enumerate_pixels() {
                let is_inside = (3..6).contains(&y);
                assert_eq!(pixel.0, [if is_inside { 255 } else { 127 }; 3], "{x} {y}");
            }
        }
        assert_eq!(Fit::Pad.region(90, 30), [0.0, -1.0, 1.0, 2.0]);
        assert!(
            preprocess(9, Fit::Pad)
                .square(&RgbImage::new(0, 3))
                .is_err()
        );
    }

    #[test]
    fn fine_stripes_become_grey() {
        let image = RgbImage::from_fn(512, 512, |x, _| Rgb([if x % 2 == 0 { 255 } else { 0 }; 3]));
        let small = preprocess(64, Fit::Squish).square(&image).unwrap();
        assert!(small.pixels().all(|pixel| (120..136).contains(&pixel.0[0])));
    }

    #[test]
    fn shrinking_never_enlarges() {
        let image = RgbImage::new(60, 20);
        let small = preprocess(32, Fit::Squish).shrink(&image).unwrap();
        assert_eq!(small.dimensions(), (37, 20));
        let wide = preprocess(32, Fit::Crop)
            .shrink(&RgbImage::new(300, 100))
            .unwrap();
        assert_eq!(wide.dimensions(), (111, 37));
    }

    #[test]
    fn white_becomes_one_as_the_net_was_trained() {
        let white = RgbImage::from_pixel(50, 40, Rgb([255; 3]));
        let input = preprocess(4, Fit::Squish).input(&[white]).unwrap();
        assert_eq!(input.dims(), [1, 3, 4, 4]);
        let values: Vec<f32> = input.flatten_all().unwrap().to_vec1().unwrap();
        assert!(values.iter().all(|value| (value - 1.0).abs() < 1e-6));
    }
}
