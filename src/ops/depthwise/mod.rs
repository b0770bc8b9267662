//! Depthwise convolutions with square kernels, straight over channels: no column matrix, no product.
//!
//! A band of rows is copied into scratch once, with the pending normalisation applied, zero borders added and channels
//! filled up to whole registers, so the inner loops know no edges. The input gradient is the same convolution over the
//! (for stride 2: spread) output gradient with the kernel turned round.

mod kernels;

use rayon::prelude::*;

use super::feature::{Feature, Gradient, Sums, activate, add_up};
use super::geometry::{Extent, Window};
use super::norm::{Moments, piece_moments};
use super::scratch::with_scratch;
use super::simd::LANES;
use super::upstream::{Upstream, Wanted};
use kernels::{Canvas, Convolution, Correlation, Placement, convolve, correlate, place};

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

    /// Rows `first..` of output in band `index`.
    fn rows(&self, index: usize) -> (usize, usize) {
        let first = index * self.band;
        (first, self.extent.out_height.min(first + self.band))
    }
}

/// `(C, 1, k, k)` to `(k * k, padded channels)`; `turned`: with both axes reversed.
fn taps_first(weight: &[f32], plan: &Plan, turned: bool) -> Vec<f32> {
    let taps = plan.kernel * plan.kernel;
    let mut turned_weight = vec![0f32; taps * plan.padded_channels];
    for (channel, kernel) in weight.chunks_exact(taps).enumerate() {
        for (tap, &value) in kernel.iter().enumerate() {
            let tap = if turned { taps - 1 - tap } else { tap };
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
    let shape = Canvas {
        width: (extent.out_width - 1) * plan.stride + plan.kernel,
        channels: plan.padded_channels,
    };
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
            let (first, last) = plan.rows(index % plan.bands);
            let rows = (last - first - 1) * plan.stride + plan.kernel;
            with_scratch(rows * shape.width * shape.channels, |canvas| {
                let at = Placement {
                    top: extent.top as isize - (first * plan.stride) as isize,
                    left: extent.left as isize,
                    step: 1,
                    height: extent.in_height,
                    width: extent.in_width,
                };
                place(canvas, shape, &at, channels, |dst, y, start, end| {
                    let line = y * extent.in_width;
                    let src = &image[(line + start) * channels..(line + end) * channels];
                    activate(input.pending.as_ref(), dst, src);
                });
                let job = Convolution {
                    canvas,
                    shape,
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
        let counts = (0..input.n * plan.bands).map(|index| {
            let (first, last) = plan.rows(index % plan.bands);
            (last - first) * extent.out_width
        });
        Moments::combine(&moments, counts, channels)
    })
}

/// Gradients of [`forward`]: of the weight, and of the input behind its own activation.
pub fn backward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    upstream: Upstream<'_>,
    wanted: Wanted,
) -> (Option<Vec<f32>>, Option<Gradient>) {
    let plan = Plan::new(window, window.extent(input.height, input.width));
    let (extent, channels) = (plan.extent, plan.channels);
    let taps = plan.kernel * plan.kernel;
    let weight = taps_first(weight, &plan, true);
    let mut destination = wanted.input.unwrap_or_default();
    let has_input = !destination.is_empty();
    let in_row = extent.in_width * channels;
    let pieces = input.n * plan.bands;
    let dw_len = if wanted.weight {
        taps * plan.padded_channels
    } else {
        0
    };
    let sums_len = if has_input && input.pending.is_some() {
        2 * channels
    } else {
        0
    };
    let mut weight_parts = vec![0f32; pieces * dw_len];
    let mut sum_parts = vec![0f32; pieces * sums_len];
    let tasks: Vec<_> = input_bands(&mut destination, &plan, input.n)
        .into_iter()
        .zip(super::upstream::split(&mut weight_parts, dw_len, pieces))
        .zip(super::upstream::split(&mut sum_parts, sums_len, pieces))
        .enumerate()
        .collect();
    tasks.into_par_iter().for_each(|(index, ((dx, dw), sums))| {
        let band = Band {
            plan: &plan,
            image: index / plan.bands,
            index: index % plan.bands,
        };
        if !dw.is_empty() || !dx.is_empty() {
            band.backward(input, upstream, &weight, (dx, wanted.adds), dw);
        }
        if let (Some(pending), false) = (&input.pending, sums.is_empty()) {
            let start = (band.image * extent.in_height + band.input_rows().0) * in_row;
            pending.mask(dx, &input.data[start..start + dx.len()], sums);
        }
    });
    let dw = wanted.weight.then(|| {
        let summed = add_up(&weight_parts, dw_len);
        let mut dw = vec![0f32; channels * taps];
        for (channel, kernel) in dw.chunks_exact_mut(taps).enumerate() {
            for (tap, value) in kernel.iter_mut().enumerate() {
                *value = summed[tap * plan.padded_channels + channel];
            }
        }
        dw
    });
    let dx = has_input.then(|| Gradient {
        data: destination,
        sums: input
            .pending
            .as_ref()
            .map(|_| Sums::combine(&sum_parts, channels)),
    });
    (dw, dx)
}

/// The input rows that belong to each band of output rows, for all images; all empty if there is no destination.
fn input_bands<'a>(destination: &'a mut [f32], plan: &Plan, n: usize) -> Vec<&'a mut [f32]> {
    let row = plan.extent.in_width * plan.channels;
    let is_empty = destination.is_empty();
    let mut rest = destination;
    let mut parts = Vec::with_capacity(n * plan.bands);
    for index in 0..n * plan.bands {
        let band = Band {
            plan,
            image: 0,
            index: index % plan.bands,
        };
        let (first, last) = band.input_rows();
        let len = if is_empty { 0 } else { (last - first) * row };
        let (part, others) = std::mem::take(&mut rest).split_at_mut(len);
        rest = others;
        parts.push(part);
    }
    parts
}

