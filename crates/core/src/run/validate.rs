//! Whether a config can work at all, before any work begins.

use super::config::TrainConfig;
use super::preset::HeadInit;
use crate::dataset::augmented_view::Augmentation;
use crate::error::{Error, Result};
use crate::model::HeadKind;
use crate::ops::compute;

/// Smallest feature map that can be looked at has two cells a side.
const LEAST_SIZE: u32 = 32;
const LARGEST_SIZE: u32 = 1024;
const LARGEST_BATCH: u32 = 1024;

const LARGEST_ACCUMULATE: u32 = 1024;
const MOST_VIEWS: u32 = 100;

impl TrainConfig {
    /// # Errors
    /// [`Error::Invalid`], saying what to change; [`Error::NoWeights`].
    pub fn validate(&self) -> Result<()> {
        if self.lacks_weights() {
            return Err(self.arch.no_weights());
        }
        self.fault_of_origin()
            .or_else(|| self.fault_of_head())
            .or_else(|| self.fault_of_start_size())
            .or_else(|| self.fault_of_numbers())
            .or_else(|| self.fault_of_rates())
            .or_else(|| self.fault_of_extras())
            .or_else(|| self.fault_of_views())
            .or_else(|| compute::fault(self.device, self.precision))
            .map_or(Ok(()), |text| Err(Error::Invalid(text)))
    }

    fn fault_of_start_size(&self) -> Option<String> {
        let sizes = self.size?;
        let start = sizes.start?;
        if !(LEAST_SIZE..=sizes.full).contains(&start) {
            Some(format!(
                "images of {start} pixels cannot be begun with; choose {LEAST_SIZE} to {}, the size of the later epochs",
                sizes.full
            ))
        } else if self.epochs < 2 {
            Some("half of one epoch is none; train at least 2 epochs, or give one size".into())
        } else {
            None
        }
    }

    fn fault_of_head(&self) -> Option<String> {
        let init = self.head_init?;
        let preset = self.preset.unwrap_or_default();
        if self.stage == 2 || self.from.is_some() {
            Some("the head comes with the run to start from; leave `head_init` out, or give it to a stage 1 that starts from no run".into())
        } else if init == HeadInit::Lda && preset.head() != HeadKind::Linear {
            Some("the closed-form solution is a linear head, and the preset's has two layers; choose `modern`, or start from a random head".into())
        } else {
            None
        }
    }

    fn fault_of_origin(&self) -> Option<String> {
        if !(1..=2).contains(&self.stage) {
            Some(format!(
                "there is no stage {}; choose 1 (new head) or 2 (everything)",
                self.stage
            ))
        } else if self.from.is_some() && self.weights.is_some() {
            Some("a run starts from another run or from a file of backbone weights, not from both; leave one of `from` and `weights` out".into())
        } else {
            None
        }
    }

    fn fault_of_numbers(&self) -> Option<String> {
        if self.epochs == 0 {
            Some("no epochs to train; set epochs to at least 1".into())
        } else if let Some(size) = self
            .size
            .map(|sizes| sizes.full)
            .filter(|size| !(LEAST_SIZE..=LARGEST_SIZE).contains(size))
        {
            Some(format!(
                "a size of {size} pixels cannot be used; choose {LEAST_SIZE} to {LARGEST_SIZE}, 224 and 320 being usual"
            ))
        } else {
            self.batch
                .filter(|batch| !(2..=LARGEST_BATCH).contains(batch))
                .map(|batch| format!("a batch of {batch} cannot be used; choose 2 to {LARGEST_BATCH}, or leave it out for what fits into memory"))
        }
    }

    fn fault_of_rates(&self) -> Option<String> {
        let [low, high] = self.lr_bounds();
        if self.stage == 1 && self.lr_range.is_some() {
            Some("stage 1 trains the head alone, with one learning rate; give `lr` instead of a range".into())
        } else if self.lr_range.as_ref().is_some_and(|range| range.len() != 2) {
            Some("a learning-rate range is two numbers, the lowest and the highest".into())
        } else if self.lr_range.is_none() && !(high > 0.0 && high <= 1.0) {
            Some(format!(
                "a learning rate of {high} cannot be used; it must be above 0 and at most 1"
            ))
        } else if !(low > 0.0 && low <= high && high <= 1.0) {
            Some(format!(
                "learning rates of {low} to {high} cannot be used; they must be above 0, at most 1, and the lowest first"
            ))
        } else {
            None
        }
    }

