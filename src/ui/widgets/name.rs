//! A name that people gave: as long as they like, cut off with … before it pushes other things out.

use eframe::egui::{self, Label, RichText};

/// Even beside much else, so much of a name is seen.
const MIN_WIDTH: f32 = 80.0;

/// `rest`: the width that must be left for what follows. The whole name is in the tooltip when it is cut.
pub fn name_ui(ui: &mut egui::Ui, name: RichText, rest: f32) -> egui::Response {
    let width = (ui.available_width() - rest).max(MIN_WIDTH);
    ui.scope(|ui| {
        ui.set_max_width(width);
        ui.add(Label::new(name).truncate())
    })
    .inner
}
