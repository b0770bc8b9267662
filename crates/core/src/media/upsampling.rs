//! Six copies of an image that a class with few images is filled up with, as scikit-image 0.14 makes them: grey,
//! inverted, noisy, stretched, logarithmic and sigmoid.
//!
//! A copy that would show next to nothing is not made: grey, inverted and noisy ones of an image of low contrast, and
//! logarithmic and sigmoid ones that come out with low contrast. Of an image of low contrast the inverse of the stretched
//! one is made instead.

use image::{Rgb, RgbImage};

use crate::rng::Stream;

/// Difference of the 99th and the 1st percentile of brightness, 0 to 1, below which an image has low contrast.
/// scikit-image's threshold of 0.05 is of the range -1 to 1.
const LOW_CONTRAST: f64 = 0.1;
/// Percentiles that the stretched copy's black and white are.
const STRETCHED: [f64; 2] = [0.2, 99.8];
/// Of the sigmoid.
const GAIN: f64 = 10.0;
const CUTOFF: f64 = 0.5;

/// A copy of an image, made anew whenever it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Upsampling {
    Grey,
    Inverted,
    Noisy,
    Stretched,
    Logarithmic,
    Sigmoid,
}

/// Which copies of an image are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copies(u8);

impl Upsampling {
    pub const ALL: [Self; 6] = [
        Self::Grey,
        Self::Inverted,
        Self::Noisy,
        Self::Stretched,
        Self::Logarithmic,
        Self::Sigmoid,
    ];

