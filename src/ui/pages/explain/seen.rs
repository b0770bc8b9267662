//! Which images of the project the run that answers was trained on: what it says of them is what it remembers.

use crate::catalog::{ContentHash, ImageId, Snapshot};
use crate::run::RunLog;
use crate::run::lineage::{LineImages, TrainedOn, line_images};

/// Read once for each run.
#[derive(Default)]
pub struct SeenImages {
    run: Option<String>,
    trained_on: TrainedOn,
}

impl SeenImages {
    pub fn follow(&mut self, run: &RunLog) {
        if self.run.as_ref() == Some(&run.info.id) {
            return;
        }
        self.run = Some(run.info.id.clone());
        self.trained_on = match line_images(&run.dir, &run.info) {
            LineImages::Listed(list) => list,
            // Of runs of older versions nobody knows it image by image, and the run list says so.
            LineImages::TrainingSideOf(_) | LineImages::Unknown => TrainedOn::default(),
        };
    }

    /// Whether the run, or one that it started from, was trained on the image.
    pub fn has(&self, snapshot: &Snapshot, image: ImageId) -> bool {
        let content = snapshot
            .image(image)
            .and_then(|image| ContentHash::from_hex(&image.hash));
        content.is_some_and(|content| self.trained_on.contains(&content))
    }
}
