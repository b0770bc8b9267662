//! An empty page: one image, one sentence, and the button of the next step.

use eframe::egui;
use egui_material_icons::MaterialIcon;

use crate::ui::theme;

/// What an empty page says.
pub struct Empty<'a> {
    pub icon: MaterialIcon,
    pub title: &'a str,
    pub text: &'a str,
    /// The next step's button, if there is one to press here.
    pub button: Option<&'a str>,
}

/// True when the button was pressed.
pub fn empty_ui(ui: &mut egui::Ui, empty: &Empty<'_>) -> bool {
    let palette = theme::palette(ui);
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.3).max(theme::GAP_HUGE));
        ui.label(theme::icon(empty.icon, theme::ICON_EMPTY).color(palette.text_weak));
        ui.label(theme::title(empty.title));
        ui.label(egui::RichText::new(empty.text).color(palette.text_weak));
        ui.add_space(theme::GAP_LARGE);
        empty
            .button
            .is_some_and(|text| ui.add(theme::primary_button(ui, text)).clicked())
    })
    .inner
}
