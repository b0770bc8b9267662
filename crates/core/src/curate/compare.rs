//! How alike two small images are, once one is laid over the other.
//!
//! What is compared is local detail: the difference of two Gaussians, divided by its own local strength. So two images
//! that only share a light and a dark half do not correlate (czkawka PR 2059 has seven unrelated ones with equal
//! hashes), and brightness and contrast cancel out. A crop is found by moving and scaling one image over the other until they fit best
//! (Lucas and Kanade 1981; four parameters, Gauss-Newton), which needs no search because candidates overlap already.
//!
//! Measured on 12 photographs and 60 drawings: a crop of 4 % a side .96 (median .99), 8 % .92, JPEG of quality 20 and a
//! quarter of the size above .99, 1.35 times as bright .97 (10th percentiles); unrelated candidates below .7, the same
//! drawing in other colors or as a sketch .90 to .97.

use nalgebra::{Matrix4, Vector4};

use super::signature::{GRID, Signature};

const CELLS: usize = GRID * GRID;
/// Widths of Gaussians, in cells.
const FINE_SIGMA: f32 = 0.7;
const COARSE_SIGMA: f32 = 3.0;
const STRENGTH_SIGMA: f32 = 2.0;
/// Added to the local strength (of 255): weaker detail is compression.
const NOISE: f32 = 1.0;
/// Neighboring cells that differ by more than this (of 255) have something to compare...
const LEAST_CHANGE: f32 = 4.0;
/// ... and this part of all cells has to: one straight edge takes a tenth, the drawings and photographs above have a
/// quarter and more.
const LEAST_CHANGED_FRACTION: f32 = 0.2;

const MOST_STEPS: usize = 12;
/// Beyond this the images do not show the same part any more.
const MOST_MOVE: f32 = 0.25;
/// Whoever correlates less after [`TRIAL_STEPS`] will not be a duplicate.
const HOPELESS: f32 = 0.4;
const TRIAL_STEPS: usize = 3;
const WELL_FITTED: f32 = 0.985;

/// An image's local detail, ready to be compared.
#[derive(Clone, Debug)]
pub struct Detail {
    values: Vec<f32>,
}

impl Detail {
    /// `None` if most of the image is plain.
    pub fn of(signature: &Signature) -> Option<Self> {
        let grid: Vec<f32> = signature.grid.iter().map(|&value| value.into()).collect();
        if changed_fraction(&grid) < LEAST_CHANGED_FRACTION {
            return None;
        }
        let fine = blurred(&grid, FINE_SIGMA);
        let coarse = blurred(&grid, COARSE_SIGMA);
        let band: Vec<f32> = fine.iter().zip(&coarse).map(|(a, b)| a - b).collect();
        let squares: Vec<f32> = band.iter().map(|value| value * value).collect();
        let strength = blurred(&squares, STRENGTH_SIGMA);
        let values = band.iter().zip(&strength);
        Some(Self {
            values: values
                .map(|(value, square)| value / (square + NOISE * NOISE).sqrt())
                .collect(),
        })
    }

    /// Correlation of the two where they overlap once fitted, -1 to 1.
    pub fn likeness(&self, other: &Self) -> f32 {
        let likeness = fitted(&self.values, &other.values);
        if !(HOPELESS..WELL_FITTED).contains(&likeness) {
            return likeness;
        }
        // Which of the two is the crop is not known.
        likeness.max(fitted(&other.values, &self.values))
    }
}

/// Part of the cells whose right or lower neighbor differs.
fn changed_fraction(grid: &[f32]) -> f32 {
    let changed = grid.iter().enumerate().filter(|&(at, &value)| {
        let right = grid.get(at + 1).filter(|_| at % GRID < GRID - 1);
        let neighbors = [right, grid.get(at + GRID)];
        let mut neighbors = neighbors.into_iter().flatten();
        neighbors.any(|other| (other - value).abs() > LEAST_CHANGE)
    });
    changed.count() as f32 / CELLS as f32
}

/// How one image is laid over the other: scale minus 1 and shift, of half an image.
#[derive(Clone, Copy)]
struct Placement {
    scale: [f32; 2],
    shift: [f32; 2],
}

