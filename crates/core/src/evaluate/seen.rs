//! How many images of a set a run was trained on, itself or a run that it descends from: on these its accuracy says
//! what it remembers, not what it can tell.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::catalog::{ContentHash, Snapshot};
use crate::dataset::Split;
use crate::error::Result;
use crate::progress::Progress;
use crate::run::RunLog;
use crate::run::lineage::{LineImages, TrainedOn, line_images};

/// Counts the files with the content, or as far as the catalog knows them the pixels, of an image that was trained
/// on. `None` if what the line of `run` was trained on is not known.
///
/// # Errors
/// [`crate::Error::Cancelled`].
pub fn seen_in_training(
    run: &RunLog,
    snapshot: &Snapshot,
    files: &[PathBuf],
    progress: &Progress,
) -> Result<Option<usize>> {
    let trained_on = match line_images(&run.dir, &run.info) {
        LineImages::Listed(list) => list,
        LineImages::TrainingSideOf(hash) => match training_side(snapshot, &hash) {
            Some(list) => list,
            None => return Ok(None),
        },
        LineImages::Unknown => return Ok(None),
    };
    progress.stage(
        "comparing with the training images",
        Some(files.len() as u64),
    );
    let contents: Vec<Option<ContentHash>> = files
        .par_iter()
        .map(|file| {
            progress.check()?;
            let content = content(file);
            progress.advance(1);
            Ok(content)
        })
        .collect::<Result<_>>()?;
    Ok(Some(trained_on.count_in(contents, &snapshot.pixels)))
}

/// `None` if the file cannot be read.
fn content(file: &Path) -> Option<ContentHash> {
    Some(ContentHash::of(&std::fs::read(file).ok()?))
}

/// What an older version trained on the split with this hash, if that is the split at hand; twins as well.
fn training_side(snapshot: &Snapshot, split_hash: &str) -> Option<TrainedOn> {
    let split = Split::of(snapshot).ok()?;
    if split.hash != split_hash {
        return None;
    }
    let training = split.train.iter().filter_map(|sample| sample.image);
    let twins = split.twins.iter().map(|twin| twin.image);
    let mut list = TrainedOn::default();
    list.extend(
        training
            .chain(twins)
            .filter_map(|image| ContentHash::from_hex(&snapshot.image(image)?.hash)),
    );
    Some(list)
}
