//! 3x3 convolutions of stride 1 by a quarter of the multiplications: Winograd's F(4x4, 3x3).
//!
//! A tile of 6 x 6 inputs and the kernel are each transformed into 36 numbers a channel; in that form a convolution is 36
//! plain products over the channels, and the 36 sums are transformed into 4 x 4 outputs (Lavin and Gray 2016, arXiv
//! 1509.09308). Rounding is some ten times that of plain sums, 1e-5 of the largest output. Where weights are many and
//! tiles few, four times as many weights cost more than the products save: [`pays`].
#![expect(
    unsafe_code,
    reason = "ranges of channels of one map are written by several threads"
)]

mod transform;

use std::ops::Range;

use rayon::prelude::*;

use super::micro_kernel::{Block, Canvas, Pixel, Run, panel_columns, rows};
use super::pass::{self, Sums, Target};
use super::source::Source;
use super::sweep::{Band, Sweep};
use crate::geometry::{MapSize, Window};
use crate::scratch::{PACKED, with_scratch};
use crate::simd::LANES;
use transform::{
    IN, OUT, Panel, PatchLayout, TileOffset, transform_inputs, transform_kernels, transform_outputs,
};

const SPOTS: usize = IN * IN;
/// Tiles that make up for turning all weights, and those that go through together.
const ENOUGH: usize = 48;
const TILES: usize = 32;
/// Pieces of work at least; fewer than elsewhere, because pieces of one band all turn its inputs.
const TASKS: usize = 8;
/// Fewer channels than this are transformed for longer than they are multiplied.
const CHANNELS: usize = 32;

/// Whether `tiles` tiles are done sooner this way.
pub fn pays(window: &Window, tiles: usize) -> bool {
    window.kernel == (3, 3)
        && window.stride == 1
        && window.groups == 1
        && [window.in_channels, window.out_channels]
            .iter()
            .all(|channels| *channels >= CHANNELS && channels.is_multiple_of(2 * LANES))
        && tiles >= ENOUGH
}

/// Tiles of `n` maps with `out` rows and columns.
pub fn tiles(n: usize, out: MapSize) -> usize {
    n * out.height.div_ceil(OUT) * out.width.div_ceil(OUT)
}

/// Transformed weights: by spot, by panel, `(channels read, columns)`.
#[derive(Debug)]
pub struct TransformedKernels {
    reads: usize,
    writes: usize,
    data: Vec<f32>,
}

impl Drop for TransformedKernels {
    fn drop(&mut self) {
        PACKED.put(std::mem::take(&mut self.data));
    }
}

impl TransformedKernels {
    pub fn forward(window: &Window, weight: &[f32]) -> Self {
        let (reads, writes) = (window.in_channels, window.out_channels);
        let kernel =
            |read: usize, written: usize, tap: usize| weight[(written * reads + read) * 9 + tap];
        Self::new(reads, writes, kernel)
    }

    /// For the gradient of the input: the kernel transformed round, channels exchanged.
    pub fn backward(window: &Window, weight: &[f32]) -> Self {
        let (reads, writes) = (window.out_channels, window.in_channels);
        let kernel = |read: usize, written: usize, tap: usize| {
            weight[(read * writes + written) * 9 + 8 - tap]
        };
        Self::new(reads, writes, kernel)
    }

    fn new(
        reads: usize,
        writes: usize,
        kernel: impl Fn(usize, usize, usize) -> f32 + Sync,
    ) -> Self {
        let columns = panel_columns();
        let panels = writes / columns;
        let mut data = PACKED.take(SPOTS * reads * writes);
        let canvas = Canvas::new(&mut data);
        (0..panels).into_par_iter().for_each(|panel| {
            with_scratch(reads * 9 * columns, |taps| {
                for column in 0..columns {
                    let written = panel * columns + column;
                    for read in 0..reads {
                        for tap in 0..9 {
                            taps[(read * 9 + tap) * columns + column] = kernel(read, written, tap);
                        }
                    }
                }
                let panel = Panel {
                    columns,
                    index: panel,
                    count: panels,
                };
                transform_kernels(canvas, taps, reads, panel);
            });
        });
        Self {
            reads,
            writes,
            data,
        }
    }

    fn panel(&self, spot: usize, panel: usize) -> &[f32] {
        let len = self.reads * panel_columns();
        let at = (spot * (self.writes / panel_columns()) + panel) * len;
        &self.data[at..at + len]
    }
}

