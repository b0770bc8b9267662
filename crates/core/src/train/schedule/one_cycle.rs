//! Learning rate and momentum over a run: fastai v1's one-cycle policy (Smith 2018, <https://arxiv.org/abs/1803.09820>).
//!
//! Numbers follow fastai 1.0.39 `callbacks/one_cycle.py`: division by 25, 30 % warm-up, cosine on both sides, final rate
//! 10,000 times below the first one, both phases cut to whole batches.

use std::f64::consts::PI;

const DIV_FACTOR: f64 = 25.0;
const FINAL_DIV: f64 = 1e4;
const WARM_UP_FRACTION: f64 = 0.3;
const MOMENTUM_HIGH: f64 = 0.95;
const MOMENTUM_LOW: f64 = 0.85;

/// One cycle over `steps` batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneCycle {
    steps: u64,
    warm_up: u64,
}

/// What one batch uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Of the group's highest rate, 0 to 1.
    pub lr_fraction: f64,
    /// Adam's first beta.
    pub momentum: f64,
}

impl OneCycle {
    pub fn new(steps: u64) -> Self {
        Self {
            steps,
            warm_up: (steps as f64 * WARM_UP_FRACTION) as u64,
        }
    }

    /// Of batch `step`, 0-based; `step == steps` is the value after the last batch.
    pub fn at(self, step: u64) -> Rates {
        let low = 1.0 / DIV_FACTOR;
        if step <= self.warm_up {
            let part = step as f64 / self.warm_up.max(1) as f64;
            Rates {
                lr_fraction: cosine(low, 1.0, part),
                momentum: cosine(MOMENTUM_HIGH, MOMENTUM_LOW, part),
            }
        } else {
            let part = (step - self.warm_up) as f64
                / self.steps.saturating_sub(self.warm_up).max(1) as f64;
            Rates {
                lr_fraction: cosine(1.0, low / FINAL_DIV, part.min(1.0)),
                momentum: cosine(MOMENTUM_LOW, MOMENTUM_HIGH, part.min(1.0)),
            }
        }
    }
}

/// From `start` (part 0) to `end` (part 1) along half a cosine.
fn cosine(start: f64, end: f64, part: f64) -> f64 {
    end + (start - end) / 2.0 * ((PI * part).cos() + 1.0)
}

/// Rates of `groups` layer groups from `low` (the first layers) to `high` (the head), evenly spaced in their ratio.
///
/// ```
/// use cutting_room_core::train::schedule::one_cycle::group_rates;
/// let rates = group_rates(8e-6, 1e-3, 3);
/// assert!((rates[1] - 8.944271909999e-5).abs() < 1e-12);
/// ```
pub fn group_rates(low: f64, high: f64, groups: usize) -> Vec<f64> {
    let last = groups.saturating_sub(1).max(1) as f64;
    // Also of two zeros, which learn nothing.
    let ratio = if low < high { high / low } else { 1.0 };
    (0..groups)
        .map(|group| low * ratio.powf(group as f64 / last))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with fastai 1.0.39, ten batches, highest rate 8e-3.
    #[test]
    fn one_cycle_equals_fastai() {
        let lr = [
            3.2e-4,
            2.24e-3,
            6.08e-3,
            8e-3,
            7.603_877_056_108e-3,
            6.493_965_231_598e-3,
            4.890_096_175_490e-3,
            3.109_935_824_510e-3,
            1.506_066_768_402e-3,
            3.961_549_438_922e-4,
            3.2e-8,
        ];
        let momentum = [
            0.95,
            0.925,
            0.875,
            0.85,
            0.854_951_556_6,
            0.868_825_509_9,
            0.888_873_953_9,
            0.911_126_046_7,
            0.931_174_490_1,
            0.945_048_443_4,
            0.95,
        ];
        let cycle = OneCycle::new(10);
        for step in 0..=10 {
            let rates = cycle.at(step as u64);
            assert!(
                (rates.lr_fraction * 8e-3 - lr[step]).abs() < 1e-12,
                "{step}"
            );
            assert!((rates.momentum - momentum[step]).abs() < 1e-9, "{step}");
        }
    }

    #[test]
    fn a_run_of_one_batch_has_finite_rates() {
        for steps in 0..4 {
            for step in 0..=steps {
                assert!(OneCycle::new(steps).at(step).lr_fraction.is_finite());
            }
        }
    }

    #[test]
    fn three_groups_are_evenly_spaced_in_ratio() {
        let rates = group_rates(8e-6, 1.6e-3, 3);
        assert!((rates[1] - 1.131_370_849_898e-4).abs() < 1e-14);
        assert!((rates[2] - 1.6e-3).abs() < 1e-14);
    }
}
