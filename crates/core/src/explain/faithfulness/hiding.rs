//! What a net takes of an image, with regions of it hidden.

use candle_core::Tensor;

use crate::error::{Error, Result};
use crate::explain::Heatmap;
use crate::explain::overlay::bilinear;
use crate::rng::Stream;

/// Stream key of the order of equally hot pixels.
const TIES: u64 = 0x7469_6573;
/// Of the blur, as a part of the longer side; three passes of it leave no edges.
const BLUR_FRACTION: f64 = 1.0 / 12.0;
const BLUR_PASSES: usize = 3;

/// How pixels are hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fill {
    #[default]
    Mean,
    Blur,
}

/// By how much the map is moved, in pixels, around the edges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    pub x: usize,
    pub y: usize,
}

/// Which pixels are hidden. The default hides none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hiding {
    pub fill: Fill,
    pub shift: Shift,
    /// How many of the hottest pixels it is about.
    pub hottest: usize,
    /// Those are hidden; otherwise all others are. Of none, nothing is hidden only if this is so.
    pub is_inside: bool,
}

/// The image, its two fills, and how hot each pixel is beside the others.
pub struct Planes {
    image: Vec<f32>,
    blurred: Vec<f32>,
    means: Vec<f32>,
    width: usize,
    height: usize,
    /// 0 for the hottest pixel.
    ranks: Vec<u32>,
}

impl Planes {
    /// `input`: `(1, 3, H, W)`; `heatmap`: over all of it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an input without pixels.
    pub fn new(input: &Tensor, heatmap: &Heatmap) -> Result<Self> {
        let (_, _, height, width) = input.dims4()?;
        let area = width * height;
        if area == 0 {
            return Err(Error::Invalid(
                "an image without pixels has no region to hide; choose another one".into(),
            ));
        }
        let image: Vec<f32> = input.flatten_all()?.to_vec1()?;
        let planes = image.chunks_exact(area);
        let means = planes
            .clone()
            .map(|plane| plane.iter().sum::<f32>() / area as f32);
        Ok(Self {
            means: means.collect(),
            blurred: planes.flat_map(|plane| blurred(plane, width)).collect(),
            ranks: ranks(heatmap, width, height),
            image,
            width,
            height,
        })
    }

    /// Pixels that are a part of the image, 0 to 1.
    pub fn part(&self, fraction: f64) -> usize {
        (fraction.clamp(0.0, 1.0) * self.ranks.len() as f64).round() as usize
    }

    /// The values of the image with `hiding`.
    pub fn with(&self, hiding: &Hiding) -> Vec<f32> {
        let area = self.ranks.len();
        let is_hidden: Vec<bool> = (0..area).map(|at| self.is_hidden(at, hiding)).collect();
        let mut values = self.image.clone();
        for (plane, (values, blurred)) in values
            .chunks_exact_mut(area)
            .zip(self.blurred.chunks_exact(area))
            .enumerate()
        {
            let mean = self.means.get(plane).copied().unwrap_or_default();
            for ((value, blurred), hidden) in values.iter_mut().zip(blurred).zip(&is_hidden) {
                if *hidden {
                    *value = match hiding.fill {
                        Fill::Mean => mean,
                        Fill::Blur => *blurred,
                    };
                }
            }
        }
        values
    }

    fn is_hidden(&self, at: usize, hiding: &Hiding) -> bool {
        if *hiding == Hiding::default() {
            return false;
        }
        let (x, y) = (at % self.width, at / self.width);
        let moved_x = (x + hiding.shift.x) % self.width;
        let moved_y = (y + hiding.shift.y) % self.height;
        let rank = self.ranks[moved_y * self.width + moved_x] as usize;
        (rank < hiding.hottest) == hiding.is_inside
    }
}

/// Equally hot pixels in an order of chance: else a map of zeros would hide the image from above.
fn ranks(heatmap: &Heatmap, width: usize, height: usize) -> Vec<u32> {
    let heat = |at: usize| {
        let across = ((at % width) as f32 + 0.5) / width as f32;
        let down = ((at / width) as f32 + 0.5) / height as f32;
        bilinear(&heatmap.values, heatmap.width, heatmap.height, across, down)
    };
    let mut order: Vec<(f32, usize)> = (0..width * height).map(|at| (heat(at), at)).collect();
    Stream::new(0, &[TIES]).shuffle(&mut order);
    order.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut ranks = vec![0; order.len()];
    for (rank, (_, at)) in order.into_iter().enumerate() {
        ranks[at] = rank as u32;
    }
    ranks
}

/// By boxes, first along the rows, then along the columns.
fn blurred(plane: &[f32], width: usize) -> Vec<f32> {
    let height = plane.len() / width.max(1);
    let radius = (width.max(height) as f64 * BLUR_FRACTION).round().max(1.0) as usize;
    let mut values = plane.to_vec();
    for _ in 0..BLUR_PASSES {
        for row in values.chunks_exact_mut(width.max(1)) {
            let blurred = box_mean(row, radius);
            row.copy_from_slice(&blurred);
        }
        for x in 0..width {
            let column: Vec<f32> = values.iter().skip(x).step_by(width).copied().collect();
            for (y, value) in box_mean(&column, radius).into_iter().enumerate() {
                values[y * width + x] = value;
            }
        }
    }
    values
}

/// Of the values within `radius`, as far as the line has them.
fn box_mean(line: &[f32], radius: usize) -> Vec<f32> {
    let mut sums = Vec::with_capacity(line.len() + 1);
    let mut sum = 0f64;
    sums.push(sum);
    for value in line {
        sum += f64::from(*value);
        sums.push(sum);
    }
    (0..line.len())
        .map(|at| {
            let (first, end) = (at.saturating_sub(radius), (at + radius + 1).min(line.len()));
            ((sums[end] - sums[first]) / (end - first) as f64) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn planes() -> Planes {
        let values: Vec<f32> = (0..12).map(|at| at as f32).collect();
        let input = Tensor::from_vec(values, (1, 3, 2, 2), &Device::Cpu).unwrap();
        let heatmap = Heatmap {
            width: 2,
            height: 2,
            values: vec![3.0, 1.0, 2.0, 0.0],
        };
        Planes::new(&input, &heatmap).unwrap()
    }

    #[test]
    fn the_hottest_pixels_are_hidden_or_all_others_are() {
        let planes = planes();
        let mut hiding = Hiding {
            hottest: 2,
            is_inside: true,
            ..Hiding::default()
        };
        assert_eq!(planes.with(&hiding)[..4], [1.5, 1.0, 1.5, 3.0]);
        hiding.is_inside = false;
        assert_eq!(planes.with(&hiding)[..4], [0.0, 1.5, 2.0, 1.5]);
        hiding.is_inside = true;
        hiding.shift = Shift { x: 1, y: 0 };
        assert_eq!(planes.with(&hiding)[..4], [0.0, 1.5, 2.0, 1.5]);
        let whole = planes.with(&Hiding::default());
        assert_eq!(whole[..4], [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_blur_keeps_a_flat_plane_and_evens_out_an_edge() {
        assert!(
            blurred(&[2.0; 64], 8)
                .iter()
                .all(|v| (v - 2.0).abs() < 1e-6)
        );
        let edge: Vec<f32> = (0..576)
            .map(|at| f32::from(u8::from(at % 24 < 12)))
            .collect();
        let blurred = blurred(&edge, 24);
        let steps = blurred[..24]
            .windows(2)
            .map(|pair| (pair[0] - pair[1]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.3);
    }
}
