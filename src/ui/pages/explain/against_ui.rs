//! Why this class and not that one: which class stands beside the explained one, and how both are shown.

use eframe::egui;

use super::overlay::{Overlay, View};
use super::workers::Workers;
use crate::ui::theme;

pub fn against_ui(ui: &mut egui::Ui, workers: &Workers, overlay: &mut Overlay) {
    let Some(shown) = workers.shown() else {
        return;
    };
    let explained = &*shown.explained;
    ui.add_space(theme::GAP_MEDIUM);
    let label = ui.label(theme::strong("Beside it"));
    let chosen = overlay.against.clone();
    let name = chosen.as_deref().unwrap_or("No other class");
    egui::ComboBox::from_id_salt("other class")
        .selected_text(name)
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            ui.selectable_value(&mut overlay.against, None, "No other class");
            for index in explained.prediction.ranking() {
                if index == explained.class {
                    continue;
                }
                let name = explained.name_of(index).to_owned();
                ui.selectable_value(&mut overlay.against, Some(name.clone()), name);
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text("Why this class and not that one");
    let Some(other) = &explained.against else {
        return;
    };
    let names = [explained.class_name(), explained.name_of(other.class)];
    ui.horizontal_wrapped(|ui| {
        let view = &mut overlay.view;
        ui.selectable_value(view, View::SideBySide, "A | B")
            .on_hover_text(format!("{} beside {}", names[0], names[1]));
        ui.selectable_value(view, View::Difference, "A − B")
            .on_hover_text(format!(
                "Where {} has more than {}, and less",
                names[0], names[1]
            ));
        if *view == View::SideBySide && overlay.method.is_map() {
            ui.checkbox(&mut overlay.looks.shares_scale, "One scale")
                .on_hover_text("The same color means the same value on both");
        }
    });
}
