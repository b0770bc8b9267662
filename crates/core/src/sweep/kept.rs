//! A queue as a project keeps it, so that its table is there when the program was closed, or killed, and opened again.
//!
//! The queue itself needs none of this to go on (see [`super::same`]); it only says what was asked for, and which runs came of
//! it, so that a run that was deleted since is not taken for one that waits.

use serde::{Deserialize, Serialize};

use super::queue::{Point, logs};
use super::same::Standing;
use crate::error::Result;
use crate::project::Project;
use crate::run::config::TrainConfig;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptQueue {
    /// As they were asked for.
    pub asked: Vec<TrainConfig>,
    /// Of the split that they were to be trained on.
    pub split_hash: String,
    points: Vec<KeptPoint>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct KeptPoint {
    /// With all choices made.
    config: TrainConfig,
    run: Option<String>,
}

impl KeptQueue {
    /// The key of the note in the catalog.
    pub const NOTE: &str = "train-queue";

    pub fn of(asked: Vec<TrainConfig>, split_hash: String, points: &[Point]) -> Self {
        let kept = |point: &Point| KeptPoint {
            config: point.config.clone(),
            run: point.standing.run().map(str::to_owned),
        };
        Self {
            asked,
            split_hash,
            points: points.iter().map(kept).collect(),
        }
    }

    /// Where each of them stands now, whatever has become of the split.
    ///
    /// # Errors
    /// [`crate::error::Error::Io`] if the runs cannot be listed.
    pub fn points(&self, project: &Project) -> Result<Vec<Point>> {
        let logs = logs(project)?;
        let point = |kept: &KeptPoint| {
            let log = kept.run.as_ref();
            let log = log.and_then(|id| logs.iter().find(|log| log.info.id == *id));
            let standing = match (&kept.run, log) {
                (None, _) => Standing::Open,
                (Some(_), None) => Standing::Deleted,
                (Some(_), Some(log)) => Standing::of_run(log).unwrap_or(Standing::Open),
            };
            Point {
                config: kept.config.clone(),
                standing,
                log: log.cloned(),
            }
        };
        Ok(self.points.iter().map(point).collect())
    }

    /// `None` if there is nothing that it could be written as.
    pub fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// `None` also for one of another version.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
