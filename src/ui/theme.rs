//! Every color, distance and text size of the window, so that no page invents its own.
//!
//! Meaning colors are Okabe and Ito's color-blind-safe set (<https://jfly.uni-koeln.de/color/>), darkened in the light
//! theme and lightened in the dark one until text in them has a contrast of 4.5:1 (WCAG 2.1, 1.4.3) on every surface;
//! the tests at the foot compute it. The dark theme's greys are neutral so that pictures are judged fairly.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, RichText,
    Stroke, TextStyle, Theme, Visuals,
};
use egui_material_icons::MaterialIcon;

use crate::catalog::{Decision, Side};
use crate::dataset::transform;

/// The 4-point grid.
pub const GAP_TINY: f32 = 4.0;
pub const GAP_SMALL: f32 = 8.0;
pub const GAP_MEDIUM: f32 = 12.0;
pub const GAP_LARGE: f32 = 16.0;
pub const GAP_HUGE: f32 = 24.0;

/// The three text sizes.
pub const TEXT_SMALL: f32 = 12.0;
pub const TEXT_BODY: f32 = 14.0;
pub const TEXT_TITLE: f32 = 20.0;

pub const ICON_BUTTON: f32 = 16.0;
pub const ICON_RAIL: f32 = 24.0;
/// Of the picture above the words of an empty page.
pub const ICON_EMPTY: f32 = 48.0;

pub const RAIL_WIDTH: f32 = 72.0;
pub const RAIL_ITEM_HEIGHT: f32 = 64.0;
pub const TOP_BAR_HEIGHT: f32 = 40.0;
pub const STATUS_BAR_HEIGHT: f32 = 32.0;
pub const SIDE_PANEL_WIDTH: f32 = 224.0;
pub const INSPECTOR_WIDTH: f32 = 256.0;
pub const FORM_PANEL_WIDTH: f32 = 360.0;
/// The widest a column of running text or a form may grow.
pub const FORM_WIDTH: f32 = 640.0;
pub const SHEET_WIDTH: f32 = 760.0;
pub const TOAST_WIDTH: f32 = 360.0;
pub const STRIP_HEIGHT: f32 = 48.0;
pub const SWATCH: f32 = 12.0;
/// What a scroll bar takes of the margin of a panel.
pub const SCROLL_BAR_ROOM: i8 = 8;
pub const RADIUS: CornerRadius = CornerRadius::same(4);
/// Width of the decision edge under a cell.
pub const EDGE: f32 = 4.0;
/// Width of the outline around what is selected.
pub const OUTLINE: f32 = 2.0;
pub const FADE_SECS: f32 = 0.15;

const SEMIBOLD: &str = "inter-semibold";

/// The colors of one theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Palette {
    /// Behind the work itself.
    pub canvas: Color32,
    /// Panels and bars.
    pub panel: Color32,
    /// Cards, boxes of pictures that are on their way.
    pub raised: Color32,
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

/// Okabe and Ito's colors without black, then lighter and darker relatives; fills only, never text.
const CLASS_COLORS: [Color32; 14] = [
    rgb(0x0056_b4e9),
    rgb(0x00e6_9f00),
    rgb(0x0000_9e73),
    rgb(0x00cc_79a7),
    rgb(0x00d5_5e00),
    rgb(0x0000_72b2),
    rgb(0x00c8_bc28),
    rgb(0x0099_70c1),
    rgb(0x0088_ccaa),
    rgb(0x00a6_6b3d),
    rgb(0x00f2_8f8f),
    rgb(0x005f_8f2f),
    rgb(0x004d_6cd9),
    rgb(0x0094_94a0),
];

/// Stable over pages, plots and the demo. `index`: place of the class in the project's sorted class names
/// ([`crate::catalog::Snapshot::classes`], a run's `classes`).
pub fn class_color(index: usize) -> Color32 {
    CLASS_COLORS[index % CLASS_COLORS.len()]
}

/// What the net sees around a padded picture.
pub fn padding() -> Color32 {
    let [red, green, blue] = transform::PADDING.0;
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

pub fn title(text: impl Into<String>) -> RichText {
    RichText::new(text).size(TEXT_TITLE).family(semibold())
}

/// A heading of the size of the text around it.
pub fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).size(TEXT_BODY).family(semibold())
}

pub fn small(text: impl Into<String>) -> RichText {
    RichText::new(text).size(TEXT_SMALL)
}

/// A number that changes, in digits of one width.
pub fn number(text: impl Into<String>) -> RichText {
    RichText::new(text).size(TEXT_SMALL).monospace()
}

pub fn icon(icon: MaterialIcon, size: f32) -> RichText {
    icon.rich_text().size(size)
}

pub fn semibold() -> FontFamily {
    FontFamily::Name(SEMIBOLD.into())
}

