//! 3x3 convolutions of stride 1 by a quarter of the multiplications: Winograd's F(4x4, 3x3) on blocked maps.
//!
//! As [`crate::dense`]'s, with the tiles of each of the 36 numbers as a map of their own, so that the products are those of
//! [`super::tile`]. Where weights are few, a band of tiles goes through all three stages at once; where they are many, each stage
//! is a step, so that every weight is read once.
#![expect(
    unsafe_code,
    reason = "tasks write different pixels and channels of one map"
)]

mod spots;
mod transform;

use std::ops::Range;
use std::sync::Arc;

use super::dense::{After, padded_shift, row_places};
use super::map::{BlockedMap, Border, lanes};
use super::memory::{Aligned, Memory, with_scratch};
use super::tile::{self, Block, MOST_VECTORS, Place, Plane, Run, Start};
use crate::act::Bounds;
use crate::geometry::{MapSize, Window};
pub use spots::Spots;
use transform::{OUT, Outputs, SPOTS, Tiles};

/// Fewer tiles do not make up for reading four times as many weights.
const TILES: usize = 16;
/// Fewer channels than this are transformed for longer than they are multiplied.
const CHANNELS: usize = 32;
/// Weights so few (values) that they stay in the second-level cache while the bands pass.
const FEW_WEIGHTS: usize = 160_000;
/// Tiles of a band.
const BAND: usize = 28;
/// Spots of one task.
const SPOTS_AT_ONCE: usize = 2;

/// Whether there are maps that are done sooner this way.
pub fn fits(window: &Window) -> bool {
    window.kernel == (3, 3)
        && window.stride == 1
        && window.groups == 1
        && window.in_channels.min(window.out_channels) >= CHANNELS
        && window.in_channels.is_multiple_of(lanes())
        && window.out_channels.is_multiple_of(lanes())
}

/// Whether maps of that size are done sooner this way.
pub fn pays(window: &Window, out: MapSize) -> bool {
    fits(window) && out.height.div_ceil(OUT) * out.width.div_ceil(OUT) >= TILES
}

/// What whole tiles read beyond a map of `out` outputs, padded by (`top`, `left`).
pub fn border(out: MapSize, input: MapSize, (top, left): (usize, usize)) -> Border {
    let beyond = |outputs: usize, before: usize, inputs: usize| {
        (outputs.div_ceil(OUT) * OUT + 2).saturating_sub(before + inputs)
    };
    Border {
        top,
        left,
        bottom: beyond(out.height, top, input.height),
        right: beyond(out.width, left, input.width),
    }
}

pub struct Winograd {
    source: BlockedMap,
    output: BlockedMap,
    residual: Option<BlockedMap>,
    /// Rows and columns of padding.
    before: (usize, usize),
    weights: Arc<Spots>,
    shift: Aligned,
    bounds: Bounds,
    down: usize,
    across: usize,
    /// Where the transformed inputs and the products lie, if each stage is a step.
    staged: Option<(usize, usize)>,
    zeros: Aligned,
}

/// Values of the transformed inputs and of the products, if these outlive a task.
pub fn staged_lens(window: &Window, out: MapSize) -> Option<(usize, usize)> {
    let tiles = out.height.div_ceil(OUT) * out.width.div_ceil(OUT);
    let weights = SPOTS * window.in_channels * window.out_channels;
    (weights > FEW_WEIGHTS).then_some((
        SPOTS * tiles * window.in_channels,
        SPOTS * tiles * window.out_channels,
    ))
}

impl Winograd {
    pub fn new(
        window: &Window,
        weights: Arc<Spots>,
        (source, output): (BlockedMap, BlockedMap),
        after: &After<'_>,
        staged: Option<(usize, usize)>,
    ) -> Self {
        let extent = window.extent(source.height, source.width);
        let out = MapSize {
            height: output.height,
            width: output.width,
        };
        let input = MapSize {
            height: source.height,
            width: source.width,
        };
        let needed = border(out, input, (extent.top, extent.left));
        assert!(
            source.border.joined(needed) == source.border,
            "a convolution reaches beyond its input"
        );
        Self {
            source,
            output,
            residual: after.residual,
            before: (extent.top, extent.left),
            weights,
            shift: padded_shift(after.shift),
            bounds: after.act.bounds(),
            down: output.height.div_ceil(OUT),
            across: output.width.div_ceil(OUT),
            staged,
            zeros: Aligned::zeros(MOST_VECTORS * lanes()),
        }
    }

    /// Tasks of each stage.
    pub fn tasks(&self) -> Vec<usize> {
        match self.staged {
            None => vec![self.bands()],
            Some(_) => vec![
                self.source.blocks(),
                SPOTS / SPOTS_AT_ONCE,
                self.output.blocks(),
            ],
        }
    }

    fn bands(&self) -> usize {
        self.down.div_ceil((BAND / self.across).max(1))
    }

