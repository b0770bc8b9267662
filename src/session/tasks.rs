//! The session's jobs: waiting, running and lately ended.

use std::sync::Arc;

use super::task::{Lane, Part, Task};
use super::{JobKind, JobState, JobView, LrSweep, Waker};
use crate::catalog::Catalog;
use crate::catalog::import::ImportReport;
use crate::error::{Error, Result};
use crate::jobs::event::{Event, JobId, Outcome};
use crate::jobs::{Control, Ended, Jobs, Message};
use crate::model::hub::Fetched;
use crate::progress::{Progress, ProgressState};
use crate::project::Project;
use crate::train::run::RunSummary;

/// Ended jobs that stay on the list.
const ENDED_KEPT: usize = 20;

struct Entry {
    id: JobId,
    title: String,
    task: Task,
    progress: Progress,
    control: Control,
    run_id: Option<String>,
    phase: Phase,
    /// Grows with an import's batches.
    report: ImportReport,
    trained: Option<RunSummary>,
    downloaded: Option<Fetched>,
    sweep: Option<Arc<LrSweep>>,
    /// Why the session itself ended the job (its rows could not be written).
    failure: Option<Error>,
}

enum Phase {
    Waiting,
    Running,
    /// With the last word of its progress, whose clock would go on.
    Ended(JobState, ProgressState),
}

/// What one poll brought.
#[derive(Default)]
pub(super) struct Polled {
    pub events: Vec<Event>,
    pub has_new_rows: bool,
    pub has_ended: bool,
}

pub(super) struct Tasks {
    jobs: Jobs<Part>,
    waker: Waker,
    /// In the order asked for.
    entries: Vec<Entry>,
    last_id: u64,
    /// Since the last poll.
    events: Vec<Event>,
}

impl Tasks {
    pub fn new(waker: Waker) -> Self {
        Self {
            jobs: Jobs::new(Arc::clone(&waker)),
            waker,
            entries: Vec::new(),
            last_id: 0,
            events: Vec::new(),
        }
    }

    /// Starts the task, or lets it wait for its lane. The text tells which.
    ///
    /// # Errors
    /// As [`Task::prepare`], if it is its turn at once; then it is not on the list.
    pub fn add(
        &mut self,
        task: Task,
        project: &Project,
        catalog: &Catalog,
    ) -> Result<Option<String>> {
        self.last_id += 1;
        let progress = Progress::silent();
        progress.stage("waiting for its turn", None);
        let is_free = !self.is_taken(task.lane());
        let mut entry = Entry {
            id: JobId(self.last_id),
            title: task.title(),
            task,
            progress,
            control: Control::default(),
            run_id: None,
            phase: Phase::Waiting,
            report: ImportReport::default(),
            trained: None,
            downloaded: None,
            sweep: None,
            failure: None,
        };
        if is_free {
            start(&mut self.jobs, &mut entry, project, catalog)?;
            self.events.push(started(&entry));
        }
        let text = (!is_free).then(|| format!("{} is next", entry.title));
        self.entries.push(entry);
        (self.waker)();
        Ok(text)
    }

    pub fn poll(&mut self, project: &Project, catalog: &mut Catalog) -> Polled {
        let mut polled = Polled::default();
        for message in self.jobs.drain() {
            match message {
                Message::Part(job, part) => {
                    let entry = self.entries.iter_mut().find(|entry| entry.id == job);
                    if let Some(entry) = entry {
                        polled.has_new_rows |= entry.take_in(part, catalog);
                    }
                }
                Message::Ended(job, ended) => {
                    polled.has_ended = true;
                    let entry = self.entries.iter_mut().find(|entry| entry.id == job);
                    self.events.extend(entry.map(|entry| entry.end(ended)));
                }
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
                Some(entry) if matches!(entry.phase, Phase::Waiting) => entry.task.lane(),
                _running_or_ended => continue,
            };
            if self.is_running(lane) {
                continue;
            }
            let Some(entry) = self.entries.get_mut(at) else {
                continue;
            };
            self.events.push(started(entry));
            if let Err(error) = start(&mut self.jobs, entry, project, catalog) {
                self.events.push(entry.end(Ended::Failed(error)));
            }
        }
    }

