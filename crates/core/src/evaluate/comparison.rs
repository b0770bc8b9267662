//! What two runs' accuracies say about each other: one above the other, or a difference that is only noise.

use std::collections::BTreeMap;

use crate::report::is_uninformative;
use crate::report::paired::{self, Pair};
use crate::run::{BestValid, RunLog};

/// The best accuracy of one run over that of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    /// Measured on other images, or by a random split: the two numbers do not belong side by side.
    OtherImages,
    /// One of the two intervals says nothing, and so does a difference.
    TooFewScenes,
    /// The accuracy of one of the two looks better than it is.
    Flattered,
    Difference {
        /// Fractions.
        above: f64,
        /// How far the difference's 95 % interval reaches towards 0.
        noise: f64,
        /// Whether the runs were compared image by image. Where an older version kept only the accuracy of one of them, the
        /// interval is that of two independent measurements (Zou and Donner 2008, who combine the limits of both), which is
        /// wider than it needs to be.
        is_paired: bool,
    },
}

impl Comparison {
    /// `None` if one of the two has not been measured, or by a version that kept no interval.
    pub fn of(run: &RunLog, other: &RunLog) -> Option<Self> {
        let (a, b) = (run.best_accuracy()?, other.best_accuracy()?);
        let is_same_set = run.info.split_hash == other.info.split_hash;
        if !is_same_set || run.info.is_random_split != other.info.is_random_split {
            return Some(Self::OtherImages);
        }
        if run.contaminated != Some(0) || other.contaminated != Some(0) {
            return Some(Self::Flattered);
        }
        if let Some(paired) = paired_difference(run, other) {
            return Some(if paired.is_uninformative() {
                Self::TooFewScenes
            } else {
                let [low, high] = paired.interval;
                let above = paired.difference;
                Self::Difference {
                    above,
                    noise: if above >= 0.0 {
                        above - low
                    } else {
                        high - above
                    },
                    is_paired: true,
                }
            });
        }
        let (of_run, of_other) = (run.best_interval()?, other.best_interval()?);
        if is_uninformative(of_run) || is_uninformative(of_other) {
            return Some(Self::TooFewScenes);
        }
        let (higher, lower) = if a >= b {
            ((a, of_run), (b, of_other))
        } else {
            ((b, of_other), (a, of_run))
        };
        let (below_higher, above_lower) = (higher.0 - higher.1[0], lower.1[1] - lower.0);
        Some(Self::Difference {
            above: a - b,
            noise: below_higher.hypot(above_lower),
            is_paired: false,
        })
    }

    pub fn is_noise(self) -> bool {
        match self {
            Self::OtherImages | Self::TooFewScenes | Self::Flattered => true,
            Self::Difference { above, noise, .. } => above.abs() <= noise,
        }
    }

    /// `name`: of the other run.
    pub fn text(self, name: &str) -> String {
        let (above, noise, is_paired) = match self {
            Self::Difference {
                above,
                noise,
                is_paired,
            } => (above, noise, is_paired),
            Self::OtherImages => {
                return format!("not comparable with {name}, which was measured on another split");
            }
            Self::TooFewScenes => return format!("not comparable with {name}: too few scenes"),
            Self::Flattered => {
                return format!(
                    "not comparable with {name}: one of the two was, or may have been, trained on validation images"
                );
            }
        };
        let (points, noise) = (above.abs() * 100.0, noise * 100.0);
        // What is shown is rounded, and "0.0 points above" would be nonsense.
        let distance = if points < 0.05 {
            format!("the same as {name}")
        } else {
            let word = if above > 0.0 { "above" } else { "below" };
            format!("{points:.1} points {word} {name}")
        };
        let how = if is_paired { "" } else { " (measured apart)" };
        if self.is_noise() {
            format!("{distance}: within the noise of ±{noise:.1}{how}")
        } else {
            format!("{distance}: more than the noise of ±{noise:.1}{how}")
        }
    }
}

/// `None` if one of them did not keep which images it is right about, or of other images.
fn paired_difference(run: &RunLog, other: &RunLog) -> Option<paired::Difference> {
    let of_best = |log: &RunLog| {
        let best = BestValid::read(&log.dir)?;
        // Of an earlier epoch it says nothing about these weights.
        (Some(best.epoch) == log.best_epoch()).then_some(best.images)
    };
    let (first, second) = (of_best(run)?, of_best(other)?);
    let second: BTreeMap<_, _> = second
        .into_iter()
        .map(|measured| (measured.image, measured.is_correct))
        .collect();
    if first.len() != second.len() {
        return None;
    }
    let pairs: Option<Vec<Pair>> = first
        .into_iter()
        .map(|measured| {
            Some(Pair {
                unit: measured.unit,
                is_first_correct: measured.is_correct,
                is_second_correct: *second.get(&measured.image)?,
            })
        })
        .collect();
    paired::Difference::of(&pairs?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_smaller_than_its_interval_is_called_noise() {
        let small = Comparison::Difference {
            above: 0.021,
            noise: 0.04,
            is_paired: true,
        };
        assert!(small.is_noise());
        assert_eq!(
            small.text("b"),
            "2.1 points above b: within the noise of ±4.0"
        );
        let large = Comparison::Difference {
            above: -0.1,
            noise: 0.04,
            is_paired: true,
        };
        assert_eq!(
            large.text("b"),
            "10.0 points below b: more than the noise of ±4.0"
        );
        let none = Comparison::Difference {
            above: 0.0,
            noise: 0.04,
            is_paired: false,
        };
        assert_eq!(
            none.text("b"),
            "the same as b: within the noise of ±4.0 (measured apart)"
        );
    }
}
