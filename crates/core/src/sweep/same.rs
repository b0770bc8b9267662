//! Whether a run is the one that a configuration asks for, so that a sweep goes on where it stopped without a list of its own.

use crate::dataset::{Crops, Split};
use crate::run::config::{TrainConfig, USUAL_BATCH};
use crate::run::{RunLog, RunStatus};

/// Where a training stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// With the run's id.
    Done(String),
    /// It failed, and would again.
    Diverged(String),
    /// Another process trains it.
    Running(String),
    /// It can be resumed.
    Begun(String),
    Open,
    /// It was trained, and its folder is gone; only a kept list knows of that.
    Deleted,
}

impl Standing {
    pub fn run(&self) -> Option<&str> {
        match self {
            Self::Done(run) | Self::Diverged(run) | Self::Running(run) | Self::Begun(run) => {
                Some(run)
            }
            Self::Open | Self::Deleted => None,
        }
    }

    /// Of the training with `config`, as a run has it written down, on `split`.
    pub fn of(config: &TrainConfig, split: &Split, runs: &[RunLog]) -> Self {
        let wanted = essence(config);
        let mut best = Self::Open;
        for run in runs {
            let info = &run.info;
            // PyTorch draws other numbers, so its run is another one.
            let is_it = info.split_hash == split.hash
                && info.copies == split.copies.len()
                && !Crops::differ(info.crop.as_ref(), split.crops.as_ref())
                && info.program.starts_with("cutting-room")
                && essence(&info.config) == wanted;
            if !is_it {
                continue;
            }
            let Some(found) = Self::of_run(run) else {
                continue;
            };
            if found.rank() >= best.rank() {
                best = found;
            }
        }
        best
    }

    /// Of the training that this is the run of; `None` if it has come to nothing.
    pub(super) fn of_run(run: &RunLog) -> Option<Self> {
        let id = run.info.id.clone();
        match run.status {
            RunStatus::Finished => Some(Self::Done(id)),
            RunStatus::Running => Some(Self::Running(id)),
            _ended if run.is_diverged() => Some(Self::Diverged(id)),
            _ended if run.can_resume() => Some(Self::Begun(id)),
            _ended => None,
        }
    }

    /// How near it is to a result.
    fn rank(&self) -> u8 {
        match self {
            Self::Open | Self::Deleted => 0,
            Self::Begun(_) => 1,
            Self::Running(_) => 2,
            Self::Diverged(_) => 3,
            Self::Done(_) => 4,
        }
    }
}

/// What of a configuration decides the numbers of a run, up to their last digits: neither where it is computed, nor in how
/// many parts a batch goes through memory, nor where a file lies.
fn essence(config: &TrainConfig) -> TrainConfig {
    let mut essence = config.clone();
    essence.resolve();
    essence.device = None;
    essence.checkpoint_secs = 0;
    essence.allow_leaks = false;
    essence.time_budget = None;
    // It comes with the run that is started from.
    essence.normalize = true;
    let images = essence.batch.unwrap_or(USUAL_BATCH) * essence.accumulate.max(1);
    (essence.batch, essence.accumulate) = (Some(images), 1);
    let name = essence
        .weights
        .as_deref()
        .and_then(std::path::Path::file_name);
    essence.weights = name.map(Into::into);
    essence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_and_in_how_many_parts_it_is_computed_does_not_matter() {
        let base = TrainConfig::default();
        let mut resolved = base.clone();
        resolved.resolve();
        let halved = TrainConfig {
            batch: Some(16),
            accumulate: 2,
            checkpoint_secs: 0,
            ..resolved.clone()
        };
        assert_eq!(essence(&base), essence(&halved));
        let other = TrainConfig {
            seed: 1,
            ..resolved.clone()
        };
        assert_ne!(essence(&resolved), essence(&other));
        let weights = |path: &str| TrainConfig {
            weights: Some(path.into()),
            ..resolved.clone()
        };
        assert_eq!(essence(&weights("/a/w.pth")), essence(&weights("b/w.pth")));
        assert_ne!(essence(&weights("/a/w.pth")), essence(&weights("/a/v.pth")));
    }
}