    fn fault_of_extras(&self) -> Option<String> {
        if !(1..=LARGEST_ACCUMULATE).contains(&self.accumulate) {
            Some(format!(
                "gradients of {} batches cannot be accumulated; choose 1 (off) to {LARGEST_ACCUMULATE}",
                self.accumulate
            ))
        } else if self
            .time_budget
            .is_some_and(|minutes| !(minutes > 0.0 && minutes.is_finite()))
        {
            Some("a time budget is a number of minutes above 0; leave it out for none".into())
        } else if self.ema.is_some_and(|decay| !(0.0..1.0).contains(&decay)) {
            Some("the decay of the averaged weights lies between 0 and 1, 0.999 being usual; 0 is for none".into())
        } else {
            None
        }
    }

    fn fault_of_views(&self) -> Option<String> {
        let is_fraction = |value: f64| (0.0..=1.0).contains(&value);
        // The recipe of a run that it starts from is not known here.
        let is_unvaried = self.stage == 1
            && self.from.is_none()
            && self
                .views
                .unwrap_or(self.preset.unwrap_or_default().frozen_views())
                == 0;
        let varies = self.augment.is_some_and(|a| a != Augmentation::None)
            || self.erasing.is_some_and(|erasing| erasing > 0.0);
        if self.erasing.is_some_and(|erasing| !is_fraction(erasing)) {
            Some("the probability of erasing lies between 0 and 1, 0.1 to 0.5 being usual".into())
        } else if self
            .mixup
            .is_some_and(|alpha| !(alpha > 0.0 && alpha.is_finite()))
        {
            Some("mixup's alpha is a number above 0, 0.2 being usual; leave it out for none".into())
        } else if self.stage == 1 && self.mixup.is_some() {
            Some("mixup blends images before the backbone, which stage 1 runs once only; give it to stage 2".into())
        } else if self.stage == 2 && self.views.is_some() {
            Some(
                "stage 2 sees another view of every image in every epoch; give `views` to stage 1"
                    .into(),
            )
        } else if self.views.is_some_and(|views| views > MOST_VIEWS) {
            Some(format!(
                "so many views would not fit into memory; choose 0 (as prediction sees images) to {MOST_VIEWS}"
            ))
        } else if is_unvaried && varies {
            Some("stage 1 shows images as prediction sees them, so `augment` and `erasing` would do nothing; give `views` too, 3 for instance, or leave them to stage 2".into())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of the defaults with one change.
    fn fault(change: impl FnOnce(&mut TrainConfig)) -> String {
        let mut config = TrainConfig::default();
        change(&mut config);
        config.validate().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_valid_and_faults_name_the_remedy() {
        for stage in [1, 2] {
            let config = TrainConfig {
                stage,
                ..TrainConfig::default()
            };
            assert!(config.validate().is_ok());
        }
        let faults = [
            (fault(|c| c.epochs = 0), "epochs to at least 1"),
            (fault(|c| c.batch = Some(1)), "choose 2"),
            (fault(|c| c.size = Some(8.into())), "choose 32"),
            (fault(|c| c.lr = Some(f64::NAN)), "above 0"),
            (
                fault(|c| {
                    c.stage = 2;
                    c.lr_range = Some(vec![1e-2, 1e-3]);
                }),
                "lowest first",
            ),
            (
                fault(|c| {
                    c.from = Some("x".into());
                    c.weights = Some("y".into());
                }),
                "leave one",
            ),
            (fault(|c| c.accumulate = 0), "choose 1"),
            (
                fault(|c| c.size = "256,224".parse().ok()),
                "size of the later epochs",
            ),
            (
                fault(|c| (c.size, c.epochs) = ("64,224".parse().ok(), 1)),
                "at least 2 epochs",
            ),
            (fault(|c| c.time_budget = Some(0.0)), "minutes above 0"),
            (fault(|c| c.ema = Some(1.0)), "between 0 and 1"),
            (fault(|c| c.erasing = Some(1.5)), "between 0 and 1"),
            (fault(|c| c.mixup = Some(0.2)), "give it to stage 2"),
            (
                fault(|c| {
                    c.stage = 2;
                    c.views = Some(3);
                }),
                "to stage 1",
            ),
            (
                fault(|c| c.augment = Some(Augmentation::Trivial)),
                "give `views` too",
            ),
        ];
        for (message, remedy) in faults {
            assert!(message.contains(remedy), "{message}");
        }
    }
}
