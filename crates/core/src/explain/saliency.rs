//! What every pixel of the image does to a class, in red, green and blue, and how that is drawn.

use image::{Rgba, RgbaImage};

use super::overlay::bilinear;

/// Values for what the net saw of an image: a gradient, or a picture made of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Saliency {
    pub width: usize,
    pub height: usize,
    /// `(3, height, width)`: red, green, blue, row-major, unscaled.
    pub values: Vec<f32>,
    /// The part of the image the net saw, as fractions of its width and height: left, top, right, bottom.
    pub region: [f32; 4],
    pub shading: Shading,
}

/// How values become colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shading {
    /// No gradient is mid grey, ten standard deviations are the full range (as `deprocess_image` of pytorch-grad-cam 1.5).
    Deviations,
    /// They are from 0 to 1 already.
    Unit,
}

impl Saliency {
    /// `width` x `height` image of the whole image; transparent outside the region.
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

    fn shades(&self) -> Vec<f32> {
        match self.shading {
            Shading::Unit => self.values.clone(),
            Shading::Deviations => deviations(&self.values),
        }
    }
}

/// The values around 0.5, a standard deviation 0.1.
fn deviations(values: &[f32]) -> Vec<f32> {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
    let squares = values.iter().map(|&v| (f64::from(v) - mean).powi(2));
    let deviation = (squares.sum::<f64>() / count).sqrt().max(f64::MIN_POSITIVE);
    values
        .iter()
        .map(|&v| (0.5 + 0.1 * (f64::from(v) - mean) / deviation) as f32)
        .collect()
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
            shading: Shading::Deviations,
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
}
