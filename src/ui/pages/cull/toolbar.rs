//! Above the grid: how many are shown, the active filters as chips, the size of the cells.

use eframe::egui;

use super::facets::{decision_word, scene_name};
use super::filter::Filter;
use crate::catalog::Snapshot;
use crate::ui::{number, theme};

pub const CELL_SIZES: std::ops::RangeInclusive<f32> = 56.0..=480.0;

/// How many images.
#[derive(Clone, Copy)]
pub struct Counts {
    pub shown: usize,
    pub selected: usize,
}

pub fn toolbar_ui(
    ui: &mut egui::Ui,
    filter: &mut Filter,
    cell_size: &mut f32,
    counts: Counts,
    snapshot: &Snapshot,
) {
    let Counts { shown, selected } = counts;
    let weak = theme::palette(ui).text_weak;
    ui.horizontal(|ui| {
        let all = snapshot.images.len();
        let text = if shown == all {
            number::counted(all, "image")
        } else {
            format!(
                "{} of {}",
                number::count(shown),
                number::counted(all, "image")
            )
        };
        ui.label(theme::small(text).color(weak));
        if selected > 0 {
            ui.label(theme::small(format!(
                "{} selected",
                number::count(selected)
            )));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(
                egui::Slider::new(cell_size, CELL_SIZES)
                    .show_value(false)
                    .logarithmic(true),
            )
            .accessible_name("Size of the images")
            .on_hover_text("Size of the images");
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                chips_ui(ui, filter, snapshot);
            });
        });
    });
}

fn chips_ui(ui: &mut egui::Ui, filter: &mut Filter, snapshot: &Snapshot) {
    if filter.is_empty() {
        return;
    }
    egui::ScrollArea::horizontal()
        .id_salt("chips")
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                for decision in filter.decisions.clone() {
                    if chip_ui(ui, decision_word(decision)) {
                        filter.toggle_decision(decision);
                    }
                }
                for class in filter.classes.clone() {
                    let name = class.and_then(|class| snapshot.class_name(class));
                    if chip_ui(ui, name.unwrap_or("no class")) {
                        filter.toggle_class(class);
                    }
                }
                for source in filter.sources.clone() {
                    let name = snapshot.source(source).map(|source| source.name.as_str());
                    if chip_ui(ui, name.unwrap_or_default()) {
                        filter.toggle_source(source);
                    }
                }
                for scene in filter.scenes.clone() {
                    if chip_ui(ui, &format!("scene {}", scene_name(snapshot, scene))) {
                        filter.toggle_scene(scene);
                    }
                }
                if !filter.text.is_empty() && chip_ui(ui, &format!("\"{}\"", filter.text)) {
                    filter.text.clear();
                }
                if ui.button(theme::small("Clear filter")).clicked() {
                    *filter = Filter::default();
                }
            });
        });
}

/// True when it was pressed, that is, taken away.
fn chip_ui(ui: &mut egui::Ui, text: &str) -> bool {
    let palette = theme::palette(ui);
    let chip = egui::Button::new(theme::small(format!("{text} ×")))
        .fill(palette.accent.gamma_multiply(0.3));
    ui.add(chip)
        .accessible_name(format!("Remove filter {text}"))
        .on_hover_text("Remove this filter")
        .clicked()
}
