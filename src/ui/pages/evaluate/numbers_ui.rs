//! The right panel's tables: the numbers of each class, scene and source. A row opens its images.

use eframe::egui::{self, FontId};

use super::calibration_ui::calibration_ui;
use super::listing::{Part, scene_text};
use crate::catalog::Snapshot;
use crate::report::{Evaluation, interval_text};
use crate::ui::help::Help;
use crate::ui::help::measured::{CLASS_NUMBERS, SCENE_NUMBERS, SOURCE_NUMBERS};
use crate::ui::widgets::elide::elided;
use crate::ui::widgets::help_mark::labelled_ui;
use crate::ui::{number, theme};

const NAME_WIDTH: f32 = 104.0;
const NUMBER_WIDTH: f32 = 40.0;

/// Which table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Table {
    #[default]
    Classes,
    Scenes,
    Sources,
    Calibration,
    /// What it cheats on, which is drawn by [`super::shortcuts_ui`].
    Shortcuts,
}

impl Table {
    const ALL: [Self; 5] = [
        Self::Classes,
        Self::Scenes,
        Self::Sources,
        Self::Calibration,
        Self::Shortcuts,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Classes => "Classes",
            Self::Scenes => "Scenes",
            Self::Sources => "Sources",
            Self::Calibration => "Calibration",
            Self::Shortcuts => "Shortcuts",
        }
    }
}

/// Returns what was clicked.
pub fn numbers_ui(
    ui: &mut egui::Ui,
    snapshot: &Snapshot,
    evaluation: &Evaluation,
    table: &mut Table,
    chosen: &Part,
) -> Option<Part> {
    ui.horizontal_wrapped(|ui| {
        // So that as many as possible stand in one line.
        ui.spacing_mut().button_padding.x = theme::GAP_TINY;
        ui.spacing_mut().item_spacing.x = theme::GAP_TINY;
        for other in Table::ALL {
            ui.selectable_value(table, other, other.name());
        }
    });
    ui.add_space(theme::GAP_TINY);
    match table {
        Table::Classes => classes_ui(ui, evaluation, chosen),
        Table::Scenes => scenes_ui(ui, snapshot, evaluation, chosen),
        Table::Sources => sources_ui(ui, evaluation, chosen),
        Table::Calibration => {
            calibration_ui(ui, &evaluation.calibration);
            None
        }
        Table::Shortcuts => None,
    }
}

fn classes_ui(ui: &mut egui::Ui, evaluation: &Evaluation, chosen: &Part) -> Option<Part> {
    let mut clicked = None;
    let heads = ["n", "prec.", "recall", "F1"];
    table(ui, ("class", &CLASS_NUMBERS), &heads, |ui| {
        for (index, class) in evaluation.per_class.iter().enumerate() {
            let part = Part::Class(index);
            if class.n + class.predicted == 0 {
                continue;
            }
            if name_ui(ui, &class.class, *chosen == part) {
                clicked = Some(part);
            }
            number_ui(ui, number::count(class.n));
            for value in [class.precision, class.recall, class.f1] {
                number_ui(
                    ui,
                    value.map_or("–".to_owned(), |value| format!("{value:.2}")),
                );
            }
            ui.end_row();
        }
    });
    clicked
}

fn scenes_ui(
    ui: &mut egui::Ui,
    snapshot: &Snapshot,
    evaluation: &Evaluation,
    chosen: &Part,
) -> Option<Part> {
    if evaluation.per_scene.is_empty() {
        weak_ui(
            ui,
            "No image of this set is a frame of a film in the project.",
        );
        return None;
    }
    let mut clicked = None;
    table(ui, ("scene", &SCENE_NUMBERS), &["right", "of"], |ui| {
        for scene in &evaluation.per_scene {
            let part = Part::Scene(scene.scene);
            if name_ui(ui, &scene_text(scene.scene, snapshot), *chosen == part) {
                clicked = Some(part);
            }
            number_ui(ui, number::count(scene.correct));
            number_ui(ui, number::count(scene.n));
            ui.end_row();
        }
    });
    clicked
}

fn sources_ui(ui: &mut egui::Ui, evaluation: &Evaluation, chosen: &Part) -> Option<Part> {
    if evaluation.per_source.is_empty() {
        weak_ui(ui, "The images of this set are outside the project.");
        return None;
    }
    let mut clicked = None;
    table(ui, ("source", &SOURCE_NUMBERS), &["right", "of"], |ui| {
        for source in &evaluation.per_source {
            let part = Part::Source(source.source.clone());
            let text = interval_text(source.interval);
            let accuracy = number::percent(source.correct as f64 / source.n.max(1) as f64);
            if name_ui(ui, &source.source, *chosen == part) {
                clicked = Some(part);
            }
            number_ui(ui, number::count(source.correct));
            number_ui(ui, number::count(source.n)).on_hover_text(format!("{accuracy}, {text}"));
            ui.end_row();
        }
    });
    clicked
}

/// A first column of names, with the help for the table, then numbers under their heads.
fn table(
    ui: &mut egui::Ui,
    (first, help): (&str, &Help),
    heads: &[&str],
    rows: impl FnOnce(&mut egui::Ui),
) {
    let weak = theme::palette(ui).text_weak;
    egui::Grid::new(("evaluation table", first.to_owned()))
        .num_columns(heads.len() + 1)
        .spacing([theme::GAP_SMALL, theme::GAP_TINY])
        .striped(true)
        .show(ui, |ui| {
            labelled_ui(ui, theme::small(first).color(weak), help);
            for head in heads {
                at_right(ui, |ui| ui.label(theme::small(*head).color(weak)));
            }
            ui.end_row();
            rows(ui);
        });
}

/// True if it was clicked.
fn name_ui(ui: &mut egui::Ui, name: &str, is_chosen: bool) -> bool {
    let font = FontId::proportional(theme::TEXT_BODY);
    let shown = elided(ui.painter(), name, &font, NAME_WIDTH);
    ui.spacing_mut().button_padding.x = theme::GAP_TINY;
    let button = egui::Button::selectable(is_chosen, shown);
    let response = ui
        .add(button)
        .accessible_name(format!("Show images of {name}"));
    response
        .on_hover_text(format!("Show the images of {name}"))
        .clicked()
}

fn number_ui(ui: &mut egui::Ui, text: String) -> egui::Response {
    at_right(ui, |ui| ui.label(theme::number(text)))
}

/// As wide as every column of numbers, so that the last one ends where its stripes do.
fn at_right<R>(ui: &mut egui::Ui, content: impl FnOnce(&mut egui::Ui) -> R) -> R {
    let size = egui::vec2(NUMBER_WIDTH, ui.spacing().interact_size.y);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, content).inner
}

fn weak_ui(ui: &mut egui::Ui, text: &str) {
    let weak = theme::palette(ui).text_weak;
    ui.label(egui::RichText::new(text).color(weak));
}
