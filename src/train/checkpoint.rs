//! What a run leaves on disk: the best weights, and the last state so that nothing is lost by a kill.
//!
//! `best.safetensors` is f32 weights with running statistics. `last/` has the weights, the optimiser's moments and the
//! position in the schedule and the sampler. Every file is written whole or not at all.

use std::fs;
use std::path::Path;

use serde::Serialize;

use super::optimizer::Optimizer;
use crate::error::{Error, Result};
use crate::model::Net;
use crate::model::weights::{self, Precision};
use crate::project::write_atomic;

/// Where in the run `last/` was written; with the run's seed it names every random draw to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Position {
    /// 1-based epoch, and batches of it that are done.
    pub epoch: u32,
    pub batches_done: usize,
    /// Batches done since the start.
    pub step: u64,
}

pub(super) fn save_best(dir: &Path, net: &Net) -> Result<()> {
    weights::save(&dir.join("best.safetensors"), &net.state()?, Precision::F32)
}

/// The position comes last: a reader that finds it older than the weights knows that it was cut off.
pub(super) fn save_last(
    dir: &Path,
    net: &Net,
    optimizer: &Optimizer,
    position: Position,
) -> Result<()> {
    let last = dir.join("last");
    fs::create_dir_all(&last).map_err(Error::io("make the folder", &last))?;
    weights::save(
        &last.join("weights.safetensors"),
        &net.state()?,
        Precision::F32,
    )?;
    weights::save(
        &last.join("optimizer.safetensors"),
        &optimizer.state()?,
        Precision::F32,
    )?;
    let path = last.join("position.json");
    let text = serde_json::to_vec(&position).map_err(|error| Error::Invalid(error.to_string()))?;
    write_atomic(&path, &text)
}
