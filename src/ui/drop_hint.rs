//! The veil over the window while files hang over it.

use eframe::egui;

use super::theme;

pub fn drop_hint_ui(ui: &egui::Ui) {
    let palette = theme::palette(ui);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop-hint"));
    let painter = ui.layer_painter(layer);
    let rect = ui.content_rect();
    painter.rect_filled(rect, 0.0, palette.canvas.gamma_multiply(0.85));
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        "Drop films or folders of images to import them",
        egui::FontId::new(theme::TEXT_TITLE, theme::semibold()),
        palette.text,
    );
}
