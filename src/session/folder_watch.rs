//! A folder that the open project watches: a thread looks for finished files, and each time some are there an import of
//! them begins. All that it brings is one step of the history, until that is undone.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::event::Event;
use super::jobs::Job;
use super::jobs::import_images::ImagesImport;
use super::view::WatchView;
use crate::catalog::Catalog;
use crate::catalog::import::{Found, ImportReport};
use crate::collect::watch::{FolderWatch, INTERVAL, WatchRequest};
use crate::error::{Error, Result};
use crate::jobs::watcher::Watcher;
use crate::jobs::{JobId, Waker};
use crate::progress::Progress;
use crate::project::Project;

/// What the thread has found and nobody has taken yet.
#[derive(Clone, Default, PartialEq)]
struct FoundSoFar {
    files: Vec<Found>,
    /// Why the folder cannot be looked through just now.
    problem: Option<String>,
}

pub(super) struct WatchedFolder {
    pub request: WatchRequest,
    /// Of all imports so far.
    pub report: ImportReport,
    found: Arc<Mutex<FoundSoFar>>,
    /// The import that is going on.
    import: Option<JobId>,
    _watcher: Watcher,
}

impl WatchedFolder {
    /// A folder that is not there just now is looked for again.
    ///
    /// # Errors
    /// `Invalid` if the source's name is taken; `Io` if the system gives no thread.
    pub fn begin(
        request: &WatchRequest,
        project: &Project,
        catalog: &Catalog,
        waker: &Waker,
    ) -> Result<Self> {
        let known = catalog.known_origins(&request.import())?;
        Self::start(request, project, known, waker)
    }

    fn start(
        request: &WatchRequest,
        project: &Project,
        known: BTreeSet<String>,
        waker: &Waker,
    ) -> Result<Self> {
        let found = Arc::new(Mutex::new(FoundSoFar::default()));
        let theirs = Arc::clone(&found);
        let mut watch = FolderWatch::new(request.clone(), project.root(), known);
        let quiet = Progress::silent();
        let mut last = FoundSoFar::default();
        let look = move || {
            let looked = watch.look(Instant::now(), &quiet);
            let mut found = theirs.lock().unwrap_or_else(PoisonError::into_inner);
            match looked {
                Ok(ready) => {
                    found.files.extend(ready);
                    found.problem = None;
                }
                Err(error) => found.problem = Some(error.to_string()),
            }
            let has_news = *found != last;
            last.clone_from(&found);
            has_news
        };
        let watcher = Watcher::new("watch folder", INTERVAL, Arc::clone(waker), look)?;
        // Not only after the first interval.
        watcher.look_now(Duration::ZERO);
        Ok(Self {
            request: request.clone(),
            report: ImportReport::default(),
            found,
            import: None,
            _watcher: watcher,
        })
    }

    pub fn view(&self) -> WatchView {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        WatchView {
            request: self.request.clone(),
            added: self.report.added,
            unreadable: self.report.unreadable,
            problem: found.problem.clone(),
        }
    }

    /// The import of what is new, if none is going on.
    pub fn next_import(&self) -> Option<Job> {
        if self.import.is_some() {
            return None;
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if found.files.is_empty() {
            return None;
        }
        let files = std::mem::take(&mut found.files);
        let import = ImagesImport::of_found(self.request.import(), files, self.report.clone());
        Some(import.into())
    }

    /// Why the import could not begin; it is tried again with what comes next.
    pub fn fail(&self, error: &Error) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.problem = Some(error.to_string());
    }

    pub fn began(&mut self, job: JobId) {
        self.import = Some(job);
    }

    /// Takes the news of its own import.
    pub fn follow(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Finished { id, job, .. } if Some(*id) == self.import => {
                    if let Job::ImportImages(import) = &**job {
                        self.report = import.report.clone();
                    }
                    self.import = None;
                }
                // Undone meanwhile, perhaps: what comes next is a step of its own.
                Event::Failed { id, .. } | Event::Cancelled { id, .. }
                    if Some(*id) == self.import =>
                {
                    self.report.step = None;
                    self.import = None;
                }
                _other => {}
            }
        }
    }
}
