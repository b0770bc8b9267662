//! Files of every kind decoded, and what is refused.

use image::{ImageBuffer, Luma, LumaA, Rgba};

use super::*;

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn decoded(bytes: &[u8]) -> RgbImage {
    decode_bytes(bytes, Path::new("test")).unwrap().into_image()
}

fn refusal(bytes: &[u8]) -> String {
    let decoded = decode_bytes(bytes, Path::new("test"));
    decoded.map(Decoded::into_image).unwrap_err().to_string()
}

#[test]
fn pixel_hashes_depend_on_pixels_and_shape_alone() {
    let image: RgbImage =
        ImageBuffer::from_fn(6, 4, |x, y| Rgb([(x * 40) as u8, (y * 60) as u8, 7]));
    let hash_as = |format| pixel_hash(&decoded(&encoded(&image.clone().into(), format)));
    assert_eq!(hash_as(ImageFormat::Png), hash_as(ImageFormat::Bmp));
    let turned = RgbImage::from_raw(4, 6, image.clone().into_raw()).unwrap();
    assert_ne!(pixel_hash(&image), pixel_hash(&turned));
}

#[test]
fn alpha_is_laid_over_white() {
    let image: ImageBuffer<Rgba<u8>, _> =
        ImageBuffer::from_fn(2, 1, |x, _| Rgba([200, 0, 0, if x == 0 { 0 } else { 255 }]));
    let image = decoded(&encoded(&image.into(), ImageFormat::Png));
    assert_eq!(image.as_raw(), &[255, 255, 255, 200, 0, 0]);
    let grey: ImageBuffer<LumaA<u8>, _> = ImageBuffer::from_pixel(1, 1, LumaA([0, 51]));
    assert_eq!(
        decoded(&encoded(&grey.into(), ImageFormat::Png)).as_raw(),
        &[204; 3]
    );
}

#[test]
fn sixteen_bit_grey_becomes_eight_bit_rgb() {
    let image: ImageBuffer<Luma<u16>, Vec<u16>> = ImageBuffer::from_pixel(1, 1, Luma([257 * 80]));
    assert_eq!(
        decoded(&encoded(&image.into(), ImageFormat::Png)).as_raw(),
        &[80; 3]
    );
}

#[test]
fn a_giant_is_refused_by_its_header() {
    let image = DynamicImage::from(RgbImage::new(4, 4));
    let mut bytes = encoded(&image, ImageFormat::Bmp);
    bytes[18..22].copy_from_slice(&30_000_i32.to_le_bytes());
    bytes[22..26].copy_from_slice(&30_000_i32.to_le_bytes());
    assert!(refusal(&bytes).contains("too large"), "{}", refusal(&bytes));
}

#[test]
fn every_truncated_jpeg_is_noticed() {
    let image: RgbImage =
        ImageBuffer::from_fn(64, 64, |x, y| Rgb([(x * y) as u8, x as u8, y as u8]));
    let bytes = encoded(&image.into(), ImageFormat::Jpeg);
    assert_eq!(decoded(&bytes).dimensions(), (64, 64));
    for length in (10..bytes.len() - 2).step_by(97) {
        assert!(refusal(&bytes[..length]).contains("truncated"), "{length}");
    }
    // Bytes after the end (a second image, padding) do no harm.
    let padded = [bytes.as_slice(), &[0; 100]].concat();
    assert_eq!(decoded(&padded).dimensions(), (64, 64));
}

#[test]
fn truncated_pngs_gifs_and_webps_are_refused() {
    let image: RgbImage =
        ImageBuffer::from_fn(64, 64, |x, y| Rgb([(x * y) as u8, x as u8, y as u8]));
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let bytes = encoded(&image.clone().into(), format);
        assert_eq!(decoded(&bytes).dimensions(), (64, 64));
        let text = refusal(&bytes[..bytes.len() / 2]);
        assert!(
            text.contains("truncated") || text.contains("corrupt"),
            "{format:?}: {text}"
        );
    }
}

#[test]
fn an_animation_shows_its_first_frame() {
    use image::codecs::gif::GifEncoder;
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for color in [[255, 0, 0, 255], [0, 255, 0, 255]] {
        let frame = image::RgbaImage::from_pixel(8, 8, Rgba(color));
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    assert_eq!(decoded(&bytes).get_pixel(4, 4), &Rgb([255, 0, 0]));
}
