//! One job on the session's list: what it was told, how far it is, what it brought.

use std::sync::Arc;

use super::task::{Part, Task};
use super::{JobState, JobView, LrSweep};
use crate::catalog::Catalog;
use crate::catalog::import::ImportReport;
use crate::error::{Error, Result};
use crate::jobs::event::{Event, JobId, Outcome};
use crate::jobs::{Control, Ended, Jobs};
use crate::model::hub::Fetched;
use crate::progress::{Progress, ProgressState};
use crate::project::Project;
use crate::train::job::RunSummary;

pub(super) struct Entry {
    pub id: JobId,
    pub title: String,
    pub task: Task,
    pub progress: Progress,
    pub control: Control,
    run_id: Option<String>,
    pub phase: Phase,
    /// Grows with an import's batches.
    report: ImportReport,
    trained: Option<RunSummary>,
    downloaded: Option<Fetched>,
    sweep: Option<Arc<LrSweep>>,
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
    pub fn new(id: JobId, task: Task) -> Self {
        let progress = Progress::silent();
        progress.stage("waiting for its turn", None);
        Self {
            id,
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
        }
    }

    /// # Errors
    /// As [`Task::prepare`].
    pub fn start(
        &mut self,
        jobs: &mut Jobs<Part>,
        project: &Project,
        catalog: &Catalog,
    ) -> Result<()> {
        let (work, run_id) = self.task.prepare(project, catalog)?;
        let handles = (self.progress.clone(), self.control.clone());
        jobs.spawn(self.id, self.task.thread_name(), handles, work)?;
        self.run_id = run_id;
        self.phase = Phase::Running;
        Ok(())
    }

    pub fn started(&self) -> Event {
        Event::Started {
            job: self.id,
            title: self.title.clone(),
        }
    }

    pub fn is_alive(&self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Running)
    }

    /// True if the catalogue has new rows.
    pub fn take_in(&mut self, part: Part, catalog: &mut Catalog) -> bool {
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

    pub fn end(&mut self, ended: Ended) -> Event {
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

    pub fn view(&self) -> JobView {
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
