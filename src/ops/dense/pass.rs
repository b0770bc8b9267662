//! Runs a sweep: bands and ranges of panels side by side, each finished while it is in the cache.
#![expect(
    unsafe_code,
    reason = "ranges of channels of one map are written by several threads"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::finish::Finish;
use super::micro::{Block, Canvas, Pixel, filled, rows};
use super::panels::Panels;
use super::source::Source;
use super::sweep::{Band, DepthBlock, Sweep};
use crate::ops::scratch::with_scratch;

/// Pixels of a band that make up for reading the weights.
const LEAST_PIXELS: usize = 64;

/// Sums over the pixels of each band in turn, `2 * channels` values each, and the bands' pixels.
pub struct Sums {
    pub parts: Vec<f32>,
    pub pixels: Vec<usize>,
}

/// Writes (or adds to) `output` for `images` images.
pub fn run(
    sweep: &Sweep,
    source: Source<'_>,
    panels: &Panels,
    (output, adds): (&mut [f32], bool),
    (images, finish): (usize, Finish<'_>),
) -> Sums {
    let bands = sweep.bands(0..images, LEAST_PIXELS);
    let groups = panels.layout.groups;
    let depth: Vec<Vec<DepthBlock>> = (0..groups.count)
        .map(|group| sweep.blocks(&groups, group))
        .collect();
    let all_panels = groups.count * groups.panels();
    let ranges = Sweep::panel_ranges(all_panels, bands.len());
    let pass = Pass {
        sweep,
        source,
        panels,
        depth: &depth,
        canvas: Canvas::new(output),
        adds,
        finish,
    };
    let tasks: Vec<(usize, &Range<usize>)> = (0..bands.len())
        .flat_map(|band| ranges.iter().map(move |range| (band, range)))
        .collect();
    let parts: Vec<Vec<f32>> = tasks
        .par_iter()
        .map(|(band, range)| pass.task(&bands[*band], (*range).clone()))
        .collect();
    let channels = groups.count * groups.writes;
    let len = finish.sums() * channels;
    let mut all = vec![0f32; bands.len() * len];
    if len > 0 {
        for ((band, range), part) in tasks.iter().zip(&parts) {
            let own = groups.channels((*range).clone());
            let (first, second) = part.split_at(own.len());
            let sums = &mut all[band * len..(band + 1) * len];
            sums[own.clone()].copy_from_slice(first);
            sums[channels + own.start..channels + own.end].copy_from_slice(second);
        }
    }
    Sums {
        parts: all,
        pixels: bands.iter().map(|band| sweep.pixels(band)).collect(),
    }
}

struct Pass<'a> {
    sweep: &'a Sweep,
    source: Source<'a>,
    panels: &'a Panels,
    /// By group.
    depth: &'a [Vec<DepthBlock>],
    canvas: Canvas<'a>,
    adds: bool,
    finish: Finish<'a>,
}

impl Pass<'_> {
    /// Some panels of one band; returns the sums of their channels, one after the other.
    fn task(&self, band: &Band, range: Range<usize>) -> Vec<f32> {
        if let Some(memory) = self.sweep.in_place(self.source) {
            let places = self.sweep.places(band, true);
            return self.panels_of(memory, places, range);
        }
        with_scratch(self.sweep.scratch(band), |scratch| {
            self.sweep.fill(scratch, self.source, band);
            let places = self.sweep.places(band, false);
            self.panels_of(scratch, places, range)
        })
    }

    fn panels_of(&self, memory: &[f32], mut places: Vec<Pixel>, range: Range<usize>) -> Vec<f32> {
        let groups = self.panels.layout.groups;
        let own = groups.channels(range.clone());
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
                    adds: self.adds || block.start > 0,
                };
                // SAFETY: this task alone writes these channels of this band's pixels.
                unsafe { rows(self.canvas, &block) };
            }
        }
        move_to(&mut places, shift, own.start);
        let mut sums = vec![0f32; self.finish.sums() * own.len()];
        // SAFETY: as above.
        unsafe { self.finish.apply(self.canvas, &places, own, &mut sums) };
        sums
    }
}

/// Makes places that begin at channel `from` begin at channel `to`.
fn move_to(places: &mut [Pixel], from: usize, to: usize) {
    for place in places {
        place.to = place.to - from + to;
    }
}
