//! Weights packed for [`super::tile`]: by block of the depth, by panel, by depth, registers of channels.
#![expect(unsafe_code, reason = "a panel is found by its place in memory")]

use std::ops::Range;

use super::map::{lanes, padded};
use super::memory::Aligned;
use super::tile::MOST_VECTORS;
use crate::geometry::Window;

/// The depth of one block: its part of a panel stays in the first-level cache while all pixels pass.
const DEPTH: usize = 256;

/// What a convolution reads: blocks of channels, or the image's planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    Blocks,
    Planes,
}

/// Weights that meet neighbouring values: one tap's for a block of channels, or (of planes) one kernel row's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taps {
    /// Block or plane that is read, counted from the group's first.
    pub block: usize,
    pub row: usize,
    pub column: usize,
    pub len: usize,
}

/// Channels that are written together, and the block of channels their reads begin at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panel {
    pub vectors: usize,
    /// First block written.
    pub writes: usize,
    /// First block (or plane) read.
    pub reads: usize,
}

/// The packed weights of a convolution.
#[derive(Debug)]
pub struct Panels {
    pub all: Vec<Panel>,
    /// Taps by block of the depth.
    pub depth: Vec<Vec<Taps>>,
    /// Where each panel begins, by block of the depth.
    starts: Vec<Vec<usize>>,
    data: Aligned,
}

/// Whether blocks of channels can be read group by group.
pub fn fits(window: &Window) -> bool {
    let (reads, writes) = per_group(window);
    window.groups == 1
        || (reads.is_multiple_of(lanes()) && writes.is_multiple_of(lanes()))
        || (reads == writes && lanes().is_multiple_of(reads))
}

fn per_group(window: &Window) -> (usize, usize) {
    (
        window.in_channels / window.groups,
        window.out_channels / window.groups,
    )
}

/// `count` registers as panels: two each, three where one would be left.
fn widths(count: usize) -> Vec<usize> {
    let mut widths = vec![2; count / 2];
    match widths.last_mut() {
        Some(last) if count % 2 == 1 => *last = MOST_VECTORS,
        None if count == 1 => widths.push(1),
        _ => {}
    }
    widths
}

impl Panels {
    /// `weight`: `(out, in / groups, rows, columns)`; the window must fit ([`fits`]).
    pub fn new(window: &Window, weight: &[f32], reads: Reads) -> Self {
        let panels = panels(window);
        let mut panels_of_depth = Self {
            depth: depth(window, reads),
            all: panels,
            starts: Vec::new(),
            data: Aligned::default(),
        };
        let mut len = 0;
        for taps in &panels_of_depth.depth {
            let depth: usize = taps.iter().map(|taps| taps.len).sum();
            let mut starts = Vec::with_capacity(panels_of_depth.all.len() + 1);
            for panel in &panels_of_depth.all {
                starts.push(len);
                len += depth * panel.vectors * lanes();
            }
            starts.push(len);
            panels_of_depth.starts.push(starts);
        }
        panels_of_depth.data = Aligned::zeros(len);
        panels_of_depth.fill(window, weight, reads);
        panels_of_depth
    }

    fn fill(&mut self, window: &Window, weight: &[f32], reads: Reads) {
        use rayon::prelude::*;
        let (panels, depth) = (&self.all, &self.depth);
        let mut rest = self.data.as_mut_slice();
        let mut parts = Vec::new();
        for (taps, starts) in depth.iter().zip(&self.starts) {
            for (panel, range) in panels.iter().zip(starts.windows(2)) {
                let (part, others) = std::mem::take(&mut rest).split_at_mut(range[1] - range[0]);
                rest = others;
                parts.push((taps, panel, part));
            }
        }
        parts.into_par_iter().for_each(|(taps, panel, part)| {
            let width = panel.vectors * lanes();
            let mut rows = part.chunks_exact_mut(width);
            for taps in taps {
                for step in 0..taps.len {
                    let Some(row) = rows.next() else { return };
                    for (column, value) in row.iter_mut().enumerate() {
                        let written = panel.writes * lanes() + column;
                        *value = value_of(window, weight, reads, (panel, taps, step), written);
                    }
                }
            }
        });
    }

