//! What a training came to: `train`, `resume` and `find-lr`.

use std::path::PathBuf;

use serde::Serialize;

use crate::dataset::Split;
use crate::run::RunLog;
use crate::run::caveat::Caveat;
use crate::train::job::RunSummary;
use crate::train::schedule::lr_curve::{LrCurve, LrPoint};

/// The document of `train --json` and `resume --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainedRun {
    /// Its id.
    pub run: String,
    pub dir: PathBuf,
    pub accuracy: f64,
    pub best_epoch: u32,
    /// The split's hash.
    pub split: String,
    /// Training images that sat out because they are in validation or a test set too.
    pub twins_left_out: usize,
    /// As in the document of `runs --json`.
    pub contaminated: Option<usize>,
    /// Of the run.
    pub warnings: usize,
    /// As in the document of `runs --json`.
    pub caveats: Vec<String>,
}

impl TrainedRun {
    /// `log`: of the run; `split`: that it was trained on.
    pub fn new(summary: RunSummary, log: &RunLog, split: &Split) -> Self {
        Self {
            run: summary.id,
            dir: summary.dir,
            accuracy: summary.accuracy,
            best_epoch: summary.best_epoch,
            split: split.hash.clone(),
            twins_left_out: split.twins.len(),
            contaminated: log.contaminated,
            warnings: log.warnings.len(),
            caveats: log.caveats().into_iter().map(Caveat::text).collect(),
        }
    }
}

/// The document of `find-lr --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearningRates {
    /// `null` if the loss exploded before enough batches were done.
    pub valley: Option<f64>,
    pub steepest: Option<f64>,
    pub points: Vec<LrPoint>,
}

impl LearningRates {
    pub fn of(curve: LrCurve) -> Self {
        Self {
            valley: curve.valley(),
            steepest: curve.steepest(),
            points: curve.points,
        }
    }
}
