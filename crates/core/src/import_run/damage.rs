//! Files of a job that are not as they were written, in words that name the remedy.

use std::path::Path;

use crate::error::{Error, Result};
use crate::run::files;
use crate::run::lineage::TrainedOn;

pub fn damaged(run: &str, reason: &str, path: &Path) -> Error {
    Error::Invalid(format!(
        "run {run} was not imported, because a file of it is damaged or missing ({reason}); copy the job again from where it was trained; file {}",
        path.display()
    ))
}

/// The images that a run of the job was trained on. `dir`: its folder.
///
/// # Errors
/// [`Error::Invalid`] if nobody can know.
pub fn trained_on(run: &str, dir: &Path) -> Result<TrainedOn> {
    let reason = |error: Error| match error {
        Error::Io { source, .. } => source.to_string(),
        Error::BadFile { reason, .. } => reason,
        other => other.to_string(),
    };
    TrainedOn::read(dir).map_err(|error| damaged(run, &reason(error), &files::trained_on(dir)))
}
