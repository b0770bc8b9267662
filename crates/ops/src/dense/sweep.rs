//! One pass of a dense window over maps: what is read where, what is written where, and how it is cut into bands.
//!
//! The convolution itself is one sweep; the gradient of its input is one for each phase of the stride.

use std::ops::Range;

use super::micro_kernel::{Pixel, Run};
use super::panels::Groups;
use super::source::Source;
use crate::geometry::MapSize;

/// Floats of a band's input and output: a second-level cache of half a megabyte, most of it.
const BAND: usize = 98_304;
/// The depth of one block: its part of a panel stays in the first-level cache while all pixels pass.
const DEPTH: usize = 256;
/// Pieces of work a sweep is cut into at least, so that many cores find some.
pub const TASKS: usize = 16;

#[derive(Clone, Debug)]
pub struct Sweep {
    /// Height, width and channels of what is read.
    pub source: (usize, usize, usize),
    pub kernel: (usize, usize),
    pub stride: usize,
    /// The first output reads from that many rows above and columns left of the map (below and right if negative).
    pub before: (isize, isize),
    /// Of the outputs.
    pub out: MapSize,
    pub into: Lattice,
}

/// Where outputs go: every `step`-th row and column of a map, from `origin` on.
#[derive(Clone, Copy, Debug)]
pub struct Lattice {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub step: usize,
    pub origin: (usize, usize),
}

/// Some output rows of neighbouring images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    pub images: Range<usize>,
    pub rows: Range<usize>,
}

impl Sweep {
    pub fn pixels(&self, band: &Band) -> usize {
        band.images.len() * band.rows.len() * self.out.width
    }

    /// Source pixels are only every `every`-th where a window of one pixel jumps over the others.
    fn every(&self) -> usize {
        if self.kernel == (1, 1) {
            self.stride
        } else {
            1
        }
    }

    /// Rows and columns in scratch of a band with so many output rows.
    fn scratch_size(&self, rows: usize) -> (usize, usize) {
        let stride = self.stride / self.every();
        let side = |outputs: usize, kernel: usize| (outputs.max(1) - 1) * stride + kernel;
        (
            side(rows, self.kernel.0),
            side(self.out.width, self.kernel.1),
        )
    }

    fn image_scratch(&self, rows: usize) -> usize {
        let (rows, columns) = self.scratch_size(rows);
        rows * columns * self.source.2
    }

    /// Floats of scratch a band needs.
    pub fn scratch(&self, band: &Band) -> usize {
        band.images.len() * self.image_scratch(band.rows.len())
    }

    /// All bands of `images`, in order; by the shapes alone, so that sums do not depend on who works on them. Each has at
    /// least `least` pixels where there are as many, whatever the channels.
    pub fn bands(&self, images: Range<usize>, least: usize) -> Vec<Band> {
        let height = self.out.height;
        if height == 0 || self.out.width == 0 {
            return Vec::new();
        }
        let cost =
            |rows: usize| self.image_scratch(rows) + rows * self.out.width * self.into.channels;
        let fits = |rows: &usize| cost(*rows) <= BAND || rows * self.out.width <= least;
        let rows = (1..=height).rev().find(fits).unwrap_or(1);
        let rows = height.div_ceil(height.div_ceil(rows));
        let together = if rows == height {
            let enough = least.div_ceil(height * self.out.width);
            (BAND / cost(rows).max(1)).max(enough)
        } else {
            1
        };
        let starts = images.clone().step_by(together);
        let bands = starts.flat_map(|first| {
            (0..height).step_by(rows).map({
                let images = first..images.end.min(first + together);
                move |row| Band {
                    images: images.clone(),
                    rows: row..height.min(row + rows),
                }
            })
        });
        bands.collect()
    }

    /// Ranges of panels that are worked on apart, so that `pieces` others times these make `tasks` pieces of
    /// work.
    pub fn panel_ranges(panels: usize, pieces: usize, tasks: usize) -> Vec<Range<usize>> {
        let wanted = tasks.div_ceil(pieces.max(1)).min(panels.div_ceil(2)).max(1);
        let each = panels.div_ceil(wanted).max(1);
        (0..panels)
            .step_by(each)
            .map(|first| first..panels.min(first + each))
            .collect()
    }

    /// Whether every output reads one whole pixel of the source in turn, so that no copy is needed.
    fn is_plain(&self) -> bool {
        self.kernel == (1, 1)
            && self.stride == 1
            && self.before == (0, 0)
            && (self.source.0, self.source.1) == (self.out.height, self.out.width)
    }

