//! What a method found in an image, drawn alike wherever it is shown.

use std::path::Path;

use image::{RgbImage, RgbaImage};

use super::Heatmap;
use super::overlay::{blend, colorize};
use super::picture_file::write_png;
use super::saliency::Saliency;
use super::style::Style;
use crate::error::Result;
use crate::media::recipe::Recipe;

/// A coarse map of regions, or the details of all pixels.
#[derive(Clone, Debug)]
pub enum Explanation {
    Regions {
        heatmap: Heatmap,
        /// The part of the image the net saw, as fractions of its width and height: left, top, right, bottom.
        region: [f32; 4],
    },
    Details(Saliency),
}

/// What was found at one point of the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw {
    /// Of the cell that the point lies in.
    Cell(f32),
    /// Red, green and blue.
    Pixel([f32; 3]),
}

impl Explanation {
    /// `(height, width)` of a heatmap, `(3, height, width)` of the others.
    pub fn shape(&self) -> Vec<usize> {
        match self {
            Self::Regions { heatmap, .. } => vec![heatmap.height, heatmap.width],
            Self::Details(saliency) => vec![3, saliency.height, saliency.width],
        }
    }

    /// Row-major, unscaled.
    pub fn values(&self) -> &[f32] {
        match self {
            Self::Regions { heatmap, .. } => &heatmap.values,
            Self::Details(saliency) => &saliency.values,
        }
    }

    fn values_mut(&mut self) -> &mut [f32] {
        match self {
            Self::Regions { heatmap, .. } => &mut heatmap.values,
            Self::Details(saliency) => &mut saliency.values,
        }
    }

    fn region(&self) -> [f32; 4] {
        match self {
            Self::Regions { region, .. } => *region,
            Self::Details(saliency) => saliency.region,
        }
    }

    pub fn heatmap(&self) -> Option<&Heatmap> {
        match self {
            Self::Regions { heatmap, .. } => Some(heatmap),
            Self::Details(_) => None,
        }
    }

    /// True if nothing in the image speaks for the class: a heatmap of zeros, or the details of one.
    pub fn is_blank(&self) -> bool {
        self.values().iter().all(|value| *value == 0.0)
    }

    /// What `other`, of the same image by the same method, leaves of it: cell by cell, or pixel by pixel.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        for (value, other) in difference.values_mut().iter_mut().zip(other.values()) {
            *value -= other;
        }
        difference
    }

    /// The raw value at a point, in fractions of the image's width and height; `None` where the net saw nothing.
    pub fn at(&self, x: f32, y: f32) -> Option<Raw> {
        let [left, top, right, bottom] = self.region();
        let place = |part: f32, len: usize| {
            let is_inside = (0.0..1.0).contains(&part);
            is_inside.then(|| ((part * len as f32) as usize).min(len.saturating_sub(1)))
        };
        let across = (x - left) / (right - left);
        let down = (y - top) / (bottom - top);
        let shape = self.shape();
        let [.., height, width] = shape[..] else {
            return None;
        };
        let at = place(down, height)? * width + place(across, width)?;
        let value = |plane: usize| self.values().get(plane * width * height + at).copied();
        Some(match self {
            Self::Regions { .. } => Raw::Cell(value(0)?),
            Self::Details(_) => Raw::Pixel([value(0)?, value(1)?, value(2)?]),
        })
    }

    /// As an image of `width` x `height`, transparent where the net saw nothing.
    pub fn colors(&self, width: u32, height: u32, style: &Style) -> RgbaImage {
        match self {
            Self::Regions { heatmap, region } => colorize(heatmap, *region, (width, height), style),
            Self::Details(saliency) => saliency.colors(width, height),
        }
    }

    /// Over `image`; `opacity` 0 to 1.
    pub fn over(&self, image: &RgbImage, style: &Style, opacity: f32) -> RgbImage {
        let colors = self.colors(image.width(), image.height(), style);
        blend(image, &colors, opacity)
    }

    /// Writes a PNG of what `recipe` makes of the file at `path`, in full size, with the explanation over it; `opacity` 0
    /// to 1.
    ///
    /// # Errors
    /// As [`Recipe::decode`] and [`write_png`].
    pub fn save_png(
        &self,
        (path, recipe): (&Path, Recipe),
        (style, opacity): (&Style, f32),
        out: &Path,
    ) -> Result<()> {
        let image = recipe.decode(path)?;
        let drawn = self.over(&image, style, opacity);
        drop(image);
        write_png(&drawn, out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::saliency::Shading;
    use super::*;

    fn regions(values: [f32; 4]) -> Explanation {
        Explanation::Regions {
            heatmap: Heatmap {
                width: 2,
                height: 2,
                values: values.to_vec(),
            },
            region: [0.0, 0.0, 0.5, 1.0],
        }
    }

    #[test]
    fn the_value_under_a_point_is_that_of_its_cell_and_none_outside() {
        let found = regions([1.0, 2.0, 3.0, 4.0]);
        assert_eq!(found.at(0.1, 0.1), Some(Raw::Cell(1.0)));
        assert_eq!(found.at(0.4, 0.9), Some(Raw::Cell(4.0)));
        assert_eq!(found.at(0.6, 0.5), None);
        let details = Explanation::Details(Saliency {
            width: 2,
            height: 1,
            values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
            region: [0.0, 0.0, 1.0, 1.0],
            shading: Shading::Deviations,
        });
        assert_eq!(details.at(0.9, 0.2), Some(Raw::Pixel([1.0, 3.0, 5.0])));
    }

    #[test]
    fn the_difference_of_two_maps_is_that_of_their_cells() {
        let difference = regions([1.0, 2.0, 3.0, 4.0]).minus(&regions([4.0, 2.0, 0.0, 1.0]));
        assert_eq!(difference.values(), [-3.0, 0.0, 3.0, 3.0]);
    }
}
