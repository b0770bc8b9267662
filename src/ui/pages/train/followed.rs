//! The newest job of a kind whose result is looked at in the middle of the page, in the place of a run.

use eframe::egui::{self, Align, Layout};

use crate::jobs::JobId;
use crate::session::{Command, JobState, JobView, Session};
use crate::ui::context::ViewCtx;
use crate::ui::theme;

/// Which job is looked at, if it is.
#[derive(Default)]
pub struct Followed {
    job: Option<JobId>,
    is_shown: bool,
}

impl Followed {
    /// The newest of the jobs that there is something to see of; it is shown at once when it appears, and then `true`. One
    /// that failed has a card.
    pub fn follow(
        &mut self,
        session: &Session,
        has_something: impl Fn(&JobView) -> bool,
    ) -> Option<(JobView, bool)> {
        let mut jobs = session.jobs().into_iter();
        let job =
            jobs.find(|job| !matches!(job.state, JobState::Failed { .. }) && has_something(job))?;
        let is_new = self.job != Some(job.id);
        if is_new {
            *self = Self {
                job: Some(job.id),
                is_shown: true,
            };
        }
        Some((job, is_new))
    }

    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    pub fn show(&mut self) {
        self.is_shown = true;
    }

    /// Something else is looked at; the job stays in the list.
    pub fn hide(&mut self) {
        self.is_shown = false;
    }
}

/// The job's title, and the button that cancels it or puts its result away; true when that was pressed.
pub fn heading_ui(ui: &mut egui::Ui, ctx: &mut ViewCtx<'_>, job: &JobView) -> bool {
    let mut is_closed = false;
    ui.horizontal(|ui| {
        ui.label(theme::strong(&job.title));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if job.state == JobState::Running {
                if ui.button("Cancel").clicked() {
                    ctx.send(Command::Cancel(job.id));
                }
            } else if ui.button("Close").clicked() {
                is_closed = true;
                ctx.send(Command::Dismiss(job.id));
            }
        });
    });
    is_closed
}
