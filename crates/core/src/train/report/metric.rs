//! Running means of a training: the smoothed loss of the plots and sums over an epoch.

use serde::{Deserialize, Serialize};

/// Weight of the past in the smoothed loss (fastai).
const BETA: f64 = 0.98;

/// Exponential mean that is not pulled towards zero at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SmoothLoss {
    mean: f64,
    weight: f64,
}

impl SmoothLoss {
    /// Takes in one loss and returns the debiased mean so far.
    ///
    /// ```
    /// use cutting_room_core::train::report::metric::SmoothLoss;
    /// let mut smooth = SmoothLoss::default();
    /// assert!((smooth.add(2.3) - 2.3).abs() < 1e-9);
    /// assert!((smooth.add(2.2) - 2.2494949495).abs() < 1e-9);
    /// ```
    pub fn add(&mut self, loss: f64) -> f64 {
        self.mean = BETA * self.mean + (1.0 - BETA) * loss;
        self.weight = BETA * self.weight + (1.0 - BETA);
        self.value()
    }

    /// NaN before the first loss.
    pub fn value(self) -> f64 {
        self.mean / self.weight
    }
}

/// Sums over images, so that a short last batch counts by its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    loss: f64,
    correct: usize,
    n: usize,
}

impl Tally {
    /// `loss`: mean over the batch's `n` images.
    pub fn add(&mut self, loss: f64, correct: usize, n: usize) {
        self.loss += loss * n as f64;
        self.correct += correct;
        self.n += n;
    }

    pub fn n(self) -> usize {
        self.n
    }

    /// Mean loss an image; 0 if there was none.
    pub fn loss(self) -> f64 {
        self.loss / self.n.max(1) as f64
    }

    /// 0 to 1.
    pub fn accuracy(self) -> f64 {
        self.correct as f64 / self.n.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_loss_equals_fastai() {
        let mut smooth = SmoothLoss::default();
        let got: Vec<f64> = [2.3, 2.2, 2.5, 1.9, 1.7].map(|x| smooth.add(x)).to_vec();
        let want = [
            2.3,
            2.249_494_949_5,
            2.334_689_157_9,
            2.222_701_819_3,
            2.113_895_375_9,
        ];
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() < 1e-9, "{got} {want}");
        }
    }

    #[test]
    fn a_short_batch_counts_by_its_size() {
        let mut tally = Tally::default();
        tally.add(1.0, 3, 3);
        tally.add(5.0, 0, 1);
        assert!((tally.loss() - 2.0).abs() < 1e-12);
        assert!((tally.accuracy() - 0.75).abs() < 1e-12);
    }
}
