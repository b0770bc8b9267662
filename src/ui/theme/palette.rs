//! The colors of both themes.
//!
//! Meaning colors are Okabe and Ito's color-blind-safe set (<https://jfly.uni-koeln.de/color/>), darkened in the light
//! theme and lightened in the dark one until text in them has a contrast of 4.5:1 (WCAG 2.1, 1.4.3) on every surface;
//! the tests at the foot compute it. The dark theme's greys are neutral so that images are judged fairly.

use eframe::egui::{self, Color32};

use crate::catalog::{Decision, Side};
use crate::model::preprocess;

/// The colors of one theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// Behind the work itself.
    pub canvas: Color32,
    /// Panels and bars.
    pub panel: Color32,
    /// Cards.
    pub raised: Color32,
    /// Buttons, and boxes of images that are on their way: seen on cards too.
    pub button: Color32,
    pub hovered: Color32,
    /// Check boxes, radio buttons and rails: seen on cards and panels.
    pub control: Color32,
    pub line: Color32,
    pub text: Color32,
    pub text_weak: Color32,
    /// The one accent: what is selected, and the next step's button.
    pub accent: Color32,
    pub on_accent: Color32,
    pub keep: Color32,
    pub reject: Color32,
    pub undecided: Color32,
    pub train: Color32,
    pub valid: Color32,
    pub warning: Color32,
    pub error: Color32,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where colors are made"
)]
const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

pub const DARK: Palette = Palette {
    canvas: rgb(0x0016_1616),
    panel: rgb(0x001f_1f1f),
    raised: rgb(0x002c_2c2c),
    button: rgb(0x0038_3838),
    hovered: rgb(0x0046_4646),
    control: rgb(0x0062_6262),
    line: rgb(0x003c_3c3c),
    text: rgb(0x00e6_e6e6),
    text_weak: rgb(0x00b4_b4b4),
    accent: rgb(0x008f_b4ff),
    on_accent: rgb(0x0010_1828),
    keep: rgb(0x002f_c096),
    reject: rgb(0x00ff_8a5c),
    undecided: rgb(0x00b4_b4b4),
    train: rgb(0x0056_b4e9),
    valid: rgb(0x00e6_9f00),
    warning: rgb(0x00f0_e442),
    error: rgb(0x00ff_8a5c),
};

pub const LIGHT: Palette = Palette {
    canvas: rgb(0x00ff_ffff),
    panel: rgb(0x00f5_f5f5),
    raised: rgb(0x00ea_eaea),
    button: rgb(0x00dc_dcdc),
    hovered: rgb(0x00cf_cfcf),
    control: rgb(0x00b4_b4b4),
    line: rgb(0x00cc_cccc),
    text: rgb(0x001a_1a1a),
    text_weak: rgb(0x0058_5858),
    accent: rgb(0x0024_51b3),
    on_accent: rgb(0x00ff_ffff),
    keep: rgb(0x0000_6a4d),
    reject: rgb(0x00a8_3c00),
    undecided: rgb(0x0058_5858),
    train: rgb(0x0000_5c92),
    valid: rgb(0x0080_5300),
    warning: rgb(0x006b_5a00),
    error: rgb(0x00a8_3c00),
};

/// As far from one another and from the sides' colors as eyes with and without deuteranopia allow (the least distance in
/// CIELAB, greedily); fills only, never text.
const CLASS_COLORS: [Color32; 14] = [
    rgb(0x009a_6bff),
    rgb(0x00e8_508f),
    rgb(0x0079_b65b),
    rgb(0x00c8_8cbe),
    rgb(0x001f_8f86),
    rgb(0x00c0_4c4c),
    rgb(0x006f_79e8),
    rgb(0x00c2_3fae),
    rgb(0x00ff_7a4d),
    rgb(0x009a_6f6f),
    rgb(0x009c_9430),
    rgb(0x00b6_a87f),
    rgb(0x003f_6f3a),
    rgb(0x008a_8a98),
];

/// Of runs that are laid over one another, chosen likewise: on the page of runs stand sides and classes too.
const RUN_COLORS: [Color32; 8] = [
    rgb(0x0024_9124),
    rgb(0x00e3_59ff),
    rgb(0x006e_84c8),
    rgb(0x0051_b684),
    rgb(0x008a_4bff),
    rgb(0x00ec_82ae),
    rgb(0x007f_7052),
    rgb(0x0091_5ac8),
];

/// Stable over pages, plots and the demo. `index`: [`crate::catalog::Snapshot::class_place`].
pub fn class_color(index: usize) -> Color32 {
    CLASS_COLORS[index % CLASS_COLORS.len()]
}

