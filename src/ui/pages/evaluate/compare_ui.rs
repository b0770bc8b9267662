//! The run beside another one, on the images that both were measured on.

use std::sync::Arc;

use eframe::egui;

use super::measured::{Measured, Reader, Request};
use crate::evaluate::PairedRuns;
use crate::run::RunLog;
use crate::session::Command;
use crate::session::jobs::evaluate::SetEvaluation;
use crate::ui::context::ViewCtx;
use crate::ui::help::measured::{COMPARISON, MCNEMAR};
use crate::ui::widgets::help_mark::help_ui;
use crate::ui::{number, theme};

/// With which run.
#[derive(Default)]
pub struct Comparing {
    other: Option<String>,
    reader: Reader,
    found: Option<Found>,
}

/// The answer, and of which two readings it is.
struct Found {
    of: [Arc<Measured>; 2],
    paired: Result<PairedRuns, String>,
}

impl Comparing {
    /// `measured`: of `run` on `set`. `is_free`: whether an evaluation can begin.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        ctx: &mut ViewCtx<'_>,
        (run, set): (&RunLog, &str),
        measured: &Arc<Measured>,
        is_free: bool,
    ) {
        let runs = ctx.session.runs();
        let others: Vec<&RunLog> = runs
            .iter()
            .rev()
            .filter(|other| other.info.id != run.info.id && other.best_accuracy().is_some())
            .collect();
        if others.is_empty() {
            return;
        }
        ui.separator();
        self.choice_ui(ui, &others);
        let id = self.other.clone();
        let Some(other) = id.and_then(|id| others.iter().find(|other| other.info.id == id)) else {
            return;
        };
        self.reader.follow(ctx, Request::new(ctx, other, set));
        let weak = theme::palette(ui).text_weak;
        if let Some(failure) = &self.reader.failure {
            ui.label(egui::RichText::new(failure).color(theme::palette(ui).error));
        } else if let Some(with) = self.reader.measured() {
            self.found_ui(ui, measured, &with);
        } else if self.reader.is_reading() {
            ui.label(egui::RichText::new("Reading…").color(weak));
        } else {
            ui.label(egui::RichText::new("It was not measured on this set yet.").color(weak));
            let button = egui::Button::new(format!("Measure {}", other.info.id));
            if ui.add_enabled(is_free, button).clicked() {
                let job = SetEvaluation::new(other.info.id.clone(), set.to_owned());
                ctx.send(Command::start(job));
            }
        }
    }

    fn choice_ui(&mut self, ui: &mut egui::Ui, others: &[&RunLog]) {
        let text = |other: &RunLog| {
            let accuracy = number::percent(other.best_accuracy().unwrap_or_default());
            format!("{}, {accuracy}", other.info.id)
        };
        let label = ui.label(theme::strong("Compare with"));
        let chosen = self.other.clone();
        let chosen = others
            .iter()
            .find(|other| Some(&other.info.id) == chosen.as_ref());
        egui::ComboBox::from_id_salt("compared run")
            .selected_text(chosen.map_or("No other run".to_owned(), |other| text(other)))
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut self.other, None, "No other run");
                for other in others {
                    let id = Some(other.info.id.clone());
                    ui.selectable_value(&mut self.other, id, text(other));
                }
            })
            .response
            .labelled_by(label.id);
    }

    fn found_ui(&mut self, ui: &mut egui::Ui, first: &Arc<Measured>, second: &Arc<Measured>) {
        let is_known = self.found.as_ref().is_some_and(|found| {
            let [a, b] = &found.of;
            Arc::ptr_eq(a, first) && Arc::ptr_eq(b, second)
        });
        if !is_known {
            let paired = PairedRuns::of(&first.predictions, &second.predictions);
            self.found = Some(Found {
                of: [Arc::clone(first), Arc::clone(second)],
                paired: paired.map_err(|error| error.to_string()),
            });
        }
        let palette = theme::palette(ui);
        match self.found.as_ref().map(|found| &found.paired) {
            Some(Ok(paired)) => {
                ui.horizontal_wrapped(|ui| {
                    ui.label(&paired.verdict);
                    help_ui(ui, &COMPARISON);
                });
                let [this, other] = paired.only_right;
                let text = format!(
                    "Only this run is right about {this}, only the other about {other}. McNemar's p {:.3}, as if every image stood alone.",
                    paired.mcnemar_p
                );
                ui.horizontal_wrapped(|ui| {
                    ui.label(theme::small(text).color(palette.text_weak));
                    help_ui(ui, &MCNEMAR);
                });
            }
            Some(Err(error)) => {
                ui.label(egui::RichText::new(error).color(palette.error));
            }
            None => {}
        }
    }
}
