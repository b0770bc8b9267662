//! The runs of a project: what was trained, how well it did.

use serde::Serialize;

use crate::dataset::Leakage;
use crate::error::Result;
use crate::progress::Progress;
use crate::project::Project;
use crate::run::caveat::Caveat;
use crate::run::{self, RunInfo, RunLog, RunStatus};

/// The document of `runs --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Runs {
    /// Oldest first.
    pub runs: Vec<RunRow>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRow {
    pub id: String,
    pub stage: u8,
    pub status: &'static str,
    /// Of the best epoch on the validation images, 0 to 1; `null` before the first epoch is done.
    pub accuracy: Option<f64>,
    /// 95 % of the accuracy; `null` also for runs of older versions.
    pub interval: Option<[f64; 2]>,
    /// Its accuracy is flattering then.
    pub is_random_split: bool,
    /// Validation images that it or a run it descends from was trained on: its accuracy is flattering then. `null`: it
    /// descends from a run of an older version on another split, so nobody knows.
    pub contaminated: Option<usize>,
    /// Validation images with a twin in training, where it was trained on a leaking split because somebody insisted; `null`:
    /// it was not.
    pub leaks: Option<Leakage>,
    /// Of its training and its evaluations.
    pub warnings: usize,
    /// Why its accuracy looks better than it is, in words.
    pub caveats: Vec<String>,
    /// run.toml.
    pub run: RunInfo,
}

impl Runs {
    /// All runs as they stand on disk. One that cannot be read is a warning.
    ///
    /// # Errors
    /// [`crate::error::Error::Io`] if the runs' folder cannot be read.
    pub fn of(project: &Project, progress: &Progress) -> Result<Self> {
        let mut runs = Vec::new();
        for id in run::list(project)? {
            match RunLog::open(&project.run_dir(&id)) {
                Ok(log) => runs.push(RunRow::of(log)),
                Err(error) => progress.warn(id, error.to_string()),
            }
        }
        Ok(Self { runs })
    }
}

impl RunRow {
    pub fn of(log: RunLog) -> Self {
        Self {
            id: log.info.id.clone(),
            stage: log.info.config.stage,
            status: status_name(log.status),
            accuracy: log.best_accuracy(),
            interval: log.best_interval(),
            is_random_split: log.info.is_random_split,
            contaminated: log.contaminated,
            leaks: log.info.leaks,
            warnings: log.warnings.len(),
            caveats: log.caveats().into_iter().map(Caveat::text).collect(),
            run: log.info,
        }
    }
}

fn status_name(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Running => "running",
        RunStatus::Finished => "finished",
        RunStatus::Cancelled => "cancelled",
        RunStatus::Failed => "failed",
        RunStatus::Interrupted => "interrupted",
    }
}
