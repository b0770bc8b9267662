//! Convolutions of any kind by columns and matrix products.
//!
//! A band of output rows becomes a column matrix `(pixels, kernel rows * kernel columns * channels)` in scratch, which
//! multiplies the weights; backward the same way, scattering columns back onto the image. Where maps are small and
//! weights large, a band holds several images: each product reads all weights, which must pay.

mod plan;

use rayon::prelude::*;

use super::act::Act;
use super::feature::{Feature, Gradient, Sums, add_up};
use super::gemm::{Into, Matrix, product};
use super::geometry::Window;
use super::join;
use super::norm::{Moments, piece_moments};
use super::pointwise::{Upstream, Wanted, split};
use super::scratch::{BufferPool, with_scratch};
use plan::{Band, Plan};

/// Fewer images than this are activated beforehand, so that their bands can go side by side.
const FEW_IMAGES: usize = 4;

/// Images `first..last` with what is pending applied, in `scratch` if there is something.
fn activated<'a>(
    input: &'a Feature,
    (first, last): (usize, usize),
    len: usize,
    scratch: &'a mut [f32],
) -> &'a [f32] {
    let raw = &input.data[first * len..last * len];
    match &input.pending {
        None => raw,
        Some(pending) => {
            let scratch = &mut scratch[..raw.len()];
            pending.apply(scratch, raw);
            scratch
        }
    }
}

/// As [`super::conv::forward`].
pub fn forward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    output: &mut [f32],
    wants_moments: bool,
) -> Option<Moments> {
    let few;
    let input = if input.pending.is_some() && input.n < FEW_IMAGES {
        few = join::join(input, None, Act::None, &BufferPool::default());
        &few
    } else {
        input
    };
    let plan = Plan::new(
        window,
        window.extent(input.height, input.width),
        input.n.max(1),
    );
    let weight = plan.channels_last(weight);
    let moment_len = if wants_moments {
        2 * window.out_channels
    } else {
        0
    };
    let bands = plan.all_bands(input.n);
    let mut moments = vec![0f32; bands.len() * moment_len];
    let mut rest = output;
    let mut parts: Vec<_> = bands
        .iter()
        .zip(split(&mut moments, moment_len, bands.len()))
        .map(|(band, moments)| {
            let len = plan.pixels(band) * window.out_channels;
            let (output, others) = std::mem::take(&mut rest).split_at_mut(len);
            rest = others;
            (*band, output, moments)
        })
        .collect();
    // A pending input is activated once an image, so then an image is the unit of work.
    let per_unit = if input.pending.is_some() {
        plan.bands
    } else {
        1
    };
    parts
        .par_chunks_mut(per_unit.max(1))
        .for_each(|unit| forward_unit(input, &plan, &weight, unit));
    drop(parts);
    wants_moments.then(|| {
        let counts = bands.iter().map(|band| plan.pixels(band));
        Moments::combine(&moments, counts, window.out_channels)
    })
}

/// Bands of the same images, their outputs and their moments.
fn forward_unit(
    input: &Feature,
    plan: &Plan<'_>,
    weight: &[f32],
    unit: &mut [(Band, &mut [f32], &mut [f32])],
) {
    let Some((band, ..)) = unit.first() else {
        return;
    };
    let (first, last) = (band.image, band.image + band.images);
    let image_len = plan.image_len();
    let activated_len = if input.pending.is_some() {
        (last - first) * image_len
    } else {
        0
    };
    let pixels = unit.iter().map(|(band, ..)| plan.pixels(band)).max();
    let column_len = pixels.unwrap_or_default() * plan.columns;
    with_scratch(activated_len + column_len, |scratch| {
        let (image_scratch, columns) = scratch.split_at_mut(activated_len);
        let images = activated(input, (first, last), image_len, image_scratch);
        for (band, output, moments) in unit {
            let pixels = plan.pixels(band);
            let columns = &mut columns[..pixels * plan.columns];
            for group in 0..plan.window.groups {
                plan.gather(columns, images, band.rows, group);
                let weight = &weight[group * plan.group_out * plan.columns..];
                product(
                    &mut output[group * plan.group_out..],
                    plan.window.out_channels,
                    Matrix::new(columns, pixels, plan.columns),
                    Matrix::new(weight, plan.group_out, plan.columns).transposed(),
                    Into::Overwrite,
                );
            }
            if !moments.is_empty() {
                piece_moments(output, moments);
            }
        }
    });
}

