//! A run measured on a set of images: validation, training, a source of the project, or any folder.

pub mod measure;
pub mod predictions;
pub mod set;

pub use predictions::{ImagePrediction, Predictions, PredictionsInfo};
pub use set::EvaluationSet;

use crate::error::Result;
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::Project;
use crate::report::Evaluation;
use crate::run::RunLog;

/// A run, ready to be measured.
#[derive(Clone, Copy)]
pub struct Evaluator<'a> {
    pub project: &'a Project,
    pub run: &'a RunLog,
    /// Of the same run.
    pub predictor: &'a Predictor,
}

impl Evaluator<'_> {
    /// Predicts the set, stores the predictions with the run, and gives the numbers that follow from them. If they
    /// cannot be stored, as in a read-only project, that is a warning.
    ///
    /// # Errors
    /// As [`measure::predict_set`].
    pub fn evaluate(&self, set: &EvaluationSet, progress: &Progress) -> Result<Evaluation> {
        let images = measure::predict_set(self.predictor, set, progress)?;
        let predictions = Predictions::new(self.run, set, images);
        if let Err(error) = predictions.write(self.project) {
            progress.warn(
                format!("predictions of {}", set.name),
                format!("not stored with the run: {error}"),
            );
        }
        Ok(predictions.evaluation())
    }
}