    /// What a file with the copy has in its name after that of the original, as the post has it.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Grey => "gc",
            Self::Inverted => "invert",
            Self::Noisy => "noise",
            Self::Stretched => "intensity",
            Self::Logarithmic => "log",
            Self::Sigmoid => "sigmoid",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Grey => "Grey",
            Self::Inverted => "Inverted",
            Self::Noisy => "Noisy",
            Self::Stretched => "Stretched contrast",
            Self::Logarithmic => "Logarithmic",
            Self::Sigmoid => "Sigmoid",
        }
    }

    /// The copy of `image`, whether it shows much or not; the same for the same pixels.
    pub fn of(self, image: &RgbImage) -> RgbImage {
        match self {
            Self::Grey => grey(image),
            Self::Inverted if has_low_contrast(image) => inverted(&stretched(image)),
            Self::Inverted => inverted(image),
            Self::Noisy => noisy(image),
            Self::Stretched => stretched(image),
            Self::Logarithmic => by_value(image, |x| (1.0 + x).log2()),
            Self::Sigmoid => by_value(image, |x| 1.0 / (1.0 + (GAIN * (CUTOFF - x)).exp())),
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Copies {
    /// Those of `image` that show something.
    pub fn of(image: &RgbImage) -> Self {
        let is_flat = has_low_contrast(image);
        let shows = |copy: &Upsampling| match copy {
            Upsampling::Grey | Upsampling::Noisy => !is_flat,
            Upsampling::Inverted | Upsampling::Stretched => true,
            Upsampling::Logarithmic | Upsampling::Sigmoid => !has_low_contrast(&copy.of(image)),
        };
        let made = Upsampling::ALL.iter().filter(|copy| shows(copy));
        Self(made.fold(0, |bits, copy| bits | copy.bit()))
    }

    /// As a fact.
    pub fn to_byte(self) -> u8 {
        self.0
    }

    pub fn from_byte(bits: u8) -> Self {
        Self(bits)
    }

    /// In the order of [`Upsampling::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Upsampling> {
        let all = Upsampling::ALL.into_iter();
        all.filter(move |copy| self.0 & copy.bit() != 0)
    }

    pub fn len(self) -> usize {
        self.iter().count()
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// scikit-image's `rgb2gray`, 0 to 1.
fn brightness(pixel: Rgb<u8>) -> f64 {
    let [red, green, blue] = pixel.0.map(|value| f64::from(value) / 255.0);
    0.2125 * red + 0.7154 * green + 0.0721 * blue
}

fn grey(image: &RgbImage) -> RgbImage {
    let mut copy = image.clone();
    for pixel in copy.pixels_mut() {
        *pixel = Rgb([to_byte(brightness(*pixel)); 3]);
    }
    copy
}

/// As scikit-image saves numbers from 0 to 1: to the nearest, of two as near the even one.
fn to_byte(value: f64) -> u8 {
    (255.0 * value).round_ties_even().clamp(0.0, 255.0) as u8
}

fn inverted(image: &RgbImage) -> RgbImage {
    let mut copy = image.clone();
    copy.iter_mut().for_each(|value| *value = 255 - *value);
    copy
}

/// `function` of each value, both from 0 to 1, cut off after 255ths.
fn by_value(image: &RgbImage, function: impl Fn(f64) -> f64) -> RgbImage {
    let table: Vec<u8> = (0..=255)
        .map(|value| (255.0 * function(f64::from(value) / 255.0)) as u8)
        .collect();
    let mut copy = image.clone();
    for value in copy.iter_mut() {
        *value = table.get(usize::from(*value)).copied().unwrap_or_default();
    }
    copy
}

fn stretched(image: &RgbImage) -> RgbImage {
    let mut counts = [0_usize; 256];
    for value in image.iter() {
        counts[usize::from(*value)] += 1;
    }
    let at = |rank: usize| {
        let mut before = 0;
        let found = counts.iter().position(|count| {
            before += count;
            rank < before
        });
        found.unwrap_or_default() as f64
    };
    let total = image.as_raw().len();
    let [low, high] = STRETCHED.map(|percent| percentile(percent, total, at));
    if low >= high {
        return image.clone();
    }
    by_value(image, |x| {
        let value = (255.0 * x).round();
        (value.clamp(low, high) - low) / (high - low)
    })
}

/// numpy's, between the values of two ranks; `at`: the value of a rank among `total`.
fn percentile(percent: f64, total: usize, at: impl Fn(usize) -> f64) -> f64 {
    let last = total.saturating_sub(1);
    let place = percent / 100.0 * last as f64;
    let below = (place.floor() as usize).min(last);
    let (one, other) = (at(below), at((below + 1).min(last)));
    let part = place - below as f64;
    // numpy comes from the nearer end.
    if part < 0.5 {
        one + (other - one) * part
    } else {
        other - (other - one) * (1.0 - part)
    }
}

/// scikit-image's `is_low_contrast`.
fn has_low_contrast(image: &RgbImage) -> bool {
    let mut values: Vec<f64> = image.pixels().map(|pixel| brightness(*pixel)).collect();
    if values.is_empty() {
        return true;
    }
    let total = values.len();
    let mut of_rank = |percent: f64| {
        let last = total - 1;
        let below = ((percent / 100.0 * last as f64).floor() as usize).min(last);
        let (_, one, above) = values.select_nth_unstable_by(below, f64::total_cmp);
        let one = *one;
        let other = above.iter().copied().fold(f64::INFINITY, f64::min);
        let other = if other.is_finite() { other } else { one };
        percentile(
            percent,
            total,
            |rank| if rank == below { one } else { other },
        )
    };
    let (dark, light) = (of_rank(1.0), of_rank(99.0));
    light - dark < LOW_CONTRAST
}

/// Poisson noise, as of so many photons as there are different values in the image. What is drawn depends on the pixels
/// alone.
fn noisy(image: &RgbImage) -> RgbImage {
    let mut is_there = [false; 256];
    for value in image.iter() {
        is_there[usize::from(*value)] = true;
    }
    let values = is_there.iter().filter(|is_there| **is_there).count();
    let photons = values.max(1).next_power_of_two() as f64;
    let tables: Vec<Vec<f64>> = (0..=255_u8)
        .map(|value| {
            if is_there[usize::from(value)] {
                cumulative(f64::from(value) / 255.0 * photons)
            } else {
                Vec::new()
            }
        })
        .collect();
    let hash = blake3::hash(image.as_raw());
    let key = hash.as_bytes().as_chunks::<8>().0;
    let key: Vec<u64> = key.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
    let mut stream = Stream::new(0, &key);
    let mut copy = image.clone();
    for value in copy.iter_mut() {
        let drawn = stream.uniform(0.0, 1.0);
        let table = tables
            .get(usize::from(*value))
            .map_or(&[][..], Vec::as_slice);
        let count = table.partition_point(|below| *below <= drawn);
        *value = to_byte((count as f64 / photons).min(1.0));
    }
    copy
}

/// Probabilities of no more than 0, 1, 2… events where `mean` (up to 256) are expected, as far as it makes a difference.
fn cumulative(mean: f64) -> Vec<f64> {
    let longest = (mean + 10.0 * mean.sqrt() + 20.0) as usize;
    let mut probability = (-mean).exp();
    let mut sum = 0.0;
    (0..=longest)
        .map(|count| {
            if count > 0 {
                probability *= mean / count as f64;
            }
            sum += probability;
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests;
