//! Images that are likely to have the wrong class: a classifier that was trained on the other units of their source gives
//! them to another class, and by more than is usual there.
//!
//! That it prefers another class is no reason to look: of portraits in many styles it is wrong about half of all images,
//! and nearly all of those are labelled right. So the odds are compared with those of the whole source, as a robust z. An
//! image counts from 1.28 on, which a normal distribution exceeds in a tenth of the images: no more are worth a look where
//! classes are hard to tell apart. Where they are easy only few images have odds above one at all, and all of those count.
//!
//! Measured with a prototype. Ten scraped folders (391 images, 20 of them mislabelled): 202 have odds above one, 45 are found, 19
//! of them rightly. With 5 % of the good ones given to a random other class, ten times: 47 of 321 found, .78 of the wrong
//! ones, a precision of .27. Frames of ten films as one folder, which a classifier is right about in .56: 126 of 1,380 found
//! where none is wrong; with 5 % wrong ones 159, .59 of those, a precision of .25.

use super::limits::Usual;
use crate::model::lda::{Example, Folds};

const FOLDS: usize = 10;
/// Part of the covariance that is a sphere.
const SHRINKAGE: f64 = 0.3;
/// Robust z of the odds from which on an image counts.
const LEAST_Z: f64 = 1.28;
/// From this score on an image counts as found, unless a person says otherwise.
pub(super) const FOUND: f64 = 0.5;

/// An example that another class suits better than its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Suspect {
    /// Place of the example.
    pub at: usize,
    /// The class that suits it best.
    pub class: usize,
    /// Logarithm of the odds of that class against its own, above 0.
    pub odds: f64,
    /// 0 to 1, rising with the odds; [`FOUND`] where they begin to be unusual.
    pub score: f64,
}

/// Of the examples of one source. `units`: one an example; those of one unit are never learned from to judge one another.
pub(super) fn suspects(examples: &[Example<'_>], units: &[usize], classes: usize) -> Vec<Suspect> {
    let folds = Folds::of(examples, units, classes, FOLDS);
    let scores = folds.out_of_fold(&[SHRINKAGE], examples.len()).concat();
    let judged: Vec<(usize, usize, f64)> = scores
        .iter()
        .zip(examples)
        .enumerate()
        .filter_map(|(at, (scores, example))| {
            let (class, odds) = best_other(scores.as_deref()?, example.class)?;
            Some((at, class, odds))
        })
        .collect();
    let all: Vec<f64> = judged.iter().map(|(_, _, odds)| *odds).collect();
    let Some(usual) = Usual::of(&all) else {
        return Vec::new();
    };
    let wrong = judged.into_iter().filter(|(_, _, odds)| *odds > 0.0);
    wrong
        .map(|(at, class, odds)| Suspect {
            at,
            class,
            odds,
            score: score(odds, usual),
        })
        .collect()
}

/// The class that suits best beside the example's own, with the logarithm of its odds against that.
fn best_other(scores: &[Option<f64>], own: usize) -> Option<(usize, f64)> {
    let own_score = scores.get(own).copied().flatten()?;
    let others = scores
        .iter()
        .enumerate()
        .filter(|(class, _)| *class != own)
        .filter_map(|(class, score)| Some((class, (*score)?)));
    let (class, score) = others.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some((class, score - own_score))
}

/// `odds`: above 0. In terms of what is usual in the source, so that sources can be laid side by side.
fn score(odds: f64, usual: Usual) -> f64 {
    let deviation = usual.deviation.max(1e-9);
    let limit = (usual.median + LEAST_Z * deviation).max(0.0);
    if odds < limit {
        return FOUND * odds / limit;
    }
    let beyond = (odds - limit) / deviation;
    FOUND + (1.0 - FOUND) * beyond / (1.0 + beyond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    const CLASSES: usize = 4;
    const IMAGES: usize = 240;
    /// One in twenty has the wrong class.
    const WRONG_EVERY: usize = 20;

    /// `distance`: between the classes, in standard deviations of their features. How many are suspected, found, and found
    /// rightly.
    fn counts(distance: f32) -> (usize, usize, usize) {
        let mut stream = Stream::new(11, &[]);
        let features: Vec<Vec<f32>> = (0..IMAGES)
            .map(|at| {
                let mut row: Vec<f32> = (0..24).map(|_| stream.normal() as f32).collect();
                row[at % CLASSES] += distance;
                row
            })
            .collect();
        let is_wrong = |at: usize| at.is_multiple_of(WRONG_EVERY);
        let examples: Vec<Example<'_>> = features
            .iter()
            .enumerate()
            .map(|(at, features)| Example {
                features,
                class: (at + usize::from(is_wrong(at))) % CLASSES,
            })
            .collect();
        let units: Vec<usize> = (0..IMAGES).collect();
        let suspects = suspects(&examples, &units, CLASSES);
        let found = suspects.iter().filter(|suspect| suspect.score >= FOUND);
        let right = found.clone().filter(|suspect| is_wrong(suspect.at));
        (suspects.len(), found.count(), right.count())
    }

    #[test]
    fn where_classes_are_hard_to_tell_only_the_unusual_is_found() {
        let (suspected, found, right) = counts(1.2);
        assert!(suspected > IMAGES / 3, "{suspected}");
        assert!(found < IMAGES / 7, "{found} of {suspected}");
        assert!(right > 3, "{right} of {found}");
    }

    #[test]
    fn where_classes_are_easily_told_all_that_looks_wrong_is_found() {
        let (suspected, found, right) = counts(6.0);
        assert_eq!(right, IMAGES / WRONG_EVERY);
        assert_eq!(found, suspected);
        assert!(found < right + 6, "{found}");
    }

    #[test]
    fn the_score_rises_with_the_odds_and_says_what_is_unusual() {
        let usual = Usual::of(&[-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]).unwrap();
        let limit = usual.median + LEAST_Z * usual.deviation;
        let odds = [0.1, 1.0, limit - 0.01, limit, limit + 1.0, 50.0, 500.0];
        let scores = odds.map(|odds| score(odds, usual));
        assert!(scores.is_sorted_by(|a, b| a < b), "{scores:?}");
        assert!(scores[2] < FOUND && scores[3] >= FOUND && scores[6] < 1.0);
        let easy = Usual::of(&[-20.0, -19.0, -18.0, -21.0, -22.0]).unwrap();
        assert!(score(0.1, easy) >= FOUND);
    }
}
