//! Convolutions of any kind by columns and matrix products.
//!
//! A band of output rows becomes a column matrix `(pixels, kernel rows * kernel columns * channels)` in scratch, which
//! multiplies the weights; backward the same way, scattering columns back onto the image.

use rayon::prelude::*;

use super::feature::{Feature, Gradient, Sums, add_up};
use super::gemm::{Into, Matrix, product};
use super::geometry::{Extent, Window};
use super::norm::{Moments, piece_moments};
use super::pointwise::{Upstream, Wanted, split};
use super::scratch::with_scratch;

/// Floats of a band's column matrix in scratch.
const BAND: usize = 131_072;

struct Plan<'a> {
    window: &'a Window,
    extent: Extent,
    /// Channels of one group, in and out.
    group_in: usize,
    group_out: usize,
    /// Columns of the column matrix, for one group.
    columns: usize,
    band: usize,
    bands: usize,
}

impl<'a> Plan<'a> {
    fn new(window: &'a Window, extent: Extent) -> Self {
        let group_in = window.in_channels / window.groups;
        let columns = window.kernel.0 * window.kernel.1 * group_in;
        let row = extent.out_width * (columns + window.out_channels);
        let band = (BAND / row.max(1)).clamp(1, extent.out_height.max(1));
        Self {
            window,
            extent,
            group_in,
            group_out: window.out_channels / window.groups,
            columns,
            band,
            bands: extent.out_height.div_ceil(band),
        }
    }

    fn rows(&self, index: usize) -> (usize, usize) {
        let first = index * self.band;
        (first, self.extent.out_height.min(first + self.band))
    }

    fn image_len(&self) -> usize {
        self.extent.in_height * self.extent.in_width * self.window.in_channels
    }

    /// Calls `visit(column offset, image offset or None)` for every window position of output rows `first..last`; one
    /// call stands for `group_in` neighbouring values.
    fn visit(
        &self,
        (first, last): (usize, usize),
        group: usize,
        mut visit: impl FnMut(usize, Option<usize>),
    ) {
        let (extent, window) = (&self.extent, self.window);
        let mut column = 0;
        for oy in first..last {
            for ox in 0..extent.out_width {
                for ky in 0..window.kernel.0 {
                    let y = (oy * window.stride + ky).wrapping_sub(extent.top);
                    for kx in 0..window.kernel.1 {
                        let x = (ox * window.stride + kx).wrapping_sub(extent.left);
                        let is_inside = y < extent.in_height && x < extent.in_width;
                        let at = is_inside.then(|| {
                            (y * extent.in_width + x) * window.in_channels + group * self.group_in
                        });
                        visit(column, at);
                        column += self.group_in;
                    }
                }
            }
        }
    }

    /// The column matrix of one group; `image` is activated already.
    fn gather(&self, columns: &mut [f32], image: &[f32], rows: (usize, usize), group: usize) {
        let len = self.group_in;
        self.visit(rows, group, |column, at| {
            let dst = &mut columns[column..column + len];
            match at {
                Some(at) => dst.copy_from_slice(&image[at..at + len]),
                None => dst.fill(0.0),
            }
        });
    }

    /// The reverse of [`Plan::gather`]: adds columns onto the image.
    fn scatter(&self, columns: &[f32], image: &mut [f32], rows: (usize, usize), group: usize) {
        let len = self.group_in;
        self.visit(rows, group, |column, at| {
            let Some(at) = at else { return };
            for (sum, &value) in image[at..at + len]
                .iter_mut()
                .zip(&columns[column..column + len])
            {
                *sum += value;
            }
        });
    }

    /// `(O, I, kh, kw)` to `(O, kh, kw, I)`, the order of the columns.
    fn channels_last(&self, weight: &[f32]) -> Vec<f32> {
        let taps = self.window.kernel.0 * self.window.kernel.1;
        let mut turned = vec![0f32; weight.len()];
        for (from, to) in weight
            .chunks_exact(self.columns)
            .zip(turned.chunks_exact_mut(self.columns))
        {
            for (channel, taps_of_channel) in from.chunks_exact(taps).enumerate() {
                for (tap, &value) in taps_of_channel.iter().enumerate() {
                    to[tap * self.group_in + channel] = value;
                }
            }
        }
        turned
    }

    fn channels_first(&self, weight: &[f32]) -> Vec<f32> {
        let taps = self.window.kernel.0 * self.window.kernel.1;
        let mut turned = vec![0f32; weight.len()];
        for (from, to) in weight
            .chunks_exact(self.columns)
            .zip(turned.chunks_exact_mut(self.columns))
        {
            for (tap, channels) in from.chunks_exact(self.group_in).enumerate() {
                for (channel, &value) in channels.iter().enumerate() {
                    to[channel * taps + tap] = value;
                }
            }
        }
        turned
    }
}

