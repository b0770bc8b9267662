//! The losses that the grid can be ordered by, read from what the best run's evaluations stored.
//!
//! Reading thousands of lines takes longer than a frame, so a worker does it, again whenever an evaluation was stored;
//! it also looks whether one was.

use std::path::Path;
use std::time::SystemTime;

use crate::evaluate::predictions::Predictions;
use crate::jobs::slot::Latest;
use crate::progress::Progress;
use crate::run::RunLog;
use crate::run::choice::best_run;
use crate::ui::context::ViewCtx;

use super::order::Losses;

/// The folder of stored evaluations is looked at no more often.
const LOOK_SECS: f64 = 1.0;

#[derive(Default)]
pub struct LossReader {
    worker: Option<Latest<String, Option<Losses>>>,
    /// Whose losses were asked for.
    run: Option<String>,
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

    fn set(&mut self, losses: Losses) {
        self.losses = losses;
        self.version += 1;
    }

    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>, now_secs: f64) {
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok(Some(losses))) => self.set(losses),
            // An evaluation that cannot be read is as none: its file says why when it is opened.
            Some(Err(_)) => self.set(Losses::default()),
            Some(Ok(None)) | None => {}
        }
        if self.looked_secs.is_some_and(|at| now_secs - at < LOOK_SECS) {
            return;
        }
        self.looked_secs = Some(now_secs);
        let runs = ctx.session.runs().iter();
        let run = best_run(runs.filter(|run| has_accuracy(run))).map(|run| run.info.id.clone());
        if run != self.run {
            self.run.clone_from(&run);
            // A new worker has read nothing yet, and the old one's answers are about another run.
            self.worker = None;
            self.set(Losses::default());
        }
        let Some(run) = run else { return };
        if self.worker.is_none() {
            self.worker = worker(ctx);
        }
        if let Some(worker) = &self.worker {
            worker.request(run);
        }
    }
}

/// Answers `None` as long as no evaluation was stored since it last read them.
fn worker(ctx: &ViewCtx<'_>) -> Option<Latest<String, Option<Losses>>> {
    let project = ctx.session.project().clone();
    let mut read = None;
    let work = move |run: String, _: &Progress| {
        let stored = modified(&project.run_dir(&run).join("predictions"));
        if stored == read {
            return Ok(None);
        }
        read = stored;
        let stored = Predictions::read_all(&project, &run)?;
        let images = stored.into_iter().flat_map(|stored| stored.images);
        let losses = images.filter_map(|image| Some((image.image?, image.loss)));
        Ok(Some(Losses::new(losses.collect())))
    };
    Latest::new("losses", ctx.waker.clone(), work)
        .map_err(|error| tracing::error!("no losses to order by: {error}"))
        .ok()
}

fn has_accuracy(run: &RunLog) -> bool {
    run.best_accuracy().is_some()
}

fn modified(folder: &Path) -> Option<SystemTime> {
    folder.metadata().ok()?.modified().ok()
}
