//! The backward pass: each band gives its part of the weight's gradient and the input rows under it.

use std::ops::Range;

use rayon::prelude::*;

use super::kernels::{Canvas, Convolution, Correlation, Placement, convolve, correlate, place};
use super::{Plan, Sheet, taps_first};
use crate::feature::{Feature, Gradient, Sums, activate, add_up};
use crate::geometry::Window;
use crate::scratch::with_scratch;
use crate::upstream::{self, Upstream, Wanted};

/// Gradients of [`super::forward`]: of the weight, and of the input behind its own activation.
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
        .zip(upstream::split(&mut weight_parts, dw_len, pieces))
        .zip(upstream::split(&mut sum_parts, sums_len, pieces))
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
            let start = (band.image * extent.in_height + band.input_rows().start) * in_row;
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
        let len = if is_empty {
            0
        } else {
            band.input_rows().len() * row
        };
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
    fn input_rows(&self) -> Range<usize> {
        let rows = self.plan.rows(self.index);
        let height = self.plan.extent.in_height;
        let end = if self.index + 1 == self.plan.bands {
            height
        } else {
            height.min(rows.end * self.plan.stride)
        };
        height.min(rows.start * self.plan.stride)..end
    }

    /// The output gradient under the input rows, spread by the stride, so that a convolution of stride 1 gives theirs.
    fn spread_gradient(&self) -> Sheet {
        let (plan, extent) = (self.plan, self.plan.extent);
        let (rows, in_rows) = (plan.rows(self.index), self.input_rows());
        let reach = plan.kernel - 1;
        let spread_width = (extent.out_width - 1) * plan.stride + 1 + extent.left;
        let spread_rows = (rows.len() - 1) * plan.stride + 1 + extent.top;
        Sheet {
            shape: Canvas {
                width: extent.in_width.max(spread_width) + reach,
                channels: plan.padded_channels,
            },
            rows: in_rows.len().max(spread_rows) + reach,
            at: Placement {
                top: reach as isize - extent.top as isize - in_rows.start as isize,
                left: reach as isize - extent.left as isize,
                step: plan.stride,
                height: extent.out_height,
                width: extent.out_width,
            },
        }
    }

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
        let spread = self.spread_gradient();
        let seen = (!dw.is_empty()).then(|| plan.seen(plan.rows(self.index)));
        let seen_len = seen.as_ref().map_or(0, Sheet::len);
        let out_image = self.image * extent.out_height * extent.out_width * channels;
        with_scratch(spread.len() + seen_len, |scratch| {
            let (dy, z) = scratch.split_at_mut(spread.len());
            place(
                dy,
                spread.shape,
                &spread.at,
                channels,
                |dst, y, start, end| {
                    let line = out_image + y * extent.out_width * channels;
                    let range = line + start * channels..line + end * channels;
                    let (gradient, output) =
                        (&upstream.gradient[range.clone()], &upstream.output[range]);
                    upstream.raw.apply(dst, gradient, output);
                },
            );
            if let Some(seen) = seen {
                self.weight_gradient(input, (z, &seen), (dy, &spread), dw);
            }
            if !dx.is_empty() {
                let job = Convolution {
                    canvas: dy,
                    shape: spread.shape,
                    weight: turned_weight,
                    kernel: plan.kernel,
                    stride: 1,
                    out_width: extent.in_width,
                    out_channels: channels,
                };
                write_or_add(dx, adds, |dx| convolve(dx, &job));
            }
        });
    }

    /// Fills `z` with what the band sees of the input.
    fn weight_gradient(
        &self,
        input: &Feature,
        (z, seen): (&mut [f32], &Sheet),
        (dy, spread): (&[f32], &Sheet),
        dw: &mut [f32],
    ) {
        let (plan, extent) = (self.plan, self.plan.extent);
        let channels = plan.channels;
        let in_image = self.image * extent.in_height * extent.in_width * channels;
        place(z, seen.shape, &seen.at, channels, |dst, y, start, end| {
            let line = in_image + y * extent.in_width * channels;
            let src = &input.data[line + start * channels..line + end * channels];
            activate(input.pending.as_ref(), dst, src);
        });
        let rows = plan.rows(self.index);
        let reach = plan.kernel - 1;
        let job = Correlation {
            input: z,
            input_shape: seen.shape,
            gradient: dy,
            gradient_shape: spread.shape,
            gradient_at: (
                rows.start * plan.stride + reach - extent.top - self.input_rows().start,
                reach - extent.left,
            ),
            kernel: plan.kernel,
            stride: plan.stride,
            rows: rows.len(),
            out_width: extent.out_width,
        };
        correlate(dw, &job);
    }
}

fn write_or_add(sum: &mut [f32], adds: bool, write: impl FnOnce(&mut [f32])) {
    if !adds {
        return write(sum);
    }
    let mut fresh = vec![0f32; sum.len()];
    write(&mut fresh);
    for (sum, value) in sum.iter_mut().zip(fresh) {
        *sum += value;
    }
}
