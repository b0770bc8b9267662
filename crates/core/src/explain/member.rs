//! The images that a finding is about, and one of them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::catalog::ImageId;
use crate::dataset::Sample;

/// Images that a run is asked about.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Of the set, as an evaluation names it.
    pub set: &'a str,
    /// Changes with the images of the set.
    pub data_version: &'a str,
    /// Their targets point into the run's classes.
    pub samples: &'a [Sample],
}

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
