//! What a run's evaluation of a set stored, and the numbers that follow: read by a worker, again whenever an evaluation was
//! stored or a decision changed what is in the set.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::dataset::twins;
use crate::error::{Error, Result};
use crate::evaluate::set::file_version;
use crate::evaluate::{EvaluationSet, Predictions};
use crate::jobs::slot::Latest;
use crate::progress::Progress;
use crate::project::Project;
use crate::report::Evaluation;
use crate::run::RunLog;
use crate::session::Job;
use crate::ui::context::ViewCtx;

/// A run, a set, and everything that makes what was read of them old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub run: String,
    pub set: String,
    epoch: Option<u32>,
    /// Of the snapshot.
    version: u64,
    /// Evaluations that have ended in this window.
    ended: usize,
}

/// A stored evaluation.
pub struct Measured {
    pub predictions: Predictions,
    pub evaluation: Evaluation,
    /// Names of the thumbnails of images outside the project, by place; empty for the project's own.
    pub file_keys: Vec<String>,
    /// Why the numbers are not what the run's best weights would say of the set now.
    pub stale: Option<&'static str>,
}

#[derive(Default)]
pub struct Reader {
    worker: Option<Latest<Request, Answer>>,
    requested: Option<Request>,
    shown: Option<Answer>,
    /// Why the newest request failed.
    pub failure: Option<String>,
    /// Grows with every answer.
    pub version: u64,
}

struct Answer {
    request: Request,
    /// `None`: the set was not measured yet.
    measured: Option<Arc<Measured>>,
}

impl Request {
    pub fn new(ctx: &ViewCtx<'_>, run: &RunLog, set: &str) -> Self {
        let jobs = ctx.session.jobs();
        let ended = jobs
            .iter()
            .filter(|view| matches!(*view.job, Job::Evaluate(_)) && !view.is_running());
        Self {
            run: run.info.id.clone(),
            set: set.to_owned(),
            epoch: run.best_epoch(),
            version: ctx.snapshot().version,
            ended: ended.count(),
        }
    }
}

impl Reader {
    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>, request: Request) {
        if self.requested.as_ref() != Some(&request) {
            if self.worker.is_none() {
                let project = ctx.session.project().clone();
                let work = move |request: Request, progress: &Progress| {
                    let measured = read(&project, &request, progress)?;
                    Ok(Answer { request, measured })
                };
                self.worker = Latest::new("evaluation", ctx.waker.clone(), work)
                    .map_err(|error| self.failure = Some(error.to_string()))
                    .ok();
            }
            if let Some(worker) = &self.worker {
                worker.request(request.clone());
            }
            self.requested = Some(request);
        }
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok(answer)) => {
                self.failure = None;
                self.shown = Some(answer);
                self.version += 1;
            }
            Some(Err(error)) => {
                self.failure = Some(error.to_string());
                self.shown = None;
                self.version += 1;
            }
            None => {}
        }
    }

    /// Of the requested run and set, maybe from before the last decision.
    pub fn measured(&self) -> Option<Arc<Measured>> {
        let requested = self.requested.as_ref()?;
        let shown = self.shown.as_ref()?;
        let is_same = shown.request.run == requested.run && shown.request.set == requested.set;
        shown.measured.clone().filter(|_| is_same)
    }

    /// True until it is known whether the set was measured.
    pub fn is_reading(&self) -> bool {
        let known = self.shown.as_ref().map(|answer| &answer.request);
        let is_same = |known: &Request| {
            let requested = self.requested.as_ref();
            requested.is_some_and(|new| new.run == known.run && new.set == known.set)
        };
        self.failure.is_none() && !known.is_some_and(is_same)
    }
}

fn read(
    project: &Project,
    request: &Request,
    progress: &Progress,
) -> Result<Option<Arc<Measured>>> {
    let predictions = match Predictions::read(project, &request.run, &request.set) {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let run = RunLog::open(&project.run_dir(&request.run))?;
    let mut snapshot = Catalog::open_read_only(project)?.snapshot()?;
    twins::complete(&mut snapshot, progress)?;
    let set = EvaluationSet::of(&snapshot, &request.set, &run.info.classes, progress);
    let stale = match set {
        _ if predictions.info.best_epoch != run.best_epoch() => {
            Some("The run has better weights since")
        }
        Ok(set) if predictions.info.is_current(&run, &set) => None,
        Ok(_) => Some("The images of the set, or their classes, have changed since"),
        Err(_) => Some("The set is not there any more"),
    };
    let file_keys = predictions
        .images
        .iter()
        .map(|image| match image.image {
            Some(_) => String::new(),
            None => file_version(&image.path),
        })
        .collect();
    Ok(Some(Arc::new(Measured {
        evaluation: predictions.evaluation(&snapshot),
        predictions,
        file_keys,
        stale,
    })))
}
