//! From what a run predicts for each image to the numbers about the set.

use image::RgbImage;
use rayon::prelude::*;

use super::predictions::{ImagePrediction, Predictions};
use super::set::EvaluationSet;
use crate::dataset::Sample;
use crate::error::{Error, Result};
use crate::predict::{Prediction, Predictor};
use crate::progress::Progress;
use crate::report::{ClassReport, Evaluation, Loss, Scored, accuracy_interval};

/// Images that go through the net together.
const BATCH: usize = 16;
/// The worst so many images are listed.
const TOP_LOSSES: usize = 20;
/// A probability is not taken to be smaller, so that a loss stays finite.
const MIN_PROB: f64 = 1e-9;

/// Predicts every image of the set with the run's deterministic transform. An image that cannot be read is a warning.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Invalid`] if not one image could be read.
pub fn predict_set(
    predictor: &Predictor,
    set: &EvaluationSet,
    progress: &Progress,
) -> Result<Vec<ImagePrediction>> {
    progress.stage("evaluating", Some(set.samples.len() as u64));
    let mut images = Vec::with_capacity(set.samples.len());
    for samples in set.samples.chunks(BATCH) {
        progress.check()?;
        images.extend(predict_batch(predictor, samples, progress)?);
        progress.advance(samples.len() as u64);
    }
    if images.is_empty() {
        return Err(Error::Invalid(
            "not one image of the set could be read; import or restore its files".into(),
        ));
    }
    Ok(images)
}

fn predict_batch(
    predictor: &Predictor,
    samples: &[Sample],
    progress: &Progress,
) -> Result<Vec<ImagePrediction>> {
    let decoded: Vec<Result<RgbImage>> = samples
        .par_iter()
        .map(|sample| Ok(predictor.read(&sample.into())?.image))
        .collect();
    let mut readable = Vec::new();
    let mut images = Vec::new();
    for (sample, decoded) in samples.iter().zip(decoded) {
        match decoded {
            Ok(image) => {
                readable.push(sample);
                images.push(image);
            }
            Err(error) => progress.warn(sample.path.display().to_string(), error.to_string()),
        }
    }
    if images.is_empty() {
        return Ok(Vec::new());
    }
    let predictions = predictor.predict(&images)?;
    Ok(readable
        .into_iter()
        .zip(predictions)
        .map(|(sample, prediction)| image_prediction(sample, prediction))
        .collect())
}

fn image_prediction(sample: &Sample, prediction: Prediction) -> ImagePrediction {
    let mut image = ImagePrediction {
        path: sample.path.clone(),
        image: sample.image,
        unit: sample.unit,
        target: sample.target as usize,
        predicted: prediction.ranking().first().copied().unwrap_or_default(),
        probs: prediction.probs,
        loss: 0.0,
    };
    image.loss = -image.target_prob().max(MIN_PROB).ln();
    image
}

impl Predictions {
    /// The numbers that follow from the images.
    pub fn evaluation(&self) -> Evaluation {
        Evaluation {
            seen_in_training: self.info.seen_in_training,
            similar_to_training: self.info.similar_to_training,
            ..summarize(&self.info.classes, &self.images)
        }
    }
}

/// The numbers about a set, from its images alone.
fn summarize(classes: &[String], images: &[ImagePrediction]) -> Evaluation {
    let mut confusion = vec![vec![0; classes.len()]; classes.len()];
    for image in images {
        if let Some(cell) = confusion
            .get_mut(image.target)
            .and_then(|row| row.get_mut(image.predicted))
        {
            *cell += 1;
        }
    }
    let per_class: Vec<ClassReport> = classes
        .iter()
        .zip(&confusion)
        .enumerate()
        .map(|(index, (class, row))| ClassReport {
            class: class.clone(),
            n: row.iter().sum(),
            correct: row.get(index).copied().unwrap_or_default(),
        })
        .collect();
    let scored: Vec<Scored> = images
        .iter()
        .map(|prediction| Scored {
            unit: prediction.unit,
            is_correct: prediction.is_correct(),
        })
        .collect();
    let correct = per_class.iter().map(|class| class.correct).sum::<usize>();
    Evaluation {
        accuracy: correct as f64 / images.len().max(1) as f64,
        interval: accuracy_interval(&scored),
        n: images.len(),
        seen_in_training: None,
        similar_to_training: None,
        per_class,
        confusion,
        top_losses: top_losses(classes, images),
    }
}

fn top_losses(classes: &[String], images: &[ImagePrediction]) -> Vec<Loss> {
    let mut worst: Vec<&ImagePrediction> = images.iter().collect();
    worst.sort_by(|a, b| {
        a.target_prob()
            .total_cmp(&b.target_prob())
            .then_with(|| a.path.cmp(&b.path))
    });
    let name = |index: usize| classes.get(index).cloned().unwrap_or_default();
    worst
        .into_iter()
        .take(TOP_LOSSES)
        .map(|image| Loss {
            image: image.image,
            path: image.path.clone(),
            actual: name(image.target),
            predicted: name(image.predicted),
            loss: image.loss,
            prob: image.target_prob(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::media::recipe::Recipe;

    #[test]
    fn confusion_and_top_losses_follow_from_the_predictions() {
        let image = |path: &str, target, probs: [f32; 2]| {
            let sample = Sample {
                image: None,
                unit: None,
                path: path.into(),
                recipe: Recipe::default(),
                target,
            };
            let probs = probs.to_vec();
            image_prediction(&sample, Prediction { probs })
        };
        let images = [
            image("a", 0, [0.9, 0.1]),
            image("b", 0, [0.2, 0.8]),
            image("c", 1, [0.4, 0.6]),
        ];
        let evaluation = summarize(&["elves".into(), "orcs".into()], &images);
        assert_eq!(evaluation.confusion, [[1, 1], [0, 1]]);
        assert!((evaluation.accuracy - 2.0 / 3.0).abs() < 1e-12);
        let worst: Vec<_> = evaluation
            .top_losses
            .iter()
            .map(|loss| &loss.path)
            .collect();
        assert_eq!(worst, [Path::new("b"), Path::new("c"), Path::new("a")]);
        assert_eq!(evaluation.top_losses[0].predicted, "orcs");
        assert!((evaluation.top_losses[0].loss + 0.2_f64.ln()).abs() < 1e-6);
    }
}