    /// The source's own memory, if the micro-kernel can read it as it is.
    pub fn in_place<'a>(&self, source: Source<'a>) -> Option<&'a [f32]> {
        if self.is_plain() {
            source.as_is()
        } else {
            None
        }
    }

    /// Copies a band's input into scratch, zeros around it.
    pub fn fill(&self, scratch: &mut [f32], source: Source<'_>, band: &Band) {
        let (rows, columns) = self.scratch_size(band.rows.len());
        let (height, width, channels) = self.source;
        let every = self.every();
        let left = self.before.1.max(0) as usize;
        let skipped = (-self.before.1).max(0) as usize;
        let stride = self.stride / every;
        for (image, scratch) in band
            .images
            .clone()
            .zip(scratch.chunks_exact_mut((rows * columns * channels).max(1)))
        {
            for (row, line) in scratch.chunks_exact_mut(columns * channels).enumerate() {
                let y = ((band.rows.start * stride + row) * every) as isize - self.before.0;
                if y < 0 || y as usize >= height {
                    line.fill(0.0);
                    continue;
                }
                let first = (image * height + y as usize) * width;
                if every > 1 {
                    // A window of one pixel has no border here; where it had, it would be a column of zeros.
                    for (column, pixel) in line.chunks_exact_mut(channels).enumerate() {
                        let x = (column * every) as isize - self.before.1;
                        if x < 0 || x as usize >= width {
                            pixel.fill(0.0);
                        } else {
                            source.fill(pixel, first + x as usize);
                        }
                    }
                    continue;
                }
                let (before, rest) = line.split_at_mut(left.min(columns) * channels);
                let inside = (columns - left.min(columns)).min(width.saturating_sub(skipped));
                let (inside, after) = rest.split_at_mut(inside * channels);
                before.fill(0.0);
                after.fill(0.0);
                source.fill(inside, first + skipped);
            }
        }
    }

    /// Where each pixel of a band is read and goes. `in_place`: it is read from the source itself.
    pub fn places(&self, band: &Band, in_place: bool) -> Vec<Pixel> {
        let (rows, columns) = self.scratch_size(band.rows.len());
        let channels = self.source.2;
        let stride = self.stride / self.every();
        let into = &self.into;
        let mut places = Vec::with_capacity(self.pixels(band));
        for (index, image) in band.images.clone().enumerate() {
            for row in band.rows.clone() {
                let y = row * into.step + into.origin.0;
                let to = ((image * into.height + y) * into.width + into.origin.1) * into.channels;
                let from = if in_place {
                    (image * self.source.0 + row) * self.source.1
                } else {
                    (index * rows + (row - band.rows.start) * stride) * columns
                };
                places.extend((0..self.out.width).map(|column| Pixel {
                    from: (from + column * stride) * channels,
                    to: to + column * into.step * into.channels,
                }));
            }
        }
        places
    }

    /// Where the outputs of a band go, from channel `channel` on.
    pub fn outputs(&self, band: &Band, channel: usize) -> Vec<Pixel> {
        let mut places = self.places(band, false);
        for place in &mut places {
            place.to += channel;
        }
        places
    }

    /// The depth of one group as runs of neighbouring values, cut into blocks of at most [`DEPTH`].
    pub fn blocks(&self, groups: &Groups, group: usize) -> Vec<DepthBlock> {
        let (_, columns) = self.scratch_size(1);
        let channels = self.source.2;
        let base = group * groups.reads;
        let runs: Vec<Run> = (0..self.kernel.0)
            .flat_map(|row| {
                let line = row * columns * channels;
                if groups.count == 1 {
                    // All channels of neighbouring taps lie side by side.
                    vec![Run {
                        offset: line,
                        len: self.kernel.1 * channels,
                    }]
                } else {
                    let run = |column| Run {
                        offset: line + column * channels + base,
                        len: groups.reads,
                    };
                    (0..self.kernel.1).map(run).collect()
                }
            })
            .collect();
        cut(&runs, DEPTH)
    }
}

/// Runs whose depth begins at `start`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepthBlock {
    pub start: usize,
    pub depth: usize,
    pub runs: Vec<Run>,
}

/// Cuts runs so that no block is deeper than `most`, in nearly equal blocks.
fn cut(runs: &[Run], most: usize) -> Vec<DepthBlock> {
    let total: usize = runs.iter().map(|run| run.len).sum();
    let most = total.div_ceil(total.div_ceil(most).max(1)).max(1);
    let mut blocks: Vec<DepthBlock> = Vec::new();
    let mut done = 0;
    for run in runs {
        let mut run = *run;
        while run.len > 0 {
            if done % most == 0 {
                blocks.push(DepthBlock {
                    start: done,
                    depth: 0,
                    runs: Vec::new(),
                });
            }
            let len = run.len.min(most - done % most);
            if let Some(block) = blocks.last_mut() {
                block.runs.push(Run { len, ..run });
                block.depth += len;
            }
            run.offset += len;
            run.len -= len;
            done += len;
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_the_depth_in_order() {
        let runs = [
            Run {
                offset: 5,
                len: 300,
            },
            Run {
                offset: 1000,
                len: 300,
            },
        ];
        let blocks = cut(&runs, 256);
        let depths: Vec<_> = blocks.iter().map(|b| (b.start, b.depth)).collect();
        assert_eq!(depths, [(0, 200), (200, 200), (400, 200)]);
        let second = [
            Run {
                offset: 205,
                len: 100,
            },
            Run {
                offset: 1000,
                len: 100,
            },
        ];
        assert_eq!(blocks[1].runs, second);
    }

    #[test]
    fn panels_are_shared_out_only_where_there_is_too_little_work() {
        assert_eq!(Sweep::panel_ranges(8, 16, 16), vec![0..8; 1]);
        assert_eq!(
            Sweep::panel_ranges(32, 4, 16),
            [0..8, 8..16, 16..24, 24..32]
        );
        assert_eq!(Sweep::panel_ranges(1, 1, 16), vec![0..1; 1]);
    }
}