fn fitted(fixed: &[f32], moving: &[f32]) -> f32 {
    let mut placement = Placement {
        scale: [0.0; 2],
        shift: [0.0; 2],
    };
    let mut best = f32::NEG_INFINITY;
    for step in 0..MOST_STEPS {
        let overlap = Overlap::of(fixed, moving, placement);
        best = best.max(overlap.correlation());
        if best >= WELL_FITTED || step >= TRIAL_STEPS && best < HOPELESS {
            break;
        }
        let Some(change) = overlap.step() else {
            break;
        };
        let moved = |value: f32, by: f32| (value + by).clamp(-MOST_MOVE, MOST_MOVE);
        placement = Placement {
            scale: [
                moved(placement.scale[0], change[0]),
                moved(placement.scale[1], change[1]),
            ],
            shift: [
                moved(placement.shift[0], change[2]),
                moved(placement.shift[1], change[3]),
            ],
        };
        if change.amax() < 1e-3 {
            break;
        }
    }
    best
}

/// A cell of the fixed image and what the other shows there.
struct Cell {
    fixed: f32,
    moving: f32,
    /// How `moving` changes with the four parameters.
    slope: Vector4<f32>,
}

struct Overlap {
    cells: Vec<Cell>,
}

impl Overlap {
    fn of(fixed: &[f32], moving: &[f32], placement: Placement) -> Self {
        let half = GRID as f32 / 2.0;
        let middle = (GRID - 1) as f32 / 2.0;
        let mut cells = Vec::with_capacity(CELLS);
        for (at, &fixed) in fixed.iter().enumerate() {
            let x = ((at % GRID) as f32 - middle) / half;
            let y = ((at / GRID) as f32 - middle) / half;
            let along = |value: f32, axis: usize| {
                ((1.0 + placement.scale[axis]) * value + placement.shift[axis]) * half + middle
            };
            if let Some((moving, [dx, dy])) = sample(moving, along(x, 0), along(y, 1)) {
                let slope = Vector4::new(dx * x, dy * y, dx, dy) * half;
                cells.push(Cell {
                    fixed,
                    moving,
                    slope,
                });
            }
        }
        Self { cells }
    }

