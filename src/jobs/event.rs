//! What jobs tell a front end.

use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::import::ImportReport;
use crate::progress::Warning;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct JobId(pub u64);

#[derive(Clone, Debug)]
pub enum Outcome {
    Imported(ImportReport),
    Trained {
        run_id: String,
        accuracy: f64,
    },
    Evaluated {
        run_id: String,
    },
    /// `licence`: as the hub names it, if it does.
    Downloaded {
        path: PathBuf,
        licence: Option<String>,
    },
    /// `suggested`: `None` if the loss exploded before anything could be said.
    LrFound {
        suggested: Option<f64>,
    },
}

#[derive(Clone, Debug)]
pub enum Event {
    Started {
        job: JobId,
        title: String,
    },
    Finished {
        job: JobId,
        title: String,
        outcome: Outcome,
        warnings: Vec<Warning>,
    },
    Cancelled {
        job: JobId,
        title: String,
    },
    /// `message`: one line with the remedy.
    Failed {
        job: JobId,
        title: String,
        message: String,
    },
}
