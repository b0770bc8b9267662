//! A run measured on a set of images: validation, training, a source of the project, or any folder.

pub mod comparison;
pub mod measure;
pub mod paired;
pub mod predictions;
pub mod seen;
pub mod set;
mod similar;
mod summary;
pub mod tta;

pub use comparison::Comparison;
pub use paired::PairedRuns;
pub use predictions::{ImagePrediction, Predictions, PredictionsInfo};
pub use set::EvaluationSet;
pub use tta::Tta;

use std::path::PathBuf;

use crate::catalog::Snapshot;
use crate::dataset::split::short_hash;
use crate::dataset::{Crops, Split};
use crate::error::Result;
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::Project;
use crate::report::Evaluation;
use crate::run::{RunLog, warnings};

/// A run, ready to be measured.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    pub project: &'a Project,
    /// Which images show the same pixels, and what the split at hand is.
    pub snapshot: &'a Snapshot,
    pub run: &'a RunLog,
    /// Of the same run.
    pub predictor: &'a Predictor,
}

impl Evaluator<'_> {
    /// The numbers that follow from [`Evaluator::predictions`].
    ///
    /// # Errors
    /// As [`Evaluator::predictions`].
    pub fn evaluate(&self, set: &EvaluationSet, progress: &Progress) -> Result<Evaluation> {
        let predictions = self.predictions(set, progress)?;
        Ok(predictions.evaluation(self.snapshot))
    }

    /// Predicts the set, and stores the predictions and the warnings with the run. If they cannot be stored, as in a
    /// read-only project, that is a warning, and so is what makes the accuracy look better than it is.
    ///
    /// # Errors
    /// As [`measure::predict_set`] and [`seen::in_training`].
    pub fn predictions(&self, set: &EvaluationSet, progress: &Progress) -> Result<Predictions> {
        let predictions = self.measured(set, None, progress)?;
        let stored = predictions.write(self.project).and_then(|()| {
            let dir = self.project.run_dir(&self.run.info.id);
            warnings::replace_of_evaluation(&dir, &set.name, progress.warnings())
        });
        if let Err(error) = stored {
            progress.warn(
                format!("predictions of {}", set.name),
                format!("not stored with the run: {error}"),
            );
        }
        Ok(predictions)
    }

    /// As [`Evaluator::evaluate`], by the mean of several views. The predictions are not stored: losses and heatmaps are about
    /// the image as it is.
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`].
    pub fn evaluate_views(
        &self,
        set: &EvaluationSet,
        tta: Tta,
        progress: &Progress,
    ) -> Result<Evaluation> {
        let predictions = self.measured(set, Some(tta), progress)?;
        Ok(predictions.evaluation(self.snapshot))
    }

    fn measured(
        &self,
        set: &EvaluationSet,
        tta: Option<Tta>,
        progress: &Progress,
    ) -> Result<Predictions> {
        let images = measure::predict_set(self.predictor, set, tta, progress)?;
        let files: Vec<PathBuf> = images.iter().map(|image| image.path.clone()).collect();
        let project = (self.project, self.snapshot);
        let known = seen::in_training(self.run, project, &files, progress)?;
        let seen = known.map(|known| known.seen);
        let changes = [
            changed_split(self.run, set),
            self.changed_crop(set),
            seen_whole(self.run, set),
        ];
        let changes: Vec<String> = changes.into_iter().flatten().collect();
        for text in changes.iter().cloned().chain(doubt(set, seen)) {
            progress.warn(set.name.clone(), text);
        }
        let mut predictions = Predictions::new((self.run, self.predictor), set, images, known);
        predictions.info.warnings = set.left_out.iter().cloned().chain(changes).collect();
        Ok(predictions)
    }

    /// Pixels that the run has not learned from.
    fn changed_crop(&self, set: &EvaluationSet) -> Option<String> {
        let is_own = set.samples.iter().any(|sample| sample.image.is_some());
        let now = Split::of(self.snapshot).ok().map(|split| split.crops);
        let trained = self.run.info.crop.as_ref();
        let is_changed = now.is_some_and(|crops| Crops::differ(crops.as_ref(), trained));
        (is_own && is_changed).then(|| {
            "images of the project are cropped otherwise now than when the run was trained, and this accuracy is of what they show now".to_owned()
        })
    }
}

/// Nobody knows where the characters of images from elsewhere are.
fn seen_whole(run: &RunLog, set: &EvaluationSet) -> Option<String> {
    if !run.info.has_cropped_characters() {
        return None;
    }
    let outside = set.samples.iter().filter(|sample| sample.image.is_none());
    let outside = outside.count();
    (outside > 0).then(|| {
        format!(
            "the run learned from images that are cropped to their character, and sees the {outside} from outside of the project whole; import them as a test set and crop them, too (on the command line: `crop-character`)"
        )
    })
}

/// What is to be said of the accuracy on a set that the run is not meant to know.
fn doubt(set: &EvaluationSet, seen: Option<usize>) -> Option<String> {
    if set.name == "train" {
        return None;
    }
    match seen {
        Some(0) => None,
        Some(seen) => Some(format!(
            "{seen} of its images were trained on by the run or one that it started from, so the accuracy looks better than it is"
        )),
        None => Some("nobody knows how many of its images were trained on: an older version trained the run, or one that it started from, on another split, or it was trained elsewhere; train stage 1 again for an honest number".to_owned()),
    }
}

/// The accuracy that the run reported itself may be of other images then.
fn changed_split(run: &RunLog, set: &EvaluationSet) -> Option<String> {
    let trained_on = &run.info.split_hash;
    let hash = set.split_hash.as_ref().filter(|hash| *hash != trained_on)?;
    (set.name == "valid").then(|| {
        format!(
            "the split has changed since the run was trained on it ({} then, {} now): if validation has other images than then, this accuracy and the one that the run reported do not compare",
            short_hash(trained_on),
            short_hash(hash)
        )
    })
}
