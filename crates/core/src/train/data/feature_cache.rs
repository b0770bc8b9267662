//! Features of a frozen backbone, computed once for each image: kept in memory for a run's epochs, on disk for the next
//! run.
//!
//! A frozen backbone gives the same map for the same view of an image, and the head pools the map first. So stage 1
//! keeps the pooled features of a few views of each image (computed when first needed), and an epoch over cached ones
//! takes a second. The head gets a stand-in: a map of two cells whose maximum and mean are those of the real one.
//!
//! Features from the disk are those that would be computed here, to the last bit: everything they depend on is in their
//! key, and one of them is recomputed and compared before any is used, in case a later version computes differently.

mod table;

use std::collections::HashMap;
use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::batch::{FeatureBatch, Labels, eval_features};
use super::feature_store::{Entries, EntryKey, FeatureStore, SetKey};
use super::fingerprint::FileHash;
use crate::dataset::Sample;
use crate::dataset::image_set::{ImageSet, LoadConfig, Use};
use crate::error::{Error, Result};
use crate::media::recipe::Recipe;
use crate::model::Net;
use crate::model::preprocess::{Normalization, Preprocess};
use crate::ops::compute::Compute;
use crate::ops::pool::concat_pool;
use crate::progress::Progress;
use crate::train::hardware;
use table::Table;

/// Features that are not on the disk yet; a kill loses no more than the time it took to compute these.
const PENDING_BYTES: usize = 4 << 20;

/// Images that go through the net together on the CPU, at least: more are no faster and hold more memory.
const CPU_IMAGES: usize = 4;

/// One side of a split, as a frozen backbone sees it.
pub(crate) struct FrozenSet<'a> {
    pub samples: &'a [Sample],
    /// Of their files.
    pub files: &'a [FileHash],
    pub load: LoadConfig,
    /// Augmented views of each image; one without augmentation.
    pub views: usize,
    pub seed: u64,
}

/// Pooled features of some views of each image of a set, under a frozen backbone.
pub(crate) struct CachedFeatures {
    image_set: Arc<ImageSet>,
    seed: u64,
    views: Vec<View>,
    /// By image: its file and what is made of it, see [`made_of`].
    files: Vec<FileHash>,
    is_augmented: bool,
    store: FeatureStore,
}

struct View {
    key: SetKey,
    /// By image: maxima, then means.
    pooled: Table,
    /// Images whose features are not on the disk yet.
    pending: Vec<usize>,
}

impl CachedFeatures {
    /// Takes what the disk has; images of which it has everything are not even decoded.
    ///
    /// # Errors
    /// As [`ImageSet::load`].
    pub fn load(
        set: &FrozenSet<'_>,
        net: &Net,
        store: FeatureStore,
        progress: &Progress,
    ) -> Result<Self> {
        let is_augmented = set.load.purpose != Use::Valid;
        let backbone = backbone_hash(net)?;
        let keys: Vec<SetKey> = (0..set.views.max(1))
            .map(|view| set_key(set, net, backbone, view))
            .collect();
        progress.stage("reading features", None);
        let stored: Vec<Entries> = keys.iter().map(|key| store.read(*key)).collect();
        // Where an image before it turns out unreadable the index is another, and it is decoded in vain.
        let needed = |position: usize| {
            let file = set.files.get(position).copied().flatten();
            let recipe = set.samples.get(position).map(|sample| sample.recipe);
            let content = file.zip(recipe).map(|(file, recipe)| made_of(file, recipe));
            let key = content.map(|content| entry_key(content, position, is_augmented));
            key.is_none_or(|key| stored.iter().any(|entries| !entries.contains_key(&key)))
        };
        let image_set = ImageSet::load_where(set.samples, set.load, &needed, progress)?;
        let positions = image_set.positions().iter();
        let files: Vec<FileHash> = positions
            .zip(image_set.samples())
            .map(|(&position, sample)| {
                let file = set.files.get(position).copied().flatten()?;
                Some(made_of(file, sample.recipe))
            })
            .collect();
        let width = 2 * net.arch().feature_channels();
        let views = keys.into_iter().zip(stored).map(|(key, entries)| {
            let mut pooled = Table::new(files.len(), width);
            for (index, file) in files.iter().enumerate() {
                let key = file.map(|file| entry_key(file, index, is_augmented));
                if let Some(entry) = key.and_then(|key| entries.get(&key)) {
                    pooled.set(index, entry);
                }
            }
            View {
                key,
                pooled,
                pending: Vec::new(),
            }
        });
        let mut features = Self {
            views: views.collect(),
            image_set: Arc::new(image_set),
            seed: set.seed,
            files,
            is_augmented,
            store,
        };
        features.check(net)?;
        let known = features
            .views
            .iter()
            .map(|view| view.pooled.rows().flatten().count());
        tracing::info!(
            "features: {} of {} are in the cache",
            known.sum::<usize>(),
            features.views.len() * features.files.len()
        );
        Ok(features)
    }

