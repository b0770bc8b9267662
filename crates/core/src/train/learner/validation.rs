//! Loss and accuracy over all of validation.

use super::metrics::{check_finite, correct_rows, count};
use crate::error::Result;
use crate::model::{Classifier as _, Net};
use crate::ops::loss::cross_entropy;
use crate::progress::Progress;
use crate::report::Scored;
use crate::train::data::feed::{ValidFeed, ValidPart};
use crate::train::job::Measured;
use crate::train::report::metric::Tally;

pub(crate) struct Validation {
    pub tally: Tally,
    /// In the order of the set.
    pub images: Vec<Scored>,
    /// The same images.
    pub measured: Vec<Measured>,
}

/// Plain cross entropy and accuracy over all of `valid`, `batch` images at a time. `batches_done` is for messages.
///
/// # Errors
/// [`crate::Error::Diverged`] if the loss is not finite; [`crate::Error::Cancelled`].
pub(crate) fn validate(
    net: &Net,
    valid: &mut ValidFeed,
    batch: usize,
    batches_done: u64,
    progress: &Progress,
) -> Result<Validation> {
    let n = valid.image_set().samples().len();
    let order: Vec<usize> = (0..n).collect();
    let mut tally = Tally::default();
    let mut all_correct = vec![false; n];
    for indices in order.chunks(batch.max(1)) {
        progress.check()?;
        for ValidPart {
            features,
            positions,
        } in valid.get(net, indices)?
        {
            let targets = &features.labels.targets;
            let logits = net.head(&features.map, None)?;
            let mean = cross_entropy(&logits, targets, 0.0)?.mean_all()?;
            let correct = correct_rows(&logits, targets)?;
            let loss = f64::from(mean.to_scalar::<f32>()?);
            tally.add(loss, count(&correct), positions.len());
            for (position, is_correct) in positions.into_iter().zip(correct) {
                let index = indices.get(position);
                if let Some(place) = index.and_then(|&index| all_correct.get_mut(index)) {
                    *place = is_correct;
                }
            }
        }
    }
    valid.end_pass();
    check_finite(tally.loss(), "validation", batches_done)?;
    let samples = valid.image_set().samples().iter();
    let (images, measured) = samples
        .zip(all_correct)
        .map(|(sample, is_correct)| {
            let unit = sample.unit;
            let image = sample.image;
            (Scored { unit, is_correct }, Measured { image, is_correct })
        })
        .unzip();
    Ok(Validation {
        tally,
        images,
        measured,
    })
}
