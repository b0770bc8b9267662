//! Where an image from the web is from, for the inspector: what a credit has to name, and the page that shows it.

use eframe::egui;

use crate::catalog::Provenance;
use crate::collect::credits::date;
use crate::ui::theme;
use crate::ui::widgets::elide::elided;

/// As wide as the names of the facts above.
const FACT_NAME_WIDTH: f32 = 56.0;

/// Nothing for an image that did not come from the web.
pub fn provenance_ui(ui: &mut egui::Ui, provenance: Option<Provenance>) {
    let Some(from) = provenance else {
        return;
    };
    let weak = theme::palette(ui).text_weak;
    ui.separator();
    ui.label(theme::strong("From the web"));
    let page = from.page.as_ref().unwrap_or(&from.url);
    let rows = [
        ("Title", from.title.clone()),
        ("Author", from.author.clone()),
        ("Licence", from.licence.clone()),
        ("Date", from.date.clone()),
        ("Found by", Some(from.provider.clone())),
        ("Fetched", Some(date(from.fetched_secs))),
    ];
    let room = ui.available_width() - FACT_NAME_WIDTH - theme::GAP_MEDIUM;
    egui::Grid::new("provenance")
        .min_col_width(FACT_NAME_WIDTH)
        .num_columns(2)
        .spacing([theme::GAP_MEDIUM, theme::GAP_TINY])
        .show(ui, |ui| {
            for (name, value) in rows {
                let Some(value) = value else {
                    continue;
                };
                ui.label(theme::small(name).color(weak));
                let font = egui::FontId::proportional(theme::TEXT_SMALL);
                let shown = elided(ui.painter(), &value, &font, room);
                ui.add(egui::Label::new(theme::small(shown)).selectable(true))
                    .on_hover_text(value);
                ui.end_row();
            }
        });
    ui.horizontal(|ui| {
        link_ui(ui, "Page", page);
        link_ui(ui, "Address", &from.url);
        if let Some(licence) = &from.licence_url {
            link_ui(ui, "Licence text", licence);
        }
    });
}

/// Only addresses that a browser opens as pages: what a search answers may be anything.
fn link_ui(ui: &mut egui::Ui, name: &str, url: &str) {
    if url.starts_with("https://") || url.starts_with("http://") {
        ui.hyperlink_to(theme::small(name), url).on_hover_text(url);
    }
}
