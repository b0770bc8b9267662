//! `TrivialAugment`: one operation per view, of a strength drawn evenly (Müller and Hutter 2021,
//! <https://arxiv.org/abs/2103.10158>).
//!
//! Operations, ranges and arithmetic are those of torchvision's `TrivialAugmentWide` on 8-bit tensors with its defaults:
//! 31 strengths, nearest pixels, black outside. (Its PIL arithmetic differs in single steps of a color.)

mod color;
mod geometry;

use image::RgbImage;

use crate::rng::Stream;

/// Strengths of an operation, from nothing to the most.
const STRENGTHS: usize = 31;
const MOST_SHEAR: f64 = 0.99;
/// Pixels, whatever the size.
const MOST_SHIFT: f64 = 32.0;
const MOST_DEGREES: f64 = 135.0;
const MOST_COLOR: f64 = 0.99;
/// Bits that the strongest posterisation takes away.
const MOST_BITS: f64 = 6.0;

/// What is done to one look at one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    Identity,
    /// Columns a row, rows a column.
    ShearX(f64),
    ShearY(f64),
    /// Pixels.
    TranslateX(i32),
    TranslateY(i32),
    /// Degrees, counterclockwise.
    Rotate(f64),
    /// Factors; 1 changes nothing.
    Brightness(f64),
    Color(f64),
    Contrast(f64),
    Sharpness(f64),
    /// Bits of each channel that stay.
    Posterize(u32),
    /// Values from here on are inverted.
    Solarize(f64),
    AutoContrast,
    Equalize,
}

/// How many operations there are.
const OPERATIONS: usize = 14;

impl Operation {
    pub fn draw(stream: &mut Stream) -> Self {
        let operation = stream.below(OPERATIONS);
        let part = stream.below(STRENGTHS) as f64 / (STRENGTHS - 1) as f64;
        let sign = if stream.chance(0.5) { -1.0 } else { 1.0 };
        let color = 1.0 + sign * part * MOST_COLOR;
        match operation {
            0 => Self::Identity,
            1 => Self::ShearX(sign * part * MOST_SHEAR),
            2 => Self::ShearY(sign * part * MOST_SHEAR),
            3 => Self::TranslateX((sign * part * MOST_SHIFT) as i32),
            4 => Self::TranslateY((sign * part * MOST_SHIFT) as i32),
            5 => Self::Rotate(sign * part * MOST_DEGREES),
            6 => Self::Brightness(color),
            7 => Self::Color(color),
            8 => Self::Contrast(color),
            9 => Self::Sharpness(color),
            10 => Self::Posterize(8 - (part * MOST_BITS).round() as u32),
            11 => Self::Solarize(255.0 * (1.0 - part)),
            12 => Self::AutoContrast,
            _ => Self::Equalize,
        }
    }

    pub fn apply(self, image: &RgbImage) -> RgbImage {
        match self {
            Self::Identity => image.clone(),
            Self::ShearX(shear) => geometry::shear_x(image, shear),
            Self::ShearY(shear) => geometry::shear_y(image, shear),
            Self::TranslateX(pixels) => geometry::translate(image, f64::from(pixels), 0.0),
            Self::TranslateY(pixels) => geometry::translate(image, 0.0, f64::from(pixels)),
            Self::Rotate(degrees) => geometry::rotate(image, degrees),
            Self::Brightness(factor) => color::brightness(image, factor),
            Self::Color(factor) => color::saturation(image, factor),
            Self::Contrast(factor) => color::contrast(image, factor),
            Self::Sharpness(factor) => color::sharpness(image, factor),
            Self::Posterize(bits) => color::posterize(image, bits),
            Self::Solarize(threshold) => color::solarize(image, threshold),
            Self::AutoContrast => color::auto_contrast(image),
            Self::Equalize => color::equalize(image),
        }
    }
}

#[cfg(test)]
mod tests;
