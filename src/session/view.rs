//! A job as front ends see it, for the status bar, cards and pages.

use std::sync::Arc;

use super::jobs::Job;
use crate::collect::watch::WatchRequest;
use crate::jobs::JobId;
use crate::progress::{ProgressState, Warning};

/// A job that is running or ended lately.
#[derive(Clone, Debug)]
pub struct JobView {
    pub id: JobId,
    pub title: String,
    /// What it was asked for, and what has come of it so far, also if it was cancelled.
    pub job: Arc<Job>,
    pub progress: ProgressState,
    pub is_paused: bool,
    pub state: JobState,
    pub warnings: Vec<Warning>,
}

impl JobView {
    /// Also while it waits for its turn.
    pub fn is_running(&self) -> bool {
        self.state == JobState::Running
    }
}

/// A folder that is watched, as front ends see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchView {
    pub request: WatchRequest,
    /// Images that came in since it is watched.
    pub added: usize,
    pub unreadable: usize,
    /// Why the folder cannot be looked through just now.
    pub problem: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Also while it waits for one of its lane to end; its stage says so.
    Running,
    Done {
        summary: String,
    },
    Cancelled,
    Failed {
        message: String,
    },
}
