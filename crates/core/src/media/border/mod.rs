//! Letterbox, pillarbox and thin uniform borders, of any color.
//!
//! From each side, lines count as border as long as nearly all of their pixels have the color of the outermost line
//! (nearly all, so that a logo or a subtitle in a bar does no harm; the rule is czkawka 12's, for any color instead of
//! black). A plain background is uniform too: what tells a border is that the image begins all along its inner edge at
//! once. A dark scene ends gradually, so it is no border either; in a film the frames decide together ([`film`]).

pub mod film;
mod insets;
pub mod source;

use image::RgbImage;

pub use self::insets::Insets;

/// A pixel whose channels differ less from the border's color belongs to it (of 255).
const TOLERANCE: u8 = 20;
/// Part of a line that has to be uniform.
const UNIFORM_FRACTION: f64 = 0.95;
/// Part of the inner edge along which the image has to begin.
const EDGE_FRACTION: f64 = 0.5;
/// Lines within which it has to: scaling and compression smear the edge.
const EDGE_LINES: usize = 3;
/// Pixels of a line that are looked at.
const SAMPLES: usize = 256;
/// Part of the image behind its edge that the edge is compared with, and how much of its contrast the edge has to have: a
/// dark scene becomes light slowly.
const DEPTH_FRACTION: f64 = 0.12;
const ABRUPT_FRACTION: f64 = 0.5;
/// A border on one side alone is believed up to this part of the image; a wider one is a sky or a wall.
const LONE_FRACTION: f64 = 0.05;

/// What one side of an image looks like from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Lines of the outermost line's color, in pixels of the image.
    pub lines: u16,
    /// Part of the next lines' pixels that have another color, in 1/255; 0 if the change is gradual.
    pub edge: u8,
    /// The outermost line's color.
    pub color: [u8; 3],
}

impl Run {
    fn has_edge(self) -> bool {
        self.lines > 0 && f64::from(self.edge) >= EDGE_FRACTION * 255.0
    }
}

/// Left, top, right, bottom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs(pub [Run; 4]);

const BYTES: usize = 6;

impl Runs {
    pub fn of(image: &RgbImage) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let pixel = |x: usize, y: usize| -> [u8; 3] {
            let at = 3 * (y * width + x);
            let found = image.as_raw().get(at..at + 3);
            found.and_then(|p| p.try_into().ok()).unwrap_or_default()
        };
        let column = |x: usize| line(height, |y| pixel(x, y));
        let row = |y: usize| line(width, |x| pixel(x, y));
        Self([
            run(width, column),
            run(height, row),
            run(width, |x| column(width - 1 - x)),
            run(height, |y| row(height - 1 - y)),
        ])
    }

    /// A single color all over: nothing can be said about its border.
    pub fn is_blank(self, width: u32, height: u32) -> bool {
        let [left, top, ..] = self.0;
        u32::from(left.lines) >= width.min(u32::from(u16::MAX))
            || u32::from(top.lines) >= height.min(u32::from(u16::MAX))
    }

    /// The border of an image by itself.
    pub fn insets(self, width: u32, height: u32) -> Insets {
        if self.is_blank(width, height) {
            return Insets::default();
        }
        let found = self.0.map(|run| {
            if run.has_edge() {
                u32::from(run.lines)
            } else {
                0
            }
        });
        believable(found, width, height)
    }

    /// As a fact.
    pub fn to_bytes(self) -> Vec<u8> {
        let sides = self.0.iter();
        sides
            .flat_map(|run| {
                let [low, high] = run.lines.to_le_bytes();
                let [red, green, blue] = run.color;
                [low, high, run.edge, red, green, blue]
            })
            .collect()
    }

    /// `None` if the bytes are none of [`Runs::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (sides, rest) = bytes.as_chunks::<BYTES>();
        let sides: &[[u8; BYTES]; 4] = sides.try_into().ok()?;
        let of_side = |&[low, high, edge, red, green, blue]: &[u8; BYTES]| Run {
            lines: u16::from_le_bytes([low, high]),
            edge,
            color: [red, green, blue],
        };
        rest.is_empty().then(|| Self(sides.each_ref().map(of_side)))
    }
}

/// Leaves out a wide border that has none opposite.
fn believable([left, top, right, bottom]: [u32; 4], width: u32, height: u32) -> Insets {
    let keep = |own: u32, opposite: u32, length: u32| {
        let is_thin = f64::from(own) <= LONE_FRACTION * f64::from(length);
        if opposite > 0 || is_thin { own } else { 0 }
    };
    Insets::from_sides([
        keep(left, right, width),
        keep(top, bottom, height),
        keep(right, left, width),
        keep(bottom, top, height),
    ])
}

/// Some of the pixels of a line, evenly spaced.
fn line(length: usize, pixel: impl Fn(usize) -> [u8; 3]) -> Vec<[u8; 3]> {
    let count = length.min(SAMPLES);
    (0..count)
        .map(|sample| pixel((2 * sample + 1) * length / (2 * count)))
        .collect()
}

fn run(count: usize, line: impl Fn(usize) -> Vec<[u8; 3]>) -> Run {
    let color = median_color(&line(0));
    let other_fraction = |index: usize| {
        let pixels = line(index);
        let others = pixels.iter().filter(|pixel| !is_near(**pixel, color));
        others.count() as f64 / pixels.len().max(1) as f64
    };
    let lines = (0..count)
        .take_while(|&index| other_fraction(index) <= 1.0 - UNIFORM_FRACTION)
        .count();
    let begin = lines..count.min(lines + EDGE_LINES);
    let depth = EDGE_LINES + (DEPTH_FRACTION * count as f64) as usize;
    let behind = (lines..count.min(lines + depth)).step_by(4);
    let greatest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
    let contrast = |index: usize| contrast(&line(index), color);
    let is_abrupt = greatest(&mut begin.clone().map(contrast))
        >= ABRUPT_FRACTION * greatest(&mut behind.map(contrast));
    let edge = if is_abrupt {
        greatest(&mut begin.map(other_fraction))
    } else {
        0.0
    };
    Run {
        lines: lines.min(usize::from(u16::MAX)) as u16,
        edge: (edge * 255.0).round() as u8,
        color,
    }
}

/// Mean distance from a color, of 255.
fn contrast(pixels: &[[u8; 3]], color: [u8; 3]) -> f64 {
    let distance = |pixel: &[u8; 3]| -> u32 {
        let channels = pixel.iter().zip(color);
        channels.map(|(a, b)| u32::from(a.abs_diff(b))).sum()
    };
    let sum: u32 = pixels.iter().map(distance).sum();
    f64::from(sum) / (3 * pixels.len().max(1)) as f64
}

fn median_color(pixels: &[[u8; 3]]) -> [u8; 3] {
    [0, 1, 2].map(|channel| {
        let mut values: Vec<u8> = pixels.iter().map(|pixel| pixel[channel]).collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    })
}

fn is_near(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= TOLERANCE)
}

#[cfg(test)]
mod tests;
