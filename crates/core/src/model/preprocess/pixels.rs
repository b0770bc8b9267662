//! Pixels of an image resized, padded, and as planes of numbers.

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{Rgb, RgbImage, imageops};

use super::input_size::InputSize;
use crate::error::{Error, Result};

/// Around padded images: close to 0 once normalised. Black would be one more border for the net to know films by.
pub const PADDING: Rgb<u8> = Rgb([127; 3]);

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
pub(super) fn pad(image: &RgbImage, side: u32) -> Result<RgbImage> {
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
pub(super) fn resize(image: &RgbImage, seen: [f64; 4], size: InputSize) -> Result<RgbImage> {
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
