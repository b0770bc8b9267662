//! One job in the session's queue: what it was asked for, how far it is, how it ended.

use std::sync::Arc;

use super::event::Event;
use super::jobs::{Absorbed, Job, JobKind, Lane, Part, Work};
use super::view::{JobState, JobView};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::jobs::beside::Busy;
use crate::jobs::{Context, Control, Ended, JobId, Jobs};
use crate::progress::{Progress, ProgressState};
use crate::project::Project;

pub(super) struct Entry {
    pub id: JobId,
    pub title: String,
    /// Shared with views and events, which keep what they were given.
    job: Arc<Job>,
    pub progress: Progress,
    pub control: Control,
    pub phase: Phase,
    /// Why the session itself ended the job (its rows could not be written).
    failure: Option<Error>,
}

pub(super) enum Phase {
    Waiting,
    Running,
    /// With the last word of its progress, whose clock would go on.
    Ended(JobState, ProgressState),
}

impl Entry {
    pub fn new(id: JobId, job: Job) -> Self {
        let progress = Progress::silent();
        progress.stage("waiting for its turn", None);
        Self {
            id,
            title: job.kind().title(),
            job: Arc::new(job),
            progress,
            control: Control::default(),
            phase: Phase::Waiting,
            failure: None,
        }
    }

    pub fn lane(&self) -> Lane {
        self.job.kind().lane()
    }

    pub fn kind(&self) -> &dyn JobKind {
        self.job.kind()
    }

    pub fn can_pause(&self) -> bool {
        self.job.kind().can_pause()
    }

    /// # Errors
    /// As [`super::jobs::JobKind::prepare`]; `Io` if the system gives no more threads.
    pub fn start(
        &mut self,
        jobs: &mut Jobs<Part>,
        project: &Project,
        catalog: &Catalog,
    ) -> Result<()> {
        let kind = Arc::make_mut(&mut self.job).kind_mut();
        let work = kind.prepare(project, catalog)?;
        let work: Work = if kind.is_training() {
            Box::new(|context: &Context<Part>| {
                let _busy = Busy::begin();
                work(context)
            })
        } else {
            work
        };
        let handles = (self.progress.clone(), self.control.clone());
        jobs.spawn(self.id, kind.thread_name(), handles, work)?;
        tracing::info!("began: {}", self.title);
        self.phase = Phase::Running;
        Ok(())
    }

    pub fn started(&self) -> Event {
        Event::Started {
            id: self.id,
            title: self.title.clone(),
        }
    }

    pub fn is_alive(&self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Running)
    }

    /// True if the catalog has new rows.
    pub fn absorb(&mut self, part: Part, catalog: &mut Catalog) -> bool {
        match part.absorb(Arc::make_mut(&mut self.job).kind_mut(), catalog) {
            Ok(absorbed) => absorbed == Absorbed::Rows,
            Err(error) => {
                // Without its rows the rest of the work is in vain.
                self.progress.cancel();
                self.failure.get_or_insert(error);
                false
            }
        }
    }

    pub fn end(&mut self, ended: Ended) -> Event {
        let (id, title) = (self.id, self.title.clone());
        let ended = match self.failure.take() {
            // Its rows were undone while it ran.
            Some(error) if error.is_cancelled() => Ended::Cancelled,
            Some(error) => Ended::Failed(error),
            None => ended,
        };
        let (state, event) = match ended {
            Ended::Done => {
                let summary = self.job.kind().summary();
                tracing::info!("done: {title}");
                let event = Event::Finished {
                    id,
                    title,
                    job: Arc::clone(&self.job),
                    warnings: self.progress.warnings(),
                };
                (JobState::Done { summary }, event)
            }
            Ended::Cancelled => {
                tracing::info!("cancelled: {title}");
                (JobState::Cancelled, Event::Cancelled { id, title })
            }
            Ended::Failed(error) => {
                let message = error.to_string();
                tracing::error!("failed: {title}: {message}");
                let event = Event::Failed {
                    id,
                    title,
                    message: message.clone(),
                };
                (JobState::Failed { message }, event)
            }
        };
        self.phase = Phase::Ended(state, self.progress.state());
        event
    }

    pub fn view(&self) -> JobView {
        let (state, progress) = match &self.phase {
            Phase::Waiting | Phase::Running => (JobState::Running, self.progress.state()),
            Phase::Ended(state, progress) => (state.clone(), progress.clone()),
        };
        JobView {
            id: self.id,
            title: self.title.clone(),
            job: Arc::clone(&self.job),
            progress,
            is_paused: self.is_alive() && self.control.is_paused(),
            state,
            warnings: self.progress.warnings(),
        }
    }
}