/// One band of one image.
#[derive(Clone, Copy)]
struct Band<'a> {
    plan: &'a Plan,
    image: usize,
    index: usize,
}

impl Band<'_> {
    /// Input rows whose gradient this band computes: those under its output rows; the last band takes what is left.
    fn input_rows(&self) -> (usize, usize) {
        let (first, last) = self.plan.rows(self.index);
        let height = self.plan.extent.in_height;
        let end = if self.index + 1 == self.plan.bands {
            height
        } else {
            height.min(last * self.plan.stride)
        };
        (height.min(first * self.plan.stride), end)
    }

    #[expect(
        clippy::too_many_lines,
        reason = "the geometry of one band, read from top to bottom"
    )]
    fn backward(
        &self,
        input: &Feature,
        upstream: Upstream<'_>,
        turned_weight: &[f32],
        (dx, adds): (&mut [f32], bool),
        dw: &mut [f32],
    ) {
        let (plan, extent) = (self.plan, self.plan.extent);
        let channels = plan.channels;
        let (first, last) = plan.rows(self.index);
        let (in_first, in_last) = self.input_rows();
        let reach = plan.kernel - 1;
        // Canvas of the spread output gradient, aligned so that a stride-1 convolution gives the input's gradient.
        let dy_shape = Canvas {
            width: extent
                .in_width
                .max((extent.out_width - 1) * plan.stride + 1 + extent.left)
                + reach,
            channels: plan.padded_channels,
        };
        let dy_rows =
            (in_last - in_first).max((last - first - 1) * plan.stride + 1 + extent.top) + reach;
        let dy_at = Placement {
            top: reach as isize - extent.top as isize - in_first as isize,
            left: reach as isize - extent.left as isize,
            step: plan.stride,
            height: extent.out_height,
            width: extent.out_width,
        };
        let z_shape = Canvas {
            width: (extent.out_width - 1) * plan.stride + plan.kernel,
            channels: plan.padded_channels,
        };
        let z_rows = (last - first - 1) * plan.stride + plan.kernel;
        let z_at = Placement {
            top: extent.top as isize - (first * plan.stride) as isize,
            left: extent.left as isize,
            step: 1,
            height: extent.in_height,
            width: extent.in_width,
        };
        let dy_len = dy_rows * dy_shape.width * dy_shape.channels;
        let z_len = if dw.is_empty() {
            0
        } else {
            z_rows * z_shape.width * z_shape.channels
        };
        let out_image = self.image * extent.out_height * extent.out_width * channels;
        let in_image = self.image * extent.in_height * extent.in_width * channels;
        with_scratch(dy_len + z_len, |scratch| {
            let (dy, z) = scratch.split_at_mut(dy_len);
            place(dy, dy_shape, &dy_at, channels, |dst, y, start, end| {
                let line = out_image + y * extent.out_width * channels;
                let range = line + start * channels..line + end * channels;
                upstream.raw.apply(
                    dst,
                    &upstream.gradient[range.clone()],
                    &upstream.output[range],
                );
            });
            if !dw.is_empty() {
                place(z, z_shape, &z_at, channels, |dst, y, start, end| {
                    let line = in_image + y * extent.in_width * channels;
                    activate(
                        input.pending.as_ref(),
                        dst,
                        &input.data[line + start * channels..line + end * channels],
                    );
                });
                correlate(
                    dw,
                    &Correlation {
                        input: z,
                        input_shape: z_shape,
                        gradient: dy,
                        gradient_shape: dy_shape,
                        gradient_at: (
                            first * plan.stride + reach - extent.top - in_first,
                            reach - extent.left,
                        ),
                        kernel: plan.kernel,
                        stride: plan.stride,
                        rows: last - first,
                        out_width: extent.out_width,
                    },
                );
            }
            if dx.is_empty() {
                return;
            }
            let job = Convolution {
                canvas: dy,
                shape: dy_shape,
                weight: turned_weight,
                kernel: plan.kernel,
                stride: 1,
                out_width: extent.in_width,
                out_channels: channels,
            };
            if adds {
                let mut fresh = vec![0f32; dx.len()];
                convolve(&mut fresh, &job);
                for (sum, value) in dx.iter_mut().zip(fresh) {
                    *sum += value;
                }
            } else {
                convolve(dx, &job);
            }
        });
    }
}
