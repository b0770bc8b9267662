//! The figure of a film's frame: what differs from the scene's own median image.
//!
//! The median over a scene's frames shows what stands still, without what passes before it. Where a frame differs from it, smoothed so that a figure
//! that only moves its limbs becomes one piece, the piece with most of the difference is the figure. All of it at 96 pixels
//! along the longer side, where a camera that trembles hardly shows.
//!
//! Limits: a figure that never moves leaves no difference, and a camera that pans leaves one everywhere; neither has a figure
//! by this measure.

use image::RgbImage;
use image::imageops::{self, FilterType};

use super::mask::Mask;

/// Of the small images, along the longer side.
const SIDE: u32 = 96;
/// Fewer frames have no median to speak of.
const LEAST_FRAMES: usize = 4;
/// Of the smoothing, in pixels of the small image; it is done twice.
const RADIUS: usize = 2;
/// A pixel is of the figure if it differs by this part of the largest difference.
const THRESHOLD: f32 = 0.35;
/// And at least by so many of 255 levels: less is noise of the film's compression.
const LEAST_DIFFERENCE: f32 = 6.0;
/// How much more a figure differs than what is around it.
const LEAST_CONTRAST: f32 = 3.0;
/// Shares of the image that a figure can have.
const AREA: std::ops::RangeInclusive<f64> = 0.005..=0.4;
/// So that outlines are inside.
const MARGIN: usize = 1;

/// What moves before the backdrop.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Over the whole frame.
    pub mask: Mask,
    /// As [`Mask::sureness`], of what differs clearly.
    pub sureness: f64,
}

/// What stands still in a scene, much reduced.
pub struct Backdrop {
    width: u32,
    height: u32,
    /// Channel by channel, as in an image.
    median: Vec<u8>,
}

impl Backdrop {
    /// Of the frames of one scene, of any size but alike in shape. `None` of too few.
    pub fn of(frames: &[RgbImage]) -> Option<Self> {
        let (width, height) = small_size(frames.first()?);
        let small: Vec<RgbImage> = frames
            .iter()
            .map(|frame| resized(frame, width, height))
            .collect();
        (small.len() >= LEAST_FRAMES).then(|| Self {
            width,
            height,
            median: median(&small),
        })
    }

    /// The figure of one of the frames; `None` if none stands out.
    pub fn figure(&self, frame: &RgbImage) -> Option<Figure> {
        let small = resized(frame, self.width, self.height);
        let pixels = small.as_raw().chunks_exact(3);
        let difference: Vec<f32> = pixels
            .zip(self.median.chunks_exact(3))
            .map(|(pixel, still)| {
                let channels = pixel.iter().zip(still);
                f32::from(channels.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0))
            })
            .collect();
        let width = self.width as usize;
        let smooth = smoothed(&smoothed(&difference, width), width);
        let most = smooth.iter().copied().fold(0.0, f32::max);
        let threshold = (THRESHOLD * most).max(LEAST_DIFFERENCE);
        let mask = Mask::heaviest_piece(&smooth, width, threshold)?;
        if !is_figure(&mask, &smooth) {
            return None;
        }
        let mask = mask.grown(MARGIN);
        // Noise all over the frame says nothing about where the figure is.
        let clear: Vec<f32> = smooth
            .iter()
            .map(|value| (value - LEAST_DIFFERENCE).max(0.0))
            .collect();
        Some(Figure {
            sureness: mask.sureness(&clear),
            mask,
        })
    }
}

/// A frame reduced to what [`Backdrop`] looks at, so that a scene's frames need not be kept whole.
pub fn small(image: &RgbImage) -> RgbImage {
    let (width, height) = small_size(image);
    resized(image, width, height)
}

fn small_size(image: &RgbImage) -> (u32, u32) {
    let (width, height) = image.dimensions();
    let longer = width.max(height).max(1);
    let side = |length: u32| {
        let scaled = u64::from(length) * u64::from(SIDE) / u64::from(longer);
        (scaled as u32).max(1)
    };
    (side(width), side(height))
}

fn resized(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    if image.dimensions() == (width, height) {
        return image.clone();
    }
    imageops::resize(image, width, height, FilterType::Triangle)
}

