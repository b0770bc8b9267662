//! What a run's events say of it.

use super::event::{Stopped, TrainEvent};
use super::log::{RunLog, RunStatus};

/// How far a run is and how fast it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// 1-based.
    pub epoch: u32,
    pub step: u64,
    pub steps: u64,
    pub images_per_sec: f64,
    /// Of work, without pauses.
    pub elapsed_secs: f64,
}

impl Pace {
    /// Seconds left at the pace so far; it stands still while nothing is learned.
    pub fn eta_secs(&self) -> Option<f64> {
        let left = self.steps.checked_sub(self.step)?;
        (self.step > 0).then(|| self.elapsed_secs / self.step as f64 * left as f64)
    }

    /// Done part, 0 to 1.
    pub fn fraction(&self) -> f32 {
        (self.step as f32 / self.steps.max(1) as f32).min(1.0)
    }
}

impl RunLog {
    /// As of its newest batch; `None` before the first one.
    pub fn pace(&self) -> Option<Pace> {
        self.events.iter().rev().find_map(|event| match *event {
            TrainEvent::Step {
                epoch,
                step,
                steps,
                images_per_sec,
                elapsed_secs,
                ..
            } => Some(Pace {
                epoch,
                step,
                steps,
                images_per_sec,
                elapsed_secs,
            }),
            _ => None,
        })
    }

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
            | TrainEvent::HeadFitted { .. }
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
            TrainEvent::BatchHalved { .. }
            | TrainEvent::HeadFitted { .. }
            | TrainEvent::Cancelled
            | TrainEvent::Failed { .. } => None,
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

    /// Validation images that the best epoch was measured on: those that could be read. Before the first epoch all.
    pub fn measured_n(&self) -> usize {
        match self.best() {
            Some(TrainEvent::Epoch { valid_n, .. }) => *valid_n,
            _none => self.info.valid_n,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_the_steps_left() {
        let pace = Pace {
            epoch: 1,
            step: 20,
            steps: 100,
            images_per_sec: 50.0,
            elapsed_secs: 20.0,
        };
        assert_eq!(pace.eta_secs(), Some(80.0));
        assert_eq!(pace.fraction(), 0.2);
        assert_eq!(Pace { step: 0, ..pace }.eta_secs(), None);
    }
}
