//! The line over the plots: how the focused run stands, and what can be done with it.

use eframe::egui;

use super::compare::Comparisons;
use super::form::TrainForm;
use super::progress_ui::{busy_with, progress_ui, running_buttons_ui};
use super::runs_ui;
use super::shelf::{Shelf, Shown};
use super::test_sets::TestSets;
use super::warnings_ui::warnings_ui;
use crate::report::interval_text;
use crate::run::event::{Stopped, TrainEvent};
use crate::run::{RunLog, RunStatus, choice};
use crate::session::jobs::resume::ResumedTraining;
use crate::session::{Command, JobState};
use crate::ui::context::ViewCtx;
use crate::ui::failure::{CardAnswer, Failure, capitalized, failure_ui};
use crate::ui::help::Help;
use crate::ui::help::measured::{BEST_ACCURACY, COMPARISON, of_caveat, of_interval};
use crate::ui::help::trained::{BATCH, COMPUTED_HEAD};
use crate::ui::page::Page;
use crate::ui::widgets::at_right::at_right_ui;
use crate::ui::widgets::help_mark::{help_ui, labelled_ui};
use crate::ui::{number, theme};

/// A run's name and its buttons side by side; in less they have a row each.
const HEADING_WIDTH: f32 = 560.0;

/// What was read of the runs' measurements.
#[derive(Default)]
pub struct Measured {
    test_sets: TestSets,
    comparisons: Comparisons,
}

pub fn status_ui(
    ui: &mut egui::Ui,
    ctx: &mut ViewCtx<'_>,
    (shelf, form, measured): (&mut Shelf, &mut TrainForm, &mut Measured),
) {
    let runs = ctx.session.runs();
    let Some(shown) = shelf.focused(runs) else {
        return;
    };
    let log = shown.log;
    let has_room = ui.available_width() >= HEADING_WIDTH;
    let mut buttons_ui = |ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>| match log.status {
        RunStatus::Running => running_buttons_ui(ui, ctx, log),
        RunStatus::Finished | RunStatus::Cancelled | RunStatus::Failed | RunStatus::Interrupted => {
            ended_buttons_ui(ui, ctx, form, log);
        }
    };
    if has_room {
        ui.horizontal(|ui| {
            runs_ui::heading_ui(ui, ctx.session, log, shown.index);
            at_right_ui(ui, "run", |ui| buttons_ui(ui, ctx));
        });
    } else {
        ui.horizontal_wrapped(|ui| runs_ui::heading_ui(ui, ctx.session, log, shown.index));
        ui.horizontal_wrapped(|ui| buttons_ui(ui, ctx));
    }
    runs_ui::caveats_ui(ui, log);
    batch_ui(ui, log);
    warnings_ui(ui, log);
    match log.status {
        RunStatus::Running => progress_ui(ui, ctx, log),
        RunStatus::Finished | RunStatus::Cancelled | RunStatus::Interrupted => {
            result_ui(ui, &shown);
            if let Some(text) = choice::below_its_start(log, runs) {
                let color = theme::palette(ui).warning;
                ui.label(egui::RichText::new(capitalized(&text)).color(color));
            }
            measured.test_sets.ui(ui, ctx, log);
            comparisons_ui(ui, &mut measured.comparisons, log, &shelf.shown(runs));
        }
        RunStatus::Failed => {
            let failure = Failure::new(format!("Run {} failed", log.info.id), failure_text(log));
            let answer = failure_ui(ui, &failure);
            if answer == CardAnswer::Diagnose {
                ctx.diagnose(failure.text());
            } else if answer == CardAnswer::Dismiss {
                let jobs = ctx.session.jobs();
                let mut failed = jobs.iter().filter(|job| {
                    matches!(job.state, JobState::Failed { .. })
                        && job.job.kind().run_id() == Some(log.info.id.as_str())
                });
                if let Some(job) = failed.next() {
                    ctx.send(Command::Dismiss(job.id));
                }
                let next = runs.iter().rfind(|run| run.status != RunStatus::Failed);
                if let Some(next) = next.map(|run| run.info.id.clone()) {
                    shelf.focus(&next);
                }
            }
        }
    }
}

