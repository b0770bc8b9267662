//! Where a run is in its schedule, batch by batch.

use super::one_cycle::{OneCycle, Rates};

/// Batches of the whole run, and the optimizer's steps among them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    pub batches_per_epoch: u64,
    pub batches: u64,
    accumulate: u64,
    cycle: OneCycle,
}

impl Course {
    pub fn new(batches_per_epoch: u64, epochs: u32, accumulate: u64) -> Self {
        let steps_per_epoch = batches_per_epoch.div_ceil(accumulate);
        Self {
            batches_per_epoch,
            batches: batches_per_epoch * u64::from(epochs),
            accumulate,
            cycle: OneCycle::new(steps_per_epoch * u64::from(epochs)),
        }
    }

    /// The rates at batch `batch` (0-based, of the whole run), and whether the optimizer steps after it.
    pub fn at(self, batch: u64) -> (Rates, bool) {
        let (epoch, at) = (
            batch / self.batches_per_epoch.max(1),
            batch % self.batches_per_epoch.max(1),
        );
        let steps_per_epoch = self.batches_per_epoch.div_ceil(self.accumulate);
        let step = epoch * steps_per_epoch + at / self.accumulate;
        let is_last = (at + 1).is_multiple_of(self.accumulate) || at + 1 == self.batches_per_epoch;
        (self.cycle.at(step), is_last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_counts_steps_of_the_optimizer() {
        // Five batches an epoch in twos: steps after batches 2, 4 and 5, six in two epochs.
        let course = Course::new(5, 2, 2);
        assert_eq!((course.batches, course.cycle), (10, OneCycle::new(6)));
        let steps: Vec<u64> = (0..10).filter(|&batch| course.at(batch).1).collect();
        assert_eq!(steps, [1, 3, 4, 6, 8, 9]);
        for (batch, step) in [(0, 0), (1, 0), (2, 1), (4, 2), (5, 3), (9, 5)] {
            assert_eq!(course.at(batch).0, OneCycle::new(6).at(step));
        }
    }

    #[test]
    fn without_accumulation_every_batch_is_a_step() {
        let course = Course::new(5, 2, 1);
        for batch in 0..10 {
            assert_eq!(course.at(batch), (OneCycle::new(10).at(batch), true));
        }
    }
}
