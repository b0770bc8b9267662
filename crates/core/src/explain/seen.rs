//! What a method explains by: the image, what the net made of it, and the layer whose map is read.

use candle_core::Tensor;
use image::RgbImage;

use super::cam::head_gradient;
use super::maps::Maps;
use crate::error::Result;
use crate::predict::{Inspection, Predictor};

/// The map of a layer before the last one.
#[derive(Clone, Debug)]
pub struct StageMap {
    /// One of [`Predictor::stages`].
    pub name: String,
    /// `(1, C, h, w)`.
    pub map: Tensor,
}

/// An image as a net sees it.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub predictor: &'a Predictor,
    pub image: &'a RgbImage,
    /// Of the image.
    pub inspection: &'a Inspection,
    /// `None`: the last layer, whose map the inspection has.
    pub stage: Option<&'a StageMap>,
}

impl Seen<'_> {
    /// The layer's map.
    ///
    /// # Errors
    /// [`crate::error::Error::Tensor`].
    pub fn maps(&self) -> Result<Maps> {
        Maps::of(self.map())
    }

    /// The gradient of the raw logit of `class` with respect to the layer's map.
    ///
    /// # Errors
    /// As [`head_gradient`] and [`Predictor::stage_gradient`].
    pub fn gradients(&self, class: usize) -> Result<Maps> {
        let gradient = match self.stage {
            Some(stage) => self
                .predictor
                .stage_gradient(&stage.map, class, &stage.name)?,
            None => head_gradient(
                self.predictor.classifier(),
                &self.inspection.features,
                class,
            )?,
        };
        Maps::of(&gradient)
    }

    fn map(&self) -> &Tensor {
        match self.stage {
            Some(stage) => &stage.map,
            None => &self.inspection.features,
        }
    }
}
