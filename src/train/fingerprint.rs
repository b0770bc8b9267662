//! Whether the pictures on disk are still those that a run began with.

use rayon::prelude::*;

use crate::dataset::{Sample, Split};
use crate::error::Result;
use crate::progress::Progress;

/// blake3 (first 16 hex digits) over the files of both sides, in their order, and their classes. The catalogue's hashes
/// are not enough: a file may have been changed since. A file that cannot be read counts as empty; where the project
/// lies does not matter.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub(super) fn of_pictures(split: &Split, progress: &Progress) -> Result<String> {
    let samples: Vec<&Sample> = split.train.iter().chain(&split.valid).collect();
    progress.stage("checking the pictures", Some(samples.len() as u64));
    let hashes: Vec<blake3::Hash> = samples
        .par_iter()
        .map(|sample| {
            progress.check()?;
            let bytes = std::fs::read(&sample.path).unwrap_or_default();
            progress.advance(1);
            Ok(blake3::hash(&bytes))
        })
        .collect::<Result<_>>()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(split.train.len() as u64).to_le_bytes());
    for (sample, hash) in samples.iter().zip(&hashes) {
        hasher.update(&sample.target.to_le_bytes());
        hasher.update(hash.as_bytes());
    }
    Ok(hasher.finalize().to_hex().chars().take(16).collect())
}
