//! JPEGs at a half, a quarter or an eighth of their size, from the low frequencies of their blocks.
//!
//! `image` reads JPEGs by a decoder that cannot do this; the one it had before can.

use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, PixelFormat};

/// The image reduced by the largest of 2, 4, 8 that is not more than `factor`, as it is stored (EXIF orientation not applied).
/// `None` if there is nothing to reduce, and for what is not plain grey or color: the full decoder then reports what is wrong.
pub fn decode(bytes: &[u8], factor: u32) -> Option<DynamicImage> {
    let factor = match step(factor) {
        1 => return None,
        step => step as u16,
    };
    let mut decoder = Decoder::new(bytes);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    let [width, height] = [info.width, info.height].map(|side| side.div_ceil(factor));
    let (width, height) = decoder.scale(width, height).ok()?;
    let [width, height] = [width, height].map(u32::from);
    let pixels = decoder.decode().ok()?;
    match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, pixels).map(Into::into),
        PixelFormat::L16 | PixelFormat::CMYK32 => None,
    }
}

/// The largest of 1, 2, 4, 8 that is not more than `factor`.
pub fn step(factor: u32) -> u32 {
    match factor {
        0 | 1 => 1,
        2 | 3 => 2,
        4..8 => 4,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::imageops::FilterType;
    use image::{ImageFormat, Rgb};

    use super::*;

    fn waves() -> RgbImage {
        RgbImage::from_fn(336, 208, |x, y| {
            let wave = |phase: f64| {
                let angle = f64::from(x) / 19.0 + f64::from(y) / 23.0 + phase;
                (127.0 + 90.0 * angle.sin()) as u8
            };
            Rgb([wave(0.0), wave(2.0), wave(4.0)])
        })
    }

    fn as_jpeg(image: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn it_is_the_whole_image_made_smaller() {
        let bytes = as_jpeg(&waves().into());
        let whole = image::load_from_memory(&bytes).unwrap();
        for (factor, size) in [(2, (168, 104)), (4, (84, 52)), (9, (42, 26))] {
            let reduced = decode(&bytes, factor).unwrap().into_rgb8();
            assert_eq!(reduced.dimensions(), size);
            let shrunk = whole
                .resize_exact(size.0, size.1, FilterType::Triangle)
                .into_rgb8();
            let difference: u64 = reduced
                .as_raw()
                .iter()
                .zip(shrunk.as_raw())
                .map(|(a, b)| u64::from(a.abs_diff(*b)))
                .sum();
            let mean = difference as f64 / reduced.as_raw().len() as f64;
            assert!(mean < 4.0, "factor {factor}: {mean}");
        }
    }

    #[test]
    fn grey_stays_grey_and_what_needs_no_reduction_is_left() {
        let bytes = as_jpeg(&DynamicImage::from(waves()).into_luma8().into());
        assert_eq!(decode(&bytes, 2).unwrap().color(), image::ColorType::L8);
        assert!(decode(&bytes, 1).is_none());
        assert!(decode(&bytes[..bytes.len() / 3], 2).is_none() || bytes.len() < 64);
        assert!(decode(b"\xff\xd8\xff", 2).is_none());
    }
}
