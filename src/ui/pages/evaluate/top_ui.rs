//! The page's head: which run on which set, the accuracy, and what is to be known of it.

use std::path::PathBuf;

use eframe::egui;

use super::measured::Measured;
use crate::dataset::Leakage;
use crate::dataset::split::short_hash;
use crate::report::interval_text;
use crate::run::RunLog;
use crate::ui::context::ViewCtx;
use crate::ui::failure::capitalized;
use crate::ui::help::measured::{ACCURACY, SEEN, VERSION, of_interval};
use crate::ui::widgets::help_mark::{help_ui, labelled_ui};
use crate::ui::widgets::run_choice::told_apart;
use crate::ui::{number, theme};

const COMBO_WIDTH: f32 = 220.0;

/// What was asked for in the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Measure,
    /// Train the next stage from this run.
    TrainOn,
}

/// `chosen`: `None` is the best run, which is `run` then.
pub fn choices_ui(
    ui: &mut egui::Ui,
    ctx: &ViewCtx<'_>,
    (chosen, run): (&mut Option<String>, &RunLog),
    (set, folders): (&mut String, &[PathBuf]),
) {
    let text = |run: &RunLog| {
        let accuracy = number::percent(run.best_accuracy().unwrap_or_default());
        run.with_caveats(format!("Stage {}, {accuracy}", run.info.config.stage))
    };
    let label = ui.label(theme::strong("Run"));
    egui::ComboBox::from_id_salt("evaluated run")
        .selected_text(text(run))
        .width(COMBO_WIDTH)
        .truncate()
        .show_ui(ui, |ui| {
            ui.selectable_value(chosen, None, "The best one");
            let runs = ctx.session.runs().iter().rev();
            for run in runs.filter(|run| run.best_accuracy().is_some()) {
                let name = format!(
                    "{}  {}",
                    run.info.id,
                    told_apart(ctx.session.runs(), run, text(run))
                );
                ui.selectable_value(chosen, Some(run.info.id.clone()), name);
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text(&run.info.id);
    let label = ui.label(theme::strong("on"));
    egui::ComboBox::from_id_salt("evaluated set")
        .selected_text(set_text(set))
        .width(COMBO_WIDTH)
        .truncate()
        .show_ui(ui, |ui| {
            for side in ["valid", "train"] {
                ui.selectable_value(set, side.to_owned(), set_text(side));
            }
            let (tests, others): (Vec<_>, Vec<_>) = ctx
                .snapshot()
                .sources
                .iter()
                .partition(|source| source.is_test);
            for source in tests {
                let text = format!("{} (test set)", source.name);
                ui.selectable_value(set, source.name.clone(), text);
            }
            for source in others {
                ui.selectable_value(set, source.name.clone(), &source.name);
            }
            for folder in folders {
                let name = folder.to_string_lossy().into_owned();
                let text = format!("Folder {}", set_text(&name));
                ui.selectable_value(set, name, text);
            }
        })
        .response
        .labelled_by(label.id)
        .on_hover_text("Drop a folder whose sub-folders are classes here to measure on it");
}

/// A folder by its last part.
pub fn set_text(set: &str) -> String {
    match set {
        "valid" => "Validation".to_owned(),
        "train" => "Training".to_owned(),
        name => {
            let last = std::path::Path::new(name).file_name();
            last.map_or(name.to_owned(), |last| last.to_string_lossy().into_owned())
        }
    }
}

/// The accuracy and its warnings, and the buttons of the next step.
pub fn result_ui(
    ui: &mut egui::Ui,
    (run, measured): (&RunLog, &Measured),
    (set, obstacle): (&str, Option<&str>),
) -> Option<Wish> {
    let palette = theme::palette(ui);
    let evaluation = &measured.evaluation;
    let mut wish = None;
    ui.horizontal_wrapped(|ui| {
        labelled_ui(
            ui,
            theme::title(number::percent(evaluation.accuracy)),
            &ACCURACY,
        );
        let text = format!(
            "of {}, {}",
            number::counted(evaluation.n, "image"),
            interval_text(evaluation.interval)
        );
        labelled_ui(ui, text, &of_interval(evaluation.interval));
        let version = theme::small(version_text(measured)).color(palette.text_weak);
        labelled_ui(ui, version, &VERSION);
        if enabled(ui, "Measure again", obstacle).clicked() {
            wish = Some(Wish::Measure);
        }
        if ui
            .button("Train on from here")
            .on_hover_text("Stage 2 from this run's weights, on the data as it is now")
            .clicked()
        {
            wish = Some(Wish::TrainOn);
        }
    });
    for text in doubts(run, measured, set) {
        ui.label(egui::RichText::new(text).color(palette.warning));
    }
    if set != "train" {
        seen_ui(ui, measured);
    }
    wish
}

/// A button that says why it cannot be pressed.
pub fn enabled(ui: &mut egui::Ui, text: &str, obstacle: Option<&str>) -> egui::Response {
    ui.add_enabled(obstacle.is_none(), egui::Button::new(text))
        .on_disabled_hover_text(obstacle.unwrap_or_default())
}

fn version_text(measured: &Measured) -> String {
    let info = &measured.predictions.info;
    let data = info
        .data_version
        .as_deref()
        .map(|version| format!("data {}", short_hash(version)));
    let split = info
        .split_hash
        .as_deref()
        .map(|hash| format!("split {}", short_hash(hash)));
    let parts: Vec<String> = split.into_iter().chain(data).collect();
    parts.join(", ")
}

/// How many of the images the run was trained on.
fn seen_ui(ui: &mut egui::Ui, measured: &Measured) {
    let text = match measured.evaluation.seen_in_training {
        Some(0) => return,
        Some(seen) => format!(
            "{} of them were trained on by this run or one that it started from, so the number looks better than it is.",
            number::counted(seen, "image")
        ),
        None => "Nobody knows how many of them the run was trained on.".to_owned(),
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(egui::RichText::new(text).color(theme::palette(ui).warning));
        help_ui(ui, &SEEN);
    });
}

/// What else keeps the number from being what it looks like.
fn doubts(run: &RunLog, measured: &Measured, set: &str) -> Vec<String> {
    let mut doubts: Vec<String> = Vec::new();
    doubts.extend(measured.stale.map(|why| format!("{why}: measure again.")));
    let warnings = measured.predictions.info.warnings.iter();
    doubts.extend(warnings.map(|text| format!("{}.", capitalized(text))));
    if measured.evaluation.unreadable > 0 {
        doubts.push(format!(
            "{}: put the files back, or import the film or folder again, and measure again.",
            measured.evaluation.measured_text()
        ));
    }
    if set == "train" {
        doubts.push("The run was trained on these images: this is what it remembers.".to_owned());
        return doubts;
    }
    match measured.evaluation.similar_to_training {
        Some(similar) if similar > 0 => {
            let images = number::counted(similar, "image");
            doubts.push(format!(
                "{images} look like training images: saved again, resized or cropped, or neighboring frames."
            ));
            if let Some(Leakage { twins, of }) = run.info.leaks.filter(|_| set == "valid") {
                doubts.push(format!(
                    "That count goes by looks alone; the leaks of the run, {twins} of {of}, were told by scene and by detail before it began."
                ));
            }
        }
        _none => {}
    }
    doubts
}
