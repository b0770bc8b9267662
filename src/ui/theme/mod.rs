//! Every color, distance and text size of the window, so that no page invents its own; colors are in [`palette`].

mod palette;

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, RichText,
    Stroke, TextStyle, Theme, Visuals,
};
use egui_material_icons::MaterialIcon;

pub use palette::{DARK, LIGHT, Palette, class_color, padding, palette, palette_of, run_color};

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
/// Of the mark beside a number, and the place that answers the pointer.
pub const ICON_HELP: f32 = 14.0;
pub const HELP_MARK: f32 = 16.0;
/// Of the image above the words of an empty page.
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
pub const SHEET_WIDTH: f32 = 1180.0;
pub const TOAST_WIDTH: f32 = 360.0;
/// Of what a help mark says.
pub const HELP_WIDTH: f32 = 360.0;
pub const DIALOG_WIDTH: f32 = 420.0;
pub const NEWS_WIDTH: f32 = 720.0;
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
/// Opacity of what cannot be pressed.
pub const DISABLED_ALPHA: f32 = 0.7;

const SEMIBOLD: &str = "inter-semibold";

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
    let regular = crate::explain::lettering::INTER;
    let semibold_bytes = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");
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
    // The edge of a panel lies between two lists that answer the pointer too.
    style.interaction.resize_grab_radius_side = 8.0;
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
    // What cannot be pressed is faded, and still to be read (4.5:1, see the palette's tests).
    visuals.disabled_alpha = DISABLED_ALPHA;
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

/// As [`primary_button`] if it can be pressed. Faded, the accent would still call, in a contrast that nobody reads.
pub fn primary_button_if(
    ui: &egui::Ui,
    is_enabled: bool,
    text: impl Into<String>,
) -> egui::Button<'static> {
    if is_enabled {
        primary_button(ui, text)
    } else {
        egui::Button::new(strong(text))
    }
}

/// The one button of a page that is its next step.
pub fn primary_button(ui: &egui::Ui, text: impl Into<String>) -> egui::Button<'static> {
    let palette = palette(ui);
    egui::Button::new(strong(text).color(palette.on_accent)).fill(palette.accent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_has_is_a_plain_box() {
        let ctx = egui::Context::default();
        install(&ctx);
        // Fonts come with the first frame.
        let frame = ctx.run_ui(egui::RawInput::default(), |_| ());
        frame.drop_without_applying_deltas();
        for family in [FontFamily::Proportional, semibold()] {
            let font = FontId::new(40.0, family);
            let ink: Vec<bool> = ctx.fonts_mut(|fonts| {
                let galley = fonts.layout_no_wrap("\u{f_fffd}".to_owned(), font, Color32::WHITE);
                let glyph = galley.rows[0].glyphs[0].uv_rect;
                let image = fonts.image();
                let column = usize::midpoint(glyph.min[0].into(), glyph.max[0].into());
                (glyph.min[1]..glyph.max[1])
                    .map(|row| image[(column, usize::from(row))].a() > 128)
                    .collect()
            });
            let lines = ink.chunk_by(|a, b| a == b).filter(|line| line[0]);
            assert_eq!(lines.count(), 2, "upper and lower edge: {ink:?}");
        }
    }
}
