//! The newest job of a kind whose result is looked at in the middle of the page, in the place of a run.

use crate::jobs::JobId;
use crate::session::{JobState, JobView, Session};

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
