//! Where the batches of training and validation come from: the feature cache while the backbone is frozen, the image
//! loader while it learns.

use std::sync::Arc;

use super::batch::{FeatureBatch, ImageBatch, Labels, TrainBatch, eval_features};
use super::feature_cache::CachedFeatures;
use super::mixup::mixed;
use crate::dataset::image_set::{Batch, ImageSet};
use crate::dataset::loader::Loader;
use crate::error::{Error, Result};
use crate::model::Net;
use crate::rng::Stream;

/// Keeps mixup's random stream apart from those of other uses of the seed.
const MIX_KEY: u64 = 0x6d69_7865;

/// Training batches of one run.
pub(crate) enum TrainFeed {
    Cached(CachedFeatures),
    /// Features of smaller images in the first epochs.
    Growing {
        small: CachedFeatures,
        full: CachedFeatures,
        /// So many are the first ones.
        epochs: u64,
    },
    Live(LiveFeed),
}

/// Augmented images from a loader of their own for each epoch.
pub(crate) struct LiveFeed {
    pub image_set: Arc<ImageSet>,
    pub seed: u64,
    /// Smaller images in the first epochs.
    pub start: Option<SmallStart>,
    /// Alpha of mixup; `None`: images are not blended.
    pub mixup: Option<f64>,
    /// Of the current epoch.
    pub loader: Option<Loader>,
}

/// Progressive resizing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SmallStart {
    /// As [`crate::model::preprocess::Preprocess::size`].
    pub size: u32,
    pub epochs: u64,
}

/// Which batch of a run is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchPosition {
    /// 1-based.
    pub epoch: u64,
    /// 0-based, counted since the run's start.
    pub batch: u64,
}

impl TrainFeed {
    pub fn image_set(&self) -> &ImageSet {
        match self {
            Self::Cached(cache) | Self::Growing { full: cache, .. } => cache.image_set(),
            Self::Live(live) => &live.image_set,
        }
    }

    /// `plan`: the batches of the epoch that are still to come, as indices of images.
    pub fn begin_epoch(&mut self, plan: &[Vec<usize>], epoch: u64) -> Result<()> {
        match self {
            Self::Cached(cache) => {
                cache.store_pending();
                Ok(())
            }
            Self::Growing { small, full, .. } => {
                small.store_pending();
                full.store_pending();
                Ok(())
            }
            Self::Live(live) => live.begin_epoch(plan, epoch),
        }
    }

    /// The next batch of the epoch's plan, which is `indices`, at `position` of the run.
    ///
    /// # Errors
    /// As [`ImageSet::batches`].
    pub fn next(
        &mut self,
        net: &Net,
        indices: &[usize],
        position: BatchPosition,
    ) -> Result<TrainBatch> {
        match self {
            Self::Cached(cache) => {
                let features = cache.get(net, indices, position.epoch - 1)?;
                Ok(TrainBatch::Features(features))
            }
            Self::Growing {
                small,
                full,
                epochs,
            } => {
                let is_first = position.epoch <= *epochs;
                let cache = if is_first { small } else { full };
                let features = cache.get(net, indices, position.epoch - 1)?;
                Ok(TrainBatch::Features(features))
            }
            Self::Live(live) => Ok(TrainBatch::Images(live.next(position)?)),
        }
    }
}

impl LiveFeed {
    fn begin_epoch(&mut self, plan: &[Vec<usize>], epoch: u64) -> Result<()> {
        let small = self.start.filter(|start| epoch <= start.epochs);
        let size = small.map(|start| start.size);
        let images = self.image_set.clone();
        let loader = Loader::start(images, plan.to_vec(), (self.seed, epoch), size)?;
        self.loader = Some(loader);
        Ok(())
    }

    fn next(&mut self, position: BatchPosition) -> Result<Vec<ImageBatch>> {
        let loader = self.loader.as_mut();
        let parts = loader.and_then(Iterator::next).unwrap_or_else(|| {
            Err(Error::Invalid(
                "the loader ended before the epoch; is the disk still there?".into(),
            ))
        })?;
        let mut stream = Stream::new(self.seed, &[MIX_KEY, position.batch]);
        let normalization = self.image_set.preprocess().normalization;
        parts
            .into_iter()
            .map(
                |Batch {
                     images,
                     targets,
                     weights,
                     ..
                 }| {
                    let labels = Labels::weighted(targets, weights);
                    let (images, labels) = match self.mixup {
                        Some(alpha) => mixed(&images, labels, alpha, &mut stream)?,
                        None => (images, labels),
                    };
                    Ok(ImageBatch {
                        input: normalization.apply(&images)?,
                        labels,
                    })
                },
            )
            .collect()
    }
}

/// Images of a validation batch whose maps have one size.
pub(crate) struct ValidPart {
    pub features: FeatureBatch,
    /// Where each stands in the batch.
    pub positions: Vec<usize>,
}

/// Validation batches: in order, all of them.
pub(crate) enum ValidFeed {
    Cached(CachedFeatures),
    Live(Arc<ImageSet>),
}

impl ValidFeed {
    pub fn image_set(&self) -> &ImageSet {
        match self {
            Self::Cached(cache) => cache.image_set(),
            Self::Live(image_set) => image_set,
        }
    }

    /// Parts whose maps have one size.
    ///
    /// # Errors
    /// As [`ImageSet::batches`].
    pub fn get(&mut self, net: &Net, indices: &[usize]) -> Result<Vec<ValidPart>> {
        match self {
            Self::Cached(cache) => Ok(vec![ValidPart {
                features: cache.get(net, indices, 0)?,
                positions: (0..indices.len()).collect(),
            }]),
            Self::Live(image_set) => {
                let normalization = image_set.preprocess().normalization;
                let parts = image_set.batches(indices, 0, 0)?.into_iter();
                parts
                    .map(|part| {
                        Ok(ValidPart {
                            features: FeatureBatch {
                                map: eval_features(net, &normalization.apply(&part.images)?)?,
                                labels: Labels::plain(part.targets),
                            },
                            positions: part.positions,
                        })
                    })
                    .collect()
            }
        }
    }

    pub fn end_pass(&mut self) {
        match self {
            Self::Cached(cache) => cache.store_pending(),
            Self::Live(_) => {}
        }
    }
}
