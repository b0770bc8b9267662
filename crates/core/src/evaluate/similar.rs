//! Images that look like a training image without being the same file or the same pixels.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::catalog::ContentHash;
use crate::curate::hash_index::HashIndex;
use crate::curate::look::Look;
use crate::curate::look_store::LookStore;
use crate::curate::settings::LEAST_LIKENESS;
use crate::error::Result;
use crate::progress::Progress;

/// How many of `files` look like one of `training`, as near duplicates do. `cache`: the project's folder for what may be
/// deleted, where the looks of all these files stay for the next time.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub(super) fn count_similar(
    training: &[(ContentHash, PathBuf)],
    files: &[(ContentHash, PathBuf)],
    cache: &Path,
    progress: &Progress,
) -> Result<usize> {
    if training.is_empty() || files.is_empty() {
        return Ok(0);
    }
    let mut store = LookStore::open(cache);
    let all: Vec<(ContentHash, PathBuf)> = training.iter().chain(files).cloned().collect();
    store.complete(&all, progress)?;
    // Without it the next evaluation looks again.
    let _ = store.save();
    let known: Vec<&Look> = training
        .iter()
        .filter_map(|(content, _)| store.get(content))
        .collect();
    let index = |hash: fn(&Look) -> u64| {
        let hashes: Vec<u64> = known.iter().map(|look| hash(look)).collect();
        HashIndex::new(&hashes)
    };
    let whole = index(|look| look.signature.hash);
    let middle = index(|look| look.signature.middle_hash);
    let is_similar = |look: &Look| {
        let mut near = Vec::new();
        whole.near(look.signature.hash, |at| near.push(at));
        whole.near(look.signature.middle_hash, |at| near.push(at));
        middle.near(look.signature.hash, |at| near.push(at));
        near.sort_unstable();
        near.dedup();
        let mut near = near.into_iter().filter_map(|at| known.get(at));
        near.any(|other| {
            look.likeness(other)
                .is_some_and(|likeness| likeness >= LEAST_LIKENESS)
        })
    };
    files
        .par_iter()
        .map(|(content, _)| {
            progress.check()?;
            Ok(usize::from(store.get(content).is_some_and(is_similar)))
        })
        .sum()
}
