//! From where on something counts as found: one number for each kind that is a matter of degree, remembered by the
//! project.

use super::kind::Kind;
use super::limits::{LEAST_Z, MOST_DEGREE};
use super::mislabelled::FOUND;
use super::settings::{LEAST_LIKENESS, Settings};
use crate::catalog::ImageId;

/// Least cosine of the features of similar images, centered on their source.
pub(super) const LEAST_COSINE: f32 = 0.9;
/// Pairs that are less alike are not worth a look.
pub(super) const LEAST_PAIR: f32 = 0.8;
/// Rankings: what is suspected at all.
const LEAST_SUSPICION: f64 = 0.5;
/// Below this nearly every image would be found.
const LEAST_DEGREE: f64 = 0.5;

/// A threshold with the room it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// What is found has this degree at least.
    pub value: f64,
    pub default: f64,
    pub least: f64,
    pub most: f64,
}

/// How much of what a kind looks for there is in an image, whether it counts as found or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub image: ImageId,
    /// The other one of a pair.
    pub of: Option<ImageId>,
    /// On the scale of the kind's [`Threshold`].
    pub degree: f64,
}

impl Settings {
    /// `None` for a kind that is no matter of degree.
    pub fn threshold(&self, kind: Kind) -> Option<Threshold> {
        let (default, least, most) = match kind {
            Kind::NearDuplicate => (f64::from(LEAST_LIKENESS), f64::from(LEAST_PAIR), 1.0),
            Kind::Similar => (f64::from(LEAST_COSINE), f64::from(LEAST_PAIR), 1.0),
            Kind::Mislabelled => (FOUND, 0.0, 1.0),
            Kind::Outlier | Kind::Background => (LEAST_SUSPICION, LEAST_SUSPICION, 1.0),
            _measured => {
                self.limits(kind)?;
                (LEAST_Z, LEAST_DEGREE, MOST_DEGREE)
            }
        };
        let set = match kind {
            Kind::NearDuplicate => Some(f64::from(self.least_likeness)),
            _other => self.thresholds.get(&kind).copied(),
        };
        Some(Threshold {
            value: set.unwrap_or(default).clamp(least, most),
            default,
            least,
            most,
        })
    }

    /// `None`: back to the default.
    pub fn set_threshold(&mut self, kind: Kind, value: Option<f64>) {
        match (kind, value) {
            (Kind::NearDuplicate, value) => {
                self.least_likeness = value.map_or(LEAST_LIKENESS, |value| value as f32);
            }
            (kind, Some(value)) => {
                self.thresholds.insert(kind, value);
            }
            (kind, None) => {
                self.thresholds.remove(&kind);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_is_set_and_reset() {
        let mut settings = Settings::default();
        for &kind in Kind::ALL {
            let Some(threshold) = settings.threshold(kind) else {
                continue;
            };
            assert_eq!(threshold.value, threshold.default, "{kind}");
            let other = threshold.least + 0.75 * (threshold.most - threshold.least);
            settings.set_threshold(kind, Some(other));
            let set = settings.threshold(kind).unwrap().value;
            assert!((set - other).abs() < 1e-6, "{kind}");
            settings.set_threshold(kind, None);
        }
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.threshold(Kind::Grey), None);
    }
}
