//! What a run's events say of it.

use super::event::{Stopped, TrainEvent};
use super::log::{RunLog, RunStatus};

impl RunLog {
    /// Whether it can be gone on with: it was cut off, stopped or cancelled, and has a checkpoint.
    pub fn can_resume(&self) -> bool {
        let is_running = self.status == RunStatus::Running;
        self.has_checkpoint && !is_running && !self.is_complete() && !self.is_diverged()
    }

    /// Whether nothing is left to do.
    pub fn is_complete(&self) -> bool {
        matches!(
            self.events.last(),
            Some(TrainEvent::Finished {
                stopped: None | Some(Stopped::NoBetter),
                ..
            })
        )
    }

    /// Why it ended before its last epoch, if it did so by itself or was asked to.
    pub fn stopped(&self) -> Option<Stopped> {
        let Some(TrainEvent::Finished { stopped, .. }) = self.events.last() else {
            return None;
        };
        *stopped
    }

    /// Whether it failed in a way in which it would fail again.
    pub fn is_diverged(&self) -> bool {
        matches!(
            self.events.last(),
            Some(TrainEvent::Failed {
                can_resume: false,
                ..
            })
        )
    }

    /// The 1-based epoch in hand, 0 before the first batch.
    pub fn epoch(&self) -> u32 {
        let newest = self.events.iter().rev().find_map(|event| match event {
            TrainEvent::Step { epoch, .. } | TrainEvent::Epoch { epoch, .. } => Some(*epoch),
            TrainEvent::BatchHalved { .. }
            | TrainEvent::Finished { .. }
            | TrainEvent::Cancelled
            | TrainEvent::Failed { .. } => None,
        });
        newest.unwrap_or_default()
    }

    /// Seconds of work so far; `None` before the first batch.
    pub fn elapsed_secs(&self) -> Option<f64> {
        self.events.iter().rev().find_map(|event| match event {
            TrainEvent::Step { elapsed_secs, .. }
            | TrainEvent::Epoch { elapsed_secs, .. }
            | TrainEvent::Finished { elapsed_secs, .. } => Some(*elapsed_secs),
            TrainEvent::BatchHalved { .. } | TrainEvent::Cancelled | TrainEvent::Failed { .. } => {
                None
            }
        })
    }

    pub fn best_accuracy(&self) -> Option<f64> {
        let accuracies = self.events.iter().filter_map(|event| {
            let TrainEvent::Epoch { accuracy, .. } = event else {
                return None;
            };
            Some(*accuracy)
        });
        accuracies.max_by(f64::total_cmp)
    }

    /// The 1-based epoch whose weights are kept.
    pub fn best_epoch(&self) -> Option<u32> {
        let TrainEvent::Epoch { epoch, .. } = self.best()? else {
            return None;
        };
        Some(*epoch)
    }

    /// 95 % of the best epoch's accuracy.
    pub fn best_interval(&self) -> Option<[f64; 2]> {
        let TrainEvent::Epoch { interval, .. } = self.best()? else {
            return None;
        };
        *interval
    }

    /// The last row of an epoch whose weights were kept.
    fn best(&self) -> Option<&TrainEvent> {
        let mut newest_first = self.events.iter().rev();
        newest_first.find(|event| matches!(event, TrainEvent::Epoch { is_best: true, .. }))
    }
}
