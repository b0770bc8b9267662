//! One frame of a film shrunk to 64×36 pixels, and how two such frames differ.
//!
//! So small a frame has lost noise, grain and subtitles but kept composition and color, and a window of a hundred
//! of them is under a megabyte.

use std::ops::Range;

pub const WIDTH: usize = 64;
pub const HEIGHT: usize = 36;
/// Blue, green and red, 8 bit, rows from the top.
pub const BYTES: usize = WIDTH * HEIGHT * 3;
/// ffmpeg's name for it. To rgb24 it converts more slowly than it shrinks a frame.
pub const FORMAT: &str = "bgr24";

/// A frame with less contrast than this (standard deviation, levels of 255) shows nothing: black, white, one color.
const BLANK_DEVIATION: f32 = 3.0;
const NEARLY_BLANK_DEVIATION: f32 = 8.0;
/// Rows and columns at the edges that are nowhere lighter than this are black bars.
const BAR_LEVEL: u8 = 24;

#[derive(Clone, Debug, PartialEq)]
pub struct SmallFrame {
    pixels: Vec<u8>,
    mean: f32,
    deviation: f32,
}

impl SmallFrame {
    /// `pixels`: [`BYTES`] bytes.
    pub fn new(pixels: Vec<u8>) -> Self {
        debug_assert_eq!(pixels.len(), BYTES, "a small frame has a fixed size");
        let count = pixels.len().max(1) as f32;
        let sum: u32 = pixels.iter().map(|&value| u32::from(value)).sum();
        let squares: u32 = pixels.iter().map(|&value| u32::from(value).pow(2)).sum();
        let mean = sum as f32 / count;
        let deviation = (squares as f32 / count - mean * mean).max(0.0).sqrt();
        Self {
            pixels,
            mean,
            deviation,
        }
    }

    /// [`BYTES`] bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Blue, green and red of a pixel, counted by rows.
    pub fn pixel(&self, at: usize) -> Option<[u8; 3]> {
        let values = self.pixels.get(at * 3..at * 3 + 3)?;
        values.try_into().ok()
    }

    pub fn is_blank(&self) -> bool {
        self.deviation < BLANK_DEVIATION
    }

    /// Faded so far that rounding has spoiled what is left.
    pub fn is_nearly_blank(&self) -> bool {
        self.deviation < NEARLY_BLANK_DEVIATION
    }

    /// Mean absolute difference over pixels and channels, 0 to 255.
    pub fn distance(&self, other: &Self) -> f32 {
        let sum: u32 = self
            .pixels
            .iter()
            .zip(&other.pixels)
            .map(|(&a, &b)| u32::from(a.abs_diff(b)))
            .sum();
        sum as f32 / BYTES as f32
    }

    /// Fraction of the channel values that differ by more than `levels`, black bars around both images left out.
    pub fn changed_fraction(&self, other: &Self, levels: u8) -> f32 {
        let shows = |index: &usize| {
            let values = [&self.pixels, &other.pixels].map(|pixels| pixels.get(*index));
            values.into_iter().flatten().any(|&value| value > BAR_LEVEL)
        };
        let is_row = |y: &usize| (y * WIDTH * 3..(y + 1) * WIDTH * 3).any(|index| shows(&index));
        let is_column = |x: &usize| {
            (0..HEIGHT).any(|y| (0..3).any(|channel| shows(&((y * WIDTH + x) * 3 + channel))))
        };
        let rows = between_first_and_last(HEIGHT, is_row);
        let columns = between_first_and_last(WIDTH, is_column);
        let all = rows.len() * columns.len() * 3;
        let changed: usize = rows
            .map(|y| {
                let row = (y * WIDTH + columns.start) * 3..(y * WIDTH + columns.end) * 3;
                let pair = (self.pixels.get(row.clone()), other.pixels.get(row));
                let (Some(ours), Some(theirs)) = pair else {
                    return 0;
                };
                let pairs = ours.iter().zip(theirs);
                pairs.filter(|&(a, b)| a.abs_diff(*b) > levels).count()
            })
            .sum();
        changed as f32 / all.max(1) as f32
    }

    /// Pearson's correlation over all channel values; a change of brightness or contrast alone leaves it at 1.
    pub fn correlation(&self, other: &Self) -> f32 {
        let products: u32 = self
            .pixels
            .iter()
            .zip(&other.pixels)
            .map(|(&a, &b)| u32::from(a) * u32::from(b))
            .sum();
        let covariance = products as f32 / BYTES as f32 - self.mean * other.mean;
        covariance / (self.deviation * other.deviation).max(f32::EPSILON)
    }

    /// Mean absolute difference from the blend of `from` and `to` at `position`, 0 to 1, which is rounded to 1/128.
    pub fn blend_residual(&self, from: &Self, to: &Self, position: f32) -> f32 {
        // So the numbers just fit into 16 bits, of which processors compute eight and more at once.
        const ONE: i16 = 128;
        let weight = (position * f32::from(ONE)).round() as i16;
        let sum: u32 = self
            .pixels
            .iter()
            .zip(&from.pixels)
            .zip(&to.pixels)
            .map(|((&value, &a), &b)| {
                let (value, a, b) = (i16::from(value), i16::from(a), i16::from(b));
                u32::from((value * ONE - (a * (ONE - weight) + b * weight)).unsigned_abs())
            })
            .sum();
        sum as f32 / (f32::from(ONE) * BYTES as f32)
    }
}

/// The straight line between two frames, on which the frames of a dissolve lie.
pub struct Blend {
    /// The second frame less the first.
    direction: Vec<i16>,
    /// Inner product of the first frame with the direction.
    start: i32,
    /// Squared length of the direction.
    length: i32,
}

impl Blend {
    pub fn between(from: &SmallFrame, to: &SmallFrame) -> Self {
        let pairs = from.pixels.iter().zip(&to.pixels);
        let direction: Vec<i16> = pairs.map(|(&a, &b)| i16::from(b) - i16::from(a)).collect();
        Self {
            start: inner_product(&from.pixels, &direction),
            // 6,912 products of at most 255² stay below 2^31.
            length: direction.iter().map(|&d| i32::from(d) * i32::from(d)).sum(),
            direction,
        }
    }

    /// Where on the line, 0 at the first frame and 1 at the second, the point nearest to this frame lies (least squares).
    pub fn position(&self, frame: &SmallFrame) -> f32 {
        let along = inner_product(&frame.pixels, &self.direction) - self.start;
        along as f32 / self.length.max(1) as f32
    }
}

fn inner_product(pixels: &[u8], direction: &[i16]) -> i32 {
    let pairs = pixels.iter().zip(direction);
    // 16 bits first: processors multiply and add those in pairs.
    pairs
        .map(|(&value, &d)| i32::from(i16::from(value)) * i32::from(d))
        .sum()
}

fn between_first_and_last(length: usize, holds: impl Fn(&usize) -> bool) -> Range<usize> {
    let first = (0..length).find(&holds).unwrap_or(length);
    let last = (first..length).rev().find(&holds).unwrap_or(first);
    first..(last + 1).min(length)
}
