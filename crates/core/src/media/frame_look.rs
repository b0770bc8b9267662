//! What an image of a folder looks like at a glance, to tell whether two that follow one another are of one shot: its
//! colors and where it is light. 208 bytes, made from the one decode of an import.

use std::borrow::Cow;

use fast_image_resize::FilterType;
use image::{RgbImage, imageops};

use super::reduced::reduced;

/// Pixels a side of what both are made from: whole multiples of both, so that each pixel counts for one of theirs.
const REDUCED_SIDE: u32 = 144;
/// Pixels a side of what the colors are counted in.
const SIDE: u32 = 72;
/// Steps of each channel that are one color.
const STEPS: usize = 4;
const COLORS: usize = STEPS * STEPS * STEPS;
/// Columns and rows of the brightness.
const GRID: (u32, u32) = (16, 9);
const CELLS: usize = (GRID.0 * GRID.1) as usize;
/// Standard deviation of the brightness, of 255, below which an image shows nothing: black or one color.
const FLAT: f32 = 3.0;

/// Colors and brightness of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameLook {
    /// Parts of 255 of the pixels that have each color.
    colors: [u8; COLORS],
    /// Rows from the top.
    brightness: [u8; CELLS],
}

impl FrameLook {
    pub fn of(image: &RgbImage) -> Self {
        let reduced = reduced(image, REDUCED_SIDE, REDUCED_SIDE, FilterType::Box);
        // An image without pixels is nowhere else either.
        let image = reduced.map_or(Cow::Borrowed(image), Cow::Owned);
        let small = imageops::thumbnail(&*image, SIDE, SIDE);
        let mut counts = [0_u32; COLORS];
        for pixel in small.pixels() {
            let color = pixel.0.iter().fold(0, |color, &channel| {
                color * STEPS + usize::from(channel) * STEPS / 256
            });
            if let Some(count) = counts.get_mut(color) {
                *count += 1;
            }
        }
        let grid = imageops::thumbnail(&*image, GRID.0, GRID.1);
        let grid = imageops::grayscale(&grid);
        let mut brightness = [0; CELLS];
        brightness
            .iter_mut()
            .zip(grid.as_raw())
            .for_each(|(cell, value)| *cell = *value);
        Self {
            colors: counts.map(|count| (count * 255 / (SIDE * SIDE)) as u8),
            brightness,
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        [self.colors.as_slice(), &self.brightness].concat()
    }

    /// `None` if it is not what [`Self::to_bytes`] makes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (colors, brightness) = bytes.split_at_checked(COLORS)?;
        Some(Self {
            colors: colors.try_into().ok()?,
            brightness: brightness.try_into().ok()?,
        })
    }

    /// 0 to 1: the geometric mean of the part that their colors have in common and of the correlation of their brightness, so
    /// that both have to agree.
    pub fn likeness(&self, other: &Self) -> f32 {
        let colors = self.colors.iter().zip(&other.colors);
        let common: u32 = colors.map(|(a, b)| u32::from(*a.min(b))).sum();
        // Rounded down, each of them.
        let all = |look: &Self| look.colors.iter().map(|&part| u32::from(part)).sum::<u32>();
        let common = common as f32 / all(self).max(all(other)).max(1) as f32;
        (common * self.correlation(other)).sqrt()
    }

    /// 0 to 1, and 1 of two that show nothing.
    fn correlation(&self, other: &Self) -> f32 {
        let centered = |look: &Self| {
            let sum: u32 = look.brightness.iter().map(|&value| u32::from(value)).sum();
            let mean = sum as f32 / CELLS as f32;
            look.brightness.map(|value| f32::from(value) - mean)
        };
        let (a, b) = (centered(self), centered(other));
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (norm_a, norm_b) = (dot(&a, &a).sqrt(), dot(&b, &b).sqrt());
        let flat = FLAT * (CELLS as f32).sqrt();
        match (norm_a < flat, norm_b < flat) {
            (true, true) => 1.0,
            (false, false) => (dot(&a, &b) / (norm_a * norm_b)).max(0.0),
            _one => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_picture_is_alike_and_another_is_not() {
        let picture = |shift: u32, tint: u8| {
            RgbImage::from_fn(160, 90, |x, y| {
                let value = (128.0 + 100.0 * (f64::from(x + shift) / 25.0).sin()) as u8;
                image::Rgb([value, value / 2 + tint, (y * 2) as u8])
            })
        };
        let look = |shift, tint| FrameLook::of(&picture(shift, tint));
        let first = look(0, 0);
        assert!(first.likeness(&first) > 0.999);
        assert!(first.likeness(&look(4, 0)) > 0.85);
        assert!(first.likeness(&look(78, 120)) < 0.5);
        let black = FrameLook::of(&RgbImage::new(160, 90));
        assert!(black.likeness(&black) > 0.999);
        assert!(black.likeness(&first) < 0.1);
        assert_eq!(FrameLook::from_bytes(&first.to_bytes()), Some(first));
        assert_eq!(FrameLook::from_bytes(&[0; 7]), None);
    }
}