    /// Does one task of one stage.
    ///
    /// # Safety
    /// `memory` is as large as the maps say, and nobody else writes what the task reads or touches what it writes.
    pub unsafe fn run(&self, memory: Memory, stage: usize, task: usize) {
        let all = 0..self.down * self.across;
        let Some((inputs, products)) = self.staged else {
            // SAFETY: the caller's promise.
            unsafe { self.band(memory, task) };
            return;
        };
        // SAFETY: the caller's promise.
        unsafe {
            let inputs = Tiles::new(memory.maps.add(inputs), all.len(), self.source.blocks());
            let products = Tiles::new(memory.maps.add(products), all.len(), self.output.blocks());
            match stage {
                0 => self.transform(memory, inputs, task, all),
                1 => {
                    for spot in task * SPOTS_AT_ONCE..(task + 1) * SPOTS_AT_ONCE {
                        self.multiply(inputs, products, spot);
                    }
                }
                _ => self.finish(memory, products, task, all),
            }
        }
    }

    /// # Safety
    /// As [`Winograd::run`].
    unsafe fn band(&self, memory: Memory, band: usize) {
        let rows = self.down * band / self.bands()..self.down * (band + 1) / self.bands();
        let own = rows.start * self.across..rows.end * self.across;
        let (reads, writes) = (self.source.blocks(), self.output.blocks());
        let len = |blocks: usize| SPOTS * own.len() * blocks * lanes();
        with_scratch(len(reads) + len(writes), |scratch| {
            let (inputs, products) = scratch.split_at_mut(len(reads));
            let inputs = Tiles::new(inputs.as_mut_ptr(), own.len(), reads);
            let products = Tiles::new(products.as_mut_ptr(), own.len(), writes);
            // SAFETY: the scratch is large enough, the rest is the caller's promise.
            unsafe {
                for block in 0..reads {
                    self.transform(memory, inputs, block, own.clone());
                }
                for spot in 0..SPOTS {
                    self.multiply(inputs, products, spot);
                }
                for block in 0..writes {
                    self.finish(memory, products, block, own.clone());
                }
            }
        });
    }

    /// # Safety
    /// As [`Winograd::run`]; `inputs` has room for the tiles.
    unsafe fn transform(&self, memory: Memory, inputs: Tiles, block: usize, tiles: Range<usize>) {
        let source = &self.source;
        let corner = (source.border.top - self.before.0) * source.row()
            + (source.border.left - self.before.1) * lanes();
        // SAFETY: the caller's promise.
        unsafe {
            let map = memory.maps.add(source.at + block * source.plane() + corner);
            for (index, tile) in tiles.enumerate() {
                let (y, x) = (tile / self.across * OUT, tile % self.across * OUT);
                let from = map.add(y * source.row() + x * lanes());
                transform::input(from, source.row(), inputs, (block, index));
            }
        }
    }

    /// # Safety
    /// As [`tile::run`].
    unsafe fn multiply(&self, inputs: Tiles, products: Tiles, spot: usize) {
        let runs: Vec<Run> = (0..inputs.blocks)
            .map(|block| Run {
                offset: block * inputs.block(),
                len: lanes(),
            })
            .collect();
        let mut places: [Vec<Place>; MOST_VECTORS] = Default::default();
        for (index, places) in places.iter_mut().enumerate() {
            let row = Place {
                from: 0,
                to: 0,
                residual: 0,
                pixels: inputs.count,
            };
            row_places(places, row, lanes(), index + 1);
        }
        for (index, panel) in self.weights.panels.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe {
                let output = products
                    .data
                    .add(spot * products.spot() + panel.writes * products.block());
                let block = Block {
                    source: inputs.data.add(spot * inputs.spot()),
                    step: lanes(),
                    runs: &runs,
                    panel: self.weights.weights(spot, index),
                    vectors: panel.vectors,
                    output: Plane {
                        data: output,
                        pitch: products.block(),
                    },
                    start: Start::Shift(self.zeros.as_ptr(), None),
                    bounds: None,
                    next: self.weights.next(spot, index),
                };
                tile::run(&block, &places[panel.vectors - 1]);
            }
        }
    }

    /// # Safety
    /// As [`Winograd::run`].
    unsafe fn finish(&self, memory: Memory, products: Tiles, block: usize, tiles: Range<usize>) {
        let output = &self.output;
        for (index, tile) in tiles.enumerate() {
            let (y, x) = (tile / self.across * OUT, tile % self.across * OUT);
            // SAFETY: the caller's promise.
            unsafe {
                let place = |map: &BlockedMap| {
                    memory
                        .maps
                        .add(map.at + block * map.plane() + map.offset(y, x))
                };
                let outputs = Outputs {
                    to: place(output),
                    row: output.row(),
                    residual: self.residual.as_ref().map(|map| (place(map), map.row())),
                    rows: OUT.min(output.height - y),
                    columns: OUT.min(output.width - x),
                    shift: self.shift.as_ptr().add(block * lanes()),
                    bounds: self.bounds,
                };
                transform::output(products, (block, index), &outputs);
            }
        }
    }
}
