//! A smaller version of an image.

use fast_image_resize::images::ImageRef;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, RgbImage};

use crate::error::{Error, Result};

/// `image` in `width` x `height` pixels, each of which is the mean of what it covers (with [`FilterType::Box`]) or sharper
/// (with [`FilterType::Lanczos3`]).
///
/// # Errors
/// [`Error::Invalid`] for an image without pixels.
pub fn reduced(image: &RgbImage, width: u32, height: u32, filter: FilterType) -> Result<RgbImage> {
    let failed = |reason: String| Error::Invalid(format!("the image cannot be reduced: {reason}"));
    let (from_width, from_height) = image.dimensions();
    let from = ImageRef::new(from_width, from_height, image.as_raw(), PixelType::U8x3)
        .map_err(|error| failed(error.to_string()))?;
    let mut to = DynamicImage::from(RgbImage::new(width, height));
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    Resizer::new()
        .resize(&from, &mut to, &options)
        .map_err(|error| failed(error.to_string()))?;
    Ok(to.into_rgb8())
}
