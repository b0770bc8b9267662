//! Whether the images on disk are still those that a run began with.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use crate::dataset::{Sample, Split};
use crate::error::Result;
use crate::progress::Progress;

/// Of a file's content; `None` if it cannot be read.
pub(crate) type FileHash = Option<blake3::Hash>;

/// The images of both sides as they lie on disk, in their order.
pub(crate) struct Fingerprint {
    /// blake3 (first 16 hex digits) over the files of both sides, what is made of them and their classes. The catalog's hashes are not
    /// enough: a file may have been changed since. A file that cannot be read counts as empty; where the project lies
    /// does not matter.
    pub text: String,
    pub train: Vec<FileHash>,
    pub valid: Vec<FileHash>,
}

/// # Errors
/// [`crate::Error::Cancelled`].
pub(crate) fn of_images(split: &Split, progress: &Progress) -> Result<Fingerprint> {
    let samples: Vec<&Sample> = split.train.iter().chain(&split.valid).collect();
    // Copies are made of the same files.
    let paths: BTreeSet<&Path> = samples.iter().map(|sample| sample.path.as_path()).collect();
    let paths: Vec<&Path> = paths.into_iter().collect();
    let of_paths = of_files(&paths, progress)?;
    let hash = |sample: &&Sample| {
        let place = paths.binary_search(&sample.path.as_path()).ok()?;
        of_paths.get(place).copied().flatten()
    };
    let mut hashes: Vec<FileHash> = samples.iter().map(hash).collect();
    let empty = blake3::hash(&[]);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(split.train.len() as u64).to_le_bytes());
    for (sample, hash) in samples.iter().zip(&hashes) {
        hasher.update(&sample.target.to_le_bytes());
        hasher.update(hash.as_ref().unwrap_or(&empty).as_bytes());
        hasher.update(sample.recipe.key().as_bytes());
    }
    let valid = hashes.split_off(split.train.len());
    Ok(Fingerprint {
        text: hasher.finalize().to_hex().chars().take(16).collect(),
        train: hashes,
        valid,
    })
}

/// # Errors
/// [`crate::Error::Cancelled`].
pub(crate) fn of_files(paths: &[&Path], progress: &Progress) -> Result<Vec<FileHash>> {
    progress.stage("checking the images", Some(paths.len() as u64));
    paths
        .par_iter()
        .map(|path| {
            progress.check()?;
            let bytes = std::fs::read(path).ok();
            progress.advance(1);
            Ok(bytes.map(|bytes| blake3::hash(&bytes)))
        })
        .collect()
}