/// The image with what is pending applied, in `scratch` if there is something.
fn activated<'a>(
    input: &'a Feature,
    image: usize,
    len: usize,
    scratch: &'a mut [f32],
) -> &'a [f32] {
    let raw = &input.data[image * len..(image + 1) * len];
    match &input.pending {
        None => raw,
        Some(pending) => {
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
    let plan = Plan::new(window, window.extent(input.height, input.width));
    let weight = plan.channels_last(weight);
    let out = window.out_channels;
    let row_len = plan.extent.out_width * out;
    let image_len = plan.image_len();
    let mut moments = vec![
        0f32;
        if wants_moments {
            input.n * plan.bands * 2 * out
        } else {
            0
        }
    ];
    let moment_len = if wants_moments { 2 * out } else { 0 };
    // A pending input is activated once an image, so then an image is the unit of work.
    let per_unit = if input.pending.is_some() {
        plan.bands
    } else {
        1
    };
    let bands: Vec<&mut [f32]> = output
        .chunks_mut((plan.extent.out_height * row_len).max(1))
        .flat_map(|image| image.chunks_mut(plan.band * row_len))
        .collect();
    let mut parts: Vec<_> = bands
        .into_iter()
        .zip(split(&mut moments, moment_len, input.n * plan.bands))
        .collect();
    parts
        .par_chunks_mut(per_unit)
        .enumerate()
        .for_each(|(unit, parts)| {
            let image = unit * per_unit / plan.bands;
            let activated_len = if input.pending.is_some() {
                image_len
            } else {
                0
            };
            let column_len = plan.band * plan.extent.out_width * plan.columns;
            with_scratch(activated_len + column_len, |scratch| {
                let (image_scratch, columns) = scratch.split_at_mut(activated_len);
                let image = activated(input, image, image_len, image_scratch);
                for (index, (output, moments)) in parts.iter_mut().enumerate() {
                    let rows = plan.rows((unit * per_unit + index) % plan.bands);
                    let pixels = (rows.1 - rows.0) * plan.extent.out_width;
                    for group in 0..window.groups {
                        plan.gather(columns, image, rows, group);
                        product(
                            &mut output[group * plan.group_out..],
                            out,
                            Matrix::new(&columns[..pixels * plan.columns], pixels, plan.columns),
                            Matrix::new(
                                &weight[group * plan.group_out * plan.columns..],
                                plan.group_out,
                                plan.columns,
                            )
                            .transposed(),
                            Into::Overwrite,
                        );
                    }
                    if !moments.is_empty() {
                        piece_moments(output, moments);
                    }
                }
            });
        });
    drop(parts);
    wants_moments.then(|| {
        let counts = (0..input.n * plan.bands).map(|index| {
            let (first, last) = plan.rows(index % plan.bands);
            (last - first) * plan.extent.out_width
        });
        Moments::combine(&moments, counts, out)
    })
}

/// As [`super::conv::backward`].
pub fn backward(
    input: &Feature,
    window: &Window,
    weight: &[f32],
    upstream: Upstream<'_>,
    wanted: Wanted,
) -> (Option<Vec<f32>>, Option<Gradient>) {
    let plan = Plan::new(window, window.extent(input.height, input.width));
    let weight = plan.channels_last(weight);
    let mut destination = wanted.input.unwrap_or_default();
    let has_input = !destination.is_empty();
    // Images are dealt to a fixed number of groups, each with a weight gradient of its own.
    let units = input
        .n
        .clamp(1, (4_194_304 / weight.len().max(1)).clamp(2, 16));
    let per_unit = input.n.div_ceil(units).max(1);
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
            for image in unit * per_unit..input.n.min((unit + 1) * per_unit) {
                let (image_dx, rest) =
                    std::mem::take(&mut dx).split_at_mut(if has_input { image_len } else { 0 });
                dx = rest;
                if !wanted.adds {
                    image_dx.fill(0.0);
                }
                let job = ImageBackward {
                    plan: &plan,
                    input,
                    weight: &weight,
                    upstream,
                    image,
                };
                job.run(image_dx, dw);
                if let (Some(pending), false) = (&input.pending, sums.is_empty()) {
                    let (image_sums, rest) = std::mem::take(&mut sums).split_at_mut(sums_len);
                    sums = rest;
                    pending.mask(
                        image_dx,
                        &input.data[image * image_len..(image + 1) * image_len],
                        image_sums,
                    );
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

struct ImageBackward<'a> {
    plan: &'a Plan<'a>,
    input: &'a Feature,
    weight: &'a [f32],
    upstream: Upstream<'a>,
    image: usize,
}

impl ImageBackward<'_> {
    /// Adds this image's part to `dw` and `dx`; either may be empty.
    fn run(&self, dx: &mut [f32], dw: &mut [f32]) {
        let plan = self.plan;
        let out = plan.window.out_channels;
        let row_len = plan.extent.out_width * out;
        let image_len = plan.image_len();
        let needs_image = !dw.is_empty();
        let activated_len = if needs_image && self.input.pending.is_some() {
            image_len
        } else {
            0
        };
        let dy_len = plan.band * row_len;
        let column_len = plan.band * plan.extent.out_width * plan.columns;
        with_scratch(activated_len + dy_len + column_len, |scratch| {
            let (image_scratch, scratch) = scratch.split_at_mut(activated_len);
            let (dy, columns) = scratch.split_at_mut(dy_len);
            let image = if needs_image {
                activated(self.input, self.image, image_len, image_scratch)
            } else {
                &[]
            };
            for band in 0..plan.bands {
                let rows = plan.rows(band);
                let pixels = (rows.1 - rows.0) * plan.extent.out_width;
                let start = (self.image * plan.extent.out_height + rows.0) * row_len;
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
                        plan.gather(columns, image, rows, group);
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
                        plan.scatter(columns, dx, rows, group);
                    }
                }
            }
        });
    }
}
