//! What a split gives away: `leaks`.

use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::{ImageRecord, Snapshot};
use crate::curate::leak::{Evidence, LeakTwin, Leaks};

/// The document of `leaks --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeaksDocument {
    /// Share of the validation images that have a twin in training, 0 to 1; at least so many where images could not be
    /// compared. `null`: not known, because of these.
    pub contamination: Option<f64>,
    /// Whether training refuses the split.
    pub is_leaking: bool,
    pub valid_images: usize,
    /// One of each validation image that has one.
    pub twins: Vec<TwinRow>,
    /// Images that could not be compared by their content.
    pub unscanned: usize,
    /// Cosine from which features are evidence; `null` where it cannot be told, with a single film for instance.
    pub least_cosine: Option<f64>,
}

/// A validation image and a training image that gives it away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TwinRow {
    pub valid: PathBuf,
    pub train: PathBuf,
    /// Such as `drakes:3`; `null` for an image of no scene.
    pub valid_scene: Option<String>,
    pub train_scene: Option<String>,
    pub evidence: Evidence,
    /// 0 to 1; of what, says [`Evidence`].
    pub score: f64,
}

impl LeaksDocument {
    pub fn of(snapshot: &Snapshot, leaks: &Leaks) -> Self {
        let leakage = leaks.leakage();
        let twins = leaks.twins.iter();
        Self {
            contamination: leaks.contamination(),
            is_leaking: leakage.is_leaking(),
            valid_images: leaks.valid_images,
            twins: twins
                .filter_map(|twin| TwinRow::of(snapshot, twin))
                .collect(),
            unscanned: leaks.unscanned,
            least_cosine: leaks.least_cosine,
        }
    }
}

impl TwinRow {
    /// `None` for an image that is no more in the snapshot.
    pub fn of(snapshot: &Snapshot, twin: &LeakTwin) -> Option<Self> {
        let (valid, train) = (snapshot.image(twin.valid)?, snapshot.image(twin.train)?);
        let scene = |image: &ImageRecord| {
            let scene = snapshot.scene(image.scene?)?;
            Some(snapshot.scene_name(scene))
        };
        Some(Self {
            valid: valid.path.clone(),
            train: train.path.clone(),
            valid_scene: scene(valid),
            train_scene: scene(train),
            evidence: twin.evidence,
            score: twin.score,
        })
    }
}
