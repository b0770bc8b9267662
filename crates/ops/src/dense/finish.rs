//! What happens to a band of finished sums while it is still in the cache.
#![expect(
    unsafe_code,
    reason = "rows of a canvas that other threads write elsewhere"
)]

use std::ops::Range;

use super::micro_kernel::{Canvas, Pixel};
use crate::act::Bounds;
use crate::feature::Pending;
use crate::simd::kernel;

/// What is done to the sums, and which sums over the pixels come back.
#[derive(Clone, Copy)]
pub enum Finish<'a> {
    Nothing,
    /// Mean and sum of squared deviations, as [`crate::norm::piece_moments`].
    Moments,
    /// The gradient of the map `raw` is passed back through its activation, as [`Pending::mask`].
    Mask {
        pending: &'a Pending,
        raw: &'a [f32],
    },
}

impl Finish<'_> {
    /// Sums a channel that come back.
    pub fn sums(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Moments | Self::Mask { .. } => 2,
        }
    }

    /// Works on `channels` of all `pixels` (whose `to` is that of the first of these channels); the two sums go to `sums`
    /// one after the other.
    ///
    /// # Safety
    /// No other thread touches these channels of these pixels meanwhile.
    pub unsafe fn apply(
        &self,
        canvas: Canvas<'_>,
        pixels: &[Pixel],
        channels: Range<usize>,
        sums: &mut [f32],
    ) {
        let (first, second) = sums.split_at_mut(channels.len().min(sums.len()));
        let share = Share { canvas, pixels };
        match self {
            Self::Nothing => {}
            Self::Moments => moments(share, first, second),
            Self::Mask { pending, raw } => {
                let mask = Mask {
                    scale: &pending.scale[channels.clone()],
                    shift: &pending.shift[channels.clone()],
                    mean: &pending.mean[channels],
                    bounds: pending.act.bounds(),
                    floor: pending.floor(),
                    raw,
                };
                masked(share, &mask, first, second);
            }
        }
    }
}

/// Pixels of a canvas that are ours alone.
#[derive(Clone, Copy)]
struct Share<'a> {
    canvas: Canvas<'a>,
    pixels: &'a [Pixel],
}

struct Mask<'a> {
    scale: &'a [f32],
    shift: &'a [f32],
    mean: &'a [f32],
    bounds: Bounds,
    floor: f32,
    raw: &'a [f32],
}

kernel! {
    fn moments(share: Share<'_>, mean: &mut [f32], squares: &mut [f32]) {
        let channels = mean.len();
        let squares = &mut squares[..channels];
        mean.fill(0.0);
        squares.fill(0.0);
        for pixel in share.pixels {
            // SAFETY: the promise of `Finish::apply`.
            let row = unsafe { share.canvas.row(pixel.to, channels) };
            for (sum, value) in mean.iter_mut().zip(&*row) {
                *sum += value;
            }
        }
        let count = share.pixels.len().max(1) as f32;
        for mean in &mut *mean {
            *mean /= count;
        }
        for pixel in share.pixels {
            // SAFETY: the promise of `Finish::apply`.
            let row = unsafe { share.canvas.row(pixel.to, channels) };
            for c in 0..channels {
                let deviation = row[c] - mean[c];
                squares[c] += deviation * deviation;
            }
        }
    }
}

kernel! {
    fn masked(share: Share<'_>, mask: &Mask<'_>, sum: &mut [f32], deviation: &mut [f32]) {
        let Bounds { low, high } = mask.bounds;
        let channels = sum.len();
        let (scale, shift, mean) = (&mask.scale[..channels], &mask.shift[..channels], &mask.mean[..channels]);
        let deviation = &mut deviation[..channels];
        sum.fill(0.0);
        deviation.fill(0.0);
        for pixel in share.pixels {
            // SAFETY: the promise of `Finish::apply`.
            let g = unsafe { share.canvas.row(pixel.to, channels) };
            let y = &mask.raw[pixel.to..pixel.to + channels];
            for c in 0..channels {
                let z = y[c] * scale[c] + shift[c];
                let passed = if z > low && z < high { g[c] } else { 0.0 };
                let passed = if passed < mask.floor { 0.0 } else { passed };
                g[c] = passed;
                sum[c] += passed;
                deviation[c] += passed * (y[c] - mean[c]);
            }
        }
    }
}