fn median(images: &[RgbImage]) -> Vec<u8> {
    let len = images.first().map_or(0, |image| image.as_raw().len());
    let mut values: Vec<u8> = Vec::with_capacity(images.len());
    (0..len)
        .map(|at| {
            values.clear();
            values.extend(images.iter().filter_map(|image| image.as_raw().get(at)));
            values.sort_unstable();
            let middle = values.len() / 2;
            let above = values.get(middle).copied().unwrap_or_default();
            if values.len().is_multiple_of(2) && middle > 0 {
                above.midpoint(values[middle - 1])
            } else {
                above
            }
        })
        .collect()
}

/// Means of squares, as far as the image has them.
fn smoothed(values: &[f32], width: usize) -> Vec<f32> {
    let height = values.len() / width.max(1);
    let near = |at: usize, len: usize| at.saturating_sub(RADIUS)..(at + RADIUS + 1).min(len);
    (0..values.len())
        .map(|at| {
            let (columns, rows) = (near(at % width, width), near(at / width, height));
            let count = (columns.len() * rows.len()) as f32;
            let sum: f32 = rows
                .map(|row| values[row * width + columns.start..row * width + columns.end].iter())
                .map(Iterator::sum::<f32>)
                .sum();
            sum / count
        })
        .collect()
}

fn is_figure(mask: &Mask, difference: &[f32]) -> bool {
    let mean = |inside: bool| {
        let values = mask.cells.iter().zip(difference);
        let (sum, count) = values
            .filter(|(cell, _)| **cell == inside)
            .fold((0.0, 0), |(sum, count), (_, value)| {
                (sum + value, count + 1)
            });
        sum / count.max(1) as f32
    };
    AREA.contains(&mask.fraction()) && mean(true) > LEAST_CONTRAST * mean(false)
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    const WIDTH: u32 = 192;
    const HEIGHT: u32 = 108;

    /// A checked room, moved by `pan`, and a figure in it whose left edge is at `x`.
    fn frame(x: Option<u32>, pan: u32) -> RgbImage {
        RgbImage::from_fn(WIDTH, HEIGHT, |column, row| {
            let is_figure = x.is_some_and(|x| (x..x + 24).contains(&column));
            if is_figure && (40..80).contains(&row) {
                return Rgb([230, 200, 40]);
            }
            let is_light = ((column + pan) / 12 + row / 12).is_multiple_of(2);
            Rgb(if is_light {
                [90, 110, 90]
            } else {
                [40, 50, 60]
            })
        })
    }

    #[test]
    fn a_figure_that_walks_through_a_room_is_found_where_it_is() {
        let frames: Vec<RgbImage> = (0..6).map(|at| frame(Some(10 + 28 * at), 0)).collect();
        let backdrop = Backdrop::of(&frames).unwrap();
        for (at, frame) in frames.iter().enumerate() {
            let figure = backdrop.figure(frame).unwrap();
            assert!(figure.sureness > 0.8, "{}", figure.sureness);
            let [left, top, right, bottom] = figure.mask.bounds().unwrap();
            let x = f64::from(10 + 28 * at as u32);
            let [want_left, want_right] = [x, x + 24.0].map(|x| x / f64::from(WIDTH));
            assert!((left - want_left).abs() < 0.05, "{left} {want_left}");
            assert!((right - want_right).abs() < 0.05, "{right} {want_right}");
            assert!((top - 0.37).abs() < 0.06 && (bottom - 0.74).abs() < 0.06);
        }
    }

    #[test]
    fn an_empty_room_a_pan_and_too_few_frames_have_no_figure() {
        let still: Vec<RgbImage> = (0..6).map(|_| frame(None, 0)).collect();
        let backdrop = Backdrop::of(&still).unwrap();
        assert_eq!(backdrop.figure(&still[0]), None);
        let pan: Vec<RgbImage> = (0..6).map(|at| frame(None, 5 * at)).collect();
        let backdrop = Backdrop::of(&pan).unwrap();
        assert!(pan.iter().all(|frame| backdrop.figure(frame).is_none()));
        assert!(Backdrop::of(&still[..3]).is_none());
    }
}
