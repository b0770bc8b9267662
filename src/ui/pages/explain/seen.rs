//! Which images of the project the run that answers was trained on: what it says of them is what it remembers.

use std::path::PathBuf;

use crate::catalog::{ContentHash, ImageId, Snapshot};
use crate::jobs::slot::Latest;
use crate::run::lineage::{LineImages, TrainedOn, line_images};
use crate::run::{RunInfo, RunLog};
use crate::ui::context::ViewCtx;

/// A run's folder and what is known about it.
type Request = (PathBuf, RunInfo);

/// Read once for each run, by a worker: the list of a large project is a megabyte.
#[derive(Default)]
pub struct SeenImages {
    worker: Option<Latest<Request, TrainedOn>>,
    run: Option<String>,
    trained_on: TrainedOn,
}

impl SeenImages {
    /// Once a frame.
    pub fn follow(&mut self, ctx: &ViewCtx<'_>, run: &RunLog) {
        if self.run.as_ref() != Some(&run.info.id) {
            self.run = Some(run.info.id.clone());
            self.trained_on = TrainedOn::default();
            self.request(ctx, run);
        }
        if let Some(Ok(list)) = self.worker.as_ref().and_then(Latest::take) {
            self.trained_on = list;
        }
    }

    fn request(&mut self, ctx: &ViewCtx<'_>, run: &RunLog) {
        // A new worker, so that no answer about the run before comes after this.
        let worker = Latest::new(
            "seen images",
            ctx.waker.clone(),
            |(dir, info): Request, _| {
                Ok(match line_images(&dir, &info) {
                    LineImages::Listed(list) => list,
                    // Of runs of older versions nobody knows it image by image, and the run list says so.
                    LineImages::TrainingSideOf(_) | LineImages::Unknown => TrainedOn::default(),
                })
            },
        );
        self.worker = worker
            .map_err(|error| tracing::error!("nobody can say what the run has seen: {error}"))
            .ok();
        if let Some(worker) = &self.worker {
            worker.request((run.dir.clone(), run.info.clone()));
        }
    }

    /// Whether the run, or one that it started from, was trained on the image.
    pub fn has(&self, snapshot: &Snapshot, image: ImageId) -> bool {
        let content = snapshot
            .image(image)
            .and_then(|image| ContentHash::from_hex(&image.hash));
        content.is_some_and(|content| self.trained_on.contains(&content))
    }
}
