//! What the best run says of the images, read from what its evaluations stored: the grid can be ordered by it, the map
//! colored, and the inspector names it.
//!
//! Reading thousands of lines takes longer than a frame, so a worker does it, again whenever an evaluation was stored;
//! it also looks whether one was.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::evaluate::predictions::Predictions;
use crate::jobs::slot::Latest;
use crate::progress::Progress;
use crate::run::RunLog;
use crate::run::choice::best_run;
use crate::ui::context::ViewCtx;
use crate::ui::widgets::weights::Weights;

use super::order::{Said, Verdict};

/// The folder of stored evaluations is looked at no more often.
const LOOK_SECS: f64 = 1.0;

#[derive(Default)]
pub struct SaidReader {
    worker: Option<Latest<String, Option<Said>>>,
    /// Who was asked.
    run: Option<String>,
    looked_secs: Option<f64>,
    said: Said,
    weights: Option<Weights>,
    /// Grows when they change.
    version: u64,
}

impl SaidReader {
    pub fn said(&self) -> &Said {
        &self.said
    }

    /// Whose words these are.
    pub fn weights(&self) -> Option<&Weights> {
        self.weights.as_ref()
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    fn set(&mut self, said: Said) {
        self.said = said;
        self.version += 1;
    }

    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>, now_secs: f64) {
        match self.worker.as_ref().and_then(Latest::take) {
            Some(Ok(Some(said))) => self.set(said),
            // An evaluation that cannot be read is as none: its file says why when it is opened.
            Some(Err(_)) => self.set(Said::default()),
            Some(Ok(None)) | None => {}
        }
        if self.looked_secs.is_some_and(|at| now_secs - at < LOOK_SECS) {
            return;
        }
        self.looked_secs = Some(now_secs);
        let runs = ctx.session.runs().iter();
        let best = best_run(runs.filter(|run| has_accuracy(run)));
        self.weights = best.map(Weights::best);
        let run = best.map(|run| run.info.id.clone());
        if run != self.run {
            self.run.clone_from(&run);
            // A new worker has read nothing yet, and the old one's answers are about another run.
            self.worker = None;
            self.set(Said::default());
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
fn worker(ctx: &ViewCtx<'_>) -> Option<Latest<String, Option<Said>>> {
    let project = ctx.session.project().clone();
    let mut read = None;
    let work = move |run: String, _: &Progress| {
        let stored = modified(&project.run_dir(&run).join("predictions"));
        if stored == read {
            return Ok(None);
        }
        read = stored;
        let stored = Predictions::read_all(&project, &run)?;
        let mut said = BTreeMap::new();
        for stored in stored {
            let classes: Vec<Arc<str>> = stored
                .info
                .classes
                .iter()
                .map(|class| class.as_str().into())
                .collect();
            for image in stored.images {
                let prob = image
                    .probs
                    .get(image.predicted)
                    .copied()
                    .unwrap_or_default();
                if let (Some(id), Some(class)) = (image.image, classes.get(image.predicted)) {
                    let verdict = Verdict {
                        class: Arc::clone(class),
                        prob,
                        is_correct: image.is_correct(),
                        loss: image.loss,
                    };
                    said.insert(id, verdict);
                }
            }
        }
        Ok(Some(Said::new(said)))
    };
    Latest::new("predictions", ctx.waker.clone(), work)
        .map_err(|error| tracing::error!("no predictions in Cull: {error}"))
        .ok()
}

fn has_accuracy(run: &RunLog) -> bool {
    run.best_accuracy().is_some()
}

fn modified(folder: &Path) -> Option<SystemTime> {
    folder.metadata().ok()?.modified().ok()
}
