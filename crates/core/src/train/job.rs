//! What a run is made of and what it comes to: values, not handles, so that a job can own them.

use std::path::PathBuf;

use crate::catalog::{Catalog, ImageId, Snapshot};
use crate::dataset::source_weights::balance_sources;
use crate::dataset::{Leakage, Split};
use crate::pins::PinnedNow;
use crate::predict::live::LiveNets;
use crate::project::Project;
use crate::run::config::TrainConfig;

/// Gathered before the worker starts.
#[derive(Clone, Debug)]
pub struct TrainJob {
    pub project: Project,
    pub config: TrainConfig,
    pub split: Split,
    pub kept: KeptEpoch,
    /// Of the split, as [`crate::curate::Leaks`] finds it by time and by hash. A new run is refused if it leaks and the
    /// config does not allow it; whoever makes no new run leaves it empty.
    pub leakage: Leakage,
    pub watch: Watch,
}

/// Who looks at the run's net while it trains. Nothing of it changes a number of the run.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Where copies of the net are left.
    pub live: LiveNets,
    /// What the net says of these after each epoch is recorded.
    pub pins: PinnedNow,
}

impl Watch {
    /// With the pinned images of the project.
    pub fn of(catalog: &Catalog, snapshot: &Snapshot) -> Self {
        Self {
            pins: PinnedNow::of(catalog, snapshot),
            ..Self::default()
        }
    }
}

/// Which epoch's weights a run keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptEpoch {
    /// The most accurate one on validation.
    #[default]
    Best,
    /// Whatever validation says, so that its accuracy is of images that nothing was chosen by.
    Last,
}

impl TrainJob {
    /// As training sees it: with the copies of upsampled sources among the training images, and these weighed where sources
    /// are balanced.
    #[must_use]
    pub fn ready(&self) -> Self {
        let mut split = self.split.clone().with_copies();
        if self.config.balance.is_of_sources() {
            balance_sources(&mut split.train, self.config.balance.is_of_classes());
        }
        Self {
            split,
            ..self.clone()
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    pub id: String,
    pub dir: PathBuf,
    pub accuracy: f64,
    pub best_epoch: u32,
    /// Of the last epoch, in the order of the set; empty if a resumed run had nothing left to do.
    pub last_validation: Vec<Measured>,
}

/// A validation image, and whether its class was predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// `None` outside a project.
    pub image: Option<ImageId>,
    pub is_correct: bool,
}
