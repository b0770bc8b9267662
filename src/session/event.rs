//! What a session tells a front end of its jobs.

use std::sync::Arc;

use super::jobs::Job;
use crate::jobs::JobId;
use crate::progress::Warning;

#[derive(Clone, Debug)]
pub enum Event {
    Started {
        id: JobId,
        title: String,
    },
    /// `job`: with what it has brought.
    Finished {
        id: JobId,
        title: String,
        job: Arc<Job>,
        warnings: Vec<Warning>,
    },
    Cancelled {
        id: JobId,
        title: String,
    },
    /// `message`: one line with the remedy.
    Failed {
        id: JobId,
        title: String,
        message: String,
    },
}
