//! The inner loops of depthwise convolutions, on canvases that know no edges.

use crate::simd::{LANES, fused_lanes, kernel, load};

/// Output pixels computed side by side: seven divides the widths of a 224-pixel input at every depth.
const TILE: usize = 7;

/// A rectangle of scratch: rows of `width` pixels of `channels` (padded) values.
#[derive(Clone, Copy)]
pub(super) struct Canvas {
    pub width: usize,
    pub channels: usize,
}

/// Copies rows of one image onto the canvas: row `first + i * step` of the canvas grid and every `step`-th pixel from
/// `left` on hold values, all else is zero. `fill` writes the values of a run of pixels.
pub(super) struct Placement {
    /// Canvas row of image row 0; may be negative.
    pub top: isize,
    pub left: isize,
    pub step: usize,
    pub height: usize,
    pub width: usize,
}

pub(super) fn place(
    canvas: &mut [f32],
    shape: Canvas,
    at: &Placement,
    channels: usize,
    fill: impl Fn(&mut [f32], usize, usize, usize),
) {
    let row_len = shape.width * shape.channels;
    for (y, row) in canvas.chunks_exact_mut(row_len).enumerate() {
        let offset = y as isize - at.top;
        if offset < 0
            || !(offset as usize).is_multiple_of(at.step)
            || offset as usize / at.step >= at.height
        {
            row.fill(0.0);
            continue;
        }
        let image_y = offset as usize / at.step;
        // Pixels that fall left of the canvas are skipped; there is room for all others.
        let skipped = if at.left < 0 {
            at.left.unsigned_abs().div_ceil(at.step)
        } else {
            0
        };
        let first = (at.left + (skipped * at.step) as isize) as usize;
        let end = at
            .width
            .min(skipped + (shape.width - first.min(shape.width)).div_ceil(at.step));
        if end <= skipped {
            row.fill(0.0);
            continue;
        }
        if at.step == 1 && channels == shape.channels {
            let (before, rest) = row.split_at_mut(first * channels);
            let (run, behind) = rest.split_at_mut((end - skipped) * channels);
            before.fill(0.0);
            fill(run, image_y, skipped, end);
            behind.fill(0.0);
        } else {
            row.fill(0.0);
            for x in skipped..end {
                let pixel = (first + (x - skipped) * at.step) * shape.channels;
                fill(&mut row[pixel..pixel + channels], image_y, x, x + 1);
            }
        }
    }
}

pub(super) struct Convolution<'a> {
    pub canvas: &'a [f32],
    pub shape: Canvas,
    pub weight: &'a [f32],
    pub kernel: usize,
    pub stride: usize,
    pub out_width: usize,
    pub out_channels: usize,
}

kernel! {
    /// `output` (rows of `out_width` pixels) = the canvas convolved.
    pub(super) fn convolve(output: &mut [f32], job: &Convolution<'_>) {
        match job.kernel {
            3 => convolve_sized::<FMA, 3>(output, job),
            5 => convolve_sized::<FMA, 5>(output, job),
            7 => convolve_sized::<FMA, 7>(output, job),
            _ => convolve_any::<FMA>(output, job),
        }
    }
}

#[inline(always)]
fn convolve_sized<const FMA: bool, const K: usize>(output: &mut [f32], job: &Convolution<'_>) {
    let row_len = job.out_width * job.out_channels;
    for (y, row) in output.chunks_exact_mut(row_len).enumerate() {
        for block in (0..job.shape.channels).step_by(LANES) {
            let mut x = 0;
            while x + TILE <= job.out_width {
                tile::<FMA, TILE>(row, job, K, y, x, block);
                x += TILE;
            }
            while x < job.out_width {
                tile::<FMA, 1>(row, job, K, y, x, block);
                x += 1;
            }
        }
    }
}

#[inline(always)]
fn convolve_any<const FMA: bool>(output: &mut [f32], job: &Convolution<'_>) {
    let row_len = job.out_width * job.out_channels;
    for (y, row) in output.chunks_exact_mut(row_len).enumerate() {
        for block in (0..job.shape.channels).step_by(LANES) {
            for x in 0..job.out_width {
                tile::<FMA, 1>(row, job, job.kernel, y, x, block);
            }
        }
    }
}

