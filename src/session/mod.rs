//! An open project: the only thing that changes it, by [`Command`]s.
//!
//! The session owns the catalog's one connection. Workers get values and send values back; [`Session::poll`] turns
//! those into rows. Views hold the [`Snapshot`], which is replaced after every change.

pub mod command;
mod entry;
pub mod event;
mod folder_watch;
pub mod jobs;
mod looking;
mod queue;
mod view;
mod watch;
mod watched_folders;

use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use command::Command;
pub use event::Event;
pub use jobs::{Job, Lane};
pub use view::{JobState, JobView, WatchView};

use crate::catalog::facts::FactKind;
use crate::catalog::journal::Applied;
use crate::catalog::{Catalog, ContentHash, Edit, ImageRecord, Provenance, Snapshot};
use crate::collect::watch::WatchRequest;
use crate::error::Result;
use crate::jobs::JobId;
pub use crate::jobs::Waker;
use crate::pins::Pins;
use crate::project::Project;
use crate::run::RunLog;
use queue::Queue;
use watch::RunWatch;
use watched_folders::WatchedFolders;

/// During an import the snapshot is loaded again at most this often, and at most for this part of the time.
const RELOAD_INTERVAL: Duration = Duration::from_millis(300);
const RELOAD_TIME_PART: u32 = 5;

/// Names of the next steps of the history.
#[derive(Debug, Default)]
struct History {
    undo: Option<String>,
    redo: Option<String>,
}

/// Dropping it cancels its jobs, waits for them a few seconds and releases the project's lock.
pub struct Session {
    // Fields drop in this order: jobs end before the catalog closes and the lock goes.
    queue: Queue,
    watch: RunWatch,
    watched: WatchedFolders,
    waker: Waker,
    snapshot: Arc<Snapshot>,
    /// When the snapshot was loaded last and how long that took.
    loaded: (Instant, Duration),
    is_stale: bool,
    history: History,
    pins: Pins,
    project: Project,
    catalog: Catalog,
}

/// What a step through the history is called, and that there is none.
#[derive(Clone, Copy)]
struct StepWords {
    done: &'static str,
    nothing: &'static str,
}

impl Session {
    /// Takes the project's lock.
    ///
    /// # Errors
    /// As [`Project::open`] and [`Catalog::open`]; `Io` if the runs cannot be listed.
    pub fn open(root: &Path, waker: Waker) -> Result<Self> {
        let project = Project::open(root)?;
        let catalog = Catalog::open(&project)?;
        let mut session = Self {
            queue: Queue::new(Waker::clone(&waker)),
            watch: RunWatch::new(&project, Waker::clone(&waker))?,
            watched: WatchedFolders::as_before(&project, &catalog, &waker),
            waker,
            snapshot: Arc::default(),
            loaded: (Instant::now(), Duration::ZERO),
            is_stale: false,
            history: History::default(),
            pins: Pins::read(&catalog),
            project,
            catalog,
        };
        session.reload()?;
        session.name_history()?;
        Ok(session)
    }

    /// False on a disk that cannot lock files: nothing keeps another program from writing the project.
    pub fn is_locked(&self) -> bool {
        self.catalog.is_locked()
    }

    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The catalog as it stands; its version grows with every change.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Does it or starts it; the text is for a toast ("Rejected 14 images of scene drakes:7"). `None` if there is
    /// nothing to tell.
    ///
    /// # Errors
    /// What the edit or the beginning of the job answers; a job that fails later is an [`Event::Failed`].
    pub fn apply(&mut self, command: Command) -> Result<Option<String>> {
        match command {
            Command::Edit(edit) => self.edit(&edit),
            Command::Undo => {
                let undone = self.catalog.undo_step()?;
                self.after_history_step(
                    undone,
                    StepWords {
                        done: "Undone",
                        nothing: "Nothing to undo",
                    },
                )
            }
            Command::Redo => {
                let redone = self.catalog.redo_step()?;
                self.after_history_step(
                    redone,
                    StepWords {
                        done: "Redone",
                        nothing: "Nothing to redo",
                    },
                )
            }
            Command::Start(job) => self.begin(*job),
            Command::Pause(job) => Ok(self.queue.set_paused(job, true)),
            Command::Unpause(job) => Ok(self.queue.set_paused(job, false)),
            Command::Stop(job) => Ok(self.stop(job)),
            Command::Cancel(job) => Ok(self.queue.cancel(job)),
            Command::Dismiss(job) => {
                self.queue.dismiss(job);
                Ok(None)
            }
            Command::Watch(request) => self.watch_folder(&request),
            Command::Unwatch(folder) => self.unwatch_folder(&folder),
            Command::Pin { image, is_pinned } => self.set_pinned(image, is_pinned),
            Command::Note { key, text } => {
                self.catalog.set_note(key, &text)?;
                Ok(None)
            }
        }
    }

    /// A run that has learned nothing yet has nothing to keep.
    fn stop(&mut self, job: JobId) -> Option<String> {
        let views = self.queue.views();
        let mut jobs = views.iter().filter(|view| view.id == job);
        let run = jobs.next().and_then(|view| self.run_of(view));
        let is_learning = run.is_some_and(|run| run.pace().is_some());
        if is_learning {
            self.queue.stop(job)
        } else {
            self.queue.cancel(job)
        }
    }

