//! The learning-rate range test (Smith 2015, <https://arxiv.org/abs/1506.01186>) as numbers: its rates, when it ends,
//! what it suggests.
//!
//! Rates and ending follow fastai 1.0.39's `lr_find`; the steepest point follows fastai 1.0.46, the valley fastai 2.

use serde::Serialize;

use super::metric::SmoothLoss;

/// Batches of a whole sweep.
pub const SWEEP_BATCHES: u64 = 100;
const LOWEST: f64 = 1e-7;
const HIGHEST: f64 = 10.0;
/// The sweep ends when the smoothed loss is so many times the least one.
const HOPELESS: f64 = 4.0;
/// Left out of suggestions: the first points have not learned yet, the last ones explode.
const SKIPPED_FIRST: usize = 10;
const SKIPPED_LAST: usize = 5;
/// With fewer points nothing can be said.
const FEWEST_POINTS: usize = 6;

/// Rate of batch `batch`, 0-based: from 1e-7, ten times as high after each eighth of the sweep.
///
/// ```
/// use cutting_room_core::train::lr_curve::rate_at;
/// assert!((rate_at(50) - 1e-3).abs() < 1e-12);
/// ```
pub fn rate_at(batch: u64) -> f64 {
    LOWEST * (HIGHEST / LOWEST).powf(batch as f64 / SWEEP_BATCHES as f64)
}

/// What a batch at this rate (the head's) said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LrPoint {
    pub lr: f64,
    /// Smoothed over the batches so far.
    pub loss: f64,
    /// Of this batch alone.
    pub batch_loss: f64,
}

/// What a sweep has seen so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LrCurve {
    pub points: Vec<LrPoint>,
    smooth: SmoothLoss,
}

impl LrCurve {
    /// Takes in one batch's loss; false when the sweep should end.
    pub fn push(&mut self, lr: f64, batch_loss: f64) -> bool {
        let loss = self.smooth.add(batch_loss);
        if !loss.is_finite() {
            return false;
        }
        self.points.push(LrPoint {
            lr,
            loss,
            batch_loss,
        });
        let losses = self.points.iter().map(|point| point.loss);
        let best = losses.min_by(f64::total_cmp).unwrap_or(loss);
        loss <= HOPELESS * best
    }

    /// The points that suggestions look at.
    fn middle(&self) -> &[LrPoint] {
        let end = self.points.len().saturating_sub(SKIPPED_LAST);
        match self.points.get(SKIPPED_FIRST..end) {
            Some(middle) if middle.len() >= FEWEST_POINTS => middle,
            Some(_) | None => &[],
        }
    }

    /// Where the loss falls fastest from point to point (central differences, one-sided at the ends); `None` if too
    /// few batches were done.
    pub fn steepest(&self) -> Option<f64> {
        let points = self.middle();
        let slope = |at: usize| {
            let (before, after) = (at.saturating_sub(1), (at + 1).min(points.len() - 1));
            let rise = points.get(after)?.loss - points.get(before)?.loss;
            Some(rise / (after - before) as f64)
        };
        let at = (0..points.len()).min_by(|&a, &b| {
            let (a, b) = (slope(a).unwrap_or(0.0), slope(b).unwrap_or(0.0));
            a.total_cmp(&b)
        })?;
        points.get(at).map(|point| point.lr)
    }

    /// Half of the way through the longest falling stretch (the longest decreasing subsequence), which is steadier
    /// than the steepest point; `None` if too few batches were done.
    pub fn valley(&self) -> Option<f64> {
        let points = self.middle();
        let mut lengths = vec![1usize; points.len()];
        let (mut end, mut longest) = (0, 1);
        for (at, point) in points.iter().enumerate() {
            let before = points.iter().zip(&lengths).take(at);
            let length = before
                .filter(|(earlier, _)| point.loss < earlier.loss)
                .map(|(_, length)| length + 1)
                .max()
                .unwrap_or(1);
            if let Some(slot) = lengths.get_mut(at) {
                *slot = length;
            }
            if length > longest {
                (end, longest) = (at, length);
            }
        }
        // fastai's arithmetic: a third of the length, then half a third, each cut to a whole point.
        let third = longest as f64 / 3.0;
        let start = end.saturating_sub(longest);
        points
            .get(start + third as usize + (third / 2.0) as usize)
            .map(|point| point.lr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of fastai 1.0.39.
    #[test]
    fn rates_equal_fastai() {
        let golden = [
            (0, 1e-7),
            (1, 1.202_264_434_6e-7),
            (2, 1.445_439_770_7e-7),
            (10, 6.309_573_444_8e-7),
            (50, 1e-3),
            (99, 8.317_637_711),
        ];
        for (batch, rate) in golden {
            assert!((rate_at(batch) / rate - 1.0).abs() < 1e-9, "{batch}");
        }
    }

    /// Smooths nothing: suggestions are about the smoothed points.
    fn curve(losses: impl Iterator<Item = f64>) -> LrCurve {
        LrCurve {
            points: losses
                .enumerate()
                .map(|(at, loss)| LrPoint {
                    lr: rate_at(at as u64),
                    loss,
                    batch_loss: loss,
                })
                .collect(),
            smooth: SmoothLoss::default(),
        }
    }

    #[test]
    fn suggestions_lie_on_the_slope() {
        // Level until batch 30, falling by 0.02 until 60 (by 0.1 from 44 to 46), rising after.
        let losses = (0..90).map(|at| {
            let fallen = f64::from(at.clamp(30, 60) - 30) * 0.02;
            let step = f64::from((at.clamp(44, 46)) - 44) * 0.08;
            let risen = f64::from((at - 60).max(0)) * 0.05;
            2.0 - fallen - step + risen
        });
        let curve = curve(losses);
        assert_eq!(curve.steepest(), Some(rate_at(45)));
        // 31 falling points end at 60 (index 50 of the middle): 50 - 31 + 10 + 5 = 34, which is batch 44.
        assert_eq!(curve.valley(), Some(rate_at(44)));
    }

    #[test]
    fn a_sweep_ends_when_the_loss_explodes_and_few_points_suggest_nothing() {
        let mut curve = LrCurve::default();
        assert!(curve.push(1e-7, 1.0) && curve.push(2e-7, 1.1));
        assert!(!curve.push(3e-7, 100.0));
        assert!(!curve.push(4e-7, f64::NAN));
        assert_eq!(curve.points.len(), 3);
        assert_eq!(curve.points[2].batch_loss, 100.0);
        assert!(curve.points[2].loss < 100.0, "the smoothed one lags");
        assert_eq!((curve.steepest(), curve.valley()), (None, None));
    }
}
