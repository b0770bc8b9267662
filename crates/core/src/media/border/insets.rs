//! What lies between the sides of an image and what it shows, and what a crop takes off.

use image::{RgbImage, imageops};
use serde::{Deserialize, Serialize};

/// Pixels on each side that are no image.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Insets {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

/// Pixels of each side of an image that a crop leaves at least; a smaller image, such as an icon, is not cropped.
const LEAST_LEFT: u32 = 32;

impl Insets {
    pub const NONE: Self = Self::even(0);

    /// The same on all sides.
    pub const fn even(pixels: u32) -> Self {
        Self {
            left: pixels,
            top: pixels,
            right: pixels,
            bottom: pixels,
        }
    }

    /// Width and height of what is inside.
    pub fn inner(self, width: u32, height: u32) -> (u32, u32) {
        let beside = self.left.saturating_add(self.right);
        let above = self.top.saturating_add(self.bottom);
        (width.saturating_sub(beside), height.saturating_sub(above))
    }

    /// None if so little of an image of this size would be left that it should rather stay as it is.
    #[must_use]
    pub fn sensible(self, width: u32, height: u32) -> Self {
        let (inner_width, inner_height) = self.inner(width, height);
        if inner_width.min(inner_height) < LEAST_LEFT {
            Self::NONE
        } else {
            self
        }
    }

    /// What both cut off together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// What of these a crop leaves.
    #[must_use]
    pub fn without(self, crop: Self) -> Self {
        Self {
            left: self.left.saturating_sub(crop.left),
            top: self.top.saturating_sub(crop.top),
            right: self.right.saturating_sub(crop.right),
            bottom: self.bottom.saturating_sub(crop.bottom),
        }
    }

    /// In the image reduced to a half, a quarter…; what is partly border is border.
    #[must_use]
    pub fn reduced(self, by: u32) -> Self {
        let lines = |lines: u32| lines.div_ceil(by.max(1));
        Self {
            left: lines(self.left),
            top: lines(self.top),
            right: lines(self.right),
            bottom: lines(self.bottom),
        }
    }

    /// The inside of `image`; all of it if there is none.
    pub fn cut(self, image: RgbImage) -> RgbImage {
        let (width, height) = self.inner(image.width(), image.height());
        if self.is_none() || width == 0 || height == 0 {
            return image;
        }
        imageops::crop_imm(&image, self.left, self.top, width, height).to_image()
    }

    /// "12 px top, 12 px bottom"; "nothing".
    pub fn text(self) -> String {
        let sides = [
            (self.left, "left"),
            (self.top, "top"),
            (self.right, "right"),
            (self.bottom, "bottom"),
        ];
        let [(first, _), others @ ..] = sides;
        if first > 0 && others.iter().all(|(lines, _)| *lines == first) {
            return format!("{first} px on each side");
        }
        let named: Vec<String> = sides
            .into_iter()
            .filter(|(lines, _)| *lines > 0)
            .map(|(lines, side)| format!("{lines} px {side}"))
            .collect();
        if named.is_empty() {
            "nothing".to_owned()
        } else {
            named.join(", ")
        }
    }

    pub(super) fn from_sides([left, top, right, bottom]: [u32; 4]) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// As [`Insets::is_none`], as serde asks.
    pub fn is_nothing(&self) -> bool {
        self.is_none()
    }

    /// In the image reduced to `scale` of its size; what is partly border is border.
    #[must_use]
    pub fn scaled(self, scale: f64) -> Self {
        let lines = |lines: u32| (f64::from(lines) * scale).ceil() as u32;
        Self {
            left: lines(self.left),
            top: lines(self.top),
            right: lines(self.right),
            bottom: lines(self.bottom),
        }
    }

    /// Part of an image of this size that is border, 0 to 1.
    pub fn fraction(self, width: u32, height: u32) -> f64 {
        let inner = |length: u32, before: u32, after: u32| {
            f64::from(length.saturating_sub(before + after)) / f64::from(length.max(1))
        };
        1.0 - inner(width, self.left, self.right) * inner(height, self.top, self.bottom)
    }
}
