//! Keeps the logs of all runs up to date, whoever writes them: the window shows a run of the command line as it goes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::jobs::Waker;
use crate::jobs::watcher::Watcher;
use crate::project::Project;
use crate::run::{RunLog, list};

/// Looking costs a folder listing and a file size a run.
const INTERVAL: Duration = Duration::from_millis(250);
/// How soon a run of another process is noticed by a window that has nothing else to do.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct RunWatch {
    runs: Vec<RunLog>,
    looked: Option<Instant>,
    /// Set by the watcher: the frame that it wakes must look, however short ago the last look was.
    has_news: Arc<AtomicBool>,
    /// `None` if the system gave no thread: then runs of others are seen when something else happens.
    _watcher: Option<Watcher>,
}

impl RunWatch {
    /// `waker` is called when a run in the folder appears or grows.
    pub fn new(runs_dir: PathBuf, waker: Waker) -> Self {
        let has_news = Arc::new(AtomicBool::new(false));
        let theirs = Arc::clone(&has_news);
        let wake: Waker = Arc::new(move || {
            theirs.store(true, Ordering::Release);
            waker();
        });
        let watcher = Watcher::new("watch runs", WATCH_INTERVAL, wake, move || sizes(&runs_dir));
        Self {
            runs: Vec::new(),
            looked: None,
            has_news,
            _watcher: watcher
                .map_err(|error| tracing::error!("runs cannot be watched: {error}"))
                .ok(),
        }
    }

    /// Oldest first.
    pub fn runs(&self) -> &[RunLog] {
        &self.runs
    }

    /// Looks if it is time, or `now`. A run whose files cannot be read (yet) is left out and tried again.
    ///
    /// # Errors
    /// `Io` if the runs' folder cannot be listed.
    pub fn look(&mut self, project: &Project, now: bool) -> Result<()> {
        let is_due = self.has_news.swap(false, Ordering::Acquire) || now;
        if !is_due && self.looked.is_some_and(|at| at.elapsed() < INTERVAL) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        let mut known = std::mem::take(&mut self.runs);
        for id in list(project)? {
            match known.iter().position(|run| run.info.id == id) {
                Some(at) => {
                    let mut run = known.swap_remove(at);
                    if run.refresh().is_ok() {
                        self.runs.push(run);
                    }
                }
                None => self.runs.extend(RunLog::open(&project.run_dir(&id)).ok()),
            }
        }
        Ok(())
    }
}

/// Every run's folder with the sizes of the files that say how it stands, sorted.
fn sizes(runs_dir: &Path) -> Vec<(PathBuf, [u64; 3])> {
    let Ok(entries) = std::fs::read_dir(runs_dir) else {
        return Vec::new();
    };
    let size = |path: PathBuf| path.metadata().map_or(0, |found| found.len());
    let mut sizes: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .map(|run| {
            let files =
                ["run.toml", "metrics.jsonl", "warnings.jsonl"].map(|name| size(run.join(name)));
            (run, files)
        })
        .collect();
    sizes.sort();
    sizes
}
