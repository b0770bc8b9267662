//! Where the heat of a map lies, in words.

use serde::{Deserialize, Serialize};

/// Parts along each side of a pooled map.
pub const SIDE: usize = 7;
/// A part of the image has to have this much more of the heat than of the area to be named.
const LEAST_EXCESS: f64 = 0.15;

/// A part of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    UpperLeft,
    UpperRight,
    LowerLeft,
    LowerRight,
    Left,
    Right,
    Top,
    Bottom,
    /// The ring along all edges.
    Border,
    Center,
    /// No part stands out.
    Spread,
}

impl Place {
    const NAMED: [Self; 10] = [
        Self::UpperLeft,
        Self::UpperRight,
        Self::LowerLeft,
        Self::LowerRight,
        Self::Left,
        Self::Right,
        Self::Top,
        Self::Bottom,
        Self::Border,
        Self::Center,
    ];

    /// Where most of the heat is, beside the area. `map`: [`SIDE`] x [`SIDE`] shares, row-major.
    pub fn of(map: &[f64]) -> Self {
        let excess = |place: Self| place.share(map) - place.area();
        let best = Self::NAMED
            .into_iter()
            .max_by(|a, b| excess(*a).total_cmp(&excess(*b)));
        best.filter(|place| excess(*place) >= LEAST_EXCESS)
            .unwrap_or(Self::Spread)
    }

    /// Of the heat, 0 to 1.
    pub fn share(self, map: &[f64]) -> f64 {
        let inside = map.iter().enumerate().filter(|(at, _)| self.has(*at));
        inside.map(|(_, share)| share).sum()
    }

    /// Whether characters hardly ever are there.
    pub fn is_suspicious(self) -> bool {
        !matches!(self, Self::Center | Self::Spread)
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::UpperLeft => "the upper left corner",
            Self::UpperRight => "the upper right corner",
            Self::LowerLeft => "the lower left corner",
            Self::LowerRight => "the lower right corner",
            Self::Left => "the left edge",
            Self::Right => "the right edge",
            Self::Top => "the top edge",
            Self::Bottom => "the bottom edge",
            Self::Border => "the border",
            Self::Center => "the center",
            Self::Spread => "no single part",
        }
    }

    fn area(self) -> f64 {
        let cells = (0..SIDE * SIDE).filter(|at| self.has(*at)).count();
        cells as f64 / (SIDE * SIDE) as f64
    }

    fn has(self, at: usize) -> bool {
        let (x, y) = (at % SIDE, at / SIDE);
        let corner = 3;
        let edge = 2;
        let [left, right] = [x < corner, x >= SIDE - corner];
        let [upper, lower] = [y < corner, y >= SIDE - corner];
        match self {
            Self::UpperLeft => left && upper,
            Self::UpperRight => right && upper,
            Self::LowerLeft => left && lower,
            Self::LowerRight => right && lower,
            Self::Left => x < edge,
            Self::Right => x >= SIDE - edge,
            Self::Top => y < edge,
            Self::Bottom => y >= SIDE - edge,
            Self::Border => x == 0 || y == 0 || x == SIDE - 1 || y == SIDE - 1,
            Self::Center => [x, y].iter().all(|at| (edge..SIDE - edge).contains(at)),
            Self::Spread => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(is_hot: impl Fn(usize, usize) -> bool) -> Vec<f64> {
        let cells = (0..SIDE * SIDE).map(|at| f64::from(u8::from(is_hot(at % SIDE, at / SIDE))));
        let cells: Vec<f64> = cells.collect();
        let all: f64 = cells.iter().sum();
        cells.into_iter().map(|cell| cell / all).collect()
    }

    #[test]
    fn heat_has_a_place_in_words() {
        let last = SIDE - 1;
        for (found, want) in [
            (map(|x, y| x < 2 && y >= SIDE - 2), Place::LowerLeft),
            (map(|x, y| x >= SIDE - 3 && y < 2), Place::UpperRight),
            (map(|x, _| x == last), Place::Right),
            (map(|_, y| y == 0), Place::Top),
            (
                map(|x, y| x == 0 || y == 0 || x == last || y == last),
                Place::Border,
            ),
            (
                map(|x, y| (2..5).contains(&x) && (2..5).contains(&y)),
                Place::Center,
            ),
            (map(|_, _| true), Place::Spread),
        ] {
            assert_eq!(Place::of(&found), want);
        }
        assert_eq!(Place::LowerLeft.words(), "the lower left corner");
        assert!(Place::Border.is_suspicious() && !Place::Center.is_suspicious());
    }
}
