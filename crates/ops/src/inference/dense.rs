//! Dense convolutions of every kernel, stride and number of groups by products of tiles, with the shift, a residual and
//! the activation applied before the sums leave the registers.
#![expect(
    unsafe_code,
    reason = "tasks write different pixels and channels of one map"
)]

use std::ops::Range;
use std::sync::Arc;

use super::map::{BlockedMap, lanes, padded};
use super::memory::{Aligned, Memory};
use super::panels::{Panel, Panels, Reads, Taps};
use super::tile::{self, Block, MOST_VECTORS, Place, Plane, Run, Start, cut};
use crate::act::{Act, Bounds};
use crate::geometry::Window;

/// Multiplications that make up for a task of their own.
const TASK: usize = 1 << 20;
/// Tasks at most.
const TASKS: usize = 24;
/// Values of the input that stay in the second-level cache while all panels pass.
const BAND: usize = 98_304;

/// A convolution with its weights, for one size of map.
pub struct Dense {
    pub source: BlockedMap,
    pub output: BlockedMap,
    residual: Option<BlockedMap>,
    step: usize,
    weights: Arc<Panels>,
    /// By block of the depth.
    runs: Vec<Vec<Run>>,
    shift: Aligned,
    bounds: Bounds,
    /// By registers of the panel.
    places: [Vec<Place>; MOST_VECTORS],
    ranges: Vec<Range<usize>>,
    /// Parts the places are cut into.
    parts: usize,
    pub window: Window,
}

/// What is done to the sums.
pub struct After<'a> {
    pub shift: &'a [f32],
    pub residual: Option<BlockedMap>,
    pub act: Act,
}

/// `shift`, filled up to whole blocks with zeros.
pub fn padded_shift(shift: &[f32]) -> Aligned {
    let mut all = Aligned::zeros(padded(shift.len()));
    all.as_mut_slice()[..shift.len()].copy_from_slice(shift);
    all
}

/// Outputs of one row (or of a whole map as one row), as tiles; `from`, `to` and `residual` are those of its first pixel.
pub fn row_places(places: &mut Vec<Place>, row: Place, step: usize, vectors: usize) {
    let mut first = 0;
    for pixels in cut(row.pixels, vectors) {
        places.push(Place {
            from: row.from + first * step,
            to: row.to + first * lanes(),
            residual: row.residual + first * lanes(),
            pixels,
        });
        first += pixels;
    }
}

impl Dense {
    pub fn new(
        window: &Window,
        weights: Arc<Panels>,
        (source, output): (BlockedMap, BlockedMap),
        after: &After<'_>,
    ) -> Self {
        let extent = window.extent(source.height, source.width);
        let step = window.stride * source.lanes;
        // From the pixel an output names to its window's first.
        let runs = weights.depth.iter().map(|taps| {
            let run = |taps: &Taps| Run {
                offset: taps.block * source.plane()
                    + taps.row * source.row()
                    + taps.column * source.lanes,
                len: taps.len,
            };
            taps.iter().map(run).collect()
        });
        let runs: Vec<Vec<Run>> = runs.collect();
        let mut dense = Self {
            step,
            runs,
            shift: padded_shift(after.shift),
            bounds: after.act.bounds(),
            places: Default::default(),
            ranges: Vec::new(),
            parts: 1,
            source,
            output,
            residual: after.residual,
            weights,
            window: *window,
        };
        let is_one_row = window.kernel == (1, 1)
            && window.stride == 1
            && [Some(source), Some(output), after.residual]
                .into_iter()
                .flatten()
                .all(|map| !map.has_border());
        for vectors in 1..=MOST_VECTORS {
            let places = &mut dense.places[vectors - 1];
            if is_one_row {
                let pixels = output.height * output.width;
                let row = Place {
                    from: 0,
                    to: 0,
                    residual: 0,
                    pixels,
                };
                row_places(places, row, step, vectors);
                continue;
            }
            for y in 0..output.height {
                let row = Place {
                    from: corner(&source, window, (extent.top, extent.left), y),
                    to: output.offset(y, 0),
                    residual: after.residual.map_or(0, |map| map.offset(y, 0)),
                    pixels: output.width,
                };
                row_places(places, row, step, vectors);
            }
        }
        dense.share_out();
        dense.check();
        dense
    }

    /// Cuts the work into tasks: maps with many pixels by those, others by channels, so that each thread reads weights of its own.
    fn share_out(&mut self) {
        let pixels = self.output.height * self.output.width;
        let work = pixels * self.weights.writes() * self.depth();
        let tasks = (work / TASK).clamp(1, TASKS);
        let input = self.source.len();
        if input.max(self.output.len()) <= 2 * BAND {
            self.ranges = self.weights.ranges(tasks);
            self.parts = tasks.div_ceil(self.ranges.len());
        } else {
            self.parts = tasks.max(input.div_ceil(BAND));
            self.ranges = self.weights.ranges(1);
        }
    }

