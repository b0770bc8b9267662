//! The split as it stands: what is on which side, and what is wrong with it.

use serde::Serialize;

use crate::catalog::{Side, Snapshot, SplitMode};
use crate::dataset::Split;
use crate::dataset::split::{ClassCounts, counts, problems};
use crate::dataset::twins::Twin;
use crate::error::Result;

/// The document of `split --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SplitSummary {
    /// `scenes` or `random`.
    pub mode: &'static str,
    pub hash: String,
    /// Images.
    pub train: usize,
    pub valid: usize,
    pub classes: Vec<ClassCounts>,
    /// By name; none while the split is random.
    pub valid_scenes: Vec<String>,
    /// In words, with their remedies.
    pub problems: Vec<String>,
    /// Training images that are in validation or a test set too, and sit out of training.
    pub twins: Vec<Twin>,
}

impl SplitSummary {
    /// # Errors
    /// As [`Split::of`].
    pub fn of(snapshot: &Snapshot) -> Result<Self> {
        let split = Split::of(snapshot)?;
        let (mode, valid_scenes) = match snapshot.split_mode {
            SplitMode::Scenes => ("scenes", valid_scenes(snapshot)),
            SplitMode::Random { .. } => ("random", Vec::new()),
        };
        Ok(Self {
            mode,
            train: split.train.len(),
            valid: split.valid.len(),
            hash: split.hash,
            classes: counts(snapshot),
            valid_scenes,
            twins: split.twins,
            problems: problems(snapshot).iter().map(ToString::to_string).collect(),
        })
    }
}

fn valid_scenes(snapshot: &Snapshot) -> Vec<String> {
    snapshot
        .scenes
        .iter()
        .filter(|scene| scene.side == Side::Valid)
        .map(|scene| snapshot.scene_name(scene))
        .collect()
}
