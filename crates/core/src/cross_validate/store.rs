//! Results of folds on disk: a line each, so that what is done stays done.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::fold::HeldOut;
use crate::catalog::ImageId;
use crate::error::{Error, Result};
use crate::project::write_atomic;

/// What one fold came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FoldResult {
    pub repeat: usize,
    pub fold: usize,
    /// In the order of training.
    pub stages: Vec<StageResult>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StageResult {
    pub stage: u8,
    /// Held-out images, and whether their class was predicted.
    pub images: Vec<(ImageId, bool)>,
    pub sets: Vec<SetResult>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SetResult {
    pub set: String,
    pub n: usize,
    pub correct: usize,
}

pub(super) struct Store {
    path: PathBuf,
    /// Where the runs of the fold at hand lie.
    pub runs: PathBuf,
    pub results: Vec<FoldResult>,
}

impl Store {
    /// With what was done before, in the folder `dir`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).map_err(Error::io("make the folder", dir))?;
        let path = dir.join("folds.jsonl");
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.map_err(Error::io("read the results", &path))?,
        };
        // A line that cannot be read is a fold that is not done.
        let lines = text.lines().map(serde_json::from_str);
        let results: Vec<FoldResult> = lines.map_while(std::result::Result::ok).collect();
        let runs = dir.join("runs");
        Ok(Self {
            path,
            runs,
            results,
        })
    }

    pub fn has(&self, fold: &HeldOut) -> bool {
        let mut results = self.results.iter();
        results.any(|done| (done.repeat, done.fold) == (fold.repeat, fold.fold))
    }

    /// Writes all of them anew: there are few, and a torn line would spoil the next one.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn add(&mut self, result: FoldResult) -> Result<()> {
        self.results.push(result);
        let mut text = String::new();
        for result in &self.results {
            let line = serde_json::to_string(result);
            text.push_str(&line.map_err(|error| Error::Invalid(error.to_string()))?);
            text.push('\n');
        }
        write_atomic(&self.path, text.as_bytes())
    }
}