/// What the run had to change of its settings, or chose by itself.
fn batch_ui(ui: &mut egui::Ui, log: &RunLog) {
    type Line = fn(&TrainEvent) -> Option<String>;
    let lines: [(Line, Help); 2] = [
        (TrainEvent::batch_text, BATCH),
        (TrainEvent::head_text, COMPUTED_HEAD),
    ];
    for (text, help) in lines {
        let Some(text) = log.events.iter().find_map(text) else {
            continue;
        };
        ui.horizontal_wrapped(|ui| {
            let text = theme::small(capitalized(&text)).color(theme::palette(ui).text_weak);
            labelled_ui(ui, text, &help);
        });
    }
}

fn failure_text(log: &RunLog) -> String {
    log.events
        .iter()
        .rev()
        .find_map(|event| match event {
            TrainEvent::Failed { message, .. } => Some(message.clone()),
            _ => None,
        })
        .unwrap_or_else(|| "no reason was written down; start it again".to_owned())
}

fn ended_buttons_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, form: &mut TrainForm, log: &RunLog) {
    if ui
        .button("Use its settings")
        .on_hover_text("Copies this run's settings into the form on the left")
        .clicked()
    {
        form.copy_from(&log.info.config);
    }
    if log.can_resume()
        && busy_with(ctx.session).is_none()
        && ui
            .add(theme::primary_button(ui, "Resume"))
            .on_hover_text("Goes on from its last checkpoint, as if it had never ended")
            .clicked()
    {
        let run_id = log.info.id.clone();
        ctx.send(Command::start(ResumedTraining::new(run_id)));
    }
    if log.best_accuracy().is_some()
        && ui
            .button("Explain")
            .on_hover_text("See what the best run looks at")
            .clicked()
    {
        ctx.go(Page::Explain);
    }
}

fn result_ui(ui: &mut egui::Ui, shown: &Shown<'_>) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        match shown.log.best_accuracy() {
            Some(accuracy) => {
                let text = format!(
                    "Best accuracy {} of {} validation images",
                    number::percent(accuracy),
                    number::count(shown.log.measured_n())
                );
                labelled_ui(ui, theme::strong(text), &BEST_ACCURACY);
            }
            None => {
                ui.label(theme::strong("Ended before its first epoch was measured"));
            }
        }
        if let Some(interval) = shown.log.best_interval() {
            let text = capitalized(&interval_text(interval));
            let text = egui::RichText::new(text).color(palette.text_weak);
            labelled_ui(ui, text, &of_interval(interval));
        }
        if let Some(text) = cut_off_text(shown.log) {
            ui.label(egui::RichText::new(text).color(palette.warning));
        }
        let took = number::duration(shown.series.now.elapsed_secs);
        let took = egui::RichText::new(format!("in {took}")).color(palette.text_weak);
        // A number is not torn from its word where the line ends.
        ui.add(egui::Label::new(took).extend());
    });
    for caveat in shown.log.caveats() {
        ui.horizontal_wrapped(|ui| {
            ui.label(egui::RichText::new(caveat.text()).color(palette.warning));
            help_ui(ui, &of_caveat(caveat));
        });
    }
}

/// How the run stands against each of those laid under it.
fn comparisons_ui(
    ui: &mut egui::Ui,
    comparisons: &mut Comparisons,
    log: &RunLog,
    shown: &[Shown<'_>],
) {
    let palette = theme::palette(ui);
    for other in shown.iter().filter(|other| !other.is_focused) {
        let Some(comparison) = comparisons.of(log, other.log) else {
            continue;
        };
        let color = if comparison.is_noise() {
            palette.text_weak
        } else {
            palette.text
        };
        ui.horizontal(|ui| {
            runs_ui::swatch_ui(ui, other.index);
            let text = egui::RichText::new(comparison.text(&other.log.info.id)).color(color);
            labelled_ui(ui, text, &COMPARISON);
        });
    }
}

/// Where a run ended that could have gone further.
fn cut_off_text(log: &RunLog) -> Option<String> {
    let how = match log.status {
        RunStatus::Interrupted => "Interrupted",
        RunStatus::Cancelled => "Cancelled",
        RunStatus::Finished => match log.stopped()? {
            Stopped::Asked => "Stopped",
            Stopped::NoBetter => "Ended because no epoch was better any more,",
            Stopped::TimeBudget => "Ended because its time was over,",
        },
        RunStatus::Running | RunStatus::Failed => return None,
    };
    Some(format!(
        "{how} at epoch {} of {}",
        log.epoch().max(1),
        log.info.config.epochs
    ))
}