/// As [`pass::run`].
pub fn run(
    sweep: &Sweep,
    source: Source<'_>,
    weights: &TransformedKernels,
    target: Target<'_>,
    images: usize,
) -> Sums {
    let whole = Sweep {
        out: MapSize {
            height: sweep.out.height.div_ceil(OUT) * OUT,
            width: sweep.out.width.div_ceil(OUT) * OUT,
        },
        ..sweep.clone()
    };
    let across = whole.out.width / OUT;
    let bands = bands(images, whole.out.height / OUT, across);
    let panels = weights.writes / panel_columns();
    let ranges = Sweep::panel_ranges(panels, bands.len(), TASKS);
    pass::collect(
        (sweep, weights.writes),
        &bands,
        &ranges,
        target,
        |canvas, band, range| {
            let job = Job {
                sweep,
                whole: &whole,
                source,
                weights,
                canvas,
                adds: target.adds,
            };
            job.task(band, range.clone());
            range.start * panel_columns()..range.end * panel_columns()
        },
    )
}

/// Bands of whole tile rows, in rows of outputs (of maps filled up to whole tiles), [`TILES`] tiles or a little more.
fn bands(images: usize, down: usize, across: usize) -> Vec<Band> {
    if down * across == 0 {
        return Vec::new();
    }
    let rows = TILES.div_ceil(across).min(down);
    let rows = down.div_ceil(down.div_ceil(rows));
    let together = if rows == down {
        TILES.div_ceil(down * across)
    } else {
        1
    };
    let mut bands = Vec::new();
    for first in (0..images).step_by(together) {
        for row in (0..down).step_by(rows) {
            bands.push(Band {
                images: first..images.min(first + together),
                rows: row * OUT..down.min(row + rows) * OUT,
            });
        }
    }
    bands
}

struct Job<'a> {
    sweep: &'a Sweep,
    whole: &'a Sweep,
    source: Source<'a>,
    weights: &'a TransformedKernels,
    canvas: Canvas<'a>,
    adds: bool,
}

impl Job<'_> {
    fn task(&self, band: &Band, range: Range<usize>) {
        let (reads, width) = (self.weights.reads, range.len() * panel_columns());
        let across = self.whole.out.width / OUT;
        let down = band.rows.len() / OUT;
        let tiles = band.images.len() * down * across;
        let patch = self.whole.scratch(band);
        let len = patch + SPOTS * tiles * (reads + width);
        with_scratch(len, |scratch| {
            let (patch, rest) = scratch.split_at_mut(patch);
            let (transformed, products) = rest.split_at_mut(SPOTS * tiles * reads);
            self.whole.fill(patch, self.source, band);
            let line = (across * OUT + 2) * reads;
            let image = (band.rows.len() + 2) * line;
            let corners: Vec<usize> = (0..tiles)
                .map(|tile| {
                    let (row, column) = (tile / across, tile % across);
                    row / down * image + row % down * OUT * line + column * OUT * reads
                })
                .collect();
            let layout = PatchLayout {
                line,
                channels: reads,
            };
            transform_inputs(transformed, patch, &corners, layout);
            self.multiply(products, transformed, tiles, range.clone());
            let first = range.start * panel_columns();
            let places = self.corners_out(band, tiles, first);
            transform_outputs(
                self.canvas,
                products,
                &places,
                (self.sweep, width, self.adds),
            );
        });
    }

    /// 36 products `(tiles, reads) x (reads, width)`.
    fn multiply(
        &self,
        products: &mut [f32],
        transformed: &[f32],
        tiles: usize,
        range: Range<usize>,
    ) {
        let (reads, columns) = (self.weights.reads, panel_columns());
        let width = range.len() * columns;
        let runs = [Run {
            offset: 0,
            len: reads,
        }];
        let canvas = Canvas::new(products);
        let mut pixels: Vec<Pixel> = (0..tiles)
            .map(|tile| Pixel {
                from: tile * reads,
                to: tile * width,
            })
            .collect();
        for spot in 0..SPOTS {
            let source = &transformed[spot * tiles * reads..(spot + 1) * tiles * reads];
            for (index, panel) in range.clone().enumerate() {
                for (tile, pixel) in pixels.iter_mut().enumerate() {
                    pixel.to = (spot * tiles + tile) * width + index * columns;
                }
                let block = Block {
                    source,
                    pixels: &pixels,
                    runs: &runs,
                    panel: self.weights.panel(spot, panel),
                    columns,
                    adds: false,
                };
                // SAFETY: `products` is this task's own.
                unsafe { rows(canvas, &block) };
            }
        }
    }

    /// For each tile: where its first output goes, and how many rows and columns of it are real.
    fn corners_out(&self, band: &Band, tiles: usize, first_channel: usize) -> Vec<TileOffset> {
        let into = &self.sweep.into;
        let across = self.whole.out.width / OUT;
        let down = band.rows.len() / OUT;
        (0..tiles)
            .map(|tile| {
                let (row, x) = (tile / across, tile % across * OUT);
                let image = band.images.start + row / down;
                let y = band.rows.start + row % down * OUT;
                TileOffset {
                    to: ((image * into.height + y) * into.width + x) * into.channels
                        + first_channel,
                    rows: OUT.min(self.sweep.out.height.saturating_sub(y)),
                    columns: OUT.min(self.sweep.out.width - x),
                }
            })
            .collect()
    }
}
