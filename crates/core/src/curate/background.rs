//! What a curator rejects, learned from the decisions so far.

use std::collections::BTreeSet;

use crate::model::lda::{Example, Folds, Lda};

/// Classes of the examples.
pub(super) const KEPT: usize = 0;
pub(super) const REJECTED: usize = 1;

const FOLDS: usize = 10;
/// Part of the covariance that is a sphere.
const SHRINKAGE: f64 = 0.3;
/// Kept and rejected units that it takes to learn what is rejected.
const LEAST_DECISIONS: usize = 12;
/// Quantile of the normal distribution: guesses are better in one of twenty cases.
const ONE_IN_TWENTY: f64 = 1.645;

/// A classifier of what is rejected.
pub(super) struct Rejects {
    lda: Lda,
    /// Part of the decided images that it tells right without having seen them.
    accuracy: f64,
}

impl Rejects {
    /// `units`: one an example; those of one unit are never learned from to judge one another.
    ///
    /// # Errors
    /// In words: if there are too few decisions to learn from, or they do not follow from what the images look like.
    pub fn learn(examples: &[Example<'_>], units: &[usize]) -> Result<Self, String> {
        let units_of = |class: usize| {
            let own = examples.iter().zip(units);
            let own = own.filter(|(example, _)| example.class == class);
            own.map(|(_, unit)| unit).collect::<BTreeSet<_>>().len()
        };
        let (kept, rejected) = (units_of(KEPT), units_of(REJECTED));
        if kept < LEAST_DECISIONS || rejected < LEAST_DECISIONS {
            return Err(format!(
                "background is learned from decisions: keep and reject at least {LEAST_DECISIONS} scenes or single images each (so far {kept} and {rejected})"
            ));
        }
        let folds = Folds::of(examples, units, 2, FOLDS);
        let trial = folds.out_of_fold(&[SHRINKAGE], examples.len()).concat();
        let is_right: Vec<bool> = trial
            .iter()
            .zip(examples)
            .map(|(scores, example)| {
                let margin = scores.as_deref().and_then(margin);
                margin.is_some_and(|margin| (margin > 0.0) == (example.class == REJECTED))
            })
            .collect();
        let part = |wanted: Option<usize>| {
            let own = examples.iter().zip(&is_right);
            let own = own.filter(|(example, _)| wanted.is_none_or(|class| example.class == class));
            let right = own.clone().filter(|(_, is_right)| **is_right).count();
            right as f64 / own.count().max(1) as f64
        };
        let accuracy = part(None);
        let balanced = f64::midpoint(part(Some(KEPT)), part(Some(REJECTED)));
        let lda = folds.into_total().lda(SHRINKAGE);
        match lda {
            Some(lda) if balanced > better_than_guesses(kept, rejected) => {
                Ok(Self { lda, accuracy })
            }
            _unknown => Err(format!(
                "what you reject cannot be told by its looks yet: of the decided images {:.0} % were told right, hardly more than by guessing; it is tried again with more decisions",
                100.0 * accuracy
            )),
        }
    }

    /// Above 0 for what looks rather like what was rejected.
    pub fn margin(&self, features: &[f32]) -> Option<f64> {
        margin(&self.lda.scores(features))
    }

    pub fn reason(&self) -> String {
        format!(
            "looks like what was rejected; on decided images that is right in {:.0} %",
            100.0 * self.accuracy
        )
    }
}

fn margin(scores: &[Option<f64>]) -> Option<f64> {
    match scores {
        [Some(keep), Some(reject)] => Some(reject - keep),
        _unknown => None,
    }
}

/// Mean of the parts of the two classes that are told right which guesses exceed in one of twenty cases, by the normal
/// approximation. `kept` and `rejected`: units, because images of one unit are told right or wrong together.
fn better_than_guesses(kept: usize, rejected: usize) -> f64 {
    let variance = |units: usize| 0.25 / units.max(1) as f64;
    let deviation = 0.5 * (variance(kept) + variance(rejected)).sqrt();
    0.5 + ONE_IN_TWENTY * deviation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    /// Of `count` images, every other one rejected; those look different by `distance` standard deviations.
    fn learned(count: usize, distance: f32) -> Result<Rejects, String> {
        let mut stream = Stream::new(5, &[]);
        let features: Vec<Vec<f32>> = (0..count)
            .map(|at| {
                let mut row: Vec<f32> = (0..16).map(|_| stream.normal() as f32).collect();
                row[0] += distance * (at % 2) as f32;
                row
            })
            .collect();
        let examples: Vec<Example<'_>> = features
            .iter()
            .enumerate()
            .map(|(at, features)| Example {
                features,
                class: at % 2,
            })
            .collect();
        let units: Vec<usize> = (0..count).collect();
        Rejects::learn(&examples, &units)
    }

    #[test]
    fn what_is_rejected_is_learned_once_it_can_be_told() {
        let rejects = learned(60, 5.0).ok().unwrap();
        assert!(rejects.accuracy > 0.9, "{}", rejects.accuracy);
        assert!(rejects.reason().contains('%'));
        let mut features = [0.0; 16];
        assert!(rejects.margin(&features).unwrap() < 0.0);
        features[0] = 5.0;
        assert!(rejects.margin(&features).unwrap() > 0.0);
        let few = learned(20, 5.0).err().unwrap();
        assert!(few.contains("so far 10 and 10"), "{few}");
    }

    #[test]
    fn decisions_that_do_not_follow_from_looks_accuse_nobody() {
        let error = learned(60, 0.0).err().unwrap();
        assert!(error.contains("cannot be told"), "{error}");
    }
}
