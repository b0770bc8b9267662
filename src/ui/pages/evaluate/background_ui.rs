//! Class by class, how many predictions are the same without the figure. A row opens these images.

use eframe::egui::{self, FontId};

use super::listing::{Group, Part};
use crate::explain::background::{Background, Survival};
use crate::report::interval_text;
use crate::ui::help::explained::BACKGROUND;
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::{number, theme};

const NAME_WIDTH: f32 = 120.0;

/// Returns what was clicked.
pub fn background_ui(ui: &mut egui::Ui, found: &Background, chosen: &Part) -> Option<Part> {
    let palette = theme::palette(ui);
    let flagged = found.flagged();
    let verdict = if flagged.is_empty() {
        egui::RichText::new("Of no class more than half of the predictions surely survive")
    } else {
        let text = format!(
            "It knows the place, not the character, of {}",
            flagged.join(", ")
        );
        egui::RichText::new(text).color(palette.warning)
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(verdict);
        help_ui(ui, &BACKGROUND);
    });
    let mut clicked = None;
    egui::Grid::new("background test")
        .num_columns(3)
        .spacing([theme::GAP_MEDIUM, theme::GAP_TINY])
        .striped(true)
        .show(ui, |ui| {
            ui.spacing_mut().button_padding.x = theme::GAP_TINY;
            for heading in ["Class", "Unchanged", "Elsewhere"] {
                ui.label(theme::small(heading).color(palette.text_weak));
            }
            ui.end_row();
            for row in &found.background {
                let title = format!("{}: the same without the figure", row.class);
                let color = if row.flagged {
                    palette.warning
                } else {
                    palette.text
                };
                let font = FontId::proportional(theme::TEXT_SMALL);
                let name = elided(ui.painter(), &row.class, &font, NAME_WIDTH);
                let is_chosen = matches!(chosen, Part::Group(group) if group.title == title);
                let button = egui::Button::selectable(is_chosen, theme::small(name).color(color));
                let response = ui
                    .add(button)
                    .accessible_name(format!("Show images of {title}"))
                    .on_hover_text(
                        "Show the images whose prediction is the same without the figure",
                    );
                if response.clicked() {
                    let of_class = found.images.iter().filter(|image| image.class == row.class);
                    let unchanged = of_class.filter(|image| image.is_unchanged);
                    let members = unchanged.map(|image| &image.member);
                    clicked = Some(Part::Group(Group::new(title, members)));
                }
                numbers_ui(ui, &row.survival, color);
                ui.end_row();
            }
            ui.label(theme::small("All").color(palette.text_weak));
            numbers_ui(ui, &found.all, palette.text_weak);
            ui.end_row();
        });
    let by_heat = found.all.images - found.all.by_motion;
    let text = format!(
        "Figures found by their motion in {}, by the heatmap in {}.",
        number::counted(found.all.by_motion, "image"),
        number::count(by_heat)
    );
    ui.label(theme::small(text).color(palette.text_weak));
    clicked
}

fn numbers_ui(ui: &mut egui::Ui, survival: &Survival, color: egui::Color32) {
    let text = format!("{} of {}", survival.unchanged, survival.images);
    let tooltip = format!(
        "{} in {}, {}",
        number::percent(survival.unchanged_rate),
        number::counted(survival.units, "scene"),
        interval_text(survival.interval)
    );
    ui.label(theme::number(text).color(color))
        .on_hover_text(tooltip);
    ui.label(theme::number(number::percent(survival.unchanged_elsewhere)).color(color));
}