    /// The run that a job trains, once it has begun.
    pub fn run_of(&self, job: &JobView) -> Option<&RunLog> {
        let id = job.job.kind().run_id()?;
        self.runs().iter().find(|run| run.info.id == id)
    }

    fn edit(&mut self, edit: &Edit) -> Result<Option<String>> {
        let applied = self.catalog.edit(edit)?;
        let text = applied.as_ref().map(|applied| applied.text.clone());
        self.follow(applied)?;
        Ok(text)
    }

    fn after_history_step(
        &mut self,
        applied: Option<Applied>,
        words: StepWords,
    ) -> Result<Option<String>> {
        let text = applied.as_ref().map_or_else(
            || words.nothing.to_owned(),
            |applied| format!("{}: {}", words.done, with_small_initial(&applied.text)),
        );
        self.follow(applied)?;
        Ok(Some(text))
    }

    /// Brings the snapshot and the history's names to after the step.
    fn follow(&mut self, applied: Option<Applied>) -> Result<()> {
        let Some(applied) = applied else {
            return Ok(());
        };
        self.name_history()?;
        if !applied.follows(&self.snapshot) {
            // An import has added rows that the snapshot does not show yet.
            return self.reload();
        }
        // Mostly no view holds the snapshot between frames, and then nothing is copied.
        let mut snapshot = Arc::unwrap_or_clone(mem::take(&mut self.snapshot));
        applied.update(&mut snapshot);
        self.snapshot = Arc::new(snapshot);
        Ok(())
    }

    fn reload(&mut self) -> Result<()> {
        let began = Instant::now();
        self.snapshot = Arc::new(self.catalog.snapshot()?);
        self.loaded = (Instant::now(), began.elapsed());
        self.is_stale = false;
        Ok(())
    }

    fn name_history(&mut self) -> Result<()> {
        self.history = History {
            undo: self.catalog.undo_text()?,
            redo: self.catalog.redo_text()?,
        };
        Ok(())
    }

    fn watch_folder(&mut self, request: &WatchRequest) -> Result<Option<String>> {
        let Self {
            watched,
            project,
            catalog,
            waker,
            ..
        } = self;
        watched.add(request, project, catalog, waker)?;
        Ok(Some(format!("Watching {}", request.folder.display())))
    }

    fn unwatch_folder(&mut self, folder: &Path) -> Result<Option<String>> {
        self.watched.remove(folder, &mut self.catalog)?;
        Ok(Some(format!("Not watching {} any more", folder.display())))
    }

    /// The folders that are watched, in the order in which they were chosen.
    pub fn watched(&self) -> Vec<WatchView> {
        self.watched.views()
    }

    fn begin(&mut self, job: Job) -> Result<Option<String>> {
        let Self {
            queue,
            project,
            catalog,
            ..
        } = self;
        queue.add(job, project, catalog)
    }

    /// Drains what the workers sent (call once a frame, never blocks), refreshes the run logs.
    ///
    /// # Errors
    /// `Catalog` if the catalog cannot be read any more. Failures of jobs are events.
    pub fn poll(&mut self) -> Result<Vec<Event>> {
        let Self {
            queue,
            project,
            catalog,
            ..
        } = self;
        let polled = queue.poll(project, catalog);
        if polled.has_new_rows || polled.has_ended {
            // An import is a step of the history.
            self.name_history()?;
        }
        self.is_stale |= polled.has_new_rows;
        let (at, took) = self.loaded;
        let patience = RELOAD_INTERVAL.max(took * RELOAD_TIME_PART);
        if self.is_stale && (polled.has_ended || at.elapsed() >= patience) {
            self.reload()?;
        }
        let Self {
            queue,
            project,
            catalog,
            watched,
            ..
        } = self;
        watched.import(&polled.events, (queue, project, catalog));
        self.watch.follow(polled.has_ended)?;
        Ok(polled.events)
    }

    /// Running first, then the newest ended ones.
    pub fn jobs(&self) -> Vec<JobView> {
        self.queue.views()
    }

    /// All runs of the project, also those of other processes; newest last.
    pub fn runs(&self) -> &[RunLog] {
        self.watch.runs()
    }

    /// Where the file of an image came from, if it came from the web; `None` also if that cannot be read.
    pub fn provenance(&self, image: &ImageRecord) -> Option<Provenance> {
        let content = ContentHash::from_hex(&image.hash)?;
        self.catalog.provenance(&content).ok().flatten()
    }

    /// What [`Command::Note`] kept; `None` also if it cannot be read: it is a convenience.
    pub fn note(&self, key: &str) -> Option<String> {
        self.catalog.note(key).ok().flatten()
    }

    /// Whether a scan has looked at any image; no if that cannot be read.
    pub fn has_scanned(&self) -> bool {
        self.catalog
            .has_facts(FactKind::Sharpness)
            .unwrap_or_default()
    }

    /// Undo's next text, for tooltips.
    pub fn undo_text(&self) -> Option<String> {
        self.history.undo.clone()
    }

    /// Redo's next text, for tooltips.
    pub fn redo_text(&self) -> Option<String> {
        self.history.redo.clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Before the jobs are waited for: whoever opens the project meanwhile waits, too.
        self.catalog.mark_leaving();
    }
}

/// "Undone: rejected 14 images".
pub fn with_small_initial(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}
