//! Honesty meter: what a split of random images would claim, beside what this split says.
//!
//! The head in closed form ([`crate::model::lda`]) is computed twice on features that are cached already, from as many
//! training images, and measured on as many validation images. Only the way in which they were chosen differs, so the gap is
//! what neighbors of training images in validation are worth.

use std::collections::BTreeMap;

use super::features::Features;
use crate::catalog::{ImageId, Snapshot, SplitMode};
use crate::dataset::{Sample, Split};
use crate::error::{Error, Result};
use crate::model::lda::{Example, Moments};
use crate::report::{Scored, accuracy_interval};
use crate::rng::Stream;

/// Part of the covariance that is a sphere: what the preset `lda` takes where it has too few units to choose by.
const SHRINKAGE: f64 = 0.5;

/// An accuracy of the head in closed form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// 0 to 1.
    pub accuracy: f64,
    /// 95 %; frames of one scene stand or fall together.
    pub interval: [f64; 2],
}

/// The same images, split in two ways.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Honesty {
    pub random: Measured,
    /// As the project has it.
    pub split: Measured,
    /// Validation images of both.
    pub valid_images: usize,
    /// The project's split is random too, so there is nothing to compare with.
    pub is_random_split: bool,
}

impl Honesty {
    /// Images without features are left out. `seed`: of the random split.
    ///
    /// # Errors
    /// [`Error::Invalid`] if fewer than two classes are trained on.
    pub fn of(snapshot: &Snapshot, split: &Split, features: &Features, seed: u64) -> Result<Self> {
        let positions: BTreeMap<ImageId, usize> = snapshot
            .images
            .iter()
            .enumerate()
            .map(|(at, image)| (image.id, at))
            .collect();
        let readable = |samples: &[Sample]| -> Vec<Seen<'_>> {
            let seen = samples.iter().filter_map(|sample| {
                let at = positions.get(&sample.image?)?;
                Some(Seen {
                    sample: sample.clone(),
                    features: features.of(*at)?,
                })
            });
            seen.collect()
        };
        let (train, valid) = (readable(&split.train), readable(&split.valid));
        let classes = split.classes.len();
        let own = measure(&train, &valid, classes)?;
        let mut all: Vec<Seen<'_>> = train.iter().chain(&valid).cloned().collect();
        Stream::new(seed, &[]).shuffle(&mut all);
        let rest = all.split_off(valid.len());
        Ok(Self {
            random: measure(&rest, &all, classes)?,
            split: own,
            valid_images: valid.len(),
            is_random_split: split.mode != SplitMode::Scenes,
        })
    }
}

/// An image and its features.
#[derive(Clone)]
struct Seen<'a> {
    sample: Sample,
    features: &'a [f32],
}

fn measure(train: &[Seen<'_>], valid: &[Seen<'_>], classes: usize) -> Result<Measured> {
    let examples: Vec<Example<'_>> = train
        .iter()
        .map(|seen| Example {
            features: seen.features,
            class: seen.sample.target as usize,
        })
        .collect();
    let lda = Moments::of(&examples, classes).lda(SHRINKAGE).ok_or_else(|| {
        Error::Invalid(
            "there is nothing to compare: images of at least two classes have to be in training, and readable".into(),
        )
    })?;
    let scored: Vec<Scored> = valid
        .iter()
        .map(|seen| {
            let scores = lda.scores(seen.features);
            let best = scores.iter().enumerate();
            let best = best
                .filter_map(|(class, score)| Some((class, (*score)?)))
                .max_by(|(_, a), (_, b)| a.total_cmp(b));
            Scored {
                unit: seen.sample.unit,
                is_correct: best.is_some_and(|(class, _)| class == seen.sample.target as usize),
            }
        })
        .collect();
    let right = scored.iter().filter(|scored| scored.is_correct).count();
    Ok(Measured {
        accuracy: right as f64 / scored.len().max(1) as f64,
        interval: accuracy_interval(&scored),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ImageRecord, SceneId, Unit};
    use crate::media::recipe::Recipe;

    /// Scenes of ten frames each that lie far apart, in two classes that hardly do.
    fn project() -> (Snapshot, Split, Features) {
        let mut stream = Stream::new(1, &[]);
        let mut snapshot = Snapshot::default();
        let mut features = Vec::new();
        let (mut train, mut valid) = (Vec::new(), Vec::new());
        for scene in 0..24_u32 {
            let center: Vec<f64> = (0..40).map(|_| 2.0 * stream.normal()).collect();
            for _frame in 0..10 {
                let id = ImageId(features.len() as i64 + 1);
                let mut row: Vec<f32> = center
                    .iter()
                    .map(|x| (x + 0.1 * stream.normal()) as f32)
                    .collect();
                row[0] += if scene % 2 == 0 { 1.0 } else { -1.0 };
                features.push(Some(row));
                snapshot.images.push(ImageRecord {
                    id,
                    ..crate::curate::test_image()
                });
                let side = if scene < 16 { &mut train } else { &mut valid };
                side.push(Sample {
                    image: Some(id),
                    unit: Some(Unit::Scene(SceneId(i64::from(scene)))),
                    path: std::path::PathBuf::new(),
                    recipe: Recipe::default(),
                    source: None,
                    weight: 1.0,
                    target: scene % 2,
                });
            }
        }
        let split = Split {
            classes: vec!["a".into(), "b".into()],
            train,
            valid,
            valid_contents: Vec::new(),
            twins: Vec::new(),
            mode: SplitMode::Scenes,
            hash: String::new(),
            pixels: std::sync::Arc::default(),
            crops: None,
            copies: Vec::new(),
        };
        (snapshot, split, Features::from_rows(features))
    }

    #[test]
    fn random_images_flatter_and_whole_scenes_do_not() {
        let (snapshot, split, features) = project();
        let honesty = Honesty::of(&snapshot, &split, &features, 0).unwrap();
        assert_eq!(honesty.valid_images, 80);
        assert!(honesty.random.accuracy > 0.9, "{honesty:?}");
        assert!(honesty.split.accuracy < 0.8, "{honesty:?}");
        for measured in [honesty.random, honesty.split] {
            let [low, high] = measured.interval;
            assert!(low <= measured.accuracy && measured.accuracy <= high);
        }
        assert_eq!(
            Honesty::of(&snapshot, &split, &features, 0).unwrap(),
            honesty
        );
    }

    #[test]
    fn one_class_is_nothing_to_compare() {
        let (snapshot, mut split, features) = project();
        split.train.retain(|sample| sample.target == 0);
        let error = Honesty::of(&snapshot, &split, &features, 0).unwrap_err();
        assert!(error.to_string().contains("two classes"), "{error}");
    }
}
