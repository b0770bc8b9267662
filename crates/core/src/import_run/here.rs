//! The project that runs come into: whether they belong there, and what they are called in it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::place::NewRun;
use crate::catalog::{ContentHash, ImageRecord, Snapshot};
use crate::dataset::Split;
use crate::error::{Error, Result};
use crate::progress::{Progress, Warning};
use crate::project::Project;
use crate::run::lineage::TrainedOn;
use crate::run::{MeasuredImage, RunInfo, RunLog, warnings};

/// The document of `import-run --json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Imported {
    pub imported: Vec<ImportedRun>,
    /// Ids of runs that were in the project already.
    pub known: Vec<String>,
    /// Of those whose weights were missing or damaged there, and are as they were again.
    pub restored: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportedRun {
    /// In the project.
    pub run: String,
    /// In the job; another one only if the project had a run of that name.
    pub was: String,
    pub accuracy: Option<f64>,
    pub interval: Option<[f64; 2]>,
    /// Whether it was trained on the split that the project has now.
    pub is_same_split: bool,
    /// Of weights that PyTorch has made: images that they were checked by, and by how much a logit differed at most.
    pub checked: Option<Checked>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Checked {
    pub images: usize,
    pub difference: f32,
}

/// What the project has, for runs that come into it.
pub struct Here<'a> {
    pub project: &'a Project,
    pub snapshot: &'a Snapshot,
    /// `None`: it has none as it stands.
    pub split_hash: Option<String>,
    pub by_hash: BTreeMap<&'a str, &'a ImageRecord>,
}

impl<'a> Here<'a> {
    pub fn of(project: &'a Project, snapshot: &'a Snapshot) -> Self {
        let split = Split::of(snapshot).ok();
        let images = snapshot.images.iter();
        Self {
            project,
            snapshot,
            split_hash: split.map(|split| split.hash),
            by_hash: images.map(|image| (image.hash.as_str(), image)).collect(),
        }
    }

    /// Refuses a run of which no training image is in the project, and tells of one of another split.
    pub fn check(&self, info: &RunInfo, trained_on: &TrainedOn) -> Result<Option<Warning>> {
        let here = self
            .by_hash
            .keys()
            .filter_map(|hash| ContentHash::from_hex(hash))
            .filter(|hash| trained_on.contains(hash))
            .count();
        if here == 0 {
            return Err(Error::Invalid(format!(
                "nothing was imported, because run {} was trained on none of this project's images; import it into the project that the job was exported from",
                info.id
            )));
        }
        let now = self.split_hash.as_deref();
        if now == Some(info.split_hash.as_str()) {
            return Ok(None);
        }
        Ok(Some(Warning {
            subject: info.id.clone(),
            message: format!(
                "it was trained on split {}, and the split is {} now: its accuracy is of the images that it was measured on there, so compare it only with runs of that split, or evaluate it here",
                info.split_hash,
                now.unwrap_or("not complete")
            ),
        }))
    }

    /// An answer about the image with this content, as the project knows it.
    pub fn measured(&self, hash: &str, is_correct: bool) -> Option<MeasuredImage> {
        let image = *self.by_hash.get(hash)?;
        Some(MeasuredImage {
            image: image.id,
            unit: Some(self.snapshot.unit_of(image)),
            is_correct,
        })
    }
}

/// Puts the run in its place, and keeps with it what is to be known of it.
pub fn finish(
    new: NewRun,
    (was, warning): (&str, Option<Warning>),
    checked: Option<Checked>,
    progress: &Progress,
    here: &Here<'_>,
) -> Result<ImportedRun> {
    let is_same_split = warning.is_none();
    if let Some(warning) = warning {
        warnings::add_of_training(new.path(), vec![warning.clone()])?;
        progress.warn(warning.subject, warning.message);
    }
    let run = new.finish()?;
    let log = RunLog::open(&here.project.run_dir(&run))?;
    Ok(ImportedRun {
        accuracy: log.best_accuracy(),
        interval: log.best_interval(),
        was: was.to_owned(),
        is_same_split,
        checked,
        run,
    })
}
