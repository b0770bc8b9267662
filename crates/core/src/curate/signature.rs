//! What two versions of an image have in common: a perceptual hash to find candidates, a small image to compare them.
//!
//! The hash is the signs of the 64 lowest frequencies of a cosine transform of the image without its border, reduced to
//! 32×32. A sign says as much as a comparison with the median, which imagededup and `CleanVision` take, and mirroring the
//! image turns known signs, so mirrored images are found without a second hash. A crop moves frequencies: a second hash,
//! of the middle, keeps crops of up to about 8 % a side within reach. Most brightness and contrast cancel out.
//!
//! Hashes of unrelated images meet by chance (half light, half dark is enough), so nothing is called a duplicate by its
//! hash alone: see [`super::compare`].

use std::f64::consts::PI;

use super::view::Plane;
use crate::media::border::Insets;

/// Side of the small image.
pub const GRID: usize = 24;
const CELLS: usize = GRID * GRID;
/// Side of what the hash is made of.
const HASH_GRID: usize = 32;
/// A multiple of both.
const WHOLE: usize = 96;
/// Of each side, for the hash of the middle.
const MIDDLE_CROP: f64 = 0.05;
/// Frequencies per direction that the hash looks at.
const FREQUENCIES: usize = 11;
/// Smaller images have no detail that could be compared.
const LEAST_SIDE: usize = 16;

/// Signature of an image, some 600 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Of the whole image.
    pub hash: u64,
    /// Of the image without [`MIDDLE_CROP`] on each side.
    pub middle_hash: u64,
    /// Luma, stretched to 0 to 255, row by row.
    pub grid: Box<[u8; CELLS]>,
}

impl Signature {
    /// `None` for an image of one tone, or one that is too small.
    pub fn of(luma: &Plane, border: Insets) -> Option<Self> {
        let whole = Area {
            left: f64::from(border.left),
            top: f64::from(border.top),
            right: luma.width as f64 - f64::from(border.right),
            bottom: luma.height as f64 - f64::from(border.bottom),
        };
        if whole.right - whole.left < LEAST_SIDE as f64
            || whole.bottom - whole.top < LEAST_SIDE as f64
        {
            return None;
        }
        let fine = reduce(luma, whole, WHOLE);
        let grid = stretched(&pool(&fine, GRID))?;
        Some(Self {
            hash: hash(&pool(&fine, HASH_GRID)),
            middle_hash: hash(&reduce(luma, whole.middle(), HASH_GRID)),
            grid,
        })
    }

    /// As a fact; of `None` nothing.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.hash.to_le_bytes().to_vec();
        bytes.extend(self.middle_hash.to_le_bytes());
        bytes.extend(self.grid.as_slice());
        bytes
    }

    /// `None` if the bytes are none of [`Signature::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hash, rest) = bytes.split_first_chunk()?;
        let (middle_hash, rest) = rest.split_first_chunk()?;
        let grid: Box<[u8]> = rest.into();
        Some(Self {
            hash: u64::from_le_bytes(*hash),
            middle_hash: u64::from_le_bytes(*middle_hash),
            grid: grid.try_into().ok()?,
        })
    }

    /// Of the image mirrored left to right.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let turned = turned_by_mirror();
        let mut grid = self.grid.clone();
        for row in grid.chunks_exact_mut(GRID) {
            row.reverse();
        }
        Self {
            hash: self.hash ^ turned,
            middle_hash: self.middle_hash ^ turned,
            grid,
        }
    }
}

