//! From an image to what a net sees: a square, or a rectangle of the same area, as planes of numbers, normalized.
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

/// Pixels of what a net sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputSize {
    pub width: u32,
    pub height: u32,
}

impl InputSize {
    pub fn square(side: u32) -> Self {
        Self {
            width: side,
            height: side,
        }
    }

    pub fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// [`Fit::Keep`] gives sides that are multiples of this: what the nets reduce an image by, so that no cell of the last map
/// lies half outside.
const SIDE_STEP: u32 = 32;

/// [`Fit::Keep`] distorts what is longer than this; such strips are panoramas or mistakes, and a map of one row of cells
/// shows little.
const MOST_ASPECT: f64 = 4.0;

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

/// The positions of each size, sizes in the order in which they first come.
pub fn group_by_size(sizes: impl IntoIterator<Item = InputSize>) -> Vec<(InputSize, Vec<usize>)> {
    let mut groups: Vec<(InputSize, Vec<usize>)> = Vec::new();
    for (position, size) in sizes.into_iter().enumerate() {
        match groups.iter_mut().find(|(known, _)| *known == size) {
            Some((_, positions)) => positions.push(position),
            None => groups.push((size, vec![position])),
        }
    }
    groups
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
        InputSize {
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

/// `seen`: left, top, width, height in pixels.
fn resize(image: &RgbImage, seen: [f64; 4], size: InputSize) -> Result<RgbImage> {
    let InputSize { width, height } = size;
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
        let squished = preprocess(9, Fit::Squish).fitted(&image).unwrap();
        assert_eq!(squished.get_pixel(0, 4).0, [255; 3]);
        let cropped = preprocess(9, Fit::Crop).fitted(&image).unwrap();
        assert!(cropped.get_pixel(0, 4).0[0] < 128);
        assert_eq!(cropped.get_pixel(8, 4).0, [0; 3]);
    }

    #[test]
    fn pad_sees_all_in_its_shape() {
        let image = RgbImage::from_pixel(90, 30, Rgb([255; 3]));
        for square in [
            preprocess(9, Fit::Pad).fitted(&image),
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
                .fitted(&RgbImage::new(0, 3))
                .is_err()
        );
    }

    #[test]
    fn fine_stripes_become_grey() {
        let image = RgbImage::from_fn(512, 512, |x, _| Rgb([if x % 2 == 0 { 255 } else { 0 }; 3]));
        let small = preprocess(64, Fit::Squish).fitted(&image).unwrap();
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
        let input = preprocess(4, Fit::Squish).input(&white).unwrap();
        assert_eq!(input.dims(), [1, 3, 4, 4]);
        let values: Vec<f32> = input.flatten_all().unwrap().to_vec1().unwrap();
        assert!(values.iter().all(|value| (value - 1.0).abs() < 1e-6));
    }

    #[test]
    fn keep_has_the_area_of_the_square_in_the_shape_of_the_image() {
        let seen = preprocess(320, Fit::Keep);
        let size = |width, height| InputSize { width, height };
        assert_eq!(seen.input_size(480, 270), size(416, 256));
        assert_eq!(seen.input_size(270, 480), size(256, 416));
        assert_eq!(seen.input_size(72, 72), size(320, 320));
        // Beyond 4 : 1 it is distorted, and a line of pixels is no strip without end.
        assert_eq!(seen.input_size(9000, 1), size(640, 160));
        let image = RgbImage::from_pixel(480, 270, Rgb([9; 3]));
        assert_eq!(seen.fitted(&image).unwrap().dimensions(), (416, 256));
        assert_eq!(seen.input(&image).unwrap().dims(), [1, 3, 256, 416]);
        assert_eq!(Fit::Keep.region(480, 270), [0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn no_image_is_seen_larger_than_the_largest() {
        for side in [32, 160, 224, 300, 320, 384] {
            let seen = preprocess(side, Fit::Keep);
            let largest = seen.largest_input().pixels();
            for width in 1..400 {
                assert!(seen.input_size(width, 100).pixels() <= largest);
            }
            assert!(largest >= InputSize::square(side / 32 * 32).pixels());
        }
    }

    #[test]
    fn images_of_one_size_go_together_and_know_their_places() {
        let images = [(80, 40), (40, 40), (90, 45)].map(|(w, h)| RgbImage::new(w, h));
        let groups = preprocess(64, Fit::Keep).inputs(&images).unwrap();
        let places: Vec<&[usize]> = groups.iter().map(|group| &*group.positions).collect();
        assert_eq!(places, [&[0, 2][..], &[1]]);
        assert_eq!(groups[0].tensor.dims(), [2, 3, 32, 96]);
    }
}
