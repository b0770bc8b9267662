//! An import that runs, or one that ended with something to tell: which files could not be read, and why.

use std::collections::BTreeSet;

use eframe::egui;

use crate::jobs::JobId;
use crate::progress::Warning;
use crate::session::{Command, Job, JobState, JobView, Lane};
use crate::ui::context::ViewCtx;
use crate::ui::status_bar::progress_text;
use crate::ui::{number, theme};

const WARNING_ROW: f32 = 20.0;
const MAX_LIST_HEIGHT: f32 = 200.0;

/// Runs and sweeps are the Train page's, exports the Evaluate page's, and failures have their own cards on every page.
pub fn is_shown(job: &JobView) -> bool {
    matches!(job.job.kind().lane(), Lane::Disk | Lane::Web)
        && !matches!(*job.job, Job::Export(_))
        && match &job.state {
            JobState::Running | JobState::Cancelled => true,
            JobState::Done { .. } => !job.warnings.is_empty() || remembers(&job.job),
            JobState::Failed { .. } => false,
        }
}

/// Whether it brought images that were decided on before: who wonders why they are rejected already finds it here.
fn remembers(job: &Job) -> bool {
    match job {
        Job::ImportImages(import) => !import.report.remembered.is_empty(),
        _other => false,
    }
}

pub fn job_card_ui(
    ui: &mut egui::Ui,
    job: &JobView,
    expanded: &mut BTreeSet<JobId>,
    ctx: &mut ViewCtx<'_>,
) {
    let palette = theme::palette(ui);
    theme::card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let text = match &job.state {
                JobState::Done { summary } => summary.clone(),
                JobState::Cancelled => format!(
                    "{} was cancelled; what was imported so far is kept",
                    job.title
                ),
                JobState::Running | JobState::Failed { .. } => job.title.clone(),
            };
            ui.label(theme::strong(text));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if job.state == JobState::Running {
                    if ui.button("Cancel").clicked() {
                        ctx.send(Command::Cancel(job.id));
                    }
                } else if ui.button("Dismiss").clicked() {
                    ctx.send(Command::Dismiss(job.id));
                }
            });
        });
        if let Job::Collect(collection) = &*job.job
            && job.state == JobState::Running
        {
            ui.label(theme::small(collection.report.summary()));
        }
        if job.state == JobState::Running {
            ui.horizontal(|ui| {
                ui.label(theme::small(&job.progress.stage).color(palette.text_weak));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.label(theme::number(progress_text(&job.progress)));
                });
            });
            let bar = egui::ProgressBar::new(job.progress.fraction().unwrap_or(0.0))
                .desired_height(theme::GAP_TINY)
                .fill(palette.accent);
            ui.add(bar)
                .accessible_name(format!("Progress of {}", job.title));
        }
        if !job.warnings.is_empty() {
            warnings_ui(ui, job, expanded);
        }
    });
}

fn warnings_ui(ui: &mut egui::Ui, job: &JobView, expanded: &mut BTreeSet<JobId>) {
    let palette = theme::palette(ui);
    let is_open = expanded.contains(&job.id);
    let amount = job.warnings.len();
    let verb = if is_open { "Hide" } else { "Show" };
    ui.horizontal(|ui| {
        let text = if matches!(*job.job, Job::Collect(_)) {
            format!("{} without an image", counted_addresses(amount))
        } else {
            format!("{} could not be read", number::counted(amount, "file"))
        };
        ui.label(theme::small(text).color(palette.warning));
        if ui
            .button(theme::small(format!("{verb} names and reasons")))
            .clicked()
        {
            if is_open {
                expanded.remove(&job.id);
            } else {
                expanded.insert(job.id);
            }
        }
        if ui.button(theme::small("Copy the list")).clicked() {
            ui.copy_text(list_text(&job.warnings));
        }
    });
    if !is_open {
        return;
    }
    egui::ScrollArea::vertical()
        .id_salt(("warnings", job.id))
        .max_height(MAX_LIST_HEIGHT)
        .auto_shrink([false, true])
        .show_rows(ui, WARNING_ROW, amount, |ui, rows| {
            for warning in job.warnings.get(rows).unwrap_or_default() {
                ui.horizontal(|ui| {
                    ui.set_height(WARNING_ROW);
                    ui.label(theme::small(&warning.subject));
                    ui.label(theme::small(&warning.message).color(palette.text_weak));
                });
            }
        });
}

fn counted_addresses(amount: usize) -> String {
    match amount {
        1 => "1 address".to_owned(),
        several => format!("{} addresses", number::count(several)),
    }
}

fn list_text(warnings: &[Warning]) -> String {
    let lines: Vec<String> = warnings
        .iter()
        .map(|warning| format!("{}: {}", warning.subject, warning.message))
        .collect();
    lines.join("\n")
}
