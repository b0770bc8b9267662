//! How the pixels of an image are made from its file, where not all of the file is wanted.
//!
//! The file stays as it is. Whoever looks at an image of a project (thumbnails, the loupe, training, predictions, heatmaps)
//! decodes it by its recipe; only the checks, which measure files, do not.

use std::path::Path;

use super::border::{Insets, Runs};
use super::decode::{self, Decoded, Detail};
use super::upsampling::Upsampling;
use crate::error::Result;

/// Of one image. The default one is the file as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipe {
    /// What is cut off the upright image.
    pub crop: Insets,
    /// Of what is left: a copy of it instead of itself.
    pub upsampling: Option<Upsampling>,
}

impl Recipe {
    pub fn crop(crop: Insets) -> Self {
        Self {
            crop,
            upsampling: None,
        }
    }

    /// The copy of the image that this one is a recipe of.
    #[must_use]
    pub fn upsampled(self, upsampling: Upsampling) -> Self {
        Self {
            upsampling: Some(upsampling),
            ..self
        }
    }

    /// Nothing is done to the file.
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }

    /// The file at `path`, which an import has looked at.
    ///
    /// # Errors
    /// As [`decode::decode_file`].
    pub fn decode(self, path: &Path) -> Result<Decoded> {
        self.decode_for(path, u32::MAX)
    }

    /// As [`Recipe::decode`], for callers that need no more than `least` pixels along the shorter side of what is left: a
    /// larger JPEG comes in a half, a quarter or an eighth of its size. Other formats come whole, and so do copies.
    ///
    /// # Errors
    /// As [`decode::decode_file`].
    pub fn decode_for(self, path: &Path, least: u32) -> Result<Decoded> {
        let decoded = decode::decode_guarded(&decode::read(path)?, path, self.detail(least))?;
        Ok(self.finish(decoded))
    }

    /// As [`Recipe::decode_for`], for files that no import has looked at.
    ///
    /// # Errors
    /// As [`decode::decode_bytes`].
    pub fn decode_unknown_for(self, path: &Path, least: u32) -> Result<Decoded> {
        self.decode_unknown_bytes_for(&decode::read(path)?, path, least)
    }

    /// As [`Recipe::decode_unknown_for`], from the file's bytes; `path` is only for the message.
    ///
    /// # Errors
    /// As [`decode::decode_bytes`].
    pub fn decode_unknown_bytes_for(
        self,
        bytes: &[u8],
        path: &Path,
        least: u32,
    ) -> Result<Decoded> {
        let decoded = decode::decode_unknown_bytes(bytes, path, self.detail(least))?;
        Ok(self.finish(decoded))
    }

    fn finish(self, decoded: Decoded) -> Decoded {
        match self.upsampling {
            Some(copy) => decoded.map(|image| copy.of(&image)),
            None => decoded,
        }
    }

    /// A copy is made of all pixels, as the file would be that one could make of it: noise fades when an image is reduced.
    fn detail(self, least: u32) -> Detail {
        Detail {
            least: self.upsampling.map_or(least, |_| u32::MAX),
            crop: self.crop,
        }
    }

    /// Of what is left of an image of this size.
    pub fn size(self, width: u32, height: u32) -> (u32, u32) {
        match self.crop.inner(width, height) {
            (0, _) | (_, 0) => (width, height),
            inner => inner,
        }
    }

    /// Tells what is made of a file from what is made of it by another recipe; empty for the file as it is.
    pub fn key(self) -> String {
        let copy = self.upsampling.map(|copy| format!("-{}", copy.suffix()));
        let copy = copy.unwrap_or_default();
        if self.crop.is_none() {
            return copy;
        }
        let Insets {
            left,
            top,
            right,
            bottom,
        } = self.crop;
        format!("-{left}-{top}-{right}-{bottom}{copy}")
    }
}

/// The border of an image file by itself, in pixels of the upright image; none of an image that is small. `path` is only for
/// the message.
///
/// # Errors
/// As [`decode::decode_bytes`].
pub fn border_of(bytes: &[u8], path: &Path) -> Result<Insets> {
    let image = decode::decode_bytes(bytes, path)?;
    let (width, height) = image.dimensions();
    Ok(Runs::of(&image)
        .insets(width, height)
        .sensible(width, height))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;

    fn framed(width: u32, height: u32, border: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let is_border = x < border || y < border || x >= width - border || y >= height - border;
            if is_border {
                Rgb([0; 3])
            } else {
                Rgb([
                    (x % 200) as u8 + 50,
                    (y % 200) as u8 + 50,
                    ((x * y) % 255) as u8,
                ])
            }
        })
    }

    #[test]
    fn a_cropped_file_is_what_a_smaller_file_would_be() {
        let folder = tempfile::tempdir().unwrap();
        let whole = framed(300, 200, 12);
        let path = folder.path().join("whole.png");
        whole.save(&path).unwrap();
        let found = border_of(&std::fs::read(&path).unwrap(), &path).unwrap();
        assert_eq!(found, Insets::even(12));
        let cropped = Recipe::crop(found).decode(&path).unwrap();
        let inside = image::imageops::crop_imm(&whole, 12, 12, 276, 176).to_image();
        assert_eq!(cropped.into_image(), inside);
        let plain = Recipe::default().decode(&path).unwrap();
        assert_eq!(plain.into_image(), whole);
    }

    #[test]
    fn a_large_jpeg_is_decoded_reduced_and_shows_no_border() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.jpg");
        let mut bytes = Cursor::new(Vec::new());
        framed(1200, 900, 50)
            .write_to(&mut bytes, ImageFormat::Jpeg)
            .unwrap();
        std::fs::write(&path, bytes.into_inner()).unwrap();
        let recipe = Recipe::crop(Insets::even(50));
        let image = recipe.decode_for(&path, 200).unwrap();
        // 1100 x 800 are left: a quarter of that, and no pixel that is partly border.
        assert_eq!(image.dimensions(), (300 - 26, 225 - 26));
        let darkest = image.pixels().map(|p| p.0[0].max(p.0[1])).min();
        assert!(darkest > Some(20), "{darkest:?}");
        assert_eq!(recipe.size(1200, 900), (1100, 800));
    }

    #[test]
    fn recipes_are_told_apart() {
        assert_eq!(Recipe::default().key(), "");
        let insets = Insets {
            top: 12,
            bottom: 3,
            ..Insets::NONE
        };
        let cropped = Recipe::crop(insets);
        assert_eq!(cropped.key(), "-0-12-0-3");
        let copy = Upsampling::Inverted;
        assert_eq!(cropped.upsampled(copy).key(), "-0-12-0-3-invert");
        assert_eq!(Recipe::default().upsampled(copy).key(), "-invert");
        assert_eq!(insets.text(), "12 px top, 3 px bottom");
        assert_eq!(Insets::even(20).text(), "20 px on each side");
    }
}