#[derive(Clone, Copy)]
struct Area {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Area {
    fn middle(self) -> Self {
        let (x, y) = (
            MIDDLE_CROP * (self.right - self.left),
            MIDDLE_CROP * (self.bottom - self.top),
        );
        Self {
            left: self.left + x,
            top: self.top + y,
            right: self.right - x,
            bottom: self.bottom - y,
        }
    }
}

/// Means over the cells of a grid of `side`² on the area; parts of pixels count in part.
fn reduce(luma: &Plane, area: Area, side: usize) -> Vec<f64> {
    let columns = spans(area.left, area.right, side, luma.width);
    let rows = spans(area.top, area.bottom, side, luma.height);
    let mut cells = Vec::with_capacity(side * side);
    for span in &rows {
        let mut sums = vec![0.0; luma.width];
        let weighted = luma.rows().skip(span.first).zip(&span.weights);
        for (row, weight) in weighted {
            for (sum, &value) in sums.iter_mut().zip(row) {
                *sum += weight * f64::from(value);
            }
        }
        cells.extend(columns.iter().map(|span| {
            let values = sums.iter().skip(span.first).zip(&span.weights);
            values.map(|(sum, weight)| sum * weight).sum::<f64>()
        }));
    }
    cells
}

/// The pixels below a cell and their weights, which add up to 1.
struct Span {
    first: usize,
    weights: Vec<f64>,
}

fn spans(from: f64, to: f64, cells: usize, length: usize) -> Vec<Span> {
    let step = (to - from) / cells as f64;
    (0..cells)
        .map(|cell| {
            let (begin, end) = (from + cell as f64 * step, from + (cell + 1) as f64 * step);
            let first = (begin as usize).min(length - 1);
            let last = ((end.ceil() as usize).max(first + 1)).min(length);
            let weights = (first..last).map(|pixel| {
                let covered = end.min(pixel as f64 + 1.0) - begin.max(pixel as f64);
                covered.max(0.0) / step
            });
            Span {
                first,
                weights: weights.collect(),
            }
        })
        .collect()
}

/// Means of square blocks of the [`WHOLE`] grid.
fn pool(fine: &[f64], side: usize) -> Vec<f64> {
    let block = WHOLE / side;
    let mut cells = vec![0.0; side * side];
    for (y, row) in fine.chunks_exact(WHOLE).enumerate() {
        for (x, value) in row.iter().enumerate() {
            if let Some(cell) = cells.get_mut(y / block * side + x / block) {
                *cell += value / (block * block) as f64;
            }
        }
    }
    cells
}

/// `None` if all cells have nearly one tone.
fn stretched(cells: &[f64]) -> Option<Box<[u8; CELLS]>> {
    let least = cells.iter().copied().fold(f64::INFINITY, f64::min);
    let most = cells.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if most - least < 2.0 {
        return None;
    }
    let scale = 255.0 / (most - least);
    let bytes = cells
        .iter()
        .map(|cell| ((cell - least) * scale).round() as u8);
    bytes.collect::<Box<[u8]>>().try_into().ok()
}

/// The frequencies of the hash, vertical and horizontal, lowest first: one a bit.
fn frequencies() -> [(usize, usize); 64] {
    let mut all: Vec<(usize, usize)> = (0..FREQUENCIES)
        .flat_map(|u| (0..FREQUENCIES).map(move |v| (u, v)))
        .filter(|&(u, v)| u + v > 0)
        .collect();
    all.sort_by_key(|&(u, v)| (u + v, u));
    let mut lowest = [(0, 0); 64];
    lowest.iter_mut().zip(all).for_each(|(to, from)| *to = from);
    lowest
}

/// Bits that change when the image is mirrored: those of odd horizontal frequencies.
fn turned_by_mirror() -> u64 {
    let odd = frequencies().map(|(_, v)| v % 2);
    odd.iter()
        .enumerate()
        .fold(0, |bits, (at, &odd)| bits | ((odd as u64) << at))
}

fn hash(cells: &[f64]) -> u64 {
    let cosine = |frequency: usize, at: usize| {
        (PI * frequency as f64 * (2 * at + 1) as f64 / (2 * HASH_GRID) as f64).cos()
    };
    let cosines: Vec<Vec<f64>> = (0..FREQUENCIES)
        .map(|frequency| (0..HASH_GRID).map(|at| cosine(frequency, at)).collect())
        .collect();
    let along = |values: &[f64], cosines: &[f64]| -> f64 {
        values.iter().zip(cosines).map(|(a, b)| a * b).sum()
    };
    // By horizontal frequency, then row.
    let rows: Vec<Vec<f64>> = cosines
        .iter()
        .map(|cosines| {
            let rows = cells.chunks_exact(HASH_GRID);
            rows.map(|row| along(row, cosines)).collect()
        })
        .collect();
    frequencies()
        .iter()
        .enumerate()
        .fold(0, |bits, (at, &(u, v))| {
            let coefficient = match (rows.get(v), cosines.get(u)) {
                (Some(column), Some(cosines)) => along(column, cosines),
                _ => 0.0,
            };
            bits | (u64::from(coefficient > 0.0) << at)
        })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, imageops};