/// Fonts and both themes; once, before the first frame.
pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    ctx.style_mut_of(Theme::Dark, |style| restyle(style, &DARK, Visuals::dark()));
    ctx.style_mut_of(Theme::Light, |style| {
        restyle(style, &LIGHT, Visuals::light());
    });
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let regular = include_bytes!("../../assets/fonts/Inter-Regular.otf");
    let semibold_bytes = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
    fonts
        .font_data
        .insert("inter".to_owned(), Arc::new(FontData::from_static(regular)));
    fonts.font_data.insert(
        SEMIBOLD.to_owned(),
        Arc::new(FontData::from_static(semibold_bytes)),
    );
    let fallback = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    for (family, first) in [(FontFamily::Proportional, "inter"), (semibold(), SEMIBOLD)] {
        let mut names = vec![first.to_owned()];
        names.extend(fallback.iter().cloned());
        fonts.families.insert(family, names);
    }
    // Icons have a family of their own: Inter keeps other glyphs at the same private-use code points.
    let icons = egui_material_icons::font_insert();
    fonts
        .font_data
        .insert(icons.name.clone(), Arc::new(icons.data));
    fonts.families.insert(
        FontFamily::Name(egui_material_icons::FONT_FAMILY.into()),
        vec![icons.name],
    );
    fonts
}

fn restyle(style: &mut egui::Style, palette: &Palette, visuals: Visuals) {
    style.visuals = restyled_visuals(palette, visuals);
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(TEXT_SMALL)),
        (TextStyle::Body, FontId::proportional(TEXT_BODY)),
        (TextStyle::Button, FontId::proportional(TEXT_BODY)),
        (TextStyle::Heading, FontId::new(TEXT_TITLE, semibold())),
        (TextStyle::Monospace, FontId::monospace(TEXT_SMALL)),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(GAP_SMALL, GAP_SMALL);
    style.spacing.button_padding = egui::vec2(GAP_MEDIUM, GAP_TINY);
    style.spacing.interact_size = egui::vec2(40.0, 24.0);
    style.spacing.window_margin = Margin::same(16);
    style.spacing.menu_margin = Margin::same(8);
    style.spacing.combo_width = 120.0;
    // Where there is more to see, a thin bar says so before the pointer is there.
    style.spacing.scroll = egui::style::ScrollStyle {
        bar_width: f32::from(SCROLL_BAR_ROOM),
        floating_width: GAP_TINY,
        dormant_handle_opacity: 0.35,
        ..egui::style::ScrollStyle::floating()
    };
    style.interaction.selectable_labels = false;
    style.animation_time = FADE_SECS;
}

fn restyled_visuals(palette: &Palette, mut visuals: Visuals) -> Visuals {
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.faint_bg_color = palette.raised;
    visuals.extreme_bg_color = palette.canvas;
    visuals.text_edit_bg_color = Some(palette.canvas);
    visuals.code_bg_color = palette.raised;
    visuals.weak_text_color = Some(palette.text_weak);
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.warning;
    visuals.error_fg_color = palette.error;
    visuals.selection.bg_fill = palette.accent.gamma_multiply(0.35);
    visuals.selection.stroke = Stroke::new(1.0, palette.text);
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.line);
    widgets.noninteractive.fg_stroke = Stroke::new(1.0, palette.text);
    for (state, fill, line) in [
        (&mut widgets.inactive, palette.button, Color32::TRANSPARENT),
        (&mut widgets.hovered, palette.hovered, palette.line),
        (&mut widgets.active, palette.hovered, palette.accent),
        (&mut widgets.open, palette.hovered, palette.line),
    ] {
        state.bg_fill = palette.control;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.0, palette.text);
        state.corner_radius = RADIUS;
        state.expansion = 0.0;
    }
    widgets.noninteractive.corner_radius = RADIUS;
    visuals
}

/// A card on the canvas or in a panel.
pub fn card(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::new()
        .fill(palette(ui).raised)
        .corner_radius(RADIUS)
        .inner_margin(Margin::same(12))
}

/// A side panel or bar.
pub fn panel_frame(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::new()
        .fill(palette(ui).panel)
        .inner_margin(Margin::same(12))
}

/// The middle, where the work itself is.
pub fn canvas_frame(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::new()
        .fill(palette(ui).canvas)
        .inner_margin(Margin::same(16))
}

/// The one button of a page that is its next step.
pub fn primary_button(ui: &egui::Ui, text: impl Into<String>) -> egui::Button<'static> {
    let palette = palette(ui);
    egui::Button::new(strong(text).color(palette.on_accent)).fill(palette.accent)
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

    #[test]
    fn neighboring_classes_have_different_colors() {
        for index in 0..CLASS_COLORS.len() {
            assert_ne!(class_color(index), class_color(index + 1));
        }
    }
}
