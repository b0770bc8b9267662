//! The gradient of a dense convolution's weight: outer products of input and output gradient, summed over pixels.

use rayon::prelude::*;

use super::micro_kernel::{Block, Pixel, filled, outer};
use super::panels::{Groups, Layout, forward_groups, unpack};
use super::source::Source;
use super::sweep::{Band, DepthBlock, Sweep, TASKS};
use crate::geometry::Window;
use crate::scratch::{PACKED, with_scratch};
use crate::simd::kernel;
use crate::upstream::Upstream;

/// Pixels whose packed gradients stay in the first-level cache while the depth passes, and that make up for going
/// through all sums.
const PIXELS: usize = 256;
/// Shares of the pixels, each with a sum of its own, as long as those are small: their number and floats together.
const SHARES: usize = 8;
const SHARED_LEN: usize = 2_097_152;

/// In the layout of PyTorch, `(O, I / groups, kernel rows, kernel columns)`.
pub fn gradient(
    sweep: &Sweep,
    window: &Window,
    source: Source<'_>,
    upstream: Upstream<'_>,
    images: usize,
) -> Vec<f32> {
    let groups = forward_groups(window);
    let layout = Layout {
        groups,
        depth: window.kernel.0 * window.kernel.1 * groups.reads,
    };
    let bands = sweep.bands(0..images, PIXELS);
    let shares = (SHARED_LEN / layout.len().max(1)).clamp(1, SHARES.min(bands.len().max(1)));
    let per_share = bands.len().div_ceil(shares).max(1);
    let shares = bands.len().div_ceil(per_share).max(1);
    let all_panels = groups.count * groups.panels();
    let ranges = Sweep::panel_ranges(all_panels, shares, TASKS);
    let depth: Vec<Vec<DepthBlock>> = (0..groups.count)
        .map(|group| sweep.blocks(&groups, group))
        .collect();
    let mut parts = PACKED.take(shares * layout.len());
    if bands.is_empty() {
        parts.fill(0.0);
    }
    let mut tasks = Vec::new();
    for (bands, part) in bands
        .chunks(per_share)
        .zip(parts.chunks_mut(layout.len().max(1)))
    {
        let mut panels = layout.split(part).into_iter();
        for range in &ranges {
            let own: Vec<_> = panels.by_ref().take(range.len()).collect();
            tasks.push((bands, own));
        }
    }
    let work = Work {
        sweep,
        source,
        upstream,
        groups,
        depth: &depth,
    };
    tasks
        .into_par_iter()
        .for_each(|(bands, mut panels)| work.share(bands, &mut panels));
    add_shares(&mut parts, layout.len());
    let weight = unpack(window, &parts);
    PACKED.put(parts);
    weight
}

/// Adds all shares of `len` values in their order, in double precision, into the first.
fn add_shares(parts: &mut [f32], len: usize) {
    let (total, others) = parts.split_at_mut(len);
    if !others.is_empty() {
        let piece = 16_384;
        total
            .par_chunks_mut(piece)
            .enumerate()
            .for_each(|(index, total)| {
                let mut sums: Vec<f64> = total.iter().map(|&v| f64::from(v)).collect();
                for share in others.chunks_exact(len) {
                    for (sum, &value) in sums.iter_mut().zip(&share[index * piece..]) {
                        *sum += f64::from(value);
                    }
                }
                for (total, sum) in total.iter_mut().zip(sums) {
                    *total = sum as f32;
                }
            });
    }
}

struct Work<'a> {
    sweep: &'a Sweep,
    source: Source<'a>,
    upstream: Upstream<'a>,
    groups: Groups,
    /// By group.
    depth: &'a [Vec<DepthBlock>],
}

impl Work<'_> {
    /// Some bands' part of some panels (group, panel, sums).
    fn share(&self, bands: &[Band], panels: &mut [(usize, usize, &mut [f32])]) {
        for (index, band) in bands.iter().enumerate() {
            if let Some(memory) = self.sweep.in_place(self.source) {
                let places = self.sweep.places(band, true);
                self.band(memory, &places, panels, index > 0);
                continue;
            }
            with_scratch(self.sweep.scratch(band), |scratch| {
                self.sweep.fill(scratch, self.source, band);
                let places = self.sweep.places(band, false);
                self.band(scratch, &places, panels, index > 0);
            });
        }
    }

    fn band(
        &self,
        memory: &[f32],
        places: &[Pixel],
        panels: &mut [(usize, usize, &mut [f32])],
        adds: bool,
    ) {
        let widths: usize = panels.iter().map(|(_, panel, _)| self.width(*panel)).sum();
        with_scratch(PIXELS * widths, |packed| {
            for (index, places) in places.chunks(PIXELS).enumerate() {
                self.pack(packed, places, panels);
                let mut packed = &*packed;
                for (group, panel, sums) in &mut *panels {
                    let width = self.width(*panel);
                    let (own, others) = packed.split_at(places.len() * width);
                    packed = others;
                    for block in &self.depth[*group] {
                        let depth = block.start * width..(block.start + block.depth) * width;
                        let block = Block {
                            source: memory,
                            pixels: places,
                            runs: &block.runs,
                            panel: own,
                            columns: self.groups.columns(*panel).len(),
                            adds: adds || index > 0,
                        };
                        outer(&mut sums[depth], &block);
                    }
                }
            }
        });
    }

    fn width(&self, panel: usize) -> usize {
        filled(self.groups.columns(panel).len())
    }

    /// The raw output's gradient in the panels' channels: panel by panel, their filled width a pixel. All of a pixel's
    /// channels at once, because they lie together in both maps.
    fn pack(&self, packed: &mut [f32], places: &[Pixel], panels: &[(usize, usize, &mut [f32])]) {
        let (Some((first, from, _)), Some((last, to, _))) = (panels.first(), panels.last()) else {
            return;
        };
        let count = self.groups.panels();
        let own = self
            .groups
            .channels(first * count + from..last * count + to + 1);
        let raw = self.upstream.raw;
        let coefficients =
            (!raw.is_same).then(|| [&raw.a, &raw.b, &raw.d].map(|values| &values[own.clone()]));
        let maps = [self.upstream.gradient, self.upstream.output].map(|map| &map[own.start..]);
        let columns: Vec<usize> = panels
            .iter()
            .map(|(_, panel, _)| self.groups.columns(*panel).len())
            .collect();
        pack_pixels(packed, &columns, places, maps, coefficients);
    }
}

kernel! {
    fn pack_pixels(packed: &mut [f32], columns: &[usize], places: &[Pixel], maps: [&[f32]; 2], coefficients: Option<[&[f32]; 3]>) {
        for (index, place) in places.iter().enumerate() {
            let (mut channel, mut start) = (0, 0);
            for &columns in columns {
                let width = filled(columns);
                let [g, y] = maps.map(|map| &map[place.to + channel..place.to + channel + columns]);
                let to = start + index * width;
                let (real, rest) = packed[to..to + width].split_at_mut(columns);
                if let Some(coefficients) = coefficients {
                    let [a, b, d] = coefficients.map(|values| &values[channel..channel + columns]);
                    for c in 0..columns {
                        real[c] = a[c] * g[c] + (b[c] * y[c] + d[c]);
                    }
                } else {
                    real.copy_from_slice(g);
                }
                rest.fill(0.0);
                channel += columns;
                start += places.len() * width;
            }
        }
    }
}