/// `T` neighbouring output pixels of one block of channels.
#[inline(always)]
fn tile<const FMA: bool, const T: usize>(
    row: &mut [f32],
    job: &Convolution<'_>,
    kernel: usize,
    y: usize,
    x: usize,
    block: usize,
) {
    let mut acc = [[0f32; LANES]; T];
    for ky in 0..kernel {
        let line = (y * job.stride + ky) * job.shape.width;
        for kx in 0..kernel {
            let w = load(job.weight, (ky * kernel + kx) * job.shape.channels + block);
            for t in 0..T {
                let at = (line + (x + t) * job.stride + kx) * job.shape.channels + block;
                fused_lanes::<FMA>(&mut acc[t], &w, &load(job.canvas, at));
            }
        }
    }
    let live = LANES.min(job.out_channels - block);
    for (t, acc) in acc.iter().enumerate() {
        let at = (x + t) * job.out_channels + block;
        if live == LANES {
            row[at..at + LANES].copy_from_slice(acc);
        } else {
            row[at..at + live].copy_from_slice(&acc[..live]);
        }
    }
}

pub(super) struct Correlation<'a> {
    pub input: &'a [f32],
    pub input_shape: Canvas,
    pub gradient: &'a [f32],
    pub gradient_shape: Canvas,
    /// Where pixel (0, 0) of the band's output gradient lies on its canvas, and how far apart its pixels are.
    pub gradient_at: (usize, usize),
    pub kernel: usize,
    pub stride: usize,
    pub rows: usize,
    pub out_width: usize,
}

kernel! {
    /// `dw` (taps x padded channels) = sum over the band of gradient times input.
    pub(super) fn correlate(dw: &mut [f32], job: &Correlation<'_>) {
        match job.kernel {
            3 => correlate_sized::<FMA, 3>(dw, job),
            5 => correlate_sized::<FMA, 5>(dw, job),
            _ => correlate_any::<FMA>(dw, job),
        }
    }
}

#[inline(always)]
fn correlate_sized<const FMA: bool, const K: usize>(dw: &mut [f32], job: &Correlation<'_>) {
    let channels = job.input_shape.channels;
    for block in (0..channels).step_by(LANES) {
        let mut acc = [[[0f32; LANES]; K]; K];
        for y in 0..job.rows {
            let dy_line =
                (job.gradient_at.0 + y * job.stride) * job.gradient_shape.width + job.gradient_at.1;
            let line = y * job.stride * job.input_shape.width;
            for x in 0..job.out_width {
                let dy = load(job.gradient, (dy_line + x * job.stride) * channels + block);
                for ky in 0..K {
                    for kx in 0..K {
                        let at = (line + ky * job.input_shape.width + x * job.stride + kx)
                            * channels
                            + block;
                        fused_lanes::<FMA>(&mut acc[ky][kx], &dy, &load(job.input, at));
                    }
                }
            }
        }
        for ky in 0..K {
            for kx in 0..K {
                let at = (ky * K + kx) * channels + block;
                dw[at..at + LANES].copy_from_slice(&acc[ky][kx]);
            }
        }
    }
}

#[inline(always)]
fn correlate_any<const FMA: bool>(dw: &mut [f32], job: &Correlation<'_>) {
    let channels = job.input_shape.channels;
    for block in (0..channels).step_by(LANES) {
        for tap in 0..job.kernel * job.kernel {
            let (ky, kx) = (tap / job.kernel, tap % job.kernel);
            let mut acc = [0f32; LANES];
            for y in 0..job.rows {
                let dy_line = (job.gradient_at.0 + y * job.stride) * job.gradient_shape.width
                    + job.gradient_at.1;
                let line = (y * job.stride + ky) * job.input_shape.width + kx;
                for x in 0..job.out_width {
                    let dy = load(job.gradient, (dy_line + x * job.stride) * channels + block);
                    let z = load(job.input, (line + x * job.stride) * channels + block);
                    fused_lanes::<FMA>(&mut acc, &dy, &z);
                }
            }
            let at = tap * channels + block;
            dw[at..at + LANES].copy_from_slice(&acc);
        }
    }
}
