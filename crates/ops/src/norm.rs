//! Batch normalisation: statistics of a batch, and the 1-d layer of the heads.
//!
//! Momentum .1 and the unbiased running variance are PyTorch's. Variances come from deviations within each piece,
//! combined by Chan's formula (Chan, Golub, LeVeque 1979), so a large mean does not eat the digits.

use rayon::prelude::*;

use super::act::{Act, Backward};
use super::feature::{Feature, Pending};
use super::residual::piece_len;
use super::simd::kernel;

/// How fast running statistics follow the batches.
pub const MOMENTUM: f64 = 0.1;

/// Trained and running values of one normalisation, `channels` each.
#[derive(Clone, Copy)]
pub struct NormParams<'a> {
    pub gamma: &'a [f32],
    pub beta: &'a [f32],
    pub running_mean: &'a [f32],
    pub running_variance: &'a [f32],
    pub eps: f64,
}

/// Mean and biased variance per channel, over `count` values each.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    pub mean: Vec<f64>,
    pub variance: Vec<f64>,
    pub count: usize,
}

kernel! {
    /// Mean, then sum of squared deviations, per channel: `2 * channels` values into `moments`.
    pub fn piece_moments(rows: &[f32], moments: &mut [f32]) {
        let channels = moments.len() / 2;
        let (mean, squares) = moments.split_at_mut(channels);
        mean.fill(0.0);
        squares.fill(0.0);
        for row in rows.chunks_exact(channels) {
            for c in 0..channels {
                mean[c] += row[c];
            }
        }
        let count = (rows.len() / channels.max(1)).max(1) as f32;
        for mean in &mut *mean {
            *mean /= count;
        }
        for row in rows.chunks_exact(channels) {
            for c in 0..channels {
                let deviation = row[c] - mean[c];
                squares[c] += deviation * deviation;
            }
        }
    }
}

/// The moments of a map that no convolution has just made.
pub fn moments(map: &Feature) -> Moments {
    let channels = map.channels;
    let piece = piece_len(channels);
    let pieces = map.data.len().div_ceil(piece);
    let mut parts = vec![0f32; pieces * 2 * channels];
    map.data
        .par_chunks(piece)
        .zip(parts.par_chunks_mut((2 * channels).max(1)))
        .for_each(|(rows, part)| piece_moments(rows, part));
    let counts = map.data.chunks(piece).map(|rows| rows.len() / channels);
    Moments::combine(&parts, counts, channels)
}

impl Moments {
    /// Joins pieces in order; `counts` yields the rows of each piece of [`piece_moments`].
    pub fn combine(pieces: &[f32], counts: impl Iterator<Item = usize>, channels: usize) -> Self {
        let mut mean = vec![0f64; channels];
        let mut squares = vec![0f64; channels];
        let mut total = 0usize;
        for (piece, count) in pieces.chunks_exact(2 * channels.max(1)).zip(counts) {
            let combined = (total + count) as f64;
            for c in 0..channels {
                let delta = f64::from(piece[c]) - mean[c];
                mean[c] += delta * count as f64 / combined;
                squares[c] += f64::from(piece[channels + c])
                    + delta * delta * total as f64 * count as f64 / combined;
            }
            total += count;
        }
        let count = total.max(1);
        for square in &mut squares {
            *square /= count as f64;
        }
        Self {
            mean,
            variance: squares,
            count,
        }
    }

    /// The running mean and variance after this batch. A single value has no variance, and leaves the old one.
    pub fn update_running(&self, mean: &mut [f32], variance: &mut [f32]) {
        for (c, (mean, variance)) in mean.iter_mut().zip(variance).enumerate() {
            *mean = (f64::from(*mean) * (1.0 - MOMENTUM) + self.mean[c] * MOMENTUM) as f32;
            if self.count > 1 {
                let unbiased = self.variance[c] * self.count as f64 / (self.count - 1) as f64;
                *variance = (f64::from(*variance) * (1.0 - MOMENTUM) + unbiased * MOMENTUM) as f32;
            }
        }
    }
}

/// The normalisation to leave pending on a convolution's output: by the batch's moments, or by the running statistics.
pub fn pending(params: NormParams<'_>, moments: Option<&Moments>, act: Act) -> Pending {
    let channels = params.gamma.len();
    let mut pending = Pending {
        scale: Vec::with_capacity(channels),
        shift: Vec::with_capacity(channels),
        mean: Vec::with_capacity(channels),
        inverse_std: Vec::with_capacity(channels),
        act,
        is_batch: moments.is_some(),
        backward: Backward::Plain,
    };
    for c in 0..channels {
        let (mean, variance) = match moments {
            Some(moments) => (moments.mean[c], moments.variance[c]),
            None => (
                f64::from(params.running_mean[c]),
                f64::from(params.running_variance[c]),
            ),
        };
        let inverse_std = 1.0 / (variance + params.eps).sqrt();
        let scale = f64::from(params.gamma[c]) * inverse_std;
        pending.scale.push(scale as f32);
        pending
            .shift
            .push((f64::from(params.beta[c]) - mean * scale) as f32);
        pending.mean.push(mean as f32);
        pending.inverse_std.push(inverse_std as f32);
    }
    pending
}
