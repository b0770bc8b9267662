//! The three turns of F(4x4, 3x3), sixteen channels at a time; matrices as in the paper's section 4.2, by hand.
#![expect(
    unsafe_code,
    reason = "ranges of channels of one map are written by several threads"
)]

use super::super::micro_kernel::Canvas;
use super::super::sweep::Sweep;
use crate::simd::{LANES, kernel};

/// Outputs along a side of a tile, inputs, and numbers a tile.
pub(super) const OUT: usize = 4;
pub(super) const IN: usize = 6;

type Lane = [f32; LANES];

/// One side of `G g`.
#[inline(always)]
fn transform_kernel(g: [&Lane; 3]) -> [Lane; IN] {
    let mut out = [[0f32; LANES]; IN];
    for lane in 0..LANES {
        let g = g.map(|values| values[lane]);
        let (even, odd) = (-(g[0] + g[2]) / 6.0, -g[1] / 6.0);
        let (far_even, far_odd) = (g[0] / 24.0 + g[2] / 6.0, g[1] / 12.0);
        out[0][lane] = g[0] / 4.0;
        out[1][lane] = even + odd;
        out[2][lane] = even - odd;
        out[3][lane] = far_even + far_odd;
        out[4][lane] = far_even - far_odd;
        out[5][lane] = g[2];
    }
    out
}

/// One panel of columns among all.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    /// Columns of each panel.
    pub columns: usize,
    pub index: usize,
    pub count: usize,
}

/// How a patch of the input lies in memory.
#[derive(Clone, Copy)]
pub(super) struct PatchLayout {
    /// From one row of pixels to the next, in values.
    pub line: usize,
    pub channels: usize,
}

kernel! {
    /// `taps`: `(channel read, tap, column)` of one panel.
    pub(super) fn transform_kernels(canvas: Canvas<'_>, taps: &[f32], reads: usize, panel: Panel) {
        let Panel { columns, index, count } = panel;
        for (read, taps) in taps.chunks_exact(9 * columns).enumerate() {
            for column in (0..columns).step_by(LANES) {
                let mut lanes = [[0f32; LANES]; 9];
                for (tap, lane) in lanes.iter_mut().enumerate() {
                    let at = tap * columns + column;
                    lane.copy_from_slice(&taps[at..at + LANES]);
                }
                let mut half = [[[0f32; LANES]; 3]; IN];
                for x in 0..3 {
                    let down = transform_kernel([&lanes[x], &lanes[3 + x], &lanes[6 + x]]);
                    for y in 0..IN {
                        half[y][x] = down[y];
                    }
                }
                for (y, [a, b, c]) in half.iter().enumerate() {
                    for (x, values) in transform_kernel([a, b, c]).iter().enumerate() {
                        let at = (((y * IN + x) * count + index) * reads + read) * columns + column;
                        // SAFETY: each panel has lines of its own, and one task.
                        unsafe { canvas.row(at, LANES) }.copy_from_slice(values);
                    }
                }
            }
        }
    }
}

/// Where a tile's first output goes, and how many rows and columns of it are real.
pub(super) struct TileOffset {
    pub to: usize,
    pub rows: usize,
    pub columns: usize,
}

/// One side of `B^T d`.
#[inline(always)]
fn transform_input(d: [&Lane; IN]) -> [Lane; IN] {
    let mut out = [[0f32; LANES]; IN];
    for lane in 0..LANES {
        let d = d.map(|values| values[lane]);
        let (even, odd) = (d[4] - 4.0 * d[2], d[3] - 4.0 * d[1]);
        let (far_even, far_odd) = (d[4] - d[2], 2.0 * (d[3] - d[1]));
        out[0][lane] = 4.0 * d[0] - 5.0 * d[2] + d[4];
        out[1][lane] = even + odd;
        out[2][lane] = even - odd;
        out[3][lane] = far_even + far_odd;
        out[4][lane] = far_even - far_odd;
        out[5][lane] = 4.0 * d[1] - 5.0 * d[3] + d[5];
    }
    out
}

/// One side of `A^T m`.
#[inline(always)]
fn transform_output(m: [&Lane; IN]) -> [Lane; OUT] {
    let mut out = [[0f32; LANES]; OUT];
    for lane in 0..LANES {
        let m = m.map(|values| values[lane]);
        let (sum, difference) = (m[1] + m[2], m[1] - m[2]);
        let (far_sum, far_difference) = (m[3] + m[4], m[3] - m[4]);
        out[0][lane] = m[0] + sum + far_sum;
        out[1][lane] = difference + 2.0 * far_difference;
        out[2][lane] = sum + 4.0 * far_sum;
        out[3][lane] = difference + 8.0 * far_difference + m[5];
    }
    out
}

kernel! {
    /// `transformed`: `(spot, tile, channel)`; `corners`: where each tile's patch begins.
    pub(super) fn transform_inputs(transformed: &mut [f32], patch: &[f32], corners: &[usize], layout: PatchLayout) {
        let PatchLayout { line, channels } = layout;
        let spot_len = corners.len() * channels;
        for (tile, corner) in corners.iter().enumerate() {
            for channel in (0..channels).step_by(LANES) {
                let mut half = [[[0f32; LANES]; IN]; IN];
                for x in 0..IN {
                    let mut column = [[0f32; LANES]; IN];
                    for y in 0..IN {
                        let at = corner + y * line + x * channels + channel;
                        column[y].copy_from_slice(&patch[at..at + LANES]);
                    }
                    let [a, b, c, d, e, f] = &column;
                    let down = transform_input([a, b, c, d, e, f]);
                    for y in 0..IN {
                        half[y][x] = down[y];
                    }
                }
                for y in 0..IN {
                    let [a, b, c, d, e, f] = &half[y];
                    for (x, values) in transform_input([a, b, c, d, e, f]).iter().enumerate() {
                        let at = (y * IN + x) * spot_len + tile * channels + channel;
                        transformed[at..at + LANES].copy_from_slice(values);
                    }
                }
            }
        }
    }
}

kernel! {
    /// `products`: `(spot, tile, channel)` of `width` channels; writes or adds the real outputs of each tile.
    pub(super) fn transform_outputs(canvas: Canvas<'_>, products: &[f32], places: &[TileOffset], sizes: (&Sweep, usize, bool)) {
        let (sweep, width, adds) = sizes;
        let into = &sweep.into;
        let spot_len = places.len() * width;
        for (tile, place) in places.iter().enumerate() {
            for channel in (0..width).step_by(LANES) {
                let mut half = [[[0f32; LANES]; IN]; OUT];
                for x in 0..IN {
                    let mut column = [[0f32; LANES]; IN];
                    for y in 0..IN {
                        let at = (y * IN + x) * spot_len + tile * width + channel;
                        column[y].copy_from_slice(&products[at..at + LANES]);
                    }
                    let [a, b, c, d, e, f] = &column;
                    let down = transform_output([a, b, c, d, e, f]);
                    for y in 0..OUT {
                        half[y][x] = down[y];
                    }
                }
                for (y, row) in half.iter().enumerate().take(place.rows) {
                    let [a, b, c, d, e, f] = row;
                    for (x, values) in transform_output([a, b, c, d, e, f]).iter().enumerate().take(place.columns) {
                        let at = place.to + (y * into.width + x) * into.channels + channel;
                        // SAFETY: this task alone writes these channels of this band's pixels.
                        let out = unsafe { canvas.row(at, LANES) };
                        if adds {
                            for lane in 0..LANES {
                                out[lane] += values[lane];
                            }
                        } else {
                            out.copy_from_slice(values);
                        }
                    }
                }
            }
        }
    }
}
