//! How far a run is; with its configuration and seed it determines every number to come.

use serde::{Deserialize, Serialize};

use crate::train::learner::loss_scale::LossScale;
use crate::train::optimizer::adamw::Steps;
use crate::train::report::metric::{SmoothLoss, Tally};

/// Of the checkpoint; another one is not read.
pub(crate) const FORMAT: u32 = 1;

/// The best epoch so far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    pub epoch: u32,
    pub accuracy: f64,
    pub valid_loss: f64,
}

/// Everything about a run's progress that is neither in the net nor in the optimizer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrainState {
    pub format: u32,
    /// The current epoch, from 1.
    pub epoch: u32,
    /// Batches of the current epoch that are done.
    pub batches_done: usize,
    pub steps: Steps,
    /// Bytes of metrics.jsonl up to here; a resume cuts off the rest.
    pub log_bytes: u64,
    /// Time spent training, over all sessions.
    pub elapsed_secs: f64,
    /// Fingerprint of the image files, which may not change during a run.
    pub images: String,
    /// Of the current epoch.
    pub tally: Tally,
    pub smooth: SmoothLoss,
    pub best: Option<Best>,
    /// With feature maps of f16.
    pub loss_scale: Option<LossScale>,
}

impl TrainState {
    /// Before the first batch.
    pub fn first(images: String) -> Self {
        Self {
            format: FORMAT,
            epoch: 1,
            images,
            ..Self::default()
        }
    }

    /// Counts a batch of `images` images with mean `loss`; returns the smoothed loss.
    pub fn record_batch(&mut self, loss: f64, correct: usize, images: usize) -> f64 {
        self.batches_done += 1;
        self.tally.add(loss, correct, images);
        self.smooth.add(loss)
    }

    /// Counts the validation after the current epoch; true if it is the best so far.
    pub fn record_validation(&mut self, accuracy: f64, valid_loss: f64) -> bool {
        let is_best = self.best.is_none_or(|best| {
            accuracy > best.accuracy || (accuracy >= best.accuracy && valid_loss < best.valid_loss)
        });
        is_best && self.record_last(accuracy, valid_loss)
    }

    /// Takes the current epoch for the best one; true.
    pub fn record_last(&mut self, accuracy: f64, valid_loss: f64) -> bool {
        self.best = Some(Best {
            epoch: self.epoch,
            accuracy,
            valid_loss,
        });
        true
    }

    pub fn begin_next_epoch(&mut self) {
        self.epoch += 1;
        self.batches_done = 0;
        self.tally = Tally::default();
    }

    pub fn epochs_done(&self) -> u32 {
        self.epoch.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_epoch_is_the_most_accurate_and_among_equals_that_of_the_lowest_loss() {
        let mut state = TrainState::first(String::new());
        let best = |state: &TrainState| state.best.unwrap().epoch;
        for (accuracy, loss, expected) in
            [(0.5, 1.0, 1), (0.5, 1.0, 1), (0.5, 0.9, 3), (0.4, 0.1, 3)]
        {
            let is_best = state.record_validation(accuracy, loss);
            assert_eq!((best(&state), is_best), (expected, expected == state.epoch));
            state.begin_next_epoch();
        }
        assert_eq!((state.epoch, state.epochs_done()), (5, 4));
    }

    #[test]
    fn the_state_of_an_older_version_is_read() {
        let text = r#"
            format = 1
            epoch = 2
            batches_done = 3
            log_bytes = 4
            elapsed_secs = 5.0
            images = "abc"
            [steps]
            done = 6
            held_images = 7
            [tally]
            loss = 1.5
            correct = 8
            n = 9
            [smooth]
            mean = 0.5
            weight = 0.25
            [loss_scale]
            factor = 1024.0
            sound = 10
        "#;
        let state: TrainState = toml::from_str(text).unwrap();
        assert_eq!((state.steps.done, state.steps.accumulated_images), (6, 7));
        assert_eq!(state.loss_scale.unwrap().factor(), 1024.0);
        let again: TrainState = toml::from_str(&toml::to_string(&state).unwrap()).unwrap();
        assert_eq!(again, state);
    }
}
