//! A predictor taken apart for an export, put together from one, and asked for raw logits.

use candle_core::{Device, Tensor};
use image::RgbImage;

use super::Predictor;
use crate::catalog::Crop;
use crate::error::Result;
use crate::model::Net;
use crate::model::preprocess::{Preprocess, write_planes};

/// What a [`Predictor`] is made of beside its net.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    pub classes: Vec<String>,
    pub preprocess: Preprocess,
    /// What is cropped off files.
    pub outside: Option<Crop>,
}

impl Predictor {
    /// Of a net that nothing changes any more.
    pub fn from_parts(net: Net, parts: Parts) -> Self {
        Self {
            net: net.into(),
            classes: parts.classes.into(),
            preprocess: parts.preprocess,
            outside: parts.outside,
            epoch: None,
        }
    }

    pub fn parts(&self) -> Parts {
        Parts {
            classes: self.classes.to_vec(),
            preprocess: self.preprocess,
            outside: self.outside,
        }
    }

    pub fn net(&self) -> &Net {
        &self.net
    }

    /// Raw logits by class of what the net sees: an image that [`Preprocess::fitted`] has made, of any size.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] for an image that is smaller than the net takes; [`crate::error::Error::Tensor`].
    pub fn fitted_logits(&self, fitted: &RgbImage) -> Result<Vec<f32>> {
        let (width, height) = (fitted.width() as usize, fitted.height() as usize);
        let mut planes = vec![0f32; 3 * width * height];
        write_planes(fitted, &mut planes);
        let images = Tensor::from_vec(planes, (1, 3, height, width), &Device::Cpu)?;
        let images = self.preprocess.normalization.apply(&images)?;
        Ok(self.logits(&images)?.flatten_all()?.to_vec1()?)
    }
}
