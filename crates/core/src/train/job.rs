//! What a run is made of and what it comes to: values, not handles, so that a job can own them.

use std::path::PathBuf;

use crate::dataset::Split;
use crate::project::Project;
use crate::run::config::TrainConfig;

/// Gathered before the worker starts.
#[derive(Clone, Debug)]
pub struct TrainJob {
    pub project: Project,
    pub config: TrainConfig,
    pub split: Split,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    pub id: String,
    pub dir: PathBuf,
    pub accuracy: f64,
    pub best_epoch: u32,
}
