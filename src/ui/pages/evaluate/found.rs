//! What the searches for shortcuts have kept with a run: read by a worker, again whenever one of them has ended.

use std::io::ErrorKind;

use crate::error::{Error, Result};
use crate::explain::background::Background;
use crate::explain::clusters::Clusters;
use crate::jobs::slot::Latest;
use crate::progress::Progress;
use crate::session::Job;
use crate::ui::context::ViewCtx;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    run: String,
    set: String,
    /// Searches that have ended in this window.
    ended: usize,
}

/// `None` of what was not looked for yet.
#[derive(Default)]
pub struct Found {
    pub background: Option<Background>,
    pub clusters: Option<Clusters>,
}

struct Answer {
    request: Request,
    found: Found,
}

#[derive(Default)]
pub struct FoundReader {
    worker: Option<Latest<Request, Answer>>,
    requested: Option<Request>,
    shown: Option<Answer>,
    /// Why the newest request failed.
    pub failure: Option<String>,
}

impl FoundReader {
    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>, run: &str, set: &str) {
        let jobs = ctx.session.jobs();
        let ended = jobs.iter().filter(|view| {
            matches!(*view.job, Job::Background(_) | Job::ClusterMaps(_)) && !view.is_running()
        });
        let request = Request {
            run: run.to_owned(),
            set: set.to_owned(),
            ended: ended.count(),
        };
        if self.requested.as_ref() != Some(&request) {
            if self.worker.is_none() {
                let project = ctx.session.project().clone();
                let work = move |request: Request, _progress: &Progress| {
                    let (run, set) = (&request.run, &request.set);
                    let found = Found {
                        background: if_kept(Background::read(&project, run, set))?,
                        clusters: if_kept(Clusters::read(&project, run, set))?,
                    };
                    Ok(Answer { request, found })
                };
                self.worker = Latest::new("shortcuts", ctx.waker.clone(), work)
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
            }
            Some(Err(error)) => {
                self.failure = Some(error.to_string());
                self.shown = None;
            }
            None => {}
        }
    }

    /// Of the requested run and set, maybe from before the search that has just ended.
    pub fn found(&self) -> Option<&Found> {
        let requested = self.requested.as_ref()?;
        let shown = self.shown.as_ref()?;
        let is_same = shown.request.run == requested.run && shown.request.set == requested.set;
        is_same.then_some(&shown.found)
    }
}

fn if_kept<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}
