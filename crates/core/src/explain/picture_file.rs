//! A picture as a PNG file that names the program that drew it, so that a later picture may take its place and a file of the
//! user's own may not (`catalog::output`).

use std::io;
use std::path::Path;

use image::RgbImage;

use crate::catalog::output::SOFTWARE;
use crate::error::{Error, Result};
use crate::project::write_atomic;

/// Writes `image` as a PNG.
///
/// # Errors
/// [`Error::Io`] where `out` cannot be written; [`Error::Image`].
pub fn write_png(image: &RgbImage, out: &Path) -> Result<()> {
    let encoded = encode(image).map_err(|error| Error::Image {
        reason: format!("cannot be written as PNG: {error}"),
        path: out.to_path_buf(),
    })?;
    write_atomic(out, &encoded)
}

fn encode(image: &RgbImage) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(io::Cursor::new(&mut bytes), image.width(), image.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Adaptive);
    encoder.add_text_chunk("Software".to_owned(), SOFTWARE.to_owned())?;
    let mut writer = encoder.write_header()?;
    writer.write_image_data(image.as_raw())?;
    writer.finish()?;
    Ok(bytes)
}
