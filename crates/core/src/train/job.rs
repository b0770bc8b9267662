//! What a run is made of and what it comes to: values, not handles, so that a job can own them.

use std::path::PathBuf;

use crate::dataset::{Leakage, Split};
use crate::project::Project;
use crate::run::config::TrainConfig;

/// Gathered before the worker starts.
#[derive(Clone, Debug)]
pub struct TrainJob {
    pub project: Project,
    pub config: TrainConfig,
    pub split: Split,
    /// Of the split, as [`crate::curate::Leaks`] finds it by time and by hash. A new run is refused if it leaks and the
    /// config does not allow it; whoever makes no new run leaves it empty.
    pub leakage: Leakage,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    pub id: String,
    pub dir: PathBuf,
    pub accuracy: f64,
    pub best_epoch: u32,
}
