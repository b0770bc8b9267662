//! How a heatmap is drawn.

use super::colormap::Colormap;

/// Colors, and what their ends stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Style {
    pub colormap: Colormap,
    /// Lines at a quarter, half and three quarters of the scale.
    pub has_contours: bool,
    pub veil: Veil,
    /// `None`: the map's own least and greatest value.
    pub scale: Option<Scale>,
}

/// How much of the image shows through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Veil {
    /// More where the map is cold: a cold region says nothing, so the image keeps its colors there.
    #[default]
    FollowsHeat,
    /// Alike everywhere.
    Even,
}

/// The values at the ends of the colors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub low: f32,
    pub high: f32,
}

impl Scale {
    /// From the least to the greatest value.
    pub fn of(values: &[f32]) -> Self {
        Self {
            low: values.iter().copied().fold(f32::INFINITY, f32::min),
            high: values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        }
    }

    /// Wide enough for both.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// With 0 in the middle.
    #[must_use]
    pub fn symmetric(self) -> Self {
        let most = self.low.abs().max(self.high.abs());
        Self {
            low: -most,
            high: most,
        }
    }

    /// 0 at the low end, 1 at the high one. A scale without length shows nothing.
    pub fn fraction(self, value: f32) -> f32 {
        let range = self.high - self.low;
        if range > 0.0 {
            ((value - self.low) / range).clamp(0.0, 1.0)
        } else {
            0.0
        }
    }
}
