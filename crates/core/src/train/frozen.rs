//! What a frozen body makes of each picture, computed once and kept: in memory for a run's epochs, on disk for the next run.
//!
//! A frozen body gives the same map for the same look at a picture, and the head pools the map first. So stage 1 keeps
//! the pooled features of a few looks at each picture (made when first needed) and an epoch over kept ones takes a
//! second. The head gets a stand-in: a map of two cells whose maximum and mean are those of the real one.
//!
//! Features from the disk are those that would be computed here, to the last bit: everything they depend on is in their
//! key, and one of them is computed anew and compared before any is used, in case a later version computes differently.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::feature_store::{Entries, EntryKey, FeatureStore, SetKey};
use super::feed::{Features, evaluated};
use super::fingerprint::FileHash;
use super::machine;
use crate::dataset::Sample;
use crate::dataset::loader::{LoadConfig, Pictures, Use};
use crate::error::{Error, Result};
use crate::model::Net;
use crate::ops::compute::Compute;
use crate::ops::pool::concat_pool;
use crate::predict::normalize;
use crate::progress::Progress;

/// Features that wait for the disk; a kill loses no more than what it took to compute these.
const WAITING_BYTES: usize = 4 << 20;

/// One side of a split, as a frozen body is to see it.
pub(super) struct FrozenSet<'a> {
    pub samples: &'a [Sample],
    /// Of their files.
    pub files: &'a [FileHash],
    pub load: LoadConfig,
    /// How many times each picture is seen anew; where every look is the same, one.
    pub looks: usize,
    pub seed: u64,
}

/// Pooled features of some looks at each picture of a set, under a body that does not change.
pub(super) struct CachedFeatures {
    pictures: Arc<Pictures>,
    seed: u64,
    looks: Vec<Look>,
    /// By picture.
    files: Vec<FileHash>,
    is_augmented: bool,
    store: FeatureStore,
}

struct Look {
    key: SetKey,
    /// By picture: maxima, then means.
    pooled: Vec<Option<Arc<[f32]>>>,
    /// Pictures whose features are not on the disk yet.
    waiting: Vec<usize>,
}

impl CachedFeatures {
    /// Takes what the disk has; pictures of which it has everything are not even decoded.
    ///
    /// # Errors
    /// As [`Pictures::load`].
    pub fn load(
        set: &FrozenSet<'_>,
        net: &Net,
        store: FeatureStore,
        progress: &Progress,
    ) -> Result<Self> {
        let is_augmented = set.load.purpose != Use::Valid;
        let body = body_hash(net)?;
        let keys: Vec<SetKey> = (0..set.looks.max(1))
            .map(|look| set_key(set, net, body, look))
            .collect();
        progress.stage("reading features", None);
        let stored: Vec<Entries> = keys.iter().map(|key| store.read(*key)).collect();
        // Where a picture before it turns out unreadable the index is another, and it is decoded in vain.
        let needed = |position: usize| {
            let file = set.files.get(position).copied().flatten();
            let key = file.map(|file| entry_key(file, position, is_augmented));
            key.is_none_or(|key| stored.iter().any(|entries| !entries.contains_key(&key)))
        };
        let pictures = Pictures::load_where(set.samples, set.load, &needed, progress)?;
        let positions = pictures.positions().iter();
        let files: Vec<FileHash> = positions
            .map(|&position| set.files.get(position).copied().flatten())
            .collect();
        let looks = keys.into_iter().zip(&stored).map(|(key, entries)| Look {
            key,
            pooled: files
                .iter()
                .enumerate()
                .map(|(index, file)| {
                    let key = entry_key((*file)?, index, is_augmented);
                    entries.get(&key).cloned()
                })
                .collect(),
            waiting: Vec::new(),
        });
        let mut features = Self {
            looks: looks.collect(),
            pictures: Arc::new(pictures),
            seed: set.seed,
            files,
            is_augmented,
            store,
        };
        features.check(net)?;
        Ok(features)
    }

    pub fn pictures(&self) -> &Pictures {
        &self.pictures
    }

