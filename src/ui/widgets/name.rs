//! A name that people gave: as long as they like, shortened with … before it pushes other things out.

use eframe::egui::{self, FontId, FontSelection, RichText, TextStyle, WidgetText};

use super::elide::elided;

/// Even beside much else, so much of a name is seen.
const MIN_WIDTH: f32 = 80.0;

/// `rest`: the width that must be left for what follows. A name that does not fit keeps both its ends, and is whole in
/// the tooltip and for screen readers.
pub fn name_ui(ui: &mut egui::Ui, name: RichText, rest: f32) -> egui::Response {
    let room = (ui.available_width() - rest).max(MIN_WIDTH);
    let whole = name.text().to_owned();
    let font = font_of(ui, name);
    let shown = elided(ui.painter(), &whole, &font, room);
    let is_cut = shown != whole;
    let response = ui.label(RichText::new(shown).font(font));
    if is_cut {
        response.accessible_name(&whole).on_hover_text(whole)
    } else {
        response
    }
}

/// As it would be laid out.
fn font_of(ui: &egui::Ui, text: RichText) -> FontId {
    let job = WidgetText::from(text).into_layout_job(
        ui.style(),
        FontSelection::Style(TextStyle::Body),
        egui::Align::Center,
    );
    let section = job.sections.first();
    section.map_or_else(FontId::default, |section| section.format.font_id.clone())
}
