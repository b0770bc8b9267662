//! From a file, or the bytes of one, to an image as a net is to see it.

use std::path::Path;

use image::RgbImage;

use super::{ImageFile, Predictor};
use crate::catalog::Crop;
use crate::error::Result;
use crate::media::border::Insets;
use crate::media::decode;
use crate::media::recipe::{Recipe, border_of};

/// An image as a net is to see it, before it is scaled.
#[derive(Clone, Debug)]
pub struct ReadImage {
    pub image: RgbImage,
    /// What was made of the file.
    pub recipe: Recipe,
}

impl Predictor {
    /// Reads an image, in no more detail than the net needs, so that every number about it is the one that training saw.
    ///
    /// # Errors
    /// As [`Recipe::decode_unknown_for`].
    pub fn read(&self, file: &ImageFile) -> Result<ReadImage> {
        let bytes = decode::read(&file.path)?;
        match file.recipe {
            Some(recipe) => self.decode(&bytes, recipe, &file.path),
            None => self.read_bytes(&bytes, &file.path),
        }
    }

    /// As [`Predictor::read`], of a file from elsewhere that is in memory; `path` is only for the message.
    ///
    /// # Errors
    /// As [`Recipe::decode_unknown_bytes_for`].
    pub fn read_bytes(&self, bytes: &[u8], path: &Path) -> Result<ReadImage> {
        let recipe = match self.outside {
            None => Recipe::default(),
            Some(Crop::Measured) => Recipe::crop(border_of(bytes, path)?),
            Some(Crop::Pixels(pixels)) => {
                let (width, height) = decode::size_of_bytes(bytes, path)?;
                Recipe::crop(Insets::even(pixels).sensible(width, height))
            }
        };
        self.decode(bytes, recipe, path)
    }

    fn decode(&self, bytes: &[u8], recipe: Recipe, path: &Path) -> Result<ReadImage> {
        let side = self.preprocess.decode_side();
        let image = recipe
            .decode_unknown_bytes_for(bytes, path, side)?
            .into_image();
        Ok(ReadImage { image, recipe })
    }
}