    fn depth(&self) -> usize {
        self.runs.iter().flatten().map(|run| run.len).sum()
    }

    /// That no place reaches beyond its maps; the loops trust in it.
    fn check(&self) {
        let reach = |run: &Run| run.offset + run.len;
        let reach = self.runs.iter().flatten().map(reach).max().unwrap_or(0);
        let group = |panel: &Panel| panel.reads * self.source.plane();
        let group = self.weights.all.iter().map(group).max().unwrap_or(0);
        for place in self.places.iter().flatten() {
            let last = place.from + (place.pixels - 1) * self.step;
            assert!(
                last + group + reach <= self.source.len(),
                "a convolution reaches beyond its input"
            );
            let written = place.pixels * lanes();
            let blocks = self.output.blocks() - 1;
            assert!(
                blocks * self.output.plane() + place.to + written <= self.output.len(),
                "a convolution reaches beyond its output"
            );
            if let Some(map) = self.residual {
                assert!(
                    blocks * map.plane() + place.residual + written <= map.len(),
                    "a convolution reaches beyond its residual"
                );
            }
        }
        assert!(
            self.weights.writes() == self.output.blocks() * lanes(),
            "a convolution writes other channels than its output has"
        );
    }

    pub fn tasks(&self) -> usize {
        self.ranges.len() * self.parts
    }

    /// Does one task.
    ///
    /// # Safety
    /// `memory` is as large as the maps say, and nobody else writes what the task reads or touches what it writes.
    pub unsafe fn run(&self, memory: Memory, task: usize) {
        let (part, range) = (task / self.ranges.len(), task % self.ranges.len());
        for depth in 0..self.runs.len() {
            for panel in self.ranges[range].clone() {
                let places = &self.places[self.weights.all[panel].vectors - 1];
                let own = places.len() * part / self.parts..places.len() * (part + 1) / self.parts;
                // SAFETY: the caller's promise; `check` saw all places.
                unsafe {
                    let map = memory.maps.add(self.output.at);
                    let output = Plane {
                        data: map.add(self.weights.all[panel].writes * self.output.plane()),
                        pitch: self.output.plane(),
                    };
                    self.block(memory, (depth, panel), &places[own], output);
                }
            }
        }
    }

    pub fn panels(&self) -> &Panels {
        &self.weights
    }

    /// All of the depth, for one panel's outputs at `places`.
    ///
    /// # Safety
    /// As [`tile::run`].
    pub unsafe fn panel(&self, memory: Memory, panel: usize, places: &[Place], output: Plane) {
        for depth in 0..self.runs.len() {
            // SAFETY: the caller's promise.
            unsafe { self.block(memory, (depth, panel), places, output) };
        }
    }

    /// # Safety
    /// As [`tile::run`].
    unsafe fn block(
        &self,
        memory: Memory,
        (depth, panel): (usize, usize),
        places: &[Place],
        output: Plane,
    ) {
        let Panel {
            vectors,
            writes,
            reads,
        } = self.weights.all[panel];
        // SAFETY: the caller's promise.
        unsafe {
            let start = if depth == 0 {
                let residual = self.residual.map(|map| Plane {
                    data: memory.maps.add(map.at + writes * map.plane()),
                    pitch: map.plane(),
                });
                Start::Shift(self.shift.as_ptr().add(writes * lanes()), residual)
            } else {
                Start::Output
            };
            let block = Block {
                source: memory
                    .maps
                    .add(self.source.at + reads * self.source.plane()),
                step: self.step,
                runs: &self.runs[depth],
                panel: self.weights.weights(depth, panel),
                vectors,
                output,
                start,
                bounds: (depth + 1 == self.runs.len()).then_some(self.bounds),
                next: self.weights.next(depth, panel),
            };
            tile::run(&block, places);
        }
    }
}

/// Where the window of output (`y`, 0) begins in `source`, whose border is at least as wide as the padding.
pub fn corner(
    source: &BlockedMap,
    window: &Window,
    (top, left): (usize, usize),
    y: usize,
) -> usize {
    (y * window.stride + source.border.top - top) * source.row()
        + (source.border.left - left) * source.lanes
}

/// How the input of a window must be laid out.
pub fn reads(lanes: usize) -> Reads {
    if lanes == 1 {
        Reads::Planes
    } else {
        Reads::Blocks
    }
}
