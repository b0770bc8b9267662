//! Cards at the foot of the page for jobs that failed.

use eframe::egui;

use super::context::ViewCtx;
use super::failure::{CardAnswer, Failure, failure_panel};
use super::page::Page;
use crate::run::RunStatus;
use crate::session::{Command, JobState, JobView};

/// Dismissing a card takes its job off the list.
pub fn failed_jobs_ui(ui: &mut egui::Ui, page: Page, jobs: &[JobView], ctx: &mut ViewCtx<'_>) {
    for job in jobs {
        let JobState::Failed { message } = &job.state else {
            continue;
        };
        // The run's own card is there.
        let run = ctx.session.run_of(job);
        if page == Page::Train && run.is_some_and(|run| run.status == RunStatus::Failed) {
            continue;
        }
        let failure = Failure::new(format!("{} failed", job.title), message);
        match failure_panel(ui, ("failed-job", job.id), &failure) {
            CardAnswer::Dismiss => ctx.send(Command::Dismiss(job.id)),
            CardAnswer::Diagnose => ctx.diagnose(failure.text()),
            CardAnswer::Stay | CardAnswer::Restore => {}
        }
    }
}
