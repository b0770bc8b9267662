//! One image of those that a finding is about.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::catalog::ImageId;
use crate::dataset::Sample;

/// Which image it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// `None` of an image outside the project.
    pub image: Option<ImageId>,
    pub path: PathBuf,
}

impl From<&Sample> for Member {
    fn from(sample: &Sample) -> Self {
        Self {
            image: sample.image,
            path: sample.path.clone(),
        }
    }
}