    /// The weights of a panel for block `depth` of the depth.
    pub fn weights(&self, depth: usize, panel: usize) -> *const f32 {
        // SAFETY: starts lie inside the data, which was made for them.
        unsafe { self.data.as_ptr().add(self.starts[depth][panel]) }
    }

    /// The weights that follow those of [`Panels::weights`], and how many values: none behind the last.
    pub fn next(&self, depth: usize, panel: usize) -> (*const f32, usize) {
        let end = self.starts[depth][panel + 1];
        let len = (end - self.starts[depth][panel]).min(self.data.len().saturating_sub(end));
        // SAFETY: `end` is at most the length of the data.
        (unsafe { self.data.as_ptr().add(end) }, len)
    }

    /// Channels written, filled up to whole blocks.
    pub fn writes(&self) -> usize {
        self.all.iter().map(|panel| panel.vectors).sum::<usize>() * lanes()
    }

    /// Panels as ranges whose weights are about equally many.
    pub fn ranges(&self, count: usize) -> Vec<Range<usize>> {
        let len = self.all.len();
        let count = count.clamp(1, len.max(1));
        (0..count)
            .map(|part| len * part / count..len * (part + 1) / count)
            .collect()
    }
}

/// The panels of all channels that a window writes.
pub fn panels(window: &Window) -> Vec<Panel> {
    let (reads, writes) = per_group(window);
    if window.groups > 1 && reads < lanes() {
        // Several groups share a block, and read the same block of the input.
        let blocks = padded(window.out_channels) / lanes();
        return (0..blocks)
            .map(|block| Panel {
                vectors: 1,
                writes: block,
                reads: block,
            })
            .collect();
    }
    let mut panels = Vec::new();
    for group in 0..window.groups {
        let mut written = group * padded(writes) / lanes();
        for vectors in widths(padded(writes) / lanes()) {
            panels.push(Panel {
                vectors,
                writes: written,
                reads: group * padded(reads) / lanes(),
            });
            written += vectors;
        }
    }
    panels
}

fn depth(window: &Window, reads: Reads) -> Vec<Vec<Taps>> {
    let (per_group, _) = per_group(window);
    let (rows, columns) = window.kernel;
    let mut taps = Vec::new();
    match reads {
        Reads::Planes => {
            for block in 0..per_group {
                taps.extend((0..rows).map(|row| Taps {
                    block,
                    row,
                    column: 0,
                    len: columns,
                }));
            }
        }
        Reads::Blocks => {
            let channels = if window.groups > 1 {
                per_group.max(lanes())
            } else {
                per_group
            };
            for block in 0..channels.div_ceil(lanes()) {
                let len = lanes().min(channels - block * lanes());
                for row in 0..rows {
                    taps.extend((0..columns).map(|column| Taps {
                        block,
                        row,
                        column,
                        len,
                    }));
                }
            }
        }
    }
    let total: usize = taps.iter().map(|taps| taps.len).sum();
    let blocks = total.div_ceil(DEPTH).max(1);
    let each = taps.len().div_ceil(blocks).max(1);
    taps.chunks(each).map(<[Taps]>::to_vec).collect()
}

/// The weight by which step `step` of the taps' depth counts for channel `written`; 0 where there is none.
fn value_of(
    window: &Window,
    weight: &[f32],
    reads: Reads,
    (panel, taps, step): (&Panel, &Taps, usize),
    written: usize,
) -> f32 {
    if written >= window.out_channels {
        return 0.0;
    }
    let (per_group, writes) = per_group(window);
    let (rows, columns) = window.kernel;
    let (channel, column) = match reads {
        Reads::Planes => (panel.reads + taps.block, step),
        Reads::Blocks => ((panel.reads + taps.block) * lanes() + step, taps.column),
    };
    let Some(inner) = channel.checked_sub(written / writes * per_group) else {
        return 0.0;
    };
    if inner >= per_group {
        return 0.0;
    }
    weight[((written * per_group + inner) * rows + taps.row) * columns + column]
}
