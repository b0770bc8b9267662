//! Keeps the logs of all runs up to date, whoever writes them: the window shows a run of the command line as it goes.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::project::Project;
use crate::train::run_log::{RunLog, RunStatus, list};

/// Looking costs a folder listing and a file size a run.
const INTERVAL: Duration = Duration::from_millis(250);

pub(super) struct RunWatch {
    runs: Vec<RunLog>,
    looked: Option<Instant>,
}

impl RunWatch {
    pub fn new() -> Self {
        Self {
            runs: Vec::new(),
            looked: None,
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
        if !now && self.looked.is_some_and(|at| at.elapsed() < INTERVAL) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        let mut known = std::mem::take(&mut self.runs);
        for id in list(project)? {
            match known.iter().position(|run| run.info.id == id) {
                Some(at) => {
                    let mut run = known.swap_remove(at);
                    let is_over = matches!(run.status, RunStatus::Finished | RunStatus::Failed);
                    if is_over || run.refresh().is_ok() {
                        self.runs.push(run);
                    }
                }
                None => self.runs.extend(RunLog::open(&project.run_dir(&id)).ok()),
            }
        }
        Ok(())
    }
}
