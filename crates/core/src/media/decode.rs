//! Any image file to 8-bit sRGB, by content and not by extension.
//!
//! Scraped folders hold WebP named .jpg, web pages named .jpg, halves of downloads and system files; each is reported
//! apart, because the person who cleans up wants to know. Of an animation the first frame is taken.
//!
//! All threads together decode within one budget of memory, see [`Decoded`].
//!
//! Limits: color profiles are not applied (CMYK is converted plainly); HEIC, AVIF and camera raw files are refused.

use std::io::{Cursor, ErrorKind};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Rgb, RgbImage,
};

use super::border::Insets;
use super::decode_budget::{self, Permit};
use super::{foreign_format, jpeg_check, junk, reduced_jpeg};
use crate::error::{Error, Result};

/// Larger images are refused before their pixels are allocated.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Larger files are no images; they are not even read.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// For what decoders need beside the pixels (16-bit samples, animation canvases).
const MAX_DECODER_BYTES: u64 = 2 << 30;

/// How much of an image is decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detail {
    /// Pixels along the shorter side of what is left of it that are needed.
    pub least: u32,
    /// What is cut off the upright image.
    pub crop: Insets,
}

impl Detail {
    const WHOLE: Self = Self::least(u32::MAX);

    const fn least(least: u32) -> Self {
        Self {
            least,
            crop: Insets::NONE,
        }
    }
}

/// A decoded image, which counts in the budget of all decoding until it is dropped or taken out. Its holder decodes no
/// other one meanwhile.
#[must_use]
#[derive(Debug)]
pub struct Decoded {
    image: RgbImage,
    _permit: Permit,
}

impl Decoded {
    /// For keeping; from here on the image is its owner's to account for.
    pub fn into_image(self) -> RgbImage {
        self.image
    }

    /// Another image of the same size in its place.
    pub(super) fn map(self, change: impl FnOnce(RgbImage) -> RgbImage) -> Self {
        Self {
            image: change(self.image),
            ..self
        }
    }

    /// Hands the image to `use_it`, whose time counts as decoding.
    pub fn consume<T>(self, use_it: impl FnOnce(RgbImage) -> T) -> T {
        let Self { image, _permit } = self;
        use_it(image)
    }
}

impl Deref for Decoded {
    type Target = RgbImage;

    fn deref(&self) -> &RgbImage {
        &self.image
    }
}

/// Decodes the file, applies the EXIF orientation, converts (CMYK, grey, 16 bit, alpha over white…) to RGB. A JPEG that is
/// damaged inside is shown as far as it goes.
///
/// # Errors
/// [`crate::Error::Image`], whose reason says which kind of junk it is: empty, not an image (HTML…), corrupt, truncated, too large.
pub fn decode_file(path: &Path) -> Result<Decoded> {
    decode_guarded(&read(path)?, path, Detail::WHOLE)
}

/// As [`decode_bytes`], in less detail.
pub(super) fn decode_unknown_bytes(bytes: &[u8], path: &Path, detail: Detail) -> Result<Decoded> {
    let image = decode_guarded(bytes, path, detail)?;
    check_whole(bytes, path)?;
    Ok(image)
}

/// As [`decode_file`], from the bytes of a file that an import has looked at.
///
/// # Errors
/// As [`decode_file`].
pub fn decode_known_bytes(bytes: &[u8], path: &Path) -> Result<Decoded> {
    decode_guarded(bytes, path, Detail::WHOLE)
}

/// As [`decode_known_bytes`], for callers that need no more than `least` pixels along the shorter side: a larger JPEG comes in a
/// half, a quarter or an eighth of its size. Other formats come whole.
///
/// # Errors
/// As [`decode_file`].
pub fn decode_known_bytes_for(bytes: &[u8], path: &Path, least: u32) -> Result<Decoded> {
    decode_guarded(bytes, path, Detail::least(least))
}

