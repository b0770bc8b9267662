//! The rule where a batch does not fit into memory: half as many images at once, twice as many batches to a step.
//!
//! The optimizer then steps along the same mean gradient (`AdamW::accumulate`), only the rounding differs; where a backbone
//! normalizes by its batch it sees smaller ones.

/// Smallest batch that has statistics.
const MIN_BATCH: u32 = 2;

/// Images at once, and batches to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BatchPlan {
    pub batch: u32,
    pub accumulate: u32,
}

impl BatchPlan {
    /// `None` if it cannot be smaller. An odd batch is rounded up, so that a step never learns from fewer images.
    pub fn halved(self) -> Option<Self> {
        let half = Self {
            batch: self.batch.div_ceil(2),
            accumulate: self.accumulate.saturating_mul(2),
        };
        (half.batch >= MIN_BATCH && half.batch < self.batch).then_some(half)
    }

    /// Halved until it fits; the smallest there is where nothing does.
    pub fn fitting(self, fits: impl Fn(u32) -> bool) -> Self {
        let mut plan = self;
        while !fits(plan.batch) {
            let Some(half) = plan.halved() else {
                break;
            };
            plan = half;
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(batch: u32, accumulate: u32) -> BatchPlan {
        BatchPlan { batch, accumulate }
    }

    #[test]
    fn a_step_learns_from_as_many_images_whatever_fits() {
        let asked = plan(32, 2);
        for (most, found) in [(32, plan(32, 2)), (31, plan(16, 4)), (5, plan(4, 16))] {
            assert_eq!(asked.fitting(|batch| batch <= most), found);
        }
        assert_eq!(asked.fitting(|_| false), plan(2, 32));
        assert_eq!(plan(7, 1).halved(), Some(plan(4, 2)));
        assert_eq!(plan(2, 1).halved(), None);
    }
}
