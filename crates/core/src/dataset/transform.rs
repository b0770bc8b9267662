//! Which part of a picture the net sees, and how it is resized (squish, crop, pad).
//!
//! Validation and prediction use [`prepare`]; training samples from [`shrink`]ed pictures (see [`super::augment`]).
//! Resizing is antialiased (a triangle filter as wide as the reduction, as PIL's BILINEAR), because plain bilinear
//! sampling of a large picture shows the net patterns that are not there.

use clap::ValueEnum;
use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgb, RgbImage, imageops};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How a picture becomes a square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// The whole picture, its shape distorted.
    #[default]
    Squish,
    /// The middle square, its shape kept.
    Crop,
    /// The whole picture, its shape kept, on a grey square.
    Pad,
}

/// Around padded pictures: close to 0 once normalised. Black would be one more border for the net to know films by.
pub const PADDING: Rgb<u8> = Rgb([127; 3]);

/// Side of the pictures that training samples from, as a multiple of what the net sees: zooming and warping enlarge.
const HEADROOM: f64 = 1.15;

impl Fit {
    /// The part of a `width` x `height` picture that the net sees, as fractions: left, top, right, bottom. Padding lies
    /// outside 0 to 1.
    ///
    /// ```
    /// use cutting_room_core::dataset::transform::Fit;
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

/// What the net sees of `image` in validation and prediction: `size` x `size`, deterministic.
///
/// # Errors
/// [`Error::Invalid`] for a picture or size without pixels.
pub fn prepare(image: &RgbImage, size: u32, fit: Fit) -> Result<RgbImage> {
    if fit == Fit::Pad {
        return pad(image, size);
    }
    let [left, top, right, bottom] = fit.region(image.width(), image.height()).map(f64::from);
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let seen = [
        left * width,
        top * height,
        (right - left) * width,
        (bottom - top) * height,
    ];
    let square = Size {
        width: size,
        height: size,
    };
    resize(image, seen, square)
}

/// A picture for a net that sees `size` pixels need not be decoded to more than this along its shorter side: twice what is seen,
/// so that shrinking still has pixels to average.
pub fn least_side(size: u32) -> u32 {
    2 * size
}

/// A smaller copy that training can sample from: about 15 % more than the net sees, never enlarged.
///
/// # Errors
/// As [`prepare`].
pub fn shrink(image: &RgbImage, size: u32, fit: Fit) -> Result<RgbImage> {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let target = (f64::from(size) * HEADROOM).round();
    let scale = match fit {
        Fit::Squish => {
            let size = Size {
                width: target.min(width) as u32,
                height: target.min(height) as u32,
            };
            return resize(image, [0.0, 0.0, width, height], size);
        }
        Fit::Crop => (target / width.min(height)).min(1.0),
        // Square from here on, so nothing is left to fit.
        Fit::Pad => return pad(image, target.min(width.max(height)) as u32),
    };
    let size = Size {
        width: (width * scale).round() as u32,
        height: (height * scale).round() as u32,
    };
    resize(image, [0.0, 0.0, width, height], size)
}

/// All of `image` in the middle of a grey square of `side` pixels.
fn pad(image: &RgbImage, side: u32) -> Result<RgbImage> {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let scale = f64::from(side) / width.max(height).max(1.0);
    let scaled = |length: f64| ((length * scale).round() as u32).clamp(1, side.max(1));
    let size = Size {
        width: scaled(width),
        height: scaled(height),
    };
    let inner = resize(image, [0.0, 0.0, width, height], size)?;
    let mut square = RgbImage::from_pixel(side, side, PADDING);
    let left = i64::from(side.saturating_sub(inner.width()) / 2);
    let top = i64::from(side.saturating_sub(inner.height()) / 2);
    imageops::replace(&mut square, &inner, left, top);
    Ok(square)
}

/// Pixels.
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
            "a picture without pixels cannot be resized".into(),
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
                "a picture of {} x {} pixels cannot be resized to {width} x {height}: {error}",
                image.width(),
                image.height()
            ))
        })?;
    RgbImage::from_raw(width, height, resized.into_vec())
        .ok_or_else(|| Error::Invalid("a picture without pixels cannot be resized".into()))
}

/// Writes `image` as three planes of values 0 to 1 into `out`, `(3, H, W)`.
pub fn write_planes(image: &RgbImage, out: &mut [f32]) {
    let plane = (out.len() / 3).max(1);
    for (channel, out) in out.chunks_exact_mut(plane).enumerate() {
        let bytes = image.as_raw().iter().skip(channel).step_by(3);
        for (value, byte) in out.iter_mut().zip(bytes) {
            *value = f32::from(*byte) / 255.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn squish_sees_all_and_crop_the_middle() {
        let image = RgbImage::from_fn(90, 30, |x, _| Rgb([if x < 30 { 255 } else { 0 }; 3]));
        let squished = prepare(&image, 9, Fit::Squish).unwrap();
        assert_eq!(squished.get_pixel(0, 4).0, [255; 3]);
        let cropped = prepare(&image, 9, Fit::Crop).unwrap();
        assert!(cropped.get_pixel(0, 4).0[0] < 128);
        assert_eq!(cropped.get_pixel(8, 4).0, [0; 3]);
    }

    #[test]
    fn pad_sees_all_in_its_shape() {
        let image = RgbImage::from_pixel(90, 30, Rgb([255; 3]));
        for square in [prepare(&image, 9, Fit::Pad), shrink(&image, 8, Fit::Pad)] {
            let square = square.unwrap();
            assert_eq!(square.dimensions(), (9, 9));
            for (x, y, pixel) in square.enumerate_pixels() {
                let is_inside = (3..6).contains(&y);
                assert_eq!(pixel.0, [if is_inside { 255 } else { 127 }; 3], "{x} {y}");
            }
        }
        assert_eq!(Fit::Pad.region(90, 30), [0.0, -1.0, 1.0, 2.0]);
        assert!(prepare(&RgbImage::new(0, 3), 9, Fit::Pad).is_err());
    }

    #[test]
    fn fine_stripes_become_grey() {
        let image = RgbImage::from_fn(512, 512, |x, _| Rgb([if x % 2 == 0 { 255 } else { 0 }; 3]));
        let small = prepare(&image, 64, Fit::Squish).unwrap();
        assert!(small.pixels().all(|pixel| (120..136).contains(&pixel.0[0])));
    }

    #[test]
    fn shrinking_never_enlarges() {
        let image = RgbImage::new(60, 20);
        let small = shrink(&image, 32, Fit::Squish).unwrap();
        assert_eq!(small.dimensions(), (37, 20));
        let wide = shrink(&RgbImage::new(300, 100), 32, Fit::Crop).unwrap();
        assert_eq!(wide.dimensions(), (111, 37));
    }
}
