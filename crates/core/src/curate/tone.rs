//! Dark, bright, without color, without information: what the histograms say.

use super::view::{Histogram, View};

/// Tones of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tones {
    /// Brightness that all but the brightest hundredth stays below, 0 to 1: a dark image has no light spot.
    pub highlights: f64,
    /// Brightness that all but the darkest twentieth exceeds, 0 to 1: a washed-out image has no dark spot.
    pub shadows: f64,
    /// How far the channels are apart in all but the most colorful hundredth, 0 to 1. Small for a grey image that is
    /// stored in color, whose JPEG adds a little.
    pub chroma: f64,
    /// Shannon entropy of the luma, 0 (one tone) to 8 bits (all tones alike).
    pub entropy_bits: f64,
    /// The middle tone, 0 to 1.
    pub middle: f64,
}

impl Tones {
    pub fn of(view: &View) -> Self {
        let unit = |value: u8| f64::from(value) / 255.0;
        Self {
            highlights: unit(view.brightness.quantile(0.99)),
            shadows: unit(view.brightness.quantile(0.05)),
            chroma: unit(view.chroma.quantile(0.99)),
            entropy_bits: entropy_bits(&view.luma_histogram),
            middle: unit(view.brightness.quantile(0.5)),
        }
    }
}

fn entropy_bits(histogram: &Histogram) -> f64 {
    let total = histogram.total() as f64;
    let counts = histogram.0.iter().filter(|&&count| count > 0);
    let bits: f64 = counts
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum();
    bits.max(0.0)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    fn tones(paint: impl Fn(u32, u32) -> [u8; 3]) -> Tones {
        let image = RgbImage::from_fn(64, 64, |x, y| Rgb(paint(x, y)));
        Tones::of(&View::of(&image).unwrap())
    }

    #[test]
    fn one_color_has_no_information_and_all_tones_have_eight_bits() {
        assert_eq!(tones(|_, _| [10, 200, 30]).entropy_bits, 0.0);
        let all = tones(|x, y| [((y * 64 + x) % 256) as u8; 3]);
        assert!((all.entropy_bits - 8.0).abs() < 1e-9);
    }

    #[test]
    fn a_lamp_in_the_night_is_no_dark_image_and_ink_on_paper_no_bright_one() {
        let night = tones(|_, _| [12; 3]);
        assert!(night.highlights < 0.05, "{night:?}");
        let lamp = tones(|x, y| if x < 8 && y < 8 { [250; 3] } else { [12; 3] });
        assert!(lamp.highlights > 0.9, "{lamp:?}");
        let paper = tones(|_, _| [250; 3]);
        assert!(paper.shadows > 0.95, "{paper:?}");
        let ink = tones(|x, _| if x < 6 { [20; 3] } else { [250; 3] });
        assert!(ink.shadows < 0.1, "{ink:?}");
    }

    #[test]
    fn grey_stored_in_color_has_no_chroma() {
        let grey = tones(|x, y| {
            let value = (x * 3) as u8;
            [value, value + (y % 3) as u8, value]
        });
        assert!(grey.chroma < 0.02, "{grey:?}");
        assert!(tones(|x, _| [(x * 3) as u8, 40, 40]).chroma > 0.3);
    }
}