/// As [`super::conv::backward`].
pub fn backward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    upstream: Upstream<'_>,
    wanted: Wanted,
) -> (Option<Vec<f32>>, Option<Gradient>) {
    // Images are dealt to a fixed number of groups, each with a weight gradient of its own.
    let units = input
        .n
        .clamp(1, (4_194_304 / weight.len().max(1)).clamp(2, 16));
    let per_unit = input.n.div_ceil(units).max(1);
    let plan = Plan::new(window, window.extent(input.height, input.width), per_unit);
    let weight = plan.channels_last(weight);
    let mut destination = wanted.input.unwrap_or_default();
    let has_input = !destination.is_empty();
    let image_len = plan.image_len();
    let channels = window.in_channels;
    let dw_len = if wanted.weight { weight.len() } else { 0 };
    let sums_len = if has_input && input.pending.is_some() {
        2 * channels
    } else {
        0
    };
    let mut weight_parts = vec![0f32; units * dw_len];
    let mut sum_parts = vec![0f32; units * per_unit * sums_len];
    let dx_len = if has_input { per_unit * image_len } else { 0 };
    let tasks: Vec<_> = split(&mut destination, dx_len, units)
        .zip(split(&mut weight_parts, dw_len, units))
        .zip(split(&mut sum_parts, per_unit * sums_len, units))
        .enumerate()
        .collect();
    tasks
        .into_par_iter()
        .for_each(|(unit, ((mut dx, dw), mut sums))| {
            let end = input.n.min((unit + 1) * per_unit);
            for first in (unit * per_unit..end).step_by(plan.images) {
                let last = end.min(first + plan.images);
                let len = if has_input {
                    (last - first) * image_len
                } else {
                    0
                };
                let (images_dx, rest) = std::mem::take(&mut dx).split_at_mut(len);
                dx = rest;
                if !wanted.adds {
                    images_dx.fill(0.0);
                }
                let job = ImagesBackward {
                    plan: &plan,
                    input,
                    weight: &weight,
                    upstream,
                    images: (first, last),
                };
                job.run(images_dx, dw);
                if let (Some(pending), false) = (&input.pending, sums.is_empty()) {
                    let (images_sums, rest) =
                        std::mem::take(&mut sums).split_at_mut((last - first) * sums_len);
                    sums = rest;
                    let raw = &input.data[first * image_len..last * image_len];
                    for ((dx, raw), sums) in images_dx
                        .chunks_exact_mut(image_len)
                        .zip(raw.chunks_exact(image_len))
                        .zip(images_sums.chunks_exact_mut(sums_len))
                    {
                        pending.mask(dx, raw, sums);
                    }
                }
            }
        });
    let dw = wanted
        .weight
        .then(|| plan.channels_first(&add_up(&weight_parts, dw_len)));
    let dx = has_input.then(|| Gradient {
        data: destination,
        sums: input
            .pending
            .as_ref()
            .map(|_| Sums::combine(&sum_parts, channels)),
    });
    (dw, dx)
}

struct ImagesBackward<'a> {
    plan: &'a Plan<'a>,
    input: &'a Feature,
    weight: &'a [f32],
    upstream: Upstream<'a>,
    /// First and end; at most as many as one band holds.
    images: (usize, usize),
}

impl ImagesBackward<'_> {
    /// Adds these images' part to `dw` and `dx`; either may be empty.
    fn run(&self, dx: &mut [f32], dw: &mut [f32]) {
        let plan = self.plan;
        let out = plan.window.out_channels;
        let (first, last) = self.images;
        let needs_images = !dw.is_empty();
        let activated_len = if needs_images && self.input.pending.is_some() {
            (last - first) * plan.image_len()
        } else {
            0
        };
        let most = (last - first) * plan.band * plan.extent.out_width;
        with_scratch(activated_len + most * (out + plan.columns), |scratch| {
            let (image_scratch, scratch) = scratch.split_at_mut(activated_len);
            let (dy, columns) = scratch.split_at_mut(most * out);
            let images = if needs_images {
                activated(self.input, self.images, plan.image_len(), image_scratch)
            } else {
                &[]
            };
            for index in 0..plan.bands {
                let band = Band {
                    image: first,
                    images: last - first,
                    rows: plan.rows(index),
                };
                let pixels = plan.pixels(&band);
                let row_len = plan.extent.out_width * out;
                let start = (first * plan.extent.out_height + band.rows.0) * row_len;
                let range = start..start + pixels * out;
                let dy = &mut dy[..pixels * out];
                self.upstream.raw.apply(
                    dy,
                    &self.upstream.gradient[range.clone()],
                    &self.upstream.output[range],
                );
                let columns = &mut columns[..pixels * plan.columns];
                for group in 0..plan.window.groups {
                    let dy =
                        Matrix::strided(&dy[group * plan.group_out..], pixels, plan.group_out, out);
                    let weights = group * plan.group_out * plan.columns
                        ..(group + 1) * plan.group_out * plan.columns;
                    if !dw.is_empty() {
                        plan.gather(columns, images, band.rows, group);
                        product(
                            &mut dw[weights.clone()],
                            plan.columns,
                            dy.transposed(),
                            Matrix::new(columns, pixels, plan.columns),
                            Into::Add,
                        );
                    }
                    if !dx.is_empty() {
                        let weight =
                            Matrix::new(&self.weight[weights], plan.group_out, plan.columns);
                        product(columns, plan.columns, dy, weight, Into::Overwrite);
                        plan.scatter(columns, dx, band.rows, group);
                    }
                }
            }
        });
    }
}
