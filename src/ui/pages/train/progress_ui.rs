//! A run under way: how far it is, and the buttons that hold it up.

use std::sync::Arc;

use eframe::egui;

use crate::jobs::JobId;
use crate::run::RunLog;
use crate::run::summary::Pace;
use crate::session::{Command, Job, JobView, Lane, Session};
use crate::ui::context::ViewCtx;
use crate::ui::keys::{self, Shortcut};
use crate::ui::{number, theme};

/// Of the row, so that the facts behind it need no second one.
const BAR_PART: f32 = 0.15;

/// This window's job for the run, if it is this window that runs it.
pub fn job_of(session: &Session, log: &RunLog) -> Option<JobView> {
    let mut jobs = session.jobs().into_iter();
    jobs.find(|view| view.is_running() && view.job.kind().run_id() == Some(log.info.id.as_str()))
}

/// What this window's cores are busy with: a run or a sweep; two at once would only slow each other.
pub fn busy_with(session: &Session) -> Option<Arc<Job>> {
    let mut jobs = session.jobs().into_iter();
    jobs.find(|view| view.is_running() && view.job.kind().lane() == Lane::Cores)
        .map(|view| view.job)
}

pub fn running_buttons_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, log: &RunLog) {
    // One of another process is ended there; progress_ui says so.
    let Some(job) = job_of(ctx.session, log) else {
        return;
    };
    if ctx.keys_are_free(ui) && keys::take(ui, Shortcut::TrainPause) {
        ctx.send(if job.is_paused {
            Command::Unpause(job.id)
        } else {
            Command::Pause(job.id)
        });
    }
    let mut button =
        |ui: &mut egui::Ui, text: &str, tooltip: &str, command: fn(JobId) -> Command| {
            if ui.button(text).on_hover_text(tooltip).clicked() {
                ctx.send(command(job.id));
            }
        };
    if log.pace().is_none() {
        let tooltip = "End at once; nothing has been learned yet";
        button(ui, "Cancel", tooltip, Command::Cancel);
        return;
    }
    if job.is_paused {
        button(
            ui,
            "Continue",
            &keys::hint(ui, "Go on where it paused", Shortcut::TrainPause),
            Command::Unpause,
        );
    } else {
        button(
            ui,
            "Pause",
            &keys::hint(
                ui,
                "Nothing is computed until you continue",
                Shortcut::TrainPause,
            ),
            Command::Pause,
        );
    }
    if matches!(&*job.job, Job::TrainQueue(_)) {
        let tooltip = "End here; this run can be resumed, and the queue goes on with it when it is asked for again";
        button(ui, "Cancel queue", tooltip, Command::Cancel);
        return;
    }
    button(
        ui,
        "Stop",
        "End after this batch, with weights to use; the run can be resumed from here",
        Command::Stop,
    );
}

pub fn progress_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, log: &RunLog) {
    let job = job_of(ctx.session, log);
    let is_elsewhere = job.is_none();
    let pace = log.pace();
    let words = match (&job, pace) {
        (Some(job), None) if !job.progress.stage.is_empty() => job.progress.stage.clone(),
        (_, None) => "preparing".to_owned(),
        (_, Some(pace)) => format!(
            "epoch {} of {}   step {} of {}",
            pace.epoch.max(1),
            log.info.config.epochs,
            number::count(pace.step as usize),
            number::count(pace.steps as usize)
        ),
    };
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
        // The rail has the canvas' color otherwise, and nobody sees how far there is to go.
        ui.visuals_mut().extreme_bg_color = palette.control;
        let bar = egui::ProgressBar::new(pace.map_or(0.0, |pace| pace.fraction()))
            .desired_width(ui.available_width() * BAR_PART)
            .desired_height(theme::GAP_SMALL)
            .fill(palette.accent);
        ui.add(bar).accessible_name("Training progress");
        if job.as_ref().is_some_and(|job| job.is_paused) {
            ui.label(theme::strong("Paused").color(palette.warning));
        }
        // A number is not torn from its word where the line ends.
        let fact_ui = |ui: &mut egui::Ui, text: String| {
            ui.add(egui::Label::new(theme::number(text)).extend());
        };
        fact_ui(ui, words);
        let Some(pace) = pace else { return };
        fact_ui(ui, pace_text(log.info.config.stage, pace));
        fact_ui(
            ui,
            format!("{} so far", number::duration(pace.elapsed_secs)),
        );
        if let Some(eta) = pace.eta_secs() {
            fact_ui(ui, format!("{} left", number::duration(eta)));
        }
    });
    if is_elsewhere {
        let info = &log.info;
        let text = format!(
            "Runs in another process ({} {}); press Ctrl+C there to end it",
            info.program, info.process
        );
        ui.label(theme::small(text).color(palette.text_weak));
    }
}

/// Stage 1 learns from what the frozen backbone made of the images once: how many of those a second says nothing of the
/// net's speed.
fn pace_text(stage: u8, pace: Pace) -> String {
    let images_per_sec = pace.images_per_sec;
    if stage == 1 {
        "cached features".to_owned()
    } else if images_per_sec < 100.0 {
        format!("{images_per_sec:.1} images/s")
    } else {
        format!("{} images/s", number::count(images_per_sec as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_features_are_no_images_a_second() {
        let pace = |images_per_sec| Pace {
            epoch: 1,
            step: 1,
            steps: 2,
            images_per_sec,
            elapsed_secs: 1.0,
        };
        assert_eq!(pace_text(1, pace(71_531.0)), "cached features");
        assert_eq!(pace_text(2, pace(31.24)), "31.2 images/s");
        assert_eq!(pace_text(2, pace(1_234.5)), "1,234 images/s");
    }
}
