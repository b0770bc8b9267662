//! Runs a sweep: bands and ranges of panels side by side, each finished while it is in the cache.
#![expect(
    unsafe_code,
    reason = "ranges of channels of one map are written by several threads"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::finish::Finish;
use super::micro_kernel::{Block, Canvas, Pixel, filled, rows};
use super::panels::Panels;
use super::source::Source;
use super::sweep::{Band, DepthBlock, Sweep, TASKS};
use crate::scratch::with_scratch;

/// Pixels of a band that make up for reading the weights.
const LEAST_PIXELS: usize = 64;

/// Sums over the pixels of each band in turn, `2 * channels` values each, and the bands' pixels.
pub struct Sums {
    pub parts: Vec<f32>,
    pub pixels: Vec<usize>,
}

/// The map that is written (or added to), and what is done to it then.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub canvas: Canvas<'a>,
    pub adds: bool,
    pub finish: Finish<'a>,
}

/// Makes the outputs of `images` images.
pub fn run(
    sweep: &Sweep,
    source: Source<'_>,
    panels: &Panels,
    target: Target<'_>,
    images: usize,
) -> Sums {
    let bands = sweep.bands(0..images, LEAST_PIXELS);
    let groups = panels.layout.groups;
    let depth: Vec<Vec<DepthBlock>> = (0..groups.count)
        .map(|group| sweep.blocks(&groups, group))
        .collect();
    let ranges = Sweep::panel_ranges(groups.count * groups.panels(), bands.len(), TASKS);
    let pass = Pass {
        sweep,
        source,
        panels,
        depth: &depth,
        target,
    };
    let channels = groups.count * groups.writes;
    collect(
        (sweep, channels),
        &bands,
        &ranges,
        target,
        |_, band, range| {
            pass.task(band, range.clone());
            groups.channels(range.clone())
        },
    )
}

/// Has `make` write some panels of one band, for all of them side by side, and finishes what it wrote; it tells which
/// channels those were.
pub fn collect(
    (sweep, channels): (&Sweep, usize),
    bands: &[Band],
    ranges: &[Range<usize>],
    target: Target<'_>,
    make: impl Fn(Canvas<'_>, &Band, &Range<usize>) -> Range<usize> + Sync,
) -> Sums {
    let tasks: Vec<(usize, &Range<usize>)> = (0..bands.len())
        .flat_map(|band| ranges.iter().map(move |range| (band, range)))
        .collect();
    // Bands of whole tiles may end below the map.
    let real = |band: &Band| Band {
        images: band.images.clone(),
        rows: band.rows.start..band.rows.end.min(sweep.out.height),
    };
    let per_channel = target.finish.sums();
    let parts: Vec<(Range<usize>, Vec<f32>)> = tasks
        .par_iter()
        .map(|(band, range)| {
            let own = make(target.canvas, &bands[*band], range);
            let mut sums = vec![0f32; per_channel * own.len()];
            if !matches!(target.finish, Finish::Nothing) {
                let places = sweep.outputs(&real(&bands[*band]), own.start);
                // SAFETY: this task alone writes these channels of this band's pixels.
                unsafe {
                    target
                        .finish
                        .apply(target.canvas, &places, own.clone(), &mut sums);
                }
            }
            (own, sums)
        })
        .collect();
    let len = per_channel * channels;
    let mut all = vec![0f32; bands.len() * len];
    if len > 0 {
        for ((band, _), (own, part)) in tasks.iter().zip(&parts) {
            let (first, second) = part.split_at(own.len());
            let sums = &mut all[band * len..(band + 1) * len];
            sums[own.clone()].copy_from_slice(first);
            sums[channels + own.start..channels + own.end].copy_from_slice(second);
        }
    }
    Sums {
        parts: all,
        pixels: bands.iter().map(|band| sweep.pixels(&real(band))).collect(),
    }
}

struct Pass<'a> {
    sweep: &'a Sweep,
    source: Source<'a>,
    panels: &'a Panels,
    /// By group.
    depth: &'a [Vec<DepthBlock>],
    target: Target<'a>,
}

impl Pass<'_> {
    /// Some panels of one band.
    fn task(&self, band: &Band, range: Range<usize>) {
        if let Some(memory) = self.sweep.in_place(self.source) {
            let places = self.sweep.places(band, true);
            self.panels_of(memory, places, range);
            return;
        }
        with_scratch(self.sweep.scratch(band), |scratch| {
            self.sweep.fill(scratch, self.source, band);
            let places = self.sweep.places(band, false);
            self.panels_of(scratch, places, range);
        });
    }

    fn panels_of(&self, memory: &[f32], mut places: Vec<Pixel>, range: Range<usize>) {
        let groups = self.panels.layout.groups;
        let mut shift = 0;
        for index in range {
            let (group, panel) = (index / groups.panels(), index % groups.panels());
            let channels = groups.channels(index..index + 1);
            move_to(&mut places, shift, channels.start);
            shift = channels.start;
            let width = filled(channels.len());
            let weights = &self.panels.data[self.panels.layout.panel(group, panel)];
            for block in &self.depth[group] {
                let weights = &weights[block.start * width..(block.start + block.depth) * width];
                let block = Block {
                    source: memory,
                    pixels: &places,
                    runs: &block.runs,
                    panel: weights,
                    columns: channels.len(),
                    adds: self.target.adds || block.start > 0,
                };
                // SAFETY: this task alone writes these channels of this band's pixels.
                unsafe { rows(self.target.canvas, &block) };
            }
        }
    }
}

/// Makes places that begin at channel `from` begin at channel `to`.
fn move_to(places: &mut [Pixel], from: usize, to: usize) {
    for place in places {
        place.to = place.to - from + to;
    }
}
