//! Where feature maps come from in training: from a cache while the body is frozen, from the body when it learns.
//!
//! A frozen body gives the same map for the same look at a picture, and the head pools the map first. So stage 1 keeps
//! the pooled features of a few looks at each picture (made when first needed) and an epoch over kept ones takes a
//! second. The head gets a stand-in: a map of two cells whose maximum and mean are those of the real one.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use crate::dataset::loader::{Batch, Loader, Pictures};
use crate::error::{Error, Result};
use crate::model::{Classifier as _, Mode, Net};
use crate::ops::pool::concat_pool;
use crate::predict::normalize;

/// A feature map the head can be run on, and what it should say.
pub(super) struct Features {
    /// `(N, C, h, w)`.
    pub map: Tensor,
    pub targets: Vec<u32>,
}

/// Pooled features of some looks at each picture of a set, under a body that does not change.
pub(super) struct CachedFeatures {
    pictures: Arc<Pictures>,
    seed: u64,
    /// By look, by picture: maxima, then means.
    pooled: Vec<Vec<Option<Vec<f32>>>>,
}

impl CachedFeatures {
    /// `looks`: how many times each picture is seen anew; a valid set needs one.
    pub fn new(pictures: Arc<Pictures>, looks: usize, seed: u64) -> Self {
        let n = pictures.samples().len();
        Self {
            pooled: vec![vec![None; n]; looks.max(1)],
            pictures,
            seed,
        }
    }

    /// The pictures at `indices` in their look number `look` (counted round).
    pub fn get(&mut self, net: &Net, indices: &[usize], look: u64) -> Result<Features> {
        let look = look as usize % self.pooled.len();
        self.fill(net, indices, look)?;
        let mut values = Vec::new();
        let mut targets = Vec::with_capacity(indices.len());
        for &index in indices {
            let pooled = self.pooled.get(look).and_then(|row| row.get(index));
            let (Some(Some(pooled)), Some(sample)) = (pooled, self.pictures.samples().get(index))
            else {
                return Err(Error::Invalid(format!("the set has no picture {index}")));
            };
            let (maxima, means) = pooled.split_at(pooled.len() / 2);
            // The second cell is never above the first: a mean is not above its maximum.
            values.extend(
                maxima
                    .iter()
                    .zip(means)
                    .flat_map(|(max, mean)| [*max, 2.0 * mean - max]),
            );
            targets.push(sample.target);
        }
        let channels = values.len() / 2 / indices.len().max(1);
        Ok(Features {
            map: Tensor::from_vec(values, (indices.len(), channels, 1, 2), &Device::Cpu)?,
            targets,
        })
    }

    fn fill(&mut self, net: &Net, indices: &[usize], look: usize) -> Result<()> {
        let Some(row) = self.pooled.get_mut(look) else {
            return Ok(());
        };
        let missing: Vec<usize> = indices
            .iter()
            .copied()
            .filter(|&index| row.get(index).is_some_and(Option::is_none))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let batch = self.pictures.batch(&missing, self.seed, look as u64)?;
        let map = net.features(&normalize(&batch.images, net.arch())?, Mode::Eval)?;
        let pooled: Vec<Vec<f32>> = concat_pool(&map)?.to_vec2()?;
        for (index, pooled) in missing.into_iter().zip(pooled) {
            if let Some(place) = row.get_mut(index) {
                *place = Some(pooled);
            }
        }
        Ok(())
    }
}

/// Training batches of one run.
pub(super) enum TrainFeed {
    Cached(CachedFeatures),
    /// Everything learns: each epoch has its own loader.
    Live {
        pictures: Arc<Pictures>,
        seed: u64,
        loader: Option<Loader>,
    },
}

impl TrainFeed {
    pub fn pictures(&self) -> &Pictures {
        match self {
            Self::Cached(cache) => &cache.pictures,
            Self::Live { pictures, .. } => pictures,
        }
    }

    /// `plan`: the batches of the epoch that are still to come.
    pub fn begin_epoch(&mut self, plan: &[Vec<usize>], epoch: u64) -> Result<()> {
        match self {
            Self::Cached(_) => {}
            Self::Live {
                pictures,
                seed,
                loader,
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

    /// The next batch of the epoch's plan, which is `indices`.
    pub fn next(&mut self, net: &Net, indices: &[usize], epoch: u64) -> Result<Features> {
        match self {
            Self::Cached(cache) => cache.get(net, indices, epoch - 1),
            Self::Live { loader, .. } => {
                let batch = loader
                    .as_mut()
                    .and_then(Iterator::next)
                    .unwrap_or_else(|| {
                        Err(Error::Invalid(
                            "the loader ended before the epoch; is the disk still there?".into(),
                        ))
                    })?;
                live(net, batch, Mode::Train)
            }
        }
    }
}

/// Validation batches: in order, all of them.
pub(super) enum ValidFeed {
    Cached(CachedFeatures),
    Live(Arc<Pictures>),
}

impl ValidFeed {
    pub fn pictures(&self) -> &Pictures {
        match self {
            Self::Cached(cache) => &cache.pictures,
            Self::Live(pictures) => pictures,
        }
    }

    pub fn get(&mut self, net: &Net, indices: &[usize]) -> Result<Features> {
        match self {
            Self::Cached(cache) => cache.get(net, indices, 0),
            Self::Live(pictures) => live(net, pictures.batch(indices, 0, 0)?, Mode::Eval),
        }
    }
}

fn live(net: &Net, batch: Batch, mode: Mode) -> Result<Features> {
    Ok(Features {
        map: net.features(&normalize(&batch.images, net.arch())?, mode)?,
        targets: batch.targets,
    })
}
