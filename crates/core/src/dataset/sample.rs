//! One labelled image of a training, validation or test set.

use std::path::PathBuf;

use crate::catalog::{ImageId, SourceId, Unit};
use crate::media::recipe::Recipe;

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// `None` for images outside the project (a folder given to `evaluate`).
    pub image: Option<ImageId>,
    /// What it shares a side of the split with; `None` as for `image`.
    pub unit: Option<Unit>,
    pub path: PathBuf,
    /// How the image is made from the file.
    pub recipe: Recipe,
    /// `None` as for `image`.
    pub source: Option<SourceId>,
    /// How much it counts in the loss, beside what its class does; 1 unless sources are balanced.
    pub weight: f32,
    /// Index into the set's sorted class names.
    pub target: u32,
}
