//! Weights packed for the micro-kernel: panels of neighbouring channels, by depth.
//!
//! Groups so narrow that they would leave lanes empty are merged into one, with zeros where a channel of one group meets
//! another's: with four channels a group (`ResNeXt`) that is a quarter of full speed instead of a tenth.

use std::ops::Range;

use rayon::prelude::*;

use super::micro_kernel::{filled, panel_columns};
use crate::geometry::Window;
use crate::scratch::PACKED;

/// Channels of groups that are worked on together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    pub count: usize,
    /// Groups of the convolution in each.
    pub merged: usize,
    /// Channels read and written by each.
    pub reads: usize,
    pub writes: usize,
}

impl Groups {
    /// For `groups` groups that each read and write so many channels.
    pub fn new(groups: usize, reads: usize, writes: usize) -> Self {
        let fits = |merged: &usize| {
            groups.is_multiple_of(*merged) && merged * writes.max(1) <= panel_columns()
        };
        let merged = (1..=groups).rev().find(fits).unwrap_or(1);
        Self {
            count: groups / merged,
            merged,
            reads: merged * reads,
            writes: merged * writes,
        }
    }

    /// Panels of one group.
    pub fn panels(&self) -> usize {
        self.writes.div_ceil(panel_columns())
    }

    /// Channels written by panels `range`, counted over all groups.
    pub fn channels(&self, range: Range<usize>) -> Range<usize> {
        let (Some(last), panels) = (range.clone().last(), self.panels()) else {
            return 0..0;
        };
        let (first, group) = (range.start, last / panels);
        let start = first / panels * self.writes + self.columns(first % panels).start;
        start..group * self.writes + self.columns(last % panels).end
    }

    /// Real columns of panel `panel`.
    pub fn columns(&self, panel: usize) -> Range<usize> {
        let first = panel * panel_columns();
        first..self.writes.min(first + panel_columns())
    }
}

/// Where a packed matrix of `depth` rows a group keeps each panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub groups: Groups,
    pub depth: usize,
}

impl Layout {
    /// Memory for all panels; 0 where no weight will be written, else of any content.
    fn blank(&self) -> Vec<f32> {
        let mut data = PACKED.take(self.len());
        let groups = self.groups;
        if groups.merged > 1 || filled(groups.writes) != groups.writes {
            data.fill(0.0);
        }
        data
    }

    fn group_len(&self) -> usize {
        self.depth * filled(self.groups.writes)
    }

    pub fn len(&self) -> usize {
        self.groups.count * self.group_len()
    }

    /// The values of a panel: `(depth, filled columns)`.
    pub fn panel(&self, group: usize, panel: usize) -> Range<usize> {
        let start = group * self.group_len() + panel * self.depth * panel_columns();
        start..start + self.depth * filled(self.groups.columns(panel).len())
    }

    /// Cuts `data` into its panels, in order.
    pub fn split<'a>(&self, data: &'a mut [f32]) -> Vec<(usize, usize, &'a mut [f32])> {
        let mut rest = data;
        let mut parts = Vec::with_capacity(self.groups.count * self.groups.panels());
        for group in 0..self.groups.count {
            for panel in 0..self.groups.panels() {
                let len = self.panel(group, panel).len();
                let (part, others) = std::mem::take(&mut rest).split_at_mut(len);
                rest = others;
                parts.push((group, panel, part));
            }
        }
        parts
    }
}

/// Packed weights, in memory of [`PACKED`].
#[derive(Debug)]
pub struct Panels {
    pub layout: Layout,
    pub data: Vec<f32>,
}

impl Drop for Panels {
    fn drop(&mut self) {
        PACKED.put(std::mem::take(&mut self.data));
    }
}

impl Panels {
    /// For the convolution itself: depth (kernel row, kernel column, channel read), columns the channels written.
    pub fn forward(window: &Window, weight: &[f32]) -> Self {
        let groups = forward_groups(window);
        let (reads, writes) = per_group(window);
        let taps = window.kernel.0 * window.kernel.1;
        let layout = Layout {
            groups,
            depth: taps * groups.reads,
        };
        let mut data = layout.blank();
        layout
            .split(&mut data)
            .into_par_iter()
            .for_each(|(group, panel, out)| {
                let columns = groups.columns(panel);
                let width = filled(columns.len());
                for block in blocks(reads) {
                    for (column, written) in columns.clone().enumerate() {
                        let inner = written / writes * reads;
                        let from = (group * groups.writes + written) * reads * taps;
                        let own = &weight[from + block.start * taps..from + block.end * taps];
                        for (read, own) in block.clone().zip(own.chunks_exact(taps)) {
                            let at = (inner + read) * width + column;
                            for (tap, &value) in own.iter().enumerate() {
                                out[at + tap * groups.reads * width] = value;
                            }
                        }
                    }
                }
            });
        Self { layout, data }
    }

