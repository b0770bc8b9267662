//! Where feature maps come from in training: from kept features while the body is frozen, from the body when it learns.

use std::sync::Arc;

use candle_core::Tensor;

use super::feature_cache::CachedFeatures;
use super::mixup::{Mix, mixed};
use crate::dataset::loader::{Batch, Loader, Pictures};
use crate::error::{Error, Result};
use crate::model::{Classifier as _, Mode, Net};
use crate::rng::Stream;

/// Keeps the stream of mixed pictures apart from those of other uses of the seed.
const MIX_KEY: u64 = 0x6d69_7865;

/// A feature map the head can be run on, and what it should say.
pub(crate) struct Features {
    /// `(N, C, h, w)`.
    pub map: Tensor,
    pub targets: Vec<u32>,
    /// Where pictures were mixed: what else they should say.
    pub mix: Option<Mix>,
}

/// What a training batch comes as.
pub(crate) enum Fed {
    /// Of a body that does not change.
    Features(Features),
    /// For a body that learns; with what else they should say where they were mixed.
    Pictures(Batch, Option<Mix>),
}

/// Training batches of one run.
pub(crate) enum TrainFeed {
    Cached(CachedFeatures),
    /// Everything learns: each epoch has its own loader.
    Live {
        pictures: Arc<Pictures>,
        seed: u64,
        /// Of mixup; `None`: pictures stay as they are.
        mixup: Option<f64>,
        loader: Option<Loader>,
    },
}

impl TrainFeed {
    pub fn pictures(&self) -> &Pictures {
        match self {
            Self::Cached(cache) => cache.pictures(),
            Self::Live { pictures, .. } => pictures,
        }
    }

    /// `plan`: the batches of the epoch that are still to come.
    pub fn begin_epoch(&mut self, plan: &[Vec<usize>], epoch: u64) -> Result<()> {
        match self {
            Self::Cached(cache) => cache.keep(),
            Self::Live {
                pictures,
                seed,
                loader,
                ..
            } => {
                *loader = Some(Loader::start(
                    pictures.clone(),
                    plan.to_vec(),
                    *seed,
                    epoch,
                )?);
            }
        }
        Ok(())
    }

    /// The next batch of the epoch's plan, which is `indices`; `step` counts batches since the run's start.
    pub fn next(&mut self, net: &Net, indices: &[usize], (epoch, step): (u64, u64)) -> Result<Fed> {
        match self {
            Self::Cached(cache) => Ok(Fed::Features(cache.get(net, indices, epoch - 1)?)),
            Self::Live {
                seed,
                mixup,
                loader,
                ..
            } => {
                let batch = loader
                    .as_mut()
                    .and_then(Iterator::next)
                    .unwrap_or_else(|| {
                        Err(Error::Invalid(
                            "the loader ended before the epoch; is the disk still there?".into(),
                        ))
                    })?;
                match mixup {
                    Some(alpha) => {
                        let mut stream = Stream::new(*seed, &[MIX_KEY, step]);
                        let (batch, mix) = mixed(batch, *alpha, &mut stream)?;
                        Ok(Fed::Pictures(batch, Some(mix)))
                    }
                    None => Ok(Fed::Pictures(batch, None)),
                }
            }
        }
    }
}

/// Validation batches: in order, all of them.
pub(crate) enum ValidFeed {
    Cached(CachedFeatures),
    Live(Arc<Pictures>),
}

impl ValidFeed {
    pub fn pictures(&self) -> &Pictures {
        match self {
            Self::Cached(cache) => cache.pictures(),
            Self::Live(pictures) => pictures,
        }
    }

    pub fn get(&mut self, net: &Net, indices: &[usize]) -> Result<Features> {
        match self {
            Self::Cached(cache) => cache.get(net, indices, 0),
            Self::Live(pictures) => live(net, &pictures.batch(indices, 0, 0)?, Mode::Eval),
        }
    }

    pub fn end_pass(&mut self) {
        match self {
            Self::Cached(cache) => cache.keep(),
            Self::Live(_) => {}
        }
    }
}

pub(crate) fn live(net: &Net, batch: &Batch, mode: Mode) -> Result<Features> {
    let images = net.arch().input_normalization().apply(&batch.images)?;
    Ok(Features {
        map: match mode {
            Mode::Train => net.features(&images, mode)?,
            Mode::Eval => evaluated(net, &images)?,
        },
        targets: batch.targets.clone(),
        mix: None,
    })
}

/// Feature maps by running statistics: where a device has no memory for all pictures at once, in halves, which gives the
/// same maps.
pub(crate) fn evaluated(net: &Net, images: &Tensor) -> Result<Tensor> {
    let n = images.dim(0)?;
    match net.features(images, Mode::Eval) {
        Err(error) if n > 1 && error.is_out_of_memory() => {
            net.release_memory();
            let half = n / 2;
            let first = evaluated(net, &images.narrow(0, 0, half)?)?;
            let second = evaluated(net, &images.narrow(0, half, n - half)?)?;
            Ok(Tensor::cat(&[first, second], 0)?)
        }
        result => result,
    }
}