/// The format's name by content, such as `jpeg`. `None` for what no image begins with.
pub fn format_name(bytes: &[u8]) -> Option<&'static str> {
    let format = image::guess_format(bytes).ok()?;
    format.extensions_str().first().copied()
}

/// The format that files with this extension have, such as `jpg`; also of formats that cannot be read.
pub fn format_of_extension(extension: &str) -> Option<&'static str> {
    let format = ImageFormat::from_extension(extension)?;
    format.extensions_str().first().copied()
}

/// blake3 over width, height (both `u32`, little-endian) and the pixels: equal images have equal hashes, whatever the
/// files' format and metadata.
pub fn pixel_hash(image: &RgbImage) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&image.width().to_le_bytes());
    hasher.update(&image.height().to_le_bytes());
    hasher.update(image.as_raw());
    *hasher.finalize().as_bytes()
}

/// Width and height in pixels of the upright image, by the header alone: no pixel is decoded. `path` is only for the message.
///
/// # Errors
/// [`Error::Image`] for what is no image, or one of more than [`MAX_PIXELS`].
pub fn size_of_bytes(bytes: &[u8], path: &Path) -> Result<(u32, u32)> {
    let Ok(format) = image::guess_format(bytes) else {
        return Err(refuse(junk::describe(bytes), path));
    };
    guarded(path, || {
        let (mut decoder, (width, height)) = open_decoder(bytes, format, path)?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        Ok(if lies_on_its_side(orientation) {
            (height, width)
        } else {
            (width, height)
        })
    })
}

/// The bytes of an image file that somebody else is to decode.
///
/// # Errors
/// [`Error::Missing`], [`Error::Io`]; [`Error::Image`] for what is no ordinary file, or too large for an image.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let metadata = path.metadata().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::Missing {
            path: path.to_path_buf(),
        },
        _ => Error::io("read the image", path)(error),
    })?;
    if metadata.is_dir() {
        return Err(refuse("it is a folder", path));
    }
    if !metadata.is_file() {
        // A pipe would be waited on for ever.
        return Err(refuse("it is no ordinary file", path));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(refuse(
            "the file is too large for an image (over 1 GiB)",
            path,
        ));
    }
    std::fs::read(path).map_err(Error::io("read the image", path))
}

/// As [`decode_file`], from bytes that no import has looked at; `path` is only for the message.
///
/// # Errors
/// As [`decode_file`], also for a JPEG that is damaged inside: its decoder would fill in grey or go on in wrong colors.
pub fn decode_bytes(bytes: &[u8], path: &Path) -> Result<Decoded> {
    decode_unknown_bytes(bytes, path, Detail::WHOLE)
}

/// Other formats have checksums, or lengths that their decoders check.
fn check_whole(bytes: &[u8], path: &Path) -> Result<()> {
    let is_jpeg = matches!(image::guess_format(bytes), Ok(ImageFormat::Jpeg));
    match is_jpeg.then(|| jpeg_check::damage(bytes)).flatten() {
        Some(damage) => Err(refuse(damage.to_string(), path)),
        None => Ok(()),
    }
}

pub(super) fn decode_guarded(bytes: &[u8], path: &Path, detail: Detail) -> Result<Decoded> {
    let Ok(format) = image::guess_format(bytes) else {
        return Err(refuse(junk::describe(bytes), path));
    };
    if format == ImageFormat::Tiff && foreign_format::is_named_camera_raw(path) {
        return Err(refuse(foreign_format::CAMERA_RAW, path));
    }
    if format == ImageFormat::Jpeg && !junk::jpeg_is_whole(bytes) {
        // The decoder would fill the missing part with grey without an error.
        return Err(refuse(
            "the image is truncated (the file ends too early)",
            path,
        ));
    }
    guarded(path, || decode_as(bytes, (format, detail), path))
}

/// A panic in a decoder must not end an import of thousands of files.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(refuse("the image is corrupt (its decoder gave up)", path)))
}

fn refuse(reason: impl Into<String>, path: &Path) -> Error {
    Error::Image {
        reason: reason.into(),
        path: path.to_path_buf(),
    }
}

