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

/// What an interrupted run is resumed from.
pub(crate) fn checkpoint(dir: &Path) -> PathBuf {
    dir.join("last").join("checkpoint.safetensors")
}