    /// The pictures at `indices` in their look number `look` (counted round).
    pub fn get(&mut self, net: &Net, indices: &[usize], look: u64) -> Result<Features> {
        let look = look as usize % self.looks.len();
        self.fill(net, indices, look)?;
        let mut values = Vec::new();
        let mut targets = Vec::with_capacity(indices.len());
        for &index in indices {
            let pooled = self.looks.get(look).and_then(|look| look.pooled.get(index));
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
            mix: None,
        })
    }

    /// Puts what waits on the disk. A cache that cannot be written costs time and nothing else.
    pub fn keep(&mut self) {
        for look in &mut self.looks {
            let waiting = std::mem::take(&mut look.waiting);
            let entries: Vec<(EntryKey, &[f32])> = waiting
                .into_iter()
                .filter_map(|index| {
                    let file = self.files.get(index).copied().flatten()?;
                    let pooled = look.pooled.get(index)?.as_deref()?;
                    Some((entry_key(file, index, self.is_augmented), pooled))
                })
                .collect();
            if let Err(error) = self.store.write(look.key, &entries) {
                tracing::debug!("features not cached: {error}");
            }
        }
    }

    fn fill(&mut self, net: &Net, indices: &[usize], look: usize) -> Result<()> {
        let Some(row) = self.looks.get(look) else {
            return Ok(());
        };
        let missing: Vec<usize> = indices
            .iter()
            .copied()
            .filter(|&index| row.pooled.get(index).is_some_and(Option::is_none))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let pooled = self.compute(net, &missing, look)?;
        let Some(row) = self.looks.get_mut(look) else {
            return Ok(());
        };
        let mut waiting_bytes = 0;
        for (index, pooled) in missing.into_iter().zip(pooled) {
            waiting_bytes = 4 * pooled.len() * (row.waiting.len() + 1);
            if let Some(place) = row.pooled.get_mut(index) {
                *place = Some(pooled.into());
                row.waiting.push(index);
            }
        }
        if waiting_bytes >= WAITING_BYTES {
            self.keep();
        }
        Ok(())
    }

    fn compute(&self, net: &Net, indices: &[usize], look: usize) -> Result<Vec<Vec<f32>>> {
        let batch = self.pictures.batch(indices, self.seed, look as u64)?;
        let map = evaluated(net, &normalize(&batch.images, net.arch())?)?;
        Ok(concat_pool(&map)?.to_vec2()?)
    }

    /// Computes one of the kept features anew; if it comes out differently, forgets them all.
    fn check(&mut self, net: &Net) -> Result<()> {
        let found = self.looks.iter().enumerate().find_map(|(look, row)| {
            let mut known = row.pooled.iter().enumerate();
            known
                .find_map(|(index, pooled)| Some((index, pooled.clone()?)))
                .map(|(index, pooled)| (look, index, pooled))
        });
        let Some((look, index, kept)) = found else {
            return Ok(());
        };
        let computed = self.compute(net, &[index], look)?.concat();
        let bits = |values: &[f32]| -> Vec<u32> { values.iter().map(|v| v.to_bits()).collect() };
        if bits(&computed) != bits(&kept) {
            for look in &mut self.looks {
                look.pooled.fill(None);
                self.store.remove(look.key);
            }
        }
        Ok(())
    }
}

impl Drop for CachedFeatures {
    /// Also of a run that was cancelled or failed.
    fn drop(&mut self) {
        self.keep();
    }
}

/// Raised whenever pictures come to be read or shrunk otherwise: 2 since large JPEGs are decoded reduced.
const READING: u32 = 2;

/// Over names and values of the body's tensors, running statistics included.
fn body_hash(net: &Net) -> Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    for (name, tensor) in net.backbone_state()? {
        let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        hasher.update(name.as_bytes()).update(&bytes);
    }
    Ok(hasher.finalize())
}

fn set_key(set: &FrozenSet<'_>, net: &Net, body: blake3::Hash, look: usize) -> SetKey {
    let LoadConfig {
        size, fit, purpose, ..
    } = set.load;
    let drawn = match purpose {
        Use::Train(_) => format!("seed {} look {look}", set.seed),
        Use::Valid => String::new(),
    };
    SetKey::of(&format!(
        "{} {READING} {} {} {:?} {body} {size} {fit:?} {purpose:?} {drawn}",
        env!("CARGO_PKG_VERSION"),
        machine::describe(Some(Compute::Cpu)),
        net.engine(),
        net.arch(),
    ))
}

/// What a look draws depends on the picture's index too ([`Pictures::batch`]).
fn entry_key(file: blake3::Hash, index: usize, is_augmented: bool) -> EntryKey {
    if !is_augmented {
        return *file.as_bytes();
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(file.as_bytes());
    hasher.update(&(index as u64).to_le_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests;