    pub fn image_set(&self) -> &ImageSet {
        &self.image_set
    }

    /// The images at `indices` in their view number `view` (modulo the number of views).
    pub fn get(&mut self, net: &Net, indices: &[usize], view: u64) -> Result<FeatureBatch> {
        let view = view as usize % self.views.len();
        self.fill(net, indices, view)?;
        let mut values = Vec::new();
        let mut targets = Vec::with_capacity(indices.len());
        let mut weights = Vec::with_capacity(indices.len());
        for &index in indices {
            let pooled = self.views.get(view).and_then(|view| view.pooled.get(index));
            let (Some(pooled), Some(sample)) = (pooled, self.image_set.samples().get(index)) else {
                return Err(Error::Invalid(format!("the set has no image {index}")));
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
            weights.push(sample.weight);
        }
        let channels = values.len() / 2 / indices.len().max(1);
        Ok(FeatureBatch {
            map: Tensor::from_vec(values, (indices.len(), channels, 1, 2), &Device::Cpu)?,
            labels: Labels::weighted(targets, weights),
        })
    }

    /// Computes the features of all images in their first view.
    ///
    /// # Errors
    /// [`crate::Error::Cancelled`]; as [`ImageSet::batches`].
    pub fn compute_all(&mut self, net: &Net, progress: &Progress) -> Result<()> {
        let all: Vec<usize> = (0..self.image_set.samples().len()).collect();
        progress.stage("computing features", Some(all.len() as u64));
        for indices in all.chunks(cpu_images()) {
            progress.check()?;
            self.fill(net, indices, 0)?;
            progress.advance(indices.len() as u64);
        }
        self.store_pending();
        Ok(())
    }

    /// By image, the means of its map's channels in its first view; empty where they are not computed yet.
    pub fn means(&self) -> impl Iterator<Item = &[f32]> {
        let rows = self.views.first().into_iter();
        rows.flat_map(|view| view.pooled.rows()).map(|pooled| {
            let pooled = pooled.unwrap_or_default();
            pooled.get(pooled.len() / 2..).unwrap_or_default()
        })
    }

    /// Writes what is not on the disk yet. A cache that cannot be written costs time and nothing else.
    pub fn store_pending(&mut self) {
        for view in &mut self.views {
            let pending = std::mem::take(&mut view.pending);
            let entries: Vec<(EntryKey, &[f32])> = pending
                .into_iter()
                .filter_map(|index| {
                    let file = self.files.get(index).copied().flatten()?;
                    let pooled = view.pooled.get(index)?;
                    Some((entry_key(file, index, self.is_augmented), pooled))
                })
                .collect();
            if let Err(error) = self.store.write(view.key, &entries) {
                tracing::debug!("features not cached: {error}");
            }
        }
    }

    fn fill(&mut self, net: &Net, indices: &[usize], view: usize) -> Result<()> {
        let Some(row) = self.views.get(view) else {
            return Ok(());
        };
        let missing: Vec<usize> = indices
            .iter()
            .copied()
            .filter(|&index| row.pooled.lacks(index))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let pooled = self.compute(net, &missing, view)?;
        let Some(row) = self.views.get_mut(view) else {
            return Ok(());
        };
        let mut pending_bytes = 0;
        for (index, pooled) in missing.into_iter().zip(pooled) {
            pending_bytes = 4 * pooled.len() * (row.pending.len() + 1);
            row.pooled.set(index, &pooled);
            row.pending.push(index);
        }
        if pending_bytes >= PENDING_BYTES {
            self.store_pending();
        }
        Ok(())
    }

    /// Features of an image do not depend on those it is computed with.
    fn compute(&self, net: &Net, indices: &[usize], view: usize) -> Result<Vec<Vec<f32>>> {
        let at_once = if net.device().is_cpu() {
            cpu_images()
        } else {
            indices.len().max(1)
        };
        let normalization = self.image_set.preprocess().normalization;
        let mut rows = vec![Vec::new(); indices.len()];
        let chunks = indices.chunks(at_once).zip(rows.chunks_mut(at_once));
        for (indices, rows) in chunks {
            for part in self.image_set.batches(indices, self.seed, view as u64)? {
                let map = eval_features(net, &normalization.apply(&part.images)?)?;
                let pooled: Vec<Vec<f32>> = concat_pool(&map)?.to_vec2()?;
                for (position, pooled) in part.positions.into_iter().zip(pooled) {
                    if let Some(row) = rows.get_mut(position) {
                        *row = pooled;
                    }
                }
            }
        }
        Ok(rows)
    }

    /// Computes one of the cached features again; if it comes out differently, drops them all.
    fn check(&mut self, net: &Net) -> Result<()> {
        let found = self.views.iter().enumerate().find_map(|(view, row)| {
            let mut known = row.pooled.rows().enumerate();
            known
                .find_map(|(index, pooled)| Some((index, pooled?.to_vec())))
                .map(|(index, pooled)| (view, index, pooled))
        });
        let Some((view, index, kept)) = found else {
            return Ok(());
        };
        let computed = self.compute(net, &[index], view)?.concat();
        let bits = |values: &[f32]| -> Vec<u32> { values.iter().map(|v| v.to_bits()).collect() };
        if bits(&computed) != bits(&kept) {
            for view in &mut self.views {
                view.pooled.forget_all();
                self.store.remove(view.key);
            }
        }
        Ok(())
    }
}

impl Drop for CachedFeatures {
    /// Also of a run that was cancelled or failed.
    fn drop(&mut self) {
        self.store_pending();
    }
}

/// Means of the maps of all images of a set that the disk has, by content, as [`CachedFeatures::means`].
pub(crate) fn kept_means(
    set: &FrozenSet<'_>,
    net: &Net,
    store: &FeatureStore,
) -> Result<HashMap<EntryKey, Vec<f32>>> {
    let key = set_key(set, net, backbone_hash(net)?, 0);
    let entries = store.read(key).into_iter();
    Ok(entries
        .map(|(key, pooled)| {
            let means = pooled.get(pooled.len() / 2..).unwrap_or_default();
            (key, means.to_vec())
        })
        .collect())
}

/// Images that go through the net together on the CPU: enough for every thread to have some.
fn cpu_images() -> usize {
    CPU_IMAGES.max(rayon::current_num_threads())
}

/// Raised whenever images are read or shrunk in another way: 2 since large JPEGs are decoded reduced.
const READING: u32 = 2;

/// Over names and values of the backbone's tensors, running statistics included.
fn backbone_hash(net: &Net) -> Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    for (name, tensor) in net.backbone_state()? {
        let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        hasher.update(name.as_bytes()).update(&bytes);
    }
    Ok(hasher.finalize())
}

fn set_key(set: &FrozenSet<'_>, net: &Net, backbone: blake3::Hash, view: usize) -> SetKey {
    let LoadConfig {
        preprocess:
            Preprocess {
                size,
                fit,
                normalization: Normalization { mean, std },
            },
        purpose,
        ..
    } = set.load;
    let drawn = match purpose {
        Use::Train(_) => format!("seed {} view {view}", set.seed),
        Use::Valid => String::new(),
    };
    SetKey::of(&format!(
        "{} {READING} {} {} {:?} {backbone} {size} {fit:?} {mean:?} {std:?} {purpose:?} {drawn}",
        env!("CARGO_PKG_VERSION"),
        hardware::describe(Some(Compute::Cpu)),
        net.engine(),
        net.arch(),
    ))
}

/// Tells an image from others that are made of the same file.
pub(crate) fn made_of(file: blake3::Hash, recipe: Recipe) -> blake3::Hash {
    if recipe.is_plain() {
        return file;
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(file.as_bytes());
    hasher.update(recipe.key().as_bytes());
    hasher.finalize()
}

/// What a view draws depends on the image's index too ([`ImageSet::batch`]).
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
