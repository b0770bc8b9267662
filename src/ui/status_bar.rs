//! The bar at the bottom: what runs, how far it is, and how the images stand.

use eframe::egui;
use egui_material_icons::icons;

use super::context::ViewCtx;
use super::number;
use super::page::Page;
use super::theme;
use super::top_bar::icon_button;
use crate::catalog::{Decision, Snapshot};
use crate::progress::ProgressState;
use crate::run::RunLog;
use crate::session::{Command, JobState, JobView, Session};

/// Decisions over all images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecisionCounts {
    pub kept: usize,
    pub rejected: usize,
    pub undecided: usize,
}

impl DecisionCounts {
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut counts = Self::default();
        for image in &snapshot.images {
            match image.decision {
                Decision::Keep => counts.kept += 1,
                Decision::Reject => counts.rejected += 1,
                Decision::Undecided => counts.undecided += 1,
            }
        }
        counts
    }
}

/// "43 % · 2 min left"; counts where the amount of work is not known.
pub fn progress_text(progress: &ProgressState) -> String {
    match (progress.fraction(), progress.eta_secs()) {
        (Some(fraction), Some(eta)) => format!(
            "{:.0} % · {} left",
            f64::from(fraction) * 100.0,
            number::duration(eta)
        ),
        (Some(fraction), None) => format!("{:.0} %", f64::from(fraction) * 100.0),
        (None, _) if progress.done > 0 => number::count(progress.done as usize),
        (None, _) => String::new(),
    }
}

/// The same numbers as on the Train page for a run, which stand still while it is paused.
fn job_progress(session: &Session, job: &JobView) -> (f32, String) {
    match session.run_of(job).and_then(RunLog::pace) {
        Some(pace) => {
            let percent = format!("{:.0} %", f64::from(pace.fraction()) * 100.0);
            let text = match pace.eta_secs() {
                Some(eta) => format!("{percent} · {} left", number::duration(eta)),
                None => percent,
            };
            (pace.fraction(), text)
        }
        None => (
            job.progress.fraction().unwrap_or(0.0),
            progress_text(&job.progress),
        ),
    }
}

pub fn status_bar_ui(
    ui: &mut egui::Ui,
    page: Page,
    jobs: &[JobView],
    counts: DecisionCounts,
    ctx: &mut ViewCtx<'_>,
) {
    let palette = theme::palette(ui);
    let frame = egui::Frame::new()
        .fill(palette.panel)
        .inner_margin(egui::Margin::symmetric(12, 2));
    egui::Panel::bottom("status-bar")
        .resizable(false)
        .exact_size(theme::STATUS_BAR_HEIGHT)
        .frame(frame)
        .show(ui, |ui| {
            // The panel takes its height from what is in it, and the page above must not jump when a job begins.
            ui.set_min_height(ui.available_height());
            ui.horizontal_centered(|ui| {
                let mut running = jobs.iter().filter(|job| job.state == JobState::Running);
                match running.next() {
                    Some(job) => job_ui(ui, job, ctx),
                    None => {
                        ui.label(theme::small("Ready").color(palette.text_weak));
                    }
                }
                let more = running.count();
                if more > 0 {
                    ui.label(theme::small(format!("and {more} more")).color(palette.text_weak));
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if page == Page::Cull && ctx.decisions_per_minute > 0 {
                        ui.label(theme::number(format!("{}/min", ctx.decisions_per_minute)))
                            .on_hover_text("Decisions in the last minute");
                        ui.separator();
                    }
                    for (amount, word, color) in [
                        (counts.undecided, "undecided", palette.undecided),
                        (counts.rejected, "rejected", palette.reject),
                        (counts.kept, "kept", palette.keep),
                    ] {
                        let text = format!("{} {word}", number::count(amount));
                        ui.label(theme::number(text).color(color));
                    }
                });
            });
        });
}

fn job_ui(ui: &mut egui::Ui, job: &JobView, ctx: &mut ViewCtx<'_>) {
    let stage = if job.is_paused {
        format!("{} (paused)", job.title)
    } else if job.progress.stage.is_empty() {
        job.title.clone()
    } else {
        job.progress.stage.clone()
    };
    ui.label(theme::small(stage)).on_hover_text(&job.title);
    let (fraction, text) = job_progress(ctx.session, job);
    let bar = egui::ProgressBar::new(fraction)
        .desired_width(120.0)
        .desired_height(theme::GAP_TINY)
        .fill(theme::palette(ui).accent);
    ui.add(bar)
        .accessible_name(format!("Progress of {}", job.title));
    ui.label(theme::number(text));
    let is_learning = ctx.session.run_of(job).and_then(RunLog::pace).is_some();
    let (verb, command) = if is_learning {
        ("Stop", Command::Stop(job.id))
    } else {
        ("Cancel", Command::Cancel(job.id))
    };
    let name = format!("{verb} {}", job.title);
    if icon_button(ui, icons::ICON_CLOSE, &name, &name) {
        ctx.send(command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_says_percent_and_time_left() {
        let state = ProgressState {
            done: 25,
            total: Some(100),
            elapsed_secs: 10.0,
            ..ProgressState::default()
        };
        assert_eq!(progress_text(&state), "25 % · 30 s left");
        let unknown = ProgressState {
            done: 1_200,
            ..ProgressState::default()
        };
        assert_eq!(progress_text(&unknown), "1,200");
    }
}