    /// For the gradient of the input: depth (kernel row, kernel column, channel of the output) over the kernel's `rows`
    /// and `columns` in the order given, columns the channels of the input.
    pub fn backward(window: &Window, weight: &[f32], rows: &[usize], columns: &[usize]) -> Self {
        let groups = backward_groups(window);
        let (reads, writes) = per_group(window);
        let taps = window.kernel.0 * window.kernel.1;
        let met: Vec<usize> = rows
            .iter()
            .flat_map(|row| {
                columns
                    .iter()
                    .map(move |column| row * window.kernel.1 + column)
            })
            .collect();
        let layout = Layout {
            groups,
            depth: met.len() * groups.reads,
        };
        let mut data = layout.blank();
        layout
            .split(&mut data)
            .into_par_iter()
            .for_each(|(group, panel, out)| {
                let panel = groups.columns(panel);
                let width = filled(panel.len());
                for written in 0..groups.reads {
                    let inner = written / writes;
                    // Channels of this panel that belong to the group of `written`.
                    let own = panel.start.max(inner * reads)..panel.end.min((inner + 1) * reads);
                    if own.is_empty() {
                        continue;
                    }
                    let from = (group * groups.reads + written) * reads * taps;
                    let from = from + (own.start - inner * reads) * taps;
                    let weight = &weight[from..from + own.len() * taps];
                    for (at, tap) in met.iter().enumerate() {
                        let to = (at * groups.reads + written) * width + own.start - panel.start;
                        let values = weight.iter().skip(*tap).step_by(taps);
                        for (out, &value) in out[to..to + own.len()].iter_mut().zip(values) {
                            *out = value;
                        }
                    }
                }
            });
        Self { layout, data }
    }
}

/// Channels read, a cache line of them at a time: rows of weights lie a power of two apart, so that their lines would
/// drive each other out of the first-level cache if all rows were followed side by side.
fn blocks(reads: usize) -> impl Iterator<Item = Range<usize>> {
    (0..reads)
        .step_by(16)
        .map(move |first| first..reads.min(first + 16))
}

/// Channels that one group of the convolution reads and writes.
fn per_group(window: &Window) -> (usize, usize) {
    (
        window.in_channels / window.groups,
        window.out_channels / window.groups,
    )
}

pub fn forward_groups(window: &Window) -> Groups {
    let (reads, writes) = per_group(window);
    Groups::new(window.groups, reads, writes)
}

pub fn backward_groups(window: &Window) -> Groups {
    let (reads, writes) = per_group(window);
    Groups::new(window.groups, writes, reads)
}

/// The gradient of a weight from its panels (as [`Panels::forward`] lays them out) to `(O, I, kernel rows, columns)`.
pub fn unpack(window: &Window, panels: &[f32]) -> Vec<f32> {
    let groups = forward_groups(window);
    let (reads, writes) = per_group(window);
    let taps = window.kernel.0 * window.kernel.1;
    let layout = Layout {
        groups,
        depth: taps * groups.reads,
    };
    let mut weight = vec![0f32; window.weight_len()];
    let mut rest = weight.as_mut_slice();
    let mut parts = Vec::new();
    for group in 0..groups.count {
        for panel in 0..groups.panels() {
            let len = groups.columns(panel).len() * reads * taps;
            let (part, others) = std::mem::take(&mut rest).split_at_mut(len);
            rest = others;
            parts.push((group, panel, part));
        }
    }
    parts.into_par_iter().for_each(|(group, panel, part)| {
        let values = &panels[layout.panel(group, panel)];
        let columns = groups.columns(panel);
        let width = filled(columns.len());
        for block in blocks(reads) {
            for (column, written) in columns.clone().enumerate() {
                let inner = written / writes * reads;
                let to = column * reads * taps;
                let own = &mut part[to + block.start * taps..to + block.end * taps];
                for (read, own) in block.clone().zip(own.chunks_exact_mut(taps)) {
                    let at = (inner + read) * width + column;
                    for (tap, value) in own.iter_mut().enumerate() {
                        *value = values[at + tap * groups.reads * width];
                    }
                }
            }
        }
    });
    weight
}
