//! A dense convolution and the depthwise convolution or pool that alone reads it, in one: some rows of two or three blocks
//! of channels are made in scratch and read from there, so that the wide map between them (six times the others in
//! `EfficientNet`) never leaves the second-level cache.
#![expect(
    unsafe_code,
    reason = "tasks write different pixels and channels of one map"
)]

use std::ops::Range;

use super::dense::{Dense, corner, padded_shift, row_places};
use super::depthwise::{self, Taps};
use super::map::{BlockedMap, lanes};
use super::memory::{Aligned, Memory, with_scratch};
use super::pool::{self, Kind};
use super::tile::{MOST_VECTORS, Place, Plane};
use crate::act::{Act, Bounds};
use crate::geometry::{PoolWindow, Window};

/// Values of scratch at most: half of a second-level cache of a megabyte.
const SCRATCH: usize = 131_072;
/// Tasks at least.
const TASKS: usize = 8;

/// What reads the rows.
pub enum Reader {
    Depthwise {
        window: Window,
        taps: std::sync::Arc<Taps>,
        shift: Aligned,
        bounds: Bounds,
    },
    Pool {
        kind: Kind,
        window: PoolWindow,
    },
}

impl Reader {
    pub fn depthwise(window: Window, taps: std::sync::Arc<Taps>, shift: &[f32], act: Act) -> Self {
        Self::Depthwise {
            window,
            taps,
            shift: padded_shift(shift),
            bounds: act.bounds(),
        }
    }

    fn kernel_and_stride(&self) -> (usize, usize) {
        match self {
            Self::Depthwise { window, .. } => (window.kernel.0, window.stride),
            Self::Pool { window, .. } => (window.kernel, window.stride),
        }
    }
}

/// Some rows of outputs, and the rows of the map between that they read.
struct Band {
    rows: Range<usize>,
    /// May begin above the map and end below it.
    first: isize,
    count: usize,
    /// Outputs of the dense convolution, by registers of the panel.
    places: [Vec<Place>; MOST_VECTORS],
}

pub struct Fused {
    dense: Dense,
    reader: Reader,
    /// The map between, of which only some rows are there at a time.
    between: BlockedMap,
    output: BlockedMap,
    bands: Vec<Band>,
}

impl Fused {
    /// `dense` writes the map `between`, which has the border that the reader's padding needs, `(top, left)` of it.
    pub fn new(
        dense: Dense,
        reader: Reader,
        output: BlockedMap,
        (top, left): (usize, usize),
    ) -> Self {
        let between = BlockedMap {
            at: 0,
            ..dense.output
        };
        let (kernel, stride) = reader.kernel_and_stride();
        let panels = dense.panels().all.len();
        let row = between.row() * MOST_VECTORS.min(between.blocks());
        let rows = (SCRATCH / row).saturating_sub(kernel) / stride;
        let bands = output
            .height
            .div_ceil(rows.max(1))
            .max(TASKS.div_ceil(panels))
            .min(output.height);
        let bands = (0..bands).map(|band| {
            let rows = output.height * band / bands..output.height * (band + 1) / bands;
            let first = (rows.start * stride) as isize - top as isize;
            let count = (rows.len() - 1) * stride + kernel;
            let mut places: [Vec<Place>; MOST_VECTORS] = Default::default();
            let source = dense.source;
            let extent = dense.window.extent(source.height, source.width);
            for (index, places) in places.iter_mut().enumerate() {
                for line in 0..count {
                    let y = first + line as isize;
                    if y < 0 || y as usize >= between.height {
                        continue;
                    }
                    let row = Place {
                        from: corner(
                            &source,
                            &dense.window,
                            (extent.top, extent.left),
                            y as usize,
                        ),
                        to: line * between.row() + between.border.left * lanes(),
                        residual: 0,
                        pixels: between.width,
                    };
                    let step = dense.window.stride * source.lanes;
                    row_places(places, row, step, index + 1);
                }
            }
            Band {
                rows,
                first,
                count,
                places,
            }
        });
        debug_assert!(between.border.left >= left, "no room for the padding");
        Self {
            bands: bands.collect(),
            reader,
            between,
            output,
            dense,
        }
    }

    pub fn tasks(&self) -> usize {
        self.bands.len() * self.dense.panels().all.len()
    }

    /// Does one task.
    ///
    /// # Safety
    /// `memory` is as large as the maps say, and nobody else writes what the task reads or touches what it writes.
    pub unsafe fn run(&self, memory: Memory, task: usize) {
        let panels = &self.dense.panels().all;
        let (band, index) = (&self.bands[task / panels.len()], task % panels.len());
        let panel = panels[index];
        let plane = band.count * self.between.row();
        with_scratch(panel.vectors * plane, |scratch| {
            self.clear_border(scratch, band);
            let output = Plane {
                data: scratch.as_mut_ptr(),
                pitch: plane,
            };
            // SAFETY: the places lie inside the scratch, the rest is the caller's promise.
            unsafe {
                let places = &band.places[panel.vectors - 1];
                self.dense.panel(memory, index, places, output);
                for vector in 0..panel.vectors {
                    let rows = scratch.as_ptr().add(vector * plane);
                    self.read(memory, rows, band, panel.writes + vector);
                }
            }
        });
    }

    fn clear_border(&self, scratch: &mut [f32], band: &Band) {
        let between = &self.between;
        if !between.has_border() {
            return;
        }
        let (row, left) = (between.row(), between.border.left * lanes());
        for (index, line) in scratch.chunks_exact_mut(row).enumerate() {
            let y = band.first + (index % band.count) as isize;
            if y < 0 || y as usize >= between.height {
                line.fill(0.0);
            } else {
                line[..left].fill(0.0);
                line[left + between.width * lanes()..].fill(0.0);
            }
        }
    }

    /// # Safety
    /// `rows` are those of the band, of channels `block`.
    unsafe fn read(&self, memory: Memory, rows: *const f32, band: &Band, block: usize) {
        let (between, output) = (&self.between, &self.output);
        // SAFETY: the caller's promise.
        unsafe {
            let to = memory
                .maps
                .add(output.at + block * output.plane() + output.offset(band.rows.start, 0));
            match &self.reader {
                Reader::Depthwise {
                    window,
                    taps,
                    shift,
                    bounds,
                } => {
                    let left = window.extent(between.height, between.width).left;
                    depthwise::run(&depthwise::Rows {
                        source: rows.add((between.border.left - left) * lanes()),
                        source_row: between.row(),
                        output: to,
                        output_row: output.row(),
                        count: band.rows.len(),
                        width: output.width,
                        taps: taps.block(block),
                        shift: shift.as_ptr().add(block * lanes()),
                        kernel: window.kernel.0,
                        stride: window.stride,
                        bounds: *bounds,
                    });
                }
                Reader::Pool { kind, window } => {
                    let above = band.first * between.row() as isize;
                    pool::run(&pool::Rows {
                        kind: *kind,
                        window: *window,
                        source: rows
                            .wrapping_offset(-above)
                            .wrapping_add(between.border.left * lanes()),
                        source_row: between.row(),
                        size: (between.height, between.width),
                        output: to,
                        output_row: output.row(),
                        range: band.rows.clone(),
                        width: output.width,
                    });
                }
            }
        }
    }
}
