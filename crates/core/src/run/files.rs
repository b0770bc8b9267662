//! The names of a run's files in its folder.

use std::path::{Path, PathBuf};

/// What the run is: [`super::RunInfo`] as TOML.
pub(crate) fn info(dir: &Path) -> PathBuf {
    dir.join("run.toml")
}

/// What happened: one [`super::event::TrainEvent`] a line, as JSON.
pub(crate) fn metrics(dir: &Path) -> PathBuf {
    dir.join("metrics.jsonl")
}

/// The weights of the best epoch.
pub(crate) fn best_weights(dir: &Path) -> PathBuf {
    dir.join("best.safetensors")
}

/// Which validation images these are right about.
pub(crate) fn best_valid(dir: &Path) -> PathBuf {
    dir.join("best-valid.json")
}

/// What an interrupted run is resumed from.
pub(crate) fn checkpoint(dir: &Path) -> PathBuf {
    dir.join("last").join("checkpoint.safetensors")
}

/// Hashes of all images that the run and those before it were trained on.
pub(crate) fn trained_on(dir: &Path) -> PathBuf {
    dir.join("trained-on.txt")
}

/// What was said of the pinned images after each epoch, as JSON lines.
pub(crate) fn pins(dir: &Path) -> PathBuf {
    dir.join("pins.jsonl")
}

/// What went wrong with single items, as JSON lines.
pub(crate) fn warnings(dir: &Path) -> PathBuf {
    dir.join("warnings.jsonl")
}