    fn is_running(&self, lane: Lane) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| matches!(entry.phase, Phase::Running) && entry.task.lane() == lane)
    }

    fn is_taken(&self, lane: Lane) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.is_alive() && entry.task.lane() == lane)
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
        if entry.task.kind() != JobKind::Run {
            return Some("Only runs can be paused".to_owned());
        }
        entry.control.set_paused(is_paused);
        None
    }

    /// A run ends with what it has learned; an import with what is in.
    pub fn stop(&mut self, job: JobId) -> Option<String> {
        let entry = self.alive(job)?;
        match entry.phase {
            Phase::Running if entry.task.kind() == JobKind::Run => entry.control.stop(),
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

fn start(
    jobs: &mut Jobs<Part>,
    entry: &mut Entry,
    project: &Project,
    catalog: &Catalog,
) -> Result<()> {
    let (work, run_id) = entry.task.prepare(project, catalog)?;
    let handles = (entry.progress.clone(), entry.control.clone());
    jobs.spawn(entry.id, entry.task.thread_name(), handles, work)?;
    entry.run_id = run_id;
    entry.phase = Phase::Running;
    Ok(())
}

fn started(entry: &Entry) -> Event {
    Event::Started {
        job: entry.id,
        title: entry.title.clone(),
    }
}

impl Entry {
    fn is_alive(&self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Running)
    }

    /// True if the catalogue has new rows.
    fn take_in(&mut self, part: Part, catalog: &mut Catalog) -> bool {
        let inserted = match (part, &self.task) {
            (Part::Film(film), _) => catalog
                .insert_film(&film)
                .map(|report| self.report = report),
            (Part::Images(images), Task::ImportImages(import)) => catalog
                .insert_images(import, &images)
                .map(|batch| self.report.absorb(&batch)),
            (Part::ImagesRead { unreadable }, Task::ImportImages(import)) => {
                self.report.source.clone_from(&import.source);
                self.report.unreadable = unreadable;
                return false;
            }
            (Part::Trained(summary), _) => {
                self.trained = Some(summary);
                return false;
            }
            (Part::Downloaded(fetched), _) => {
                self.downloaded = Some(fetched);
                return false;
            }
            (Part::Swept(curve), Task::FindLr(config)) => {
                let config = config.clone();
                self.sweep = Some(Arc::new(LrSweep { config, curve }));
                return false;
            }
            (Part::Images(_) | Part::ImagesRead { .. } | Part::Swept(_), _) => {
                debug_assert!(false, "each kind of job sends its own kind of parts");
                return false;
            }
        };
        match inserted {
            Ok(()) => true,
            Err(error) => {
                // Without its rows the rest of the work is in vain.
                self.progress.cancel();
                self.failure.get_or_insert(error);
                false
            }
        }
    }

    fn end(&mut self, ended: Ended) -> Event {
        let (job, title) = (self.id, self.title.clone());
        let ended = match self.failure.take() {
            Some(error) => Ended::Failed(error),
            None => ended,
        };
        let (state, event) = match ended {
            Ended::Done => {
                let (summary, outcome) = self.outcome();
                let warnings = self.progress.warnings();
                let event = Event::Finished {
                    job,
                    title,
                    outcome,
                    warnings,
                };
                (JobState::Done { summary }, event)
            }
            Ended::Cancelled => (JobState::Cancelled, Event::Cancelled { job, title }),
            Ended::Failed(error) => {
                let message = error.to_string();
                let event = Event::Failed {
                    job,
                    title,
                    message: message.clone(),
                };
                (JobState::Failed { message }, event)
            }
        };
        self.phase = Phase::Ended(state, self.progress.state());
        event
    }

    fn outcome(&self) -> (String, Outcome) {
        if let Some(fetched) = &self.downloaded {
            let outcome = Outcome::Downloaded {
                path: fetched.path.clone(),
                licence: fetched.licence.clone(),
            };
            return (fetched.path.display().to_string(), outcome);
        }
        if let Some(sweep) = &self.sweep {
            let suggested = sweep.curve.valley();
            let summary = suggested.map_or_else(
                || "no rate can be suggested".to_owned(),
                |rate| format!("suggests {rate:.1e}"),
            );
            return (summary, Outcome::LrFound { suggested });
        }
        match &self.trained {
            None => (
                self.report.summary(),
                Outcome::Imported(self.report.clone()),
            ),
            Some(run) => {
                let percent = run.accuracy * 100.0;
                let outcome = Outcome::Trained {
                    run_id: run.id.clone(),
                    accuracy: run.accuracy,
                };
                (
                    format!(
                        "{percent:.1} % of validation right, best in epoch {}",
                        run.best_epoch
                    ),
                    outcome,
                )
            }
        }
    }

    fn view(&self) -> JobView {
        let (state, progress) = match &self.phase {
            Phase::Waiting | Phase::Running => (JobState::Running, self.progress.state()),
            Phase::Ended(state, progress) => (state.clone(), progress.clone()),
        };
        JobView {
            id: self.id,
            kind: self.task.kind(),
            title: self.title.clone(),
            run_id: self.run_id.clone(),
            download: if let Task::DownloadWeights(_, arch) = &self.task {
                Some(*arch)
            } else {
                None
            },
            progress,
            is_paused: self.is_alive() && self.control.is_paused(),
            state,
            warnings: self.progress.warnings(),
            sweep: self.sweep.clone(),
        }
    }
}
