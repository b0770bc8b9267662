//! The learning-rate schedule of a run, batch by batch, where several batches may make one step of the optimizer.

use super::one_cycle::{OneCycle, Rates};

/// Batches of the whole run, and the optimizer's steps among them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LrSchedule {
    pub batches_per_epoch: u64,
    pub batches: u64,
    accumulate: u64,
    cycle: OneCycle,
}

/// What the schedule says of one batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ScheduledBatch {
    pub rates: Rates,
    /// Whether the optimizer steps after it; otherwise its gradient is accumulated.
    pub is_step: bool,
}

impl LrSchedule {
    /// `accumulate`: batches to a step; the last step of an epoch takes what is left.
    pub fn new(batches_per_epoch: u64, epochs: u32, accumulate: u64) -> Self {
        let steps_per_epoch = batches_per_epoch.div_ceil(accumulate);
        Self {
            batches_per_epoch,
            batches: batches_per_epoch * u64::from(epochs),
            accumulate,
            cycle: OneCycle::new(steps_per_epoch * u64::from(epochs)),
        }
    }

    /// `batch`: 0-based, of the whole run.
    pub fn at(self, batch: u64) -> ScheduledBatch {
        let per_epoch = self.batches_per_epoch.max(1);
        let (epoch, in_epoch) = (batch / per_epoch, batch % per_epoch);
        let steps_per_epoch = self.batches_per_epoch.div_ceil(self.accumulate);
        let step = epoch * steps_per_epoch + in_epoch / self.accumulate;
        let is_full = (in_epoch + 1).is_multiple_of(self.accumulate);
        ScheduledBatch {
            rates: self.cycle.at(step),
            is_step: is_full || in_epoch + 1 == self.batches_per_epoch,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_counts_steps_of_the_optimizer() {
        // Five batches an epoch in twos: steps after batches 2, 4 and 5, six in two epochs.
        let schedule = LrSchedule::new(5, 2, 2);
        assert_eq!((schedule.batches, schedule.cycle), (10, OneCycle::new(6)));
        let steps: Vec<u64> = (0..10)
            .filter(|&batch| schedule.at(batch).is_step)
            .collect();
        assert_eq!(steps, [1, 3, 4, 6, 8, 9]);
        for (batch, step) in [(0, 0), (1, 0), (2, 1), (4, 2), (5, 3), (9, 5)] {
            assert_eq!(schedule.at(batch).rates, OneCycle::new(6).at(step));
        }
    }

    #[test]
    fn without_accumulation_every_batch_is_a_step() {
        let schedule = LrSchedule::new(5, 2, 1);
        for batch in 0..10 {
            let expected = ScheduledBatch {
                rates: OneCycle::new(10).at(batch),
                is_step: true,
            };
            assert_eq!(schedule.at(batch), expected);
        }
    }
}
