//! Everything a front end can ask of a session.

use std::path::PathBuf;

use super::jobs::Job;
use crate::catalog::{Edit, ImageId};
use crate::collect::watch::WatchRequest;
use crate::jobs::JobId;

#[derive(Clone, Debug)]
pub enum Command {
    Edit(Edit),
    Undo,
    Redo,
    /// Starts the job, or lets it wait for its lane.
    Start(Box<Job>),
    /// `Pause` and `Stop` are for runs: one that is stopped keeps weights to use. `Cancel` is for anything, and at once.
    Pause(JobId),
    Unpause(JobId),
    Stop(JobId),
    Cancel(JobId),
    /// Takes an ended job off the list.
    Dismiss(JobId),
    /// Watches this folder from now on, beside others, also the next time the project is open.
    Watch(WatchRequest),
    /// Watches this folder no more.
    Unwatch(PathBuf),
    /// Watches this image while runs train, or no more.
    Pin {
        image: ImageId,
        is_pinned: bool,
    },
    /// Keeps a text for the next time the project is open.
    Note {
        key: &'static str,
        text: String,
    },
}

impl Command {
    /// `Command::start(Training::new(config))`
    pub fn start(job: impl Into<Job>) -> Self {
        Self::Start(Box::new(job.into()))
    }
}
