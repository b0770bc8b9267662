//! What a run's events say of it.

use super::{RunLog, RunStatus};
use crate::train::event::{Stopped, TrainEvent};

impl RunLog {
    /// Whether it can be gone on with: it was cut off, stopped or cancelled, and has a checkpoint.
    pub fn can_resume(&self) -> bool {
        let is_running = self.status == RunStatus::Running;
        self.has_checkpoint && !is_running && !self.is_complete() && !self.is_diverged()
    }

    /// Whether nothing is left to do.
    pub fn is_complete(&self) -> bool {
        match self.events.last() {
            Some(TrainEvent::Finished { stopped, .. }) => match stopped {
                None | Some(Stopped::NoBetter) => true,
                Some(Stopped::Asked | Stopped::TimeBudget) => false,
            },
            Some(
                TrainEvent::BatchHalved { .. }
                | TrainEvent::Step { .. }
                | TrainEvent::Epoch { .. }
                | TrainEvent::Cancelled
                | TrainEvent::Failed { .. },
            )
            | None => false,
        }
    }

    /// Why it ended before its last epoch, if it did so by itself or was asked to.
    pub fn stopped(&self) -> Option<Stopped> {
        match self.events.last() {
            Some(TrainEvent::Finished { stopped, .. }) => *stopped,
            Some(
                TrainEvent::BatchHalved { .. }
                | TrainEvent::Step { .. }
                | TrainEvent::Epoch { .. }
                | TrainEvent::Cancelled
                | TrainEvent::Failed { .. },
            )
            | None => None,
        }
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

    pub fn best_accuracy(&self) -> Option<f64> {
        self.events
            .iter()
            .filter_map(|event| match event {
                TrainEvent::Epoch { accuracy, .. } => Some(*accuracy),
                TrainEvent::BatchHalved { .. }
                | TrainEvent::Step { .. }
                | TrainEvent::Finished { .. }
                | TrainEvent::Cancelled
                | TrainEvent::Failed { .. } => None,
            })
            .max_by(f64::total_cmp)
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

    /// The 1-based epoch whose weights are kept.
    pub fn best_epoch(&self) -> Option<u32> {
        self.events.iter().rev().find_map(|event| match event {
            TrainEvent::Epoch {
                is_best: true,
                epoch,
                ..
            } => Some(*epoch),
            TrainEvent::Epoch { .. }
            | TrainEvent::Step { .. }
            | TrainEvent::Finished { .. }
            | TrainEvent::BatchHalved { .. }
            | TrainEvent::Cancelled
            | TrainEvent::Failed { .. } => None,
        })
    }

    /// 95 % of the best epoch's accuracy.
    pub fn best_interval(&self) -> Option<[f64; 2]> {
        self.events.iter().rev().find_map(|event| match event {
            TrainEvent::Epoch {
                is_best: true,
                interval,
                ..
            } => *interval,
            TrainEvent::Epoch { .. }
            | TrainEvent::Step { .. }
            | TrainEvent::Finished { .. }
            | TrainEvent::BatchHalved { .. }
            | TrainEvent::Cancelled
            | TrainEvent::Failed { .. } => None,
        })
    }
}
