//! Guided backpropagation (Springenberg et al. 2015, <https://arxiv.org/abs/1412.6806>) and guided Grad-CAM (Selvaraju et
//! al. 2017, section 3.2): which edges and colors speak for a class, where Grad-CAM says only which region.

use image::{RgbImage, Rgba, RgbaImage};

use super::overlay::bilinear;
use super::{Heatmap, check_class};
use crate::error::Result;
use crate::ops::act::Backward;
use crate::predict::Predictor;

/// The gradient of a logit with respect to what the net saw of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Saliency {
    pub width: usize,
    pub height: usize,
    /// `(3, height, width)`: red, green, blue, row-major, unscaled.
    pub values: Vec<f32>,
    /// The part of the image the net saw, as fractions of its width and height: left, top, right, bottom.
    pub region: [f32; 4],
}

/// Guided backpropagation of `class` (index into [`Predictor::classes`]). The whole net is run again, forward and back.
///
/// # Errors
/// [`crate::error::Error::Invalid`] if there is no such class, or for an image without pixels.
pub fn guided_backprop(predictor: &Predictor, image: &RgbImage, class: usize) -> Result<Saliency> {
    check_class(class, predictor.classes().len())?;
    let gradient = predictor.input_gradient(image, class, Backward::Guided)?;
    let (_, height, width) = gradient.dims3()?;
    Ok(Saliency {
        width,
        height,
        values: gradient.flatten_all()?.to_vec1()?,
        region: predictor.region(image),
    })
}

impl Saliency {
    /// Guided Grad-CAM: pixel by pixel the product with `heatmap` of the same class and image, bilinear in between its cells.
    #[must_use]
    pub fn within(mut self, heatmap: &Heatmap) -> Self {
        let area = (self.width * self.height).max(1);
        for plane in self.values.chunks_exact_mut(area) {
            for (at, value) in plane.iter_mut().enumerate() {
                let across = ((at % self.width) as f32 + 0.5) / self.width as f32;
                let down = ((at / self.width) as f32 + 0.5) / self.height as f32;
                *value *= bilinear(&heatmap.values, heatmap.width, heatmap.height, across, down);
            }
        }
        self
    }

    /// `width` x `height` image of the whole image: no gradient is mid grey, ten standard deviations are the full range
    /// (as `deprocess_image` of pytorch-grad-cam 1.5); transparent outside the region.
    pub fn colors(&self, width: u32, height: u32) -> RgbaImage {
        let shades = self.shades();
        let area = self.width * self.height;
        let [left, top, right, bottom] = self.region;
        RgbaImage::from_fn(width, height, |x, y| {
            let across = ((x as f32 + 0.5) / width as f32 - left) / (right - left);
            let down = ((y as f32 + 0.5) / height as f32 - top) / (bottom - top);
            if !(0.0..=1.0).contains(&across) || !(0.0..=1.0).contains(&down) {
                return Rgba([0; 4]);
            }
            let shade = |channel: usize| {
                let plane = &shades[channel * area..(channel + 1) * area];
                let shade = bilinear(plane, self.width, self.height, across, down);
                (shade.clamp(0.0, 1.0) * 255.0).round() as u8
            };
            Rgba([shade(0), shade(1), shade(2), 255])
        })
    }

    /// The values around 0.5, a standard deviation 0.1.
    fn shades(&self) -> Vec<f32> {
        let count = self.values.len().max(1) as f64;
        let mean = self.values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
        let squares = self.values.iter().map(|&v| (f64::from(v) - mean).powi(2));
        let deviation = (squares.sum::<f64>() / count).sqrt().max(f64::MIN_POSITIVE);
        self.values
            .iter()
            .map(|&v| (0.5 + 0.1 * (f64::from(v) - mean) / deviation) as f32)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saliency(values: &[f32], region: [f32; 4]) -> Saliency {
        Saliency {
            width: 2,
            height: 1,
            values: values.to_vec(),
            region,
        }
    }

    #[test]
    fn a_flat_gradient_is_grey_and_a_lone_one_is_seen() {
        let whole = [0.0, 0.0, 1.0, 1.0];
        let flat = saliency(&[3.0; 6], whole).colors(4, 2);
        assert!(flat.pixels().all(|pixel| pixel.0 == [128, 128, 128, 255]));
        let red = saliency(&[9.0, 0.0, 0.0, 0.0, 0.0, 0.0], whole).colors(2, 1);
        let [seen, other] = [red.get_pixel(0, 0).0, red.get_pixel(1, 0).0];
        assert!(seen[0] > 160 && seen[1] < 128 && other[0] < 128);
    }

    #[test]
    fn outside_the_seen_region_nothing_is_drawn() {
        let half = saliency(&[9.0, 9.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.5, 1.0]);
        let colors = half.colors(4, 1);
        assert_eq!(colors.get_pixel(1, 0).0[3], 255);
        assert_eq!(colors.get_pixel(2, 0).0[3], 0);
    }

    #[test]
    fn within_a_heatmap_only_its_region_is_left() {
        let heatmap = Heatmap {
            width: 2,
            height: 1,
            values: vec![0.0, 2.0],
        };
        let found =
            saliency(&[1.0, 1.0, 2.0, 2.0, -3.0, -3.0], [0.0, 0.0, 1.0, 1.0]).within(&heatmap);
        assert_eq!(found.values, [0.0, 2.0, 0.0, 4.0, 0.0, -6.0]);
    }
}
