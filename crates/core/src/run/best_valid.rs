//! Which validation images the weights of the best epoch are right about, one by one: two runs that were measured on the
//! same images are compared image by image, which says more than two accuracies.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;
use crate::catalog::{ImageId, Unit};
use crate::error::{Error, Result};
use crate::project::write_atomic;

/// Beside `best.safetensors`, as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BestValid {
    /// 1-based.
    pub epoch: u32,
    pub images: Vec<MeasuredImage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredImage {
    pub image: ImageId,
    /// What it stands or falls together with.
    pub unit: Option<Unit>,
    pub is_correct: bool,
}

impl BestValid {
    /// `None` where there is none: of a run of an older version, or one that has not measured an epoch.
    pub fn read(dir: &Path) -> Option<Self> {
        let bytes = fs::read(files::best_valid(dir)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let text = serde_json::to_vec(self).map_err(|error| Error::Invalid(error.to_string()))?;
        write_atomic(&files::best_valid(dir), &text)
    }
}