/// A decoder that has read the header, and the width and height that it found there.
fn open_decoder<'a>(
    bytes: &'a [u8],
    format: ImageFormat,
    path: &Path,
) -> Result<(impl ImageDecoder + 'a, (u32, u32))> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);
    let decoder = reader
        .into_decoder()
        .map_err(|error| refuse(reason(&error), path))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(refuse("the image is corrupt (it has no pixels)", path));
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let limit = MAX_PIXELS / 1_000_000;
        let reason =
            format!("the image is too large ({width}×{height}; the limit is {limit} megapixels)");
        return Err(refuse(reason, path));
    }
    Ok((decoder, (width, height)))
}

fn decode_as(
    bytes: &[u8],
    (format, detail): (ImageFormat, Detail),
    path: &Path,
) -> Result<Decoded> {
    let failed = |error: ImageError| refuse(reason(&error), path);
    let (mut decoder, (width, height)) = open_decoder(bytes, format, path)?;
    // An image whose EXIF block is broken is shown as it is stored.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let Detail { least, crop } = detail;
    let (inner_width, inner_height) = if lies_on_its_side(orientation) {
        crop.inner(height, width)
    } else {
        crop.inner(width, height)
    };
    let factor = match format {
        ImageFormat::Jpeg => inner_width.min(inner_height) / least.max(1),
        _whole => 1,
    };
    let is_copied = orientation != Orientation::NoTransforms || !crop.is_none();
    let peak = peak_bytes(&decoder, bytes, (format, factor)) << u32::from(is_copied);
    let mut permit = decode_budget::acquire(peak);
    let (mut image, reduced_by) = match reduced_jpeg::decode(bytes, factor) {
        Some(image) => (image, reduced_jpeg::step(factor)),
        None => (DynamicImage::from_decoder(decoder).map_err(failed)?, 1),
    };
    image.apply_orientation(orientation);
    let image = crop.reduced(reduced_by).cut(over_white(image));
    permit.shrink_to(image.as_raw().len() as u64);
    Ok(Decoded {
        image,
        _permit: permit,
    })
}

/// Whether the upright image is as wide as the stored one is high.
fn lies_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// About what decoding takes at its peak: the pixels as they are stored, the same in RGB, and what a decoder holds beside.
fn peak_bytes(
    decoder: &impl ImageDecoder,
    bytes: &[u8],
    (format, factor): (ImageFormat, u32),
) -> u64 {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let color = decoder.color_type();
    let stored = decoder.total_bytes() / u64::from(factor.clamp(1, 8)).pow(2);
    // A copy in RGB, before that one in RGBA for the blend.
    let converted = match color {
        ColorType::Rgb8 => 0,
        ColorType::Rgba8 => 3 * pixels,
        _ if color.has_alpha() => 7 * pixels,
        _ => 3 * pixels,
    };
    let beside = match format {
        // All coefficients, of two bytes each.
        ImageFormat::Jpeg if jpeg_check::is_progressive(bytes) => 6 * pixels,
        // Planes, or the canvas of an animation.
        ImageFormat::WebP | ImageFormat::Gif => 4 * pixels,
        _rows => 0,
    };
    stored + converted + beside
}

fn reason(error: &ImageError) -> String {
    match error {
        ImageError::Limits(_) => "the image needs too much memory".to_owned(),
        ImageError::Unsupported(error) => foreign_format::unsupported(error),
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            "the image is truncated (the file ends too early)".to_owned()
        }
        _ => format!("the image is corrupt ({error})"),
    }
}

/// Transparent pixels show white, as on the page that most such images were made for.
fn over_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    let mut opaque = RgbImage::new(image.width(), image.height());
    for (to, from) in opaque.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0;
        let blend = |color: u8| {
            let sum = u32::from(color) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            ((sum + 127) / 255) as u8
        };
        *to = Rgb([blend(red), blend(green), blend(blue)]);
    }
    opaque
}

#[cfg(test)]
mod tests;
