//! What a run predicts for each image of a set.

use image::RgbImage;
use rayon::prelude::*;

use super::predictions::ImagePrediction;
use super::set::EvaluationSet;
use super::tta::Tta;
use crate::dataset::Sample;
use crate::dataset::unreadable::Unreadable;
use crate::error::{Error, Result};
use crate::predict::{Prediction, Predictor};
use crate::progress::Progress;

/// Images that go through the net together.
const BATCH: usize = 16;
/// A probability is not taken to be smaller, so that a loss stays finite.
const MIN_PROB: f64 = 1e-9;

/// Predicts every image of the set with the run's deterministic transform, or by the mean of `tta`'s views. An image that
/// cannot be read is a warning.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Invalid`] if not one image could be read.
pub fn predict_set(
    predictor: &Predictor,
    set: &EvaluationSet,
    tta: Option<Tta>,
    progress: &Progress,
) -> Result<Vec<ImagePrediction>> {
    progress.stage("evaluating", Some(set.samples.len() as u64));
    let mut images = Vec::with_capacity(set.samples.len());
    let mut unreadable = Unreadable::default();
    for samples in set.samples.chunks(BATCH) {
        progress.check()?;
        images.extend(predict_batch((predictor, tta), samples, &mut unreadable)?);
        progress.advance(samples.len() as u64);
    }
    unreadable.warn(set.samples.len(), progress);
    if images.is_empty() {
        return Err(Error::Invalid(
            "not one image of the set could be read; import or restore its files".into(),
        ));
    }
    Ok(images)
}

fn predict_batch(
    (predictor, tta): (&Predictor, Option<Tta>),
    samples: &[Sample],
    unreadable: &mut Unreadable,
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
            Err(error) => unreadable.add(sample.path.clone(), error),
        }
    }
    if images.is_empty() {
        return Ok(Vec::new());
    }
    let predictions = match tta {
        None => predictor.predict(&images)?,
        Some(tta) => {
            let keys: Vec<u64> = readable.iter().map(|sample| key(sample)).collect();
            tta.predict(predictor, &images, &keys)?
        }
    };
    Ok(readable
        .into_iter()
        .zip(predictions)
        .map(|(sample, prediction)| image_prediction(sample, prediction))
        .collect())
}

/// The same for an image whatever else is in the set.
fn key(sample: &Sample) -> u64 {
    let name = match sample.image {
        Some(id) => id.0.to_le_bytes().to_vec(),
        None => sample.path.as_os_str().as_encoded_bytes().to_vec(),
    };
    let hash = blake3::hash(&name);
    let (first, _) = hash
        .as_bytes()
        .split_first_chunk()
        .unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first)
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