    fn correlation(&self) -> f32 {
        let n = self.cells.len().max(1) as f32;
        let mean = |of: fn(&Cell) -> f32| self.cells.iter().map(of).sum::<f32>() / n;
        let (a, b) = (mean(|cell| cell.fixed), mean(|cell| cell.moving));
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for cell in &self.cells {
            let (x, y) = (cell.fixed - a, cell.moving - b);
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        ab / (aa * bb).sqrt().max(1e-6)
    }

    /// The Gauss-Newton step of least squares. `None` where it has no solution.
    fn step(&self) -> Option<Vector4<f32>> {
        let mut normal = Matrix4::zeros();
        let mut right = Vector4::zeros();
        for cell in &self.cells {
            normal += cell.slope * cell.slope.transpose();
            right += cell.slope * (cell.fixed - cell.moving);
        }
        let damping = 1e-3 * normal.trace() / 4.0;
        (normal + Matrix4::identity() * damping).lu().solve(&right)
    }
}

/// Value and gradient at a point in cells, bilinear; `None` outside.
fn sample(values: &[f32], x: f32, y: f32) -> Option<(f32, [f32; 2])> {
    let last = (GRID - 1) as f32;
    if !(0.0..=last).contains(&x) || !(0.0..=last).contains(&y) {
        return None;
    }
    let left = (x as usize).min(GRID - 2);
    let top = (y as usize).min(GRID - 2);
    let (fx, fy) = (x - left as f32, y - top as f32);
    let at = top * GRID + left;
    let &[a, b] = values.get(at..at + 2)?.first_chunk()?;
    let &[c, d] = values.get(at + GRID..at + GRID + 2)?.first_chunk()?;
    let (upper, lower) = (a + fx * (b - a), c + fx * (d - c));
    let dx = (1.0 - fy) * (b - a) + fy * (d - c);
    Some((upper + fy * (lower - upper), [dx, lower - upper]))
}

/// By a Gaussian, the outermost cells repeated.
fn blurred(values: &[f32], sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f32> = (-reach..=reach)
        .map(|at| (-((at * at) as f32) / (2.0 * sigma * sigma)).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    let last = GRID as isize - 1;
    let pass = |values: &[f32], index: &dyn Fn(usize, usize) -> usize| -> Vec<f32> {
        let mut result = vec![0.0; CELLS];
        for line in 0..GRID {
            for at in 0..GRID {
                let blurred: f32 = weights
                    .iter()
                    .zip(-reach..)
                    .map(|(weight, offset)| {
                        let other = (at as isize + offset).clamp(0, last) as usize;
                        let value = values.get(index(line, other)).copied();
                        weight * value.unwrap_or_default()
                    })
                    .sum();
                if let Some(cell) = result.get_mut(index(line, at)) {
                    *cell = blurred / sum;
                }
            }
        }
        result
    };
    let across = pass(values, &|line, at| line * GRID + at);
    pass(&across, &|line, at| at * GRID + line)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use image::{Rgb, RgbImage, imageops};

    use super::*;
    use crate::curate::view::View;
    use crate::media::border::Insets;
    use crate::rng::Stream;

    /// Smooth noise: random values on a lattice of 20 pixels, cosine in between.
    fn texture(seed: u64, base: impl Fn(u32) -> f64) -> RgbImage {
        let mut stream = Stream::new(seed, &[]);
        let lattice: Vec<f64> = (0..20 * 20).map(|_| stream.uniform(-1.0, 1.0)).collect();
        RgbImage::from_fn(360, 270, |x, y| {
            let mix = |at: u32| (1.0 - (f64::from(at % 20) / 20.0 * PI).cos()) / 2.0;
            let value = |x: u32, y: u32| lattice[(y / 20 * 20 + x / 20) as usize];
            let upper = value(x, y) * (1.0 - mix(x)) + value(x + 20, y) * mix(x);
            let lower = value(x, y + 20) * (1.0 - mix(x)) + value(x + 20, y + 20) * mix(x);
            let noise = upper * (1.0 - mix(y)) + lower * mix(y);
            Rgb([(base(x) + 25.0 * noise).clamp(0.0, 255.0) as u8; 3])
        })
    }

    fn detail(image: &RgbImage) -> Option<Detail> {
        let luma = View::of(image).unwrap().luma;
        Detail::of(&Signature::of(&luma, Insets::default())?)
    }

    fn likeness(a: &RgbImage, b: &RgbImage) -> f32 {
        detail(a).unwrap().likeness(&detail(b).unwrap())
    }

    #[test]
    fn a_crop_of_either_is_laid_over_the_other() {
        let image = texture(1, |_| 128.0);
        for (x, y, width, height) in [(14, 11, 332, 248), (0, 0, 330, 270), (20, 0, 340, 260)] {
            let cropped = imageops::crop_imm(&image, x, y, width, height).to_image();
            for (a, b) in [(&image, &cropped), (&cropped, &image)] {
                assert!(likeness(a, b) > 0.94, "{x} {y}: {}", likeness(a, b));
            }
        }
    }

    #[test]
    fn unrelated_images_are_not_alike_also_if_they_share_a_light_and_a_dark_half() {
        let halves = |x: u32| if x < 180 { 210.0 } else { 40.0 };
        for (a, b) in [
            (texture(1, |_| 128.0), texture(2, |_| 128.0)),
            (texture(1, halves), texture(2, halves)),
        ] {
            assert!(likeness(&a, &b) < 0.8, "{}", likeness(&a, &b));
        }
        // Without any detail of their own they cannot be told apart, so nothing is claimed.
        let plain = RgbImage::from_fn(360, 270, |x, _| Rgb([halves(x) as u8; 3]));
        assert!(detail(&plain).is_none());
    }

    #[test]
    fn light_and_contrast_cancel_out() {
        let image = texture(3, |x| 60.0 + f64::from(x) / 4.0);
        let mut changed = image.clone();
        for pixel in changed.pixels_mut() {
            *pixel = Rgb(pixel.0.map(|value| value / 2 + 100));
        }
        assert!(
            likeness(&image, &changed) > 0.97,
            "{}",
            likeness(&image, &changed)
        );
    }
}
