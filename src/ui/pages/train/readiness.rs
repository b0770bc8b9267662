//! Whether a run can begin, and what is in the way.

use super::progress_ui::busy_with;
use crate::dataset::split::{self, Split};
use crate::session::{Job, Session};
use crate::ui::page::Page;

/// Whether there is something to train on; worked out once for each version of the catalog.
#[derive(Default)]
pub struct Readiness {
    version: Option<u64>,
    pub train: usize,
    pub valid: usize,
    pub classes: usize,
    /// Of the split that a run would have now.
    pub split_hash: Option<String>,
}

/// Why no run can begin, and where it is mended.
pub struct Obstacle {
    pub text: String,
    pub remedy: Option<(&'static str, Page)>,
}

impl Readiness {
    pub fn follow(&mut self, session: &Session) {
        let snapshot = session.snapshot();
        if self.version == Some(snapshot.version) {
            return;
        }
        let counts = split::counts(snapshot);
        *self = Self {
            version: Some(snapshot.version),
            split_hash: Split::of(snapshot).ok().map(|split| split.hash),
            train: counts.iter().map(|class| class.train).sum(),
            valid: counts.iter().map(|class| class.valid).sum(),
            classes: counts
                .iter()
                .filter(|class| class.train + class.valid > 0)
                .count(),
        };
    }

    pub fn is_ready(&self, session: &Session) -> bool {
        self.obstacle(session).is_none()
    }

    pub fn obstacle(&self, session: &Session) -> Option<Obstacle> {
        let obstacle = |text: &str, remedy| {
            Some(Obstacle {
                text: text.to_owned(),
                remedy,
            })
        };
        if let Some(job) = busy_with(session) {
            let text = if matches!(*job, Job::FindLr(_)) {
                "A learning rate is being found. Cancel that, or wait until it is done."
            } else if matches!(*job, Job::Evaluate(_)) {
                "A run is being measured on a test set. Cancel that, or wait until it is done."
            } else {
                "A run is under way. Two at once would only slow each other: stop it, or wait until it is done."
            };
            return obstacle(text, None);
        }
        if self.classes < 2 {
            return obstacle(
                "Two classes are needed, at least. Bring in films or images of another one.",
                Some(("Go to Collect", Page::Collect)),
            );
        }
        if self.valid == 0 {
            return obstacle(
                "Nothing to measure on yet: put some scenes or images into validation first.",
                Some(("Go to Split", Page::Split)),
            );
        }
        if self.train == 0 {
            return obstacle(
                "Nothing to train on: every scene is in validation, or rejected.",
                Some(("Go to Split", Page::Split)),
            );
        }
        None
    }
}
