//! Depthwise convolutions with square kernels, straight over channels: no column matrix, no product.
//!
//! A band of rows is copied into scratch once, with the pending normalisation applied, zero borders added and channels
//! filled up to whole registers, so the inner loops know no edges. The input gradient is the same convolution over the
//! (for stride 2: spread) output gradient with the kernel transformed round.

mod backward;
mod kernels;

use std::ops::Range;

use rayon::prelude::*;

use super::feature::{Feature, activate};
use super::geometry::{Extent, Window};
use super::norm::{Moments, piece_moments};
use super::scratch::with_scratch;
use super::simd::LANES;
pub use backward::backward;
use kernels::{Canvas, Convolution, Placement, convolve, place};

/// Floats of one band in scratch: half a megabyte, half of a core's second-level cache.
const BAND: usize = 131_072;

/// Sizes shared by all bands of one convolution.
#[derive(Clone, Copy)]
struct Plan {
    extent: Extent,
    kernel: usize,
    stride: usize,
    channels: usize,
    /// Channels filled up to whole registers.
    padded_channels: usize,
    /// Rows of output in one band.
    band: usize,
    bands: usize,
}

impl Plan {
    fn new(window: &Window, extent: Extent) -> Self {
        let kernel = window.kernel.0;
        let padded_channels = window.in_channels.div_ceil(LANES) * LANES;
        let row = (extent.in_width + 2 * kernel) * padded_channels;
        let fitting = (BAND / row.max(1)).saturating_sub(kernel) / window.stride;
        let bands = extent.out_height.div_ceil(fitting.max(1)).max(1);
        let band = extent.out_height.div_ceil(bands).max(1);
        Self {
            extent,
            kernel,
            stride: window.stride,
            channels: window.in_channels,
            padded_channels,
            band,
            bands: extent.out_height.div_ceil(band),
        }
    }

    /// Rows of output in band `index`.
    fn rows(&self, index: usize) -> Range<usize> {
        let first = index * self.band;
        first..self.extent.out_height.min(first + self.band)
    }

    /// What output `rows` see of the input, borders included.
    fn seen(&self, rows: Range<usize>) -> Sheet {
        let extent = self.extent;
        Sheet {
            shape: Canvas {
                width: (extent.out_width - 1) * self.stride + self.kernel,
                channels: self.padded_channels,
            },
            rows: (rows.len() - 1) * self.stride + self.kernel,
            at: Placement {
                top: extent.top as isize - (rows.start * self.stride) as isize,
                left: extent.left as isize,
                step: 1,
                height: extent.in_height,
                width: extent.in_width,
            },
        }
    }
}

/// A band's canvas and where an image lies on it.
struct Sheet {
    shape: Canvas,
    rows: usize,
    at: Placement,
}

impl Sheet {
    /// Floats.
    fn len(&self) -> usize {
        self.rows * self.shape.width * self.shape.channels
    }
}

/// `(C, 1, k, k)` to `(k * k, padded channels)`; `transformed`: with both axes reversed.
fn taps_first(weight: &[f32], plan: &Plan, transformed: bool) -> Vec<f32> {
    let taps = plan.kernel * plan.kernel;
    let mut turned_weight = vec![0f32; taps * plan.padded_channels];
    for (channel, kernel) in weight.chunks_exact(taps).enumerate() {
        for (tap, &value) in kernel.iter().enumerate() {
            let tap = if transformed { taps - 1 - tap } else { tap };
            turned_weight[tap * plan.padded_channels + channel] = value;
        }
    }
    turned_weight
}

/// `output`: `(n, out_height, out_width, C)`. `weight`: `(C, 1, k, k)`. Returns the batch's moments if wanted.
pub fn forward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    output: &mut [f32],
    wants_moments: bool,
) -> Option<Moments> {
    let plan = Plan::new(window, window.extent(input.height, input.width));
    let (extent, channels) = (plan.extent, plan.channels);
    let weight = taps_first(weight, &plan, false);
    let row_len = extent.out_width * channels;
    let image_len = extent.in_height * extent.in_width * channels;
    let mut moments = vec![
        0f32;
        if wants_moments {
            input.n * plan.bands * 2 * channels
        } else {
            0
        }
    ];
    let bands: Vec<(usize, &mut [f32])> = output
        .chunks_mut(extent.out_height * row_len)
        .flat_map(|image| image.chunks_mut(plan.band * row_len))
        .enumerate()
        .collect();
    let moment_len = if wants_moments { 2 * channels } else { 0 };
    let parts: Vec<&mut [f32]> =
        super::upstream::split(&mut moments, moment_len, bands.len()).collect();
    bands
        .into_par_iter()
        .zip(parts)
        .for_each(|((index, output), moments)| {
            let image = &input.data[index / plan.bands * image_len..][..image_len];
            let seen = plan.seen(plan.rows(index % plan.bands));
            with_scratch(seen.len(), |canvas| {
                place(
                    canvas,
                    seen.shape,
                    &seen.at,
                    channels,
                    |dst, y, start, end| {
                        let line = y * extent.in_width;
                        let src = &image[(line + start) * channels..(line + end) * channels];
                        activate(input.pending.as_ref(), dst, src);
                    },
                );
                let job = Convolution {
                    canvas,
                    shape: seen.shape,
                    weight: &weight,
                    kernel: plan.kernel,
                    stride: plan.stride,
                    out_width: extent.out_width,
                    out_channels: channels,
                };
                convolve(output, &job);
            });
            if !moments.is_empty() {
                piece_moments(output, moments);
            }
        });
    wants_moments.then(|| {
        let counts = (0..input.n * plan.bands)
            .map(|index| plan.rows(index % plan.bands).len() * extent.out_width);
        Moments::combine(&moments, counts, channels)
    })
}
