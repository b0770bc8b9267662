//! Colors of values from 0 to 1, as matplotlib has them.

use clap::ValueEnum;
use image::Rgb;
use serde::{Deserialize, Serialize};

/// Which colors a heatmap is drawn in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Colormap {
    /// Black over purple to light yellow; every step looks as large as the next
    #[default]
    Magma,
    /// Violet over green to yellow; every step looks as large as the next, also to the color-blind
    Viridis,
    /// Blue over green to red, as most papers have it
    Jet,
    /// Blue below the middle, orange above: of differences
    #[value(skip)]
    Diverging,
}

/// Ends of [`Colormap::Diverging`], told apart by the color-blind.
const BLUE: [u8; 3] = [0, 114, 178];
const ORANGE: [u8; 3] = [230, 159, 0];

impl Colormap {
    /// Those that a person can choose.
    pub const ALL: [Self; 3] = [Self::Magma, Self::Viridis, Self::Jet];

    pub fn title(self) -> &'static str {
        match self {
            Self::Magma => "Magma",
            Self::Viridis => "Viridis",
            Self::Jet => "Jet",
            Self::Diverging => "Difference",
        }
    }

    /// Of a value 0 to 1.
    pub fn color(self, value: f32) -> Rgb<u8> {
        let of = |gradient: colorous::Gradient| {
            let color = gradient.eval_rational((value * 256.0) as usize, 256);
            Rgb([color.r, color.g, color.b])
        };
        match self {
            Self::Magma => of(colorous::MAGMA),
            Self::Viridis => of(colorous::VIRIDIS),
            Self::Jet => jet(value),
            Self::Diverging => Rgb(if value < 0.5 { BLUE } else { ORANGE }),
        }
    }

    /// How much a value says, 0 to 1: of a difference, how far it is from none.
    pub fn weight(self, value: f32) -> f32 {
        match self {
            Self::Magma | Self::Viridis | Self::Jet => value,
            Self::Diverging => (2.0 * value - 1.0).abs(),
        }
    }
}

/// matplotlib's segments: each channel is linear between these places and values.
fn jet(value: f32) -> Rgb<u8> {
    const RED: [[f32; 2]; 5] = [
        [0.0, 0.0],
        [0.35, 0.0],
        [0.66, 1.0],
        [0.89, 1.0],
        [1.0, 0.5],
    ];
    const GREEN: [[f32; 2]; 5] = [
        [0.125, 0.0],
        [0.375, 1.0],
        [0.64, 1.0],
        [0.91, 0.0],
        [1.0, 0.0],
    ];
    const BLUE: [[f32; 2]; 5] = [
        [0.0, 0.5],
        [0.11, 1.0],
        [0.34, 1.0],
        [0.65, 0.0],
        [1.0, 0.0],
    ];
    let entry = (value * 256.0).floor().clamp(0.0, 255.0) / 255.0;
    let channel = |segments: [[f32; 2]; 5]| {
        let mut found = segments[0][1];
        for [[from, low], [to, high]] in segments.windows(2).map(|pair| [pair[0], pair[1]]) {
            if entry >= from {
                let part = ((entry - from) / (to - from)).min(1.0);
                found = low + (high - low) * part;
            }
        }
        (found * 255.0) as u8
    };
    Rgb([channel(RED), channel(GREEN), channel(BLUE)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of matplotlib's tables.
    #[test]
    fn colors_are_those_of_matplotlib() {
        for (map, entry, want) in [
            (Colormap::Magma, 1, [1, 0, 5]),
            (Colormap::Magma, 64, [0x51, 0x12, 0x7c]),
            (Colormap::Magma, 255, [0xfc, 0xfd, 0xbf]),
            (Colormap::Viridis, 0, [68, 1, 84]),
            (Colormap::Viridis, 128, [32, 144, 140]),
            (Colormap::Viridis, 255, [253, 231, 36]),
            (Colormap::Jet, 0, [0, 0, 127]),
            (Colormap::Jet, 128, [125, 255, 122]),
            (Colormap::Jet, 255, [127, 0, 0]),
        ] {
            let got = map.color(entry as f32 / 256.0).0;
            for (got, want) in got.into_iter().zip(want) {
                assert!(got.abs_diff(want) <= 2, "{map:?} {entry}: {got} {want}");
            }
        }
    }
}
