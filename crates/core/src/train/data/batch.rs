//! A training batch: images as the net takes them, or feature maps for the head, with what they should be
//! predicted as.

use std::ops::Range;

use candle_core::Tensor;

use crate::error::Result;
use crate::model::{Classifier as _, Mode, Net};

/// Second targets of images that were blended by mixup.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mix {
    /// Of the images blended in.
    pub targets: Vec<u32>,
    /// As [`Labels::weights`].
    pub weights: Option<Vec<f32>>,
    /// Weight of an image's own target, 0 to 1; the rest goes to the one blended in.
    pub share: f32,
}

/// What the images of a batch should be predicted as.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Labels {
    /// `N` class indices.
    pub targets: Vec<u32>,
    /// How much each image counts, beside what its class does; `None`: one.
    pub weights: Option<Vec<f32>>,
    pub mix: Option<Mix>,
}

impl Labels {
    pub fn plain(targets: Vec<u32>) -> Self {
        Self {
            targets,
            weights: None,
            mix: None,
        }
    }

    pub fn weighted(targets: Vec<u32>, weights: Vec<f32>) -> Self {
        let is_weighted = weights.iter().any(|weight| *weight != 1.0);
        Self {
            weights: is_weighted.then_some(weights),
            ..Self::plain(targets)
        }
    }

    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Those of some of the images; empty outside the batch.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let some = |targets: &[u32]| targets.get(range.clone()).unwrap_or_default().to_vec();
        let weights = |weights: &Option<Vec<f32>>| {
            let weights = weights.as_ref()?.get(range.clone());
            Some(weights.unwrap_or_default().to_vec())
        };
        Self {
            targets: some(&self.targets),
            weights: weights(&self.weights),
            mix: self.mix.as_ref().map(|mix| Mix {
                targets: some(&mix.targets),
                weights: weights(&mix.weights),
                share: mix.share,
            }),
        }
    }
}

/// Images as the net takes them.
pub(crate) struct ImageBatch {
    /// `(N, 3, H, W)` f32, normalized.
    pub input: Tensor,
    pub labels: Labels,
}

/// Feature maps of a backbone, for the head.
pub(crate) struct FeatureBatch {
    /// `(N, C, h, w)`.
    pub map: Tensor,
    pub labels: Labels,
}

pub(crate) enum TrainBatch {
    /// For a backbone that learns; a part for each size of images.
    Images(Vec<ImageBatch>),
    /// Of a backbone that is frozen.
    Features(FeatureBatch),
}

/// Feature maps by running statistics. Where a device has no memory for all images at once, in halves, which gives
/// the same maps.
pub(crate) fn eval_features(net: &Net, input: &Tensor) -> Result<Tensor> {
    let n = input.dim(0)?;
    match net.features(input, Mode::Eval) {
        Err(error) if n > 1 && error.is_out_of_memory() => {
            net.release_memory();
            let half = n / 2;
            let first = eval_features(net, &input.narrow(0, 0, half)?)?;
            let second = eval_features(net, &input.narrow(0, half, n - half)?)?;
            Ok(Tensor::cat(&[first, second], 0)?)
        }
        result => result,
    }
}
