//! What two runs' accuracies say about each other: one above the other, or a difference that is only noise.

use crate::report::is_uninformative;
use crate::run::RunLog;

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
        /// How far the difference's 95 % interval reaches towards 0, as of two independent measurements (Zou and Donner
        /// 2008, who combine the limits of both; each interval may reach further to one side). Two runs that were
        /// measured on the same images differ by less, so what is beyond it is beyond doubt.
        noise: f64,
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
        })
    }

    pub fn is_noise(self) -> bool {
        match self {
            Self::OtherImages | Self::TooFewScenes | Self::Flattered => true,
            Self::Difference { above, noise } => above.abs() <= noise,
        }
    }

    /// `name`: of the other run.
    pub fn text(self, name: &str) -> String {
        let (above, noise) = match self {
            Self::Difference { above, noise } => (above, noise),
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
        if self.is_noise() {
            format!("{distance}: within the noise of ±{noise:.1}")
        } else {
            format!("{distance}: more than the noise of ±{noise:.1}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_smaller_than_its_interval_is_called_noise() {
        let small = Comparison::Difference {
            above: 0.021,
            noise: 0.04,
        };
        assert!(small.is_noise());
        assert_eq!(
            small.text("b"),
            "2.1 points above b: within the noise of ±4.0"
        );
        let large = Comparison::Difference {
            above: -0.1,
            noise: 0.04,
        };
        assert_eq!(
            large.text("b"),
            "10.0 points below b: more than the noise of ±4.0"
        );
        let none = Comparison::Difference {
            above: 0.0,
            noise: 0.04,
        };
        assert_eq!(none.text("b"), "the same as b: within the noise of ±4.0");
    }
}
