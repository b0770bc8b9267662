//! From what a run predicts for each picture to the numbers about the set.

use image::RgbImage;
use rayon::prelude::*;

use super::predictions::{PicturePrediction, Predictions};
use super::set::EvaluationSet;
use crate::dataset::Sample;
use crate::error::{Error, Result};
use crate::predict::{Prediction, Predictor};
use crate::progress::Progress;
use crate::report::{ClassReport, Evaluation, Loss, Scored, accuracy_interval};

/// Pictures that go through the net together.
const BATCH: usize = 16;
/// The worst so many pictures are listed.
const TOP_LOSSES: usize = 20;
/// A probability is not taken to be smaller, so that a loss stays finite.
const MIN_PROB: f64 = 1e-9;

/// Predicts every picture of the set with the run's deterministic transform. A picture that cannot be read is a warning.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Invalid`] if not one picture could be read.
pub fn predict_set(
    predictor: &Predictor,
    set: &EvaluationSet,
    progress: &Progress,
) -> Result<Vec<PicturePrediction>> {
    progress.stage("evaluating", Some(set.samples.len() as u64));
    let mut pictures = Vec::with_capacity(set.samples.len());
    for samples in set.samples.chunks(BATCH) {
        progress.check()?;
        pictures.extend(predict_batch(predictor, samples, progress)?);
        progress.advance(samples.len() as u64);
    }
    if pictures.is_empty() {
        return Err(Error::Invalid(
            "not one picture of the set could be read; import or restore its files".into(),
        ));
    }
    Ok(pictures)
}

fn predict_batch(
    predictor: &Predictor,
    samples: &[Sample],
    progress: &Progress,
) -> Result<Vec<PicturePrediction>> {
    let decoded: Vec<Result<RgbImage>> = samples
        .par_iter()
        .map(|sample| predictor.read(&sample.path))
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
        .map(|(sample, prediction)| picture_prediction(sample, prediction))
        .collect())
}

fn picture_prediction(sample: &Sample, prediction: Prediction) -> PicturePrediction {
    let mut picture = PicturePrediction {
        path: sample.path.clone(),
        image: sample.image,
        unit: sample.unit,
        target: sample.target as usize,
        predicted: prediction.ranking().first().copied().unwrap_or_default(),
        probs: prediction.probs,
        loss: 0.0,
    };
    picture.loss = -picture.target_prob().max(MIN_PROB).ln();
    picture
}

impl Predictions {
    /// The numbers that follow from the pictures.
    pub fn evaluation(&self) -> Evaluation {
        summarize(&self.info.classes, &self.pictures)
    }
}

/// The numbers about a set, from its pictures alone.
fn summarize(classes: &[String], pictures: &[PicturePrediction]) -> Evaluation {
    let mut confusion = vec![vec![0; classes.len()]; classes.len()];
    for picture in pictures {
        if let Some(cell) = confusion
            .get_mut(picture.target)
            .and_then(|row| row.get_mut(picture.predicted))
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
    let scored: Vec<Scored> = pictures
        .iter()
        .map(|picture| Scored {
            unit: picture.unit,
            is_correct: picture.is_correct(),
        })
        .collect();
    let correct = per_class.iter().map(|class| class.correct).sum::<usize>();
    Evaluation {
        accuracy: correct as f64 / pictures.len().max(1) as f64,
        interval: accuracy_interval(&scored),
        n: pictures.len(),
        per_class,
        confusion,
        top_losses: top_losses(classes, pictures),
    }
}

fn top_losses(classes: &[String], pictures: &[PicturePrediction]) -> Vec<Loss> {
    let mut worst: Vec<&PicturePrediction> = pictures.iter().collect();
    worst.sort_by(|a, b| {
        a.target_prob()
            .total_cmp(&b.target_prob())
            .then_with(|| a.path.cmp(&b.path))
    });
    let name = |index: usize| classes.get(index).cloned().unwrap_or_default();
    worst
        .into_iter()
        .take(TOP_LOSSES)
        .map(|picture| Loss {
            image: picture.image,
            path: picture.path.clone(),
            actual: name(picture.target),
            predicted: name(picture.predicted),
            loss: picture.loss,
            prob: picture.target_prob(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn confusion_and_top_losses_follow_from_the_predictions() {
        let picture = |path: &str, target, probs: [f32; 2]| {
            let sample = Sample {
                image: None,
                unit: None,
                path: path.into(),
                target,
            };
            let probs = probs.to_vec();
            picture_prediction(&sample, Prediction { probs })
        };
        let pictures = [
            picture("a", 0, [0.9, 0.1]),
            picture("b", 0, [0.2, 0.8]),
            picture("c", 1, [0.4, 0.6]),
        ];
        let evaluation = summarize(&["elves".into(), "orcs".into()], &pictures);
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