/// `index`: place of the run among the project's runs.
pub fn run_color(index: usize) -> Color32 {
    RUN_COLORS[index % RUN_COLORS.len()]
}

/// What the net sees around a padded image.
pub fn padding() -> Color32 {
    let [red, green, blue] = preprocess::PADDING.0;
    rgb(u32::from_be_bytes([0, red, green, blue]))
}

/// The palette of the theme that `ui` is drawn in.
pub fn palette(ui: &egui::Ui) -> &'static Palette {
    palette_of(ui.visuals().dark_mode)
}

pub fn palette_of(is_dark: bool) -> &'static Palette {
    if is_dark { &DARK } else { &LIGHT }
}

impl Palette {
    pub fn decision(&self, decision: Decision) -> Color32 {
        match decision {
            Decision::Keep => self.keep,
            Decision::Reject => self.reject,
            Decision::Undecided => self.undecided,
        }
    }

    pub fn side(&self, side: Side) -> Color32 {
        match side {
            Side::Train => self.train,
            Side::Valid => self.valid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.1's contrast ratio, 1 to 21.
    fn contrast(a: Color32, b: Color32) -> f64 {
        fn luminance(color: Color32) -> f64 {
            let linear = |channel: u8| {
                let value = f64::from(channel) / 255.0;
                if value <= 0.040_45 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
        }
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_is_readable_on_every_surface_of_both_themes() {
        for palette in [DARK, LIGHT] {
            // Rows under the pointer are as light as buttons.
            for surface in [
                palette.canvas,
                palette.panel,
                palette.raised,
                palette.button,
            ] {
                for color in [
                    palette.text,
                    palette.text_weak,
                    palette.accent,
                    palette.keep,
                    palette.reject,
                    palette.undecided,
                    palette.train,
                    palette.valid,
                    palette.warning,
                    palette.error,
                ] {
                    let ratio = contrast(color, surface);
                    assert!(ratio >= 4.5, "{color:?} on {surface:?}: {ratio:.2}");
                }
            }
            assert!(contrast(palette.on_accent, palette.accent) >= 4.5);
            for surface in [palette.button, palette.hovered] {
                assert!(contrast(palette.text, surface) >= 4.5);
                assert!(contrast(palette.text_weak, surface) >= 4.5);
            }
        }
    }

    /// `over` painted on `under` with `alpha`, as egui fades what is disabled.
    fn faded(over: Color32, under: Color32, alpha: f32) -> Color32 {
        let mix = |over: u8, under: u8| {
            let mixed = f32::from(over) * alpha + f32::from(under) * (1.0 - alpha);
            u32::from(mixed.round() as u8)
        };
        let [red, green, blue] = [
            mix(over.r(), under.r()),
            mix(over.g(), under.g()),
            mix(over.b(), under.b()),
        ];
        rgb(red << 16 | green << 8 | blue)
    }

    #[test]
    fn disabled_buttons_and_labels_can_still_be_read() {
        let alpha = crate::ui::theme::DISABLED_ALPHA;
        for palette in [DARK, LIGHT] {
            for surface in [palette.canvas, palette.panel, palette.raised] {
                let fill = faded(palette.button, surface, alpha);
                for behind in [fill, surface] {
                    let ratio = contrast(faded(palette.text, behind, alpha), behind);
                    assert!(ratio >= 4.5, "{behind:?}: {ratio:.2}");
                    // And it looks unlike what can be pressed.
                    assert!(ratio < contrast(palette.text, behind) * 0.8);
                }
            }
        }
    }

    #[test]
    fn colors_of_classes_runs_and_sides_do_not_collide() {
        let sides = [DARK.train, DARK.valid, LIGHT.train, LIGHT.valid];
        let apart = |a: Color32, b: Color32| -> u32 {
            let channels = a.to_array().into_iter().zip(b.to_array());
            channels.map(|(a, b)| u32::from(a.abs_diff(b))).sum()
        };
        for (one, other) in [
            (&CLASS_COLORS[..], &RUN_COLORS[..]),
            (&CLASS_COLORS[..], &sides[..]),
            (&RUN_COLORS[..], &sides[..]),
        ] {
            for a in one {
                for b in other {
                    assert!(apart(*a, *b) >= 40, "{a:?} and {b:?}");
                }
            }
        }
    }

    #[test]
    fn neighboring_classes_have_different_colors() {
        for index in 0..CLASS_COLORS.len() {
            assert_ne!(class_color(index), class_color(index + 1));
        }
    }
}
