//! An image as the checks look at it: reduced to at most [`VIEW_SIDE`] pixels, with its histograms.
//!
//! At 64 pixels, where `CleanVision` 0.3.7 looks for blur, a few pixels of it at 720p are gone; at 512 they are not.

use fast_image_resize::FilterType;
use image::RgbImage;

use crate::error::Result;
use crate::media::reduced::reduced;

/// Long side in pixels.
pub const VIEW_SIDE: u32 = 512;

/// How many pixels have each value, 0 to 255.
#[derive(Clone, Debug)]
pub struct Histogram(pub [u32; 256]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; 256])
    }
}

impl Histogram {
    pub fn add(&mut self, value: u8) {
        if let Some(count) = self.0.get_mut(usize::from(value)) {
            *count += 1;
        }
    }

    pub fn total(&self) -> u64 {
        self.0.iter().map(|&count| u64::from(count)).sum()
    }

    /// The least value that at least `fraction` of all values do not exceed.
    pub fn quantile(&self, fraction: f64) -> u8 {
        let wanted = fraction * self.total() as f64;
        let mut sum = 0;
        for (value, &count) in self.0.iter().enumerate() {
            sum += u64::from(count);
            if sum > 0 && sum as f64 >= wanted {
                return value as u8;
            }
        }
        u8::MAX
    }

    /// Mean of the greatest `count` values, fewer if there are not so many.
    pub fn mean_of_greatest(&self, count: u64) -> f64 {
        let (mut left, mut sum) = (count, 0);
        for (value, &found) in self.0.iter().enumerate().rev() {
            let taken = left.min(u64::from(found));
            sum += taken * value as u64;
            left -= taken;
        }
        let taken = count - left;
        if taken == 0 {
            0.0
        } else {
            sum as f64 / taken as f64
        }
    }
}

/// A plane of brightness.
#[derive(Clone, Debug)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    /// Row by row.
    pub pixels: Vec<u8>,
}

impl Plane {
    pub fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.width.max(1))
    }
}

/// What all checks of tones look at.
#[derive(Clone, Debug)]
pub struct View {
    /// Rec. 601 luma.
    pub luma: Plane,
    pub luma_histogram: Histogram,
    /// Perceived brightness, 0 to 255.
    pub brightness: Histogram,
    /// Greatest minus least channel of each pixel.
    pub chroma: Histogram,
}

impl View {
    /// # Errors
    /// [`Error::Invalid`] for an image without pixels.
    pub fn of(image: &RgbImage) -> Result<Self> {
        let long_side = image.width().max(image.height());
        if long_side <= VIEW_SIDE {
            return Ok(Self::of_reduced(image));
        }
        let scale = f64::from(VIEW_SIDE) / f64::from(long_side);
        let side = |pixels: u32| ((f64::from(pixels) * scale).round() as u32).max(1);
        let (width, height) = (side(image.width()), side(image.height()));
        Ok(Self::of_reduced(&reduced(
            image,
            width,
            height,
            FilterType::Box,
        )?))
    }

    fn of_reduced(image: &RgbImage) -> Self {
        let mut view = Self {
            luma: Plane {
                width: image.width() as usize,
                height: image.height() as usize,
                pixels: Vec::with_capacity(image.as_raw().len() / 3),
            },
            luma_histogram: Histogram::default(),
            brightness: Histogram::default(),
            chroma: Histogram::default(),
        };
        let (pixels, _rest) = image.as_raw().as_chunks::<3>();
        for &[red, green, blue] in pixels {
            let [r, g, b] = [red, green, blue].map(u32::from);
            let luma = ((77 * r + 150 * g + 29 * b + 128) >> 8) as u8;
            // sqrt(.241 R² + .691 G² + .068 B²), CleanVision 0.3.7's brightness.
            let square = 241 * r * r + 691 * g * g + 68 * b * b;
            let brightness = (square as f32 / 1000.0).sqrt();
            let most = red.max(green).max(blue);
            let least = red.min(green).min(blue);
            view.luma.pixels.push(luma);
            view.luma_histogram.add(luma);
            view.brightness.add((brightness + 0.5) as u8);
            view.chroma.add(most - least);
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn a_view_is_as_long_as_allowed_and_keeps_the_shape() {
        let view = View::of(&RgbImage::from_pixel(1280, 720, Rgb([9, 9, 9]))).unwrap();
        assert_eq!((view.luma.width, view.luma.height), (512, 288));
        let view = View::of(&RgbImage::from_pixel(4000, 3, Rgb([9, 9, 9]))).unwrap();
        assert_eq!((view.luma.width, view.luma.height), (512, 1));
        assert_eq!(view.luma_histogram.total(), 512);
        assert_eq!(view.luma.pixels[0], 9);
    }

    #[test]
    fn quantiles_and_greatest_values_are_those_of_the_list() {
        let mut histogram = Histogram::default();
        for value in [1, 2, 3, 4, 100] {
            histogram.add(value);
        }
        assert_eq!(histogram.quantile(0.0), 1);
        assert_eq!(histogram.quantile(0.2), 1);
        assert_eq!(histogram.quantile(0.5), 3);
        assert_eq!(histogram.quantile(1.0), 100);
        assert_eq!(histogram.mean_of_greatest(2), 52.0);
        assert_eq!(histogram.mean_of_greatest(50), 22.0);
        assert_eq!(Histogram::default().mean_of_greatest(3), 0.0);
    }
}
