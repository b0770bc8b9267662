//! One labelled image of a training, validation or test set.

use std::path::PathBuf;

use crate::catalog::{ImageId, Unit};
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
    /// Index into the set's sorted class names.
    pub target: u32,
}
