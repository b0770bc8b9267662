//! What the crops to the characters are worth: the same folds with and without them, compared image by image.

use std::collections::BTreeMap;

use serde::Serialize;

use super::store::FoldResult;
use crate::catalog::{CropOrigin, ImageId, Snapshot};
use crate::dataset::split::image_sides;
use crate::error::{Error, Result};
use crate::report::paired::{Difference, Pair};

/// The folds on whole images.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WholeReport {
    /// As in [`super::CrossValidated`].
    pub accuracy: f64,
    pub interval: [f64; 2],
    /// How much more is right with the crops, as a fraction of the images; negative if it is less.
    pub difference: f64,
    /// 95 %, of the units' differences.
    pub difference_interval: [f64; 2],
    /// Images that are cropped to their character.
    pub cropped: usize,
    /// "2.1 points more with the crops, within the noise".
    pub verdict: String,
}

impl WholeReport {
    /// Of folds that both have; `None` if there are none. `accuracy` and its interval: without the crops.
    pub(super) fn of(
        snapshot: &Snapshot,
        (accuracy, interval): (f64, [f64; 2]),
        [with, without]: [&[&FoldResult]; 2],
    ) -> Option<Self> {
        let difference = Difference::of(&pairs(snapshot, with, without))?;
        Some(Self {
            accuracy,
            interval,
            difference: difference.difference,
            difference_interval: difference.interval,
            cropped: cropped(snapshot).count(),
            verdict: verdict(difference),
        })
    }
}

/// Each image once a repeat.
fn pairs(snapshot: &Snapshot, with: &[&FoldResult], without: &[&FoldResult]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for one in with {
        let mut others = without.iter();
        let same = others.find(|other| (other.repeat, other.fold) == (one.repeat, one.fold));
        let stages = same.and_then(|other| one.stages.last().zip(other.stages.last()));
        let Some((one, other)) = stages else {
            continue;
        };
        let other: BTreeMap<ImageId, bool> = other.images.iter().copied().collect();
        pairs.extend(one.images.iter().filter_map(|(id, is_correct)| {
            Some(Pair {
                unit: snapshot.image(*id).map(|image| snapshot.unit_of(image)),
                is_first_correct: *is_correct,
                is_second_correct: *other.get(id)?,
            })
        }));
    }
    pairs
}

fn verdict(difference: Difference) -> String {
    if difference.is_uninformative() {
        return "too few scenes to tell".to_owned();
    }
    let points = difference.difference * 100.0;
    let more = if points.abs() < 0.05 {
        "the same with and without the crops".to_owned()
    } else if points > 0.0 {
        format!("{points:.1} points more with the crops")
    } else {
        format!("{:.1} points less with the crops", -points)
    };
    if difference.is_noise() {
        format!("{more}, within the noise")
    } else {
        format!("{more}, beyond the noise")
    }
}

/// Images that take part and are cropped to their character, and where the box is from.
fn cropped(snapshot: &Snapshot) -> impl Iterator<Item = CropOrigin> + '_ {
    let images = image_sides(snapshot).into_keys();
    images.filter_map(|id| Some(snapshot.image(id)?.character?.by))
}

/// # Errors
/// [`Error::Invalid`] if nothing would be different.
pub(super) fn check(snapshot: &Snapshot) -> Result<()> {
    if cropped(snapshot).next().is_some() {
        return Ok(());
    }
    Err(Error::Invalid(
        "no image that takes part is cropped to its character, so there is nothing to compare; accept proposed crops in Cull first (on the command line: `crop-character PROJECT --propose --accept`)".into(),
    ))
}

/// What the numbers with the crops owe to what a run had learned.
pub(super) fn doubt(snapshot: &Snapshot) -> Option<String> {
    let origins = cropped(snapshot);
    let images = origins.filter(|by| *by == CropOrigin::Heatmap).count();
    let are = if images == 1 {
        "image is"
    } else {
        "images are"
    };
    (images > 0).then(|| {
        format!(
            "{images} {are} cropped where the heatmap of a run was hot, which may have learned from images that are held out here, so the accuracy may look better than it is; crops by motion, by hand or from a detector do not have that"
        )
    })
}

/// Without the crops to characters.
pub(super) fn whole(snapshot: &Snapshot) -> Snapshot {
    let mut whole = snapshot.clone();
    for image in &mut whole.images {
        image.character = None;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::super::store::StageResult;
    use super::*;

    fn result(fold: usize, images: &[(i64, bool)]) -> FoldResult {
        let images = images
            .iter()
            .map(|(id, is_correct)| (ImageId(*id), *is_correct));
        FoldResult {
            repeat: 0,
            fold,
            stages: vec![StageResult {
                stage: 1,
                images: images.collect(),
                sets: Vec::new(),
            }],
        }
    }

    #[test]
    fn images_are_paired_within_the_folds_that_both_have() {
        let with = [result(0, &[(1, true), (2, true)]), result(1, &[(3, true)])];
        let without = [result(0, &[(2, false), (1, true)])];
        let with: Vec<&FoldResult> = with.iter().collect();
        let without: Vec<&FoldResult> = without.iter().collect();
        let pairs = pairs(&Snapshot::default(), &with, &without);
        let right: Vec<(bool, bool)> = pairs
            .iter()
            .map(|pair| (pair.is_first_correct, pair.is_second_correct))
            .collect();
        assert_eq!(right, [(true, true), (true, false)]);
    }

    #[test]
    fn the_verdict_says_which_way_and_whether_it_is_noise() {
        let said = |difference, interval| {
            verdict(Difference {
                difference,
                interval,
            })
        };
        assert_eq!(
            said(0.021, [-0.01, 0.05]),
            "2.1 points more with the crops, within the noise"
        );
        assert_eq!(
            said(-0.1, [-0.15, -0.05]),
            "10.0 points less with the crops, beyond the noise"
        );
        assert_eq!(
            said(0.0, [-0.1, 0.1]),
            "the same with and without the crops, within the noise"
        );
        assert_eq!(said(0.2, [-0.5, 0.7]), "too few scenes to tell");
    }
}
