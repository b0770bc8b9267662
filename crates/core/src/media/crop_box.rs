//! A part of an image that a crop leaves, as a box that does not depend on the size of the file.

use serde::{Deserialize, Serialize};

use super::border::Insets;

/// Of a side of the image.
const WHOLE: u32 = 1_000_000;
/// A framed box leaves at least so many pixels a side, where the image has them: a net would see nothing but enlarged pixels
/// of less.
const LEAST_PIXELS: f64 = 64.0;
/// Of a framed box, the longer side over the shorter one at most: nets that see a square would see a narrower one distorted
/// beyond recognition.
const LONGEST_SHAPE: f64 = 1.5;
/// What a framed box has around what it was found on, as a part of its width or height, on each side.
pub const MARGIN: f64 = 0.15;

/// The sides of the box as they lie in the upright file, in millionths of its width and height. So it stays on the same
/// thing when the file is saved in another size, and whatever is cropped off the borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CropBox {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

/// A box in pixels, as detectors have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelBox {
    /// Of its upper left corner.
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// Width and height of an image in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelSize {
    pub width: u32,
    pub height: u32,
}

impl CropBox {
    /// Of the sides as fractions of the file's width and height: left, top, right, bottom. What lies outside of it is cut off;
    /// `None` if nothing is left.
    pub fn of_fractions(sides: [f64; 4]) -> Option<Self> {
        if !sides.iter().all(|side| side.is_finite()) {
            return None;
        }
        let [left, top, right, bottom] =
            sides.map(|side| (side.clamp(0.0, 1.0) * f64::from(WHOLE)).round() as u32);
        (left < right && top < bottom).then_some(Self {
            left,
            top,
            right,
            bottom,
        })
    }

    /// As [`CropBox::of_fractions`], of a box in pixels of the upright file.
    pub fn of_pixels(found: PixelBox, size: PixelSize) -> Option<Self> {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        Self::of_fractions([
            found.x / width,
            found.y / height,
            (found.x + found.width) / width,
            (found.y + found.height) / height,
        ])
    }

    /// Left, top, right, bottom, as fractions of the file's width and height.
    pub fn fractions(self) -> [f64; 4] {
        [self.left, self.top, self.right, self.bottom]
            .map(|side| f64::from(side) / f64::from(WHOLE))
    }

    /// Share of the file, 0 to 1.
    pub fn area(self) -> f64 {
        let [left, top, right, bottom] = self.fractions();
        (right - left) * (bottom - top)
    }

    /// What is cut off a file of this size, to the nearest pixel.
    pub fn insets(self, size: PixelSize) -> Insets {
        let before = |side: u32, length: u32| {
            let whole = u64::from(WHOLE);
            ((u64::from(side) * u64::from(length) + whole / 2) / whole) as u32
        };
        Insets {
            left: before(self.left, size.width),
            top: before(self.top, size.height),
            right: before(WHOLE.saturating_sub(self.right), size.width),
            bottom: before(WHOLE.saturating_sub(self.bottom), size.height),
        }
    }

    /// The crop for something that was found in this box: with a margin ([`MARGIN`] being usual) around it, no narrower than
    /// two to three, at least 64 pixels a side, and inside the image.
    #[must_use]
    pub fn framed(self, size: PixelSize, margin: f64) -> Self {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        let [left, top, right, bottom] = self.fractions();
        let grown = |length: f64| (length * (1.0 + 2.0 * margin)).max(LEAST_PIXELS);
        let across = grown((right - left) * width);
        let down = grown((bottom - top) * height);
        let across = across.max(down / LONGEST_SHAPE);
        let down = down.max(across / LONGEST_SHAPE);
        let [left, right] = placed(left.midpoint(right) * width, across, width);
        let [top, bottom] = placed(top.midpoint(bottom) * height, down, height);
        Self::of_fractions([left, top, right, bottom]).unwrap_or(self)
    }
}

/// Both ends of a line of this length around `center`, moved into 0 to `whole`, as fractions of that.
fn placed(center: f64, length: f64, whole: f64) -> [f64; 2] {
    let length = length.min(whole);
    let first = (center - length / 2.0).clamp(0.0, whole - length);
    [first / whole, (first + length) / whole]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: PixelSize = PixelSize {
        width: 640,
        height: 360,
    };

    fn of_pixels(x: f64, y: f64, width: f64, height: f64) -> Option<CropBox> {
        let found = PixelBox {
            x,
            y,
            width,
            height,
        };
        CropBox::of_pixels(found, SIZE)
    }

    #[test]
    fn a_box_of_pixels_is_cut_out_to_the_pixel_and_of_a_larger_file_in_proportion() {
        let part = of_pixels(40.0, 20.0, 200.0, 300.0).unwrap();
        let insets = part.insets(SIZE);
        assert_eq!(insets.inner(SIZE.width, SIZE.height), (200, 300));
        assert_eq!((insets.left, insets.top), (40, 20));
        let double = PixelSize {
            width: 1280,
            height: 720,
        };
        assert_eq!(part.insets(double).inner(1280, 720), (400, 600));
        assert!((part.area() - 60_000.0 / 230_400.0).abs() < 1e-6);
    }

    #[test]
    fn what_lies_outside_is_cut_off_and_nothing_is_no_box() {
        let over = of_pixels(-50.0, 300.0, 100.0, 100.0).unwrap();
        assert_eq!(over.insets(SIZE).inner(640, 360), (50, 60));
        assert_eq!(of_pixels(700.0, 0.0, 50.0, 50.0), None);
        assert_eq!(of_pixels(10.0, 10.0, 0.0, 50.0), None);
        assert_eq!(of_pixels(10.0, f64::NAN, 10.0, 50.0), None);
    }

    #[test]
    fn a_frame_has_a_margin_a_shape_and_a_least_size_and_stays_inside() {
        let inner = |part: CropBox| part.insets(SIZE).inner(SIZE.width, SIZE.height);
        let figure = of_pixels(300.0, 100.0, 100.0, 100.0).unwrap();
        assert_eq!(inner(figure.framed(SIZE, MARGIN)), (130, 130));
        // A standing one, at the right edge.
        let thin = of_pixels(620.0, 50.0, 20.0, 200.0).unwrap();
        let framed = thin.framed(SIZE, MARGIN);
        let (width, height) = inner(framed);
        assert!(
            height.abs_diff(260) < 2 && width.abs_diff(174) < 2,
            "{width} x {height}"
        );
        assert_eq!(framed.insets(SIZE).right, 0);
        let tiny = of_pixels(0.0, 0.0, 4.0, 4.0).unwrap();
        assert_eq!(inner(tiny.framed(SIZE, 0.0)), (64, 64));
        let all = of_pixels(0.0, 0.0, 640.0, 360.0).unwrap();
        assert_eq!(all.framed(SIZE, MARGIN), all);
    }
}
