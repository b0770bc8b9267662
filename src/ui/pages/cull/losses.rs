//! The losses that the grid can be ordered by, read from what the best run's evaluations stored.
//!
//! Reading thousands of lines takes longer than a frame, so a worker does it, again whenever an evaluation was stored.

use std::path::Path;
use std::time::SystemTime;

use crate::evaluate::predictions::Predictions;
use crate::jobs::slot::Latest;
use crate::run::RunLog;
use crate::run::choice::best_run;
use crate::ui::context::ViewCtx;

use super::order::Losses;

/// Looks at the folder of stored evaluations at most this often.
const LOOK_SECS: f64 = 1.0;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    run: String,
    /// When an evaluation was stored last.
    stored: SystemTime,
}

#[derive(Default)]
pub struct LossReader {
    worker: Option<Latest<Request, Losses>>,
    requested: Option<Request>,
    looked_secs: Option<f64>,
    losses: Losses,
    /// Grows when the losses change.
    version: u64,
}

impl LossReader {
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>, now_secs: f64) {
        if let Some(answer) = self.worker.as_ref().and_then(Latest::take) {
            // An evaluation that cannot be read is as none: its file says why when it is opened.
            self.losses = answer.unwrap_or_default();
            self.version += 1;
        }
        if self.looked_secs.is_some_and(|at| now_secs - at < LOOK_SECS) {
            return;
        }
        self.looked_secs = Some(now_secs);
        let project = ctx.session.project();
        let request = best_run(ctx.session.runs().iter().filter(|run| has_accuracy(run)))
            .map(|run| run.info.id.clone())
            .and_then(|run| {
                let folder = project.run_dir(&run).join("predictions");
                let stored = modified(&folder)?;
                Some(Request { run, stored })
            });
        if request == self.requested {
            return;
        }
        self.requested.clone_from(&request);
        let Some(request) = request else {
            self.losses = Losses::default();
            self.version += 1;
            return;
        };
        if self.worker.is_none() {
            let project = project.clone();
            self.worker = Latest::new("losses", ctx.waker.clone(), move |request: Request, _| {
                let stored = Predictions::read_all(&project, &request.run)?;
                let images = stored.into_iter().flat_map(|stored| stored.images);
                let losses = images.filter_map(|image| Some((image.image?, image.loss)));
                Ok(Losses::new(losses.collect()))
            })
            .map_err(|error| tracing::error!("no losses to order by: {error}"))
            .ok();
        }
        if let Some(worker) = &self.worker {
            worker.request(request);
        }
    }
}

fn has_accuracy(run: &RunLog) -> bool {
    run.best_accuracy().is_some()
}

fn modified(folder: &Path) -> Option<SystemTime> {
    folder.metadata().ok()?.modified().ok()
}
