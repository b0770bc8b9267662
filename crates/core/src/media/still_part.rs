//! What of the image stands still before a step from frame to frame and again after it.
//!
//! A cut to another place changes it. A large figure that jumps to its next pose changes as many pixels as a cut does, but
//! leaves the place around it as it was.

use super::small_frame::{HEIGHT, SmallFrame, WIDTH};

/// A pixel whose values stay within so many levels of 255 on one side of the step, mean of the channels, stands still.
const STILL_LEVELS: u16 = 8;
/// A still pixel whose values differ by more than this across the step was changed by it.
const CHANGED_LEVELS: u16 = 8;
/// Black on both sides is no place that could be known again, nor is white.
const DARK: u8 = 24;
const LIGHT: u8 = 231;

/// Parts of the image, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StillPart {
    /// Of all pixels, those that stand still on both sides.
    pub share: f32,
    /// Of these, those that the step changed.
    pub changed: f32,
}

impl StillPart {
    /// `earlier` ends with the frame before the step, `later` begins with the one after it; `None` if one is empty.
    pub fn of<'a>(
        mut earlier: impl DoubleEndedIterator<Item = &'a SmallFrame> + Clone,
        mut later: impl Iterator<Item = &'a SmallFrame> + Clone,
    ) -> Option<Self> {
        let ranges = [Ranges::of(earlier.clone()), Ranges::of(later.clone())];
        let (before, after) = (earlier.next_back()?, later.next()?);
        let (mut still, mut changed) = (0_u32, 0_u32);
        for at in 0..WIDTH * HEIGHT {
            let (Some(a), Some(b)) = (before.pixel(at), after.pixel(at)) else {
                continue;
            };
            let both = || a.into_iter().chain(b);
            let is_plain = both().all(|value| value <= DARK) || both().all(|value| value >= LIGHT);
            if is_plain || !ranges.iter().all(|range| range.is_still(at)) {
                continue;
            }
            still += 1;
            let difference: u16 = a
                .into_iter()
                .zip(b)
                .map(|(a, b)| u16::from(a.abs_diff(b)))
                .sum();
            changed += u32::from(difference > CHANGED_LEVELS * 3);
        }
        Some(Self {
            share: still as f32 / (WIDTH * HEIGHT) as f32,
            changed: changed as f32 / still.max(1) as f32,
        })
    }
}

/// Least and largest value of every channel over some frames.
struct Ranges(Vec<(u8, u8)>);

impl Ranges {
    fn of<'a>(frames: impl Iterator<Item = &'a SmallFrame>) -> Self {
        let mut ranges = vec![(u8::MAX, u8::MIN); WIDTH * HEIGHT * 3];
        for frame in frames {
            for ((least, largest), &value) in ranges.iter_mut().zip(frame.pixels()) {
                *least = value.min(*least);
                *largest = value.max(*largest);
            }
        }
        Self(ranges)
    }

    fn is_still(&self, pixel: usize) -> bool {
        let channels = self.0.get(pixel * 3..pixel * 3 + 3).unwrap_or_default();
        let spread: u16 = channels
            .iter()
            .map(|(least, largest)| u16::from(largest.saturating_sub(*least)))
            .sum();
        spread < STILL_LEVELS * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::small_frame::BYTES;

    /// A gradient of one color, with a bright box over the columns from `left` on.
    fn frame(shade: u8, left: usize) -> SmallFrame {
        let mut pixels = vec![0; BYTES];
        for (at, pixel) in pixels.chunks_exact_mut(3).enumerate() {
            let column = at % WIDTH;
            let is_box = (left..left + 24).contains(&column);
            pixel.fill(if is_box { 220 } else { shade + column as u8 });
        }
        SmallFrame::new(pixels)
    }

    #[test]
    fn a_figure_that_jumps_leaves_its_place_as_it_was() {
        let (earlier, later) = (vec![frame(40, 2); 7], vec![frame(40, 36); 7]);
        let part = StillPart::of(earlier.iter(), later.iter()).unwrap();
        assert_eq!(part.share, 1.0);
        assert_eq!(part.changed, 48.0 / 64.0);
        let swinging: Vec<SmallFrame> = (0..7)
            .map(|number| frame(40, 2 + number % 2 * 34))
            .collect();
        let part = StillPart::of(swinging.iter(), later.iter()).unwrap();
        assert_eq!((part.share, part.changed), (16.0 / 64.0, 0.0));
    }

    #[test]
    fn a_cut_changes_what_stood_still_also_behind_a_figure() {
        let swinging = |shade| -> Vec<SmallFrame> {
            (0..7)
                .map(|number| frame(shade, 2 + number % 2 * 34))
                .collect()
        };
        let part = StillPart::of(swinging(40).iter(), swinging(90).iter()).unwrap();
        assert_eq!((part.share, part.changed), (16.0 / 64.0, 1.0));
    }

    #[test]
    fn what_is_black_on_both_sides_tells_nothing() {
        let black = vec![SmallFrame::new(vec![10; BYTES]); 7];
        let part = StillPart::of(black.iter(), black.iter()).unwrap();
        assert_eq!((part.share, part.changed), (0.0, 0.0));
        assert_eq!(StillPart::of(black.iter(), [].iter()), None);
    }
}
