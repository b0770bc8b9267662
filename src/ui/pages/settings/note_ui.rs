//! A line of explanation below a setting.

use eframe::egui;

use crate::ui::theme;

pub fn note_ui(ui: &mut egui::Ui, text: impl Into<String>) {
    let weak = theme::palette(ui).text_weak;
    ui.add(egui::Label::new(theme::small(text).color(weak)).wrap());
}
