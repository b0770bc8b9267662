//! What the default backbone sees in images, from the same cache as stage 1 of a default training.

use std::path::Path;

use super::data::feature_cache::{CachedFeatures, FrozenSet, kept_means, made_of};
use super::data::feature_store::FeatureStore;
use super::data::fingerprint;
use crate::catalog::ContentHash;
use crate::dataset::Sample;
use crate::dataset::image_set::{LoadConfig, Use};
use crate::error::Result;
use crate::media::recipe::Recipe;
use crate::model::{Freeze, Net, weights};
use crate::progress::Progress;
use crate::run::config::TrainConfig;

/// Bytes of decoded images that are held: each is looked at once.
const BUDGET: usize = 8 << 20;

/// Mean features of each sample, as a default training sees it; `None` for one that cannot be read, which is a warning.
/// `cache`: the project's folder for what may be deleted; what is in it already is not computed.
///
/// # Errors
/// `Cancelled`, after keeping what was computed; `Tensor`.
pub fn embeddings(
    cache: &Path,
    samples: &[Sample],
    progress: &Progress,
) -> Result<Vec<Option<Vec<f32>>>> {
    let (config, net) = default_net()?;
    let paths: Vec<&Path> = samples.iter().map(|sample| sample.path.as_path()).collect();
    let set = FrozenSet {
        samples,
        files: &fingerprint::of_files(&paths, progress)?,
        load: LoadConfig::new(config.preprocess(), Use::Valid).within(BUDGET),
        views: 1,
        seed: config.seed,
    };
    let mut features = CachedFeatures::load(&set, &net, FeatureStore::new(cache), progress)?;
    let positions = features.image_set().positions().to_vec();
    let mut embeddings = vec![None; samples.len()];
    features.compute_all(&net, progress)?;
    for (at, means) in positions.into_iter().zip(features.means()) {
        if let Some(place) = embeddings.get_mut(at) {
            *place = Some(means.to_vec());
        }
    }
    Ok(embeddings)
}

/// As [`embeddings`], of images that are known by their content and what is made of it, and only what the cache has.
///
/// # Errors
/// `Tensor`.
pub fn known_embeddings(
    cache: &Path,
    contents: &[(Option<ContentHash>, Recipe)],
) -> Result<Vec<Option<Vec<f32>>>> {
    let store = FeatureStore::new(cache);
    if store.is_empty() {
        return Ok(vec![None; contents.len()]);
    }
    let (config, net) = default_net()?;
    let set = FrozenSet {
        samples: &[],
        files: &[],
        load: LoadConfig::new(config.preprocess(), Use::Valid).within(BUDGET),
        views: 1,
        seed: config.seed,
    };
    let entries = kept_means(&set, &net, &store)?;
    let known = contents.iter();
    Ok(known
        .map(|(content, recipe)| {
            let file = blake3::Hash::from_bytes(*content.as_ref()?.as_bytes());
            entries.get(made_of(file, *recipe).as_bytes()).cloned()
        })
        .collect())
}

/// Takes what was computed into another cache; what is there already stays.
///
/// # Errors
/// `Io`.
pub fn take_embeddings(cache: &Path, from: &Path) -> Result<()> {
    FeatureStore::new(cache).take(&FeatureStore::new(from))
}

/// The backbone of a default training, frozen.
fn default_net() -> Result<(TrainConfig, Net)> {
    let config = TrainConfig::default();
    let state = weights::embedded(config.arch)?;
    let head = config.preset.unwrap_or_default().head();
    let mut net = Net::blank(config.arch, head, 2, config.seed)?;
    net.load_backbone(&state, Path::new("(embedded)"))?;
    net.set_frozen(Freeze::Backbone);
    Ok((config, net))
}
