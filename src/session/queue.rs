//! The session's jobs: waiting, running and lately ended.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::entry::{Entry, Phase};
use super::event::Event;
use super::jobs::{Job, Lane, Part};
use super::view::JobView;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::jobs::{Ended, JobId, Jobs, Message, Waker};
use crate::pins::Pinned;
use crate::project::Project;
use crate::train::job::Watch;

/// Ended jobs that stay on the list.
const ENDED_KEPT: usize = 20;

/// A poll takes in no more once it has lasted this long, so that a window paints between the parts of an import.
const POLL_PATIENCE: Duration = Duration::from_millis(8);

/// What one poll brought.
#[derive(Default)]
pub(super) struct Polled {
    pub events: Vec<Event>,
    pub has_new_rows: bool,
    pub has_ended: bool,
}

pub(super) struct Queue {
    jobs: Jobs<Part>,
    waker: Waker,
    /// In the order asked for.
    entries: Vec<Entry>,
    last_id: u64,
    /// Since the last poll.
    events: Vec<Event>,
}

impl Queue {
    pub fn new(waker: Waker) -> Self {
        Self {
            jobs: Jobs::new(Arc::clone(&waker)),
            waker,
            entries: Vec::new(),
            last_id: 0,
            events: Vec::new(),
        }
    }

    /// Starts the job, or lets it wait for its lane. The text tells which.
    ///
    /// # Errors
    /// As [`super::jobs::JobKind::prepare`], if it is its turn at once; then it is not on the list.
    pub fn add(
        &mut self,
        job: Job,
        project: &Project,
        catalog: &Catalog,
    ) -> Result<Option<String>> {
        let id = self.add_job(job, project, catalog)?;
        let mut entries = self.entries.iter();
        let waiting = entries.find(|entry| entry.id == id && matches!(entry.phase, Phase::Waiting));
        let waiting = waiting.filter(|entry| entry.kind().is_asked_for());
        Ok(waiting.map(|entry| format!("{} is next", entry.title)))
    }

    /// As [`Self::add`], for whoever follows the job.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_job(&mut self, job: Job, project: &Project, catalog: &Catalog) -> Result<JobId> {
        self.last_id += 1;
        let mut entry = Entry::new(JobId(self.last_id), job);
        let is_free = !self.is_taken(entry.lane());
        if is_free {
            entry.start(&mut self.jobs, project, catalog)?;
            self.events.push(entry.started());
        }
        let id = entry.id;
        self.entries.push(entry);
        (self.waker)();
        Ok(id)
    }

    pub fn poll(&mut self, project: &Project, catalog: &mut Catalog) -> Polled {
        let mut polled = Polled::default();
        let began = Instant::now();
        while let Some(message) = self.jobs.next() {
            match message {
                Message::Part(job, part) => {
                    let entry = self.entries.iter_mut().find(|entry| entry.id == job);
                    if let Some(entry) = entry {
                        polled.has_new_rows |= entry.absorb(part, catalog);
                    }
                }
                Message::Ended(job, ended) => {
                    polled.has_ended = true;
                    let entry = self.entries.iter_mut().find(|entry| entry.id == job);
                    self.events.extend(entry.map(|entry| entry.end(ended)));
                }
            }
            if began.elapsed() >= POLL_PATIENCE {
                // There may be more.
                (self.waker)();
                break;
            }
        }
        self.start_waiting(project, catalog);
        self.forget_oldest();
        polled.events = std::mem::take(&mut self.events);
        polled
    }

    fn start_waiting(&mut self, project: &Project, catalog: &Catalog) {
        for at in 0..self.entries.len() {
            let lane = match self.entries.get(at) {
                Some(entry) if matches!(entry.phase, Phase::Waiting) => entry.lane(),
                _running_or_ended => continue,
            };
            if self.is_running(lane) {
                continue;
            }
            let Some(entry) = self.entries.get_mut(at) else {
                continue;
            };
            self.events.push(entry.started());
            if let Err(error) = entry.start(&mut self.jobs, project, catalog) {
                self.events.push(entry.end(Ended::Failed(error)));
            }
        }
    }

    fn is_running(&self, lane: Lane) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| matches!(entry.phase, Phase::Running) && entry.lane() == lane)
    }

    fn is_taken(&self, lane: Lane) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.is_alive() && entry.lane() == lane)
    }

    fn forget_oldest(&mut self) {
        let ended = self
            .entries
            .iter()
            .filter(|entry| !entry.is_alive())
            .count();
        let mut surplus = ended.saturating_sub(ENDED_KEPT);
        self.entries.retain(|entry| {
            let is_surplus = surplus > 0 && !entry.is_alive();
            surplus -= usize::from(is_surplus);
            !is_surplus
        });
    }

    /// The job of this id if it has not ended; a button may be pressed just when it does.
    fn alive(&mut self, job: JobId) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.id == job && entry.is_alive())
    }

    pub fn set_paused(&mut self, job: JobId, is_paused: bool) -> Option<String> {
        let entry = self.alive(job)?;
        if !entry.can_pause() {
            return Some("Only runs can be paused".to_owned());
        }
        entry.control.set_paused(is_paused);
        None
    }

    /// A run ends with what it has learned; an import with what is in.
    pub fn stop(&mut self, job: JobId) -> Option<String> {
        let entry = self.alive(job)?;
        match entry.phase {
            Phase::Running if entry.can_pause() => entry.control.stop(),
            Phase::Running | Phase::Waiting | Phase::Ended(..) => return self.cancel(job),
        }
        None
    }

    pub fn cancel(&mut self, job: JobId) -> Option<String> {
        let entry = self.alive(job)?;
        entry.progress.cancel();
        if matches!(entry.phase, Phase::Waiting) {
            let event = entry.end(Ended::Cancelled);
            self.events.push(event);
            (self.waker)();
        }
        None
    }

    pub fn dismiss(&mut self, job: JobId) {
        self.entries
            .retain(|entry| entry.id != job || entry.is_alive());
    }

    /// Who looks at the run of this id, while a job here trains it.
    pub fn watch(&self, run_id: &str) -> Option<&Watch> {
        let alive = self.entries.iter().filter(|entry| entry.is_alive());
        let mut kinds = alive.map(Entry::kind);
        kinds.find(|kind| kind.run_id() == Some(run_id))?.watch()
    }

    /// For the runs that jobs here train.
    pub fn set_pinned(&self, pinned: &[Pinned]) {
        let alive = self.entries.iter().filter(|entry| entry.is_alive());
        for watch in alive.filter_map(|entry| entry.kind().watch()) {
            watch.pins.set(pinned.to_vec());
        }
    }

    /// Ids of the runs that jobs here train.
    pub fn trained(&self) -> impl Iterator<Item = &str> {
        let alive = self.entries.iter().filter(|entry| entry.is_alive());
        alive.filter_map(|entry| entry.kind().run_id())
    }

    pub fn views(&self) -> Vec<JobView> {
        let (alive, ended): (Vec<&Entry>, Vec<&Entry>) =
            self.entries.iter().partition(|entry| entry.is_alive());
        let newest_first = ended.into_iter().rev();
        alive
            .into_iter()
            .chain(newest_first)
            .map(Entry::view)
            .collect()
    }
}