    use super::*;
    use crate::curate::view::View;

    fn blobs(seed: u64) -> RgbImage {
        RgbImage::from_fn(300, 220, |x, y| {
            let value: f64 = (1..6_u64)
                .map(|k| {
                    let phase = ((seed * 7919 + k * 104_729) % 628) as f64 / 100.0;
                    (f64::from(x) * 0.013 * k as f64
                        + f64::from(y) * 0.017 * (7 - k) as f64
                        + phase)
                        .sin()
                })
                .sum();
            Rgb([(128.0 + 24.0 * value) as u8; 3])
        })
    }

    fn signature(image: &RgbImage) -> Signature {
        Signature::of(&View::of(image).unwrap().luma, Insets::default()).unwrap()
    }

    fn distance(a: u64, b: u64) -> u32 {
        (a ^ b).count_ones()
    }

    #[test]
    fn brightness_and_size_change_few_bits_and_another_image_changes_many() {
        let image = blobs(1);
        let own = signature(&image);
        let mut brighter = image.clone();
        for pixel in brighter.pixels_mut() {
            *pixel = Rgb(pixel.0.map(|value| value.saturating_add(value / 4)));
        }
        let small = imageops::thumbnail(&image, 120, 90);
        for version in [brighter, small] {
            assert!(distance(signature(&version).hash, own.hash) <= 4);
        }
        assert!(distance(signature(&blobs(2)).hash, own.hash) > 14);
    }

    #[test]
    fn the_hash_of_the_middle_is_that_of_the_cropped_image() {
        let image = blobs(3);
        let cropped = imageops::crop_imm(&image, 15, 11, 270, 198).to_image();
        let (own, other) = (signature(&image), signature(&cropped));
        assert!(distance(own.middle_hash, other.hash) <= 3);
    }

    #[test]
    fn mirroring_the_signature_is_mirroring_the_image() {
        let image = blobs(4);
        let mirrored = signature(&imageops::flip_horizontal(&image));
        let own = signature(&image).mirrored();
        assert!(distance(own.hash, mirrored.hash) <= 1);
        assert!(distance(own.middle_hash, mirrored.middle_hash) <= 1);
        let most = own.grid.iter().zip(mirrored.grid.iter());
        assert!(most.map(|(a, b)| a.abs_diff(*b)).max().unwrap() <= 2);
    }

    #[test]
    fn it_survives_being_stored_and_one_tone_has_none() {
        let own = signature(&blobs(5));
        assert_eq!(Signature::from_bytes(&own.to_bytes()), Some(own.clone()));
        assert_eq!(Signature::from_bytes(&own.to_bytes()[1..]), None);
        let blank = View::of(&RgbImage::from_pixel(90, 90, Rgb([50; 3]))).unwrap();
        assert_eq!(Signature::of(&blank.luma, Insets::default()), None);
        let tiny = View::of(&imageops::thumbnail(&blobs(5), 14, 14)).unwrap();
        assert_eq!(Signature::of(&tiny.luma, Insets::default()), None);
    }
}
