//! When a value is bad: worse than a floor and far from what its source has, or so bad that no source excuses it.
//!
//! A night film is dark and a pencil drawing is bright; what a curator looks for is what is worse than the rest. So a
//! value between floor and certainty counts if its robust z, its distance from the source's median in scaled median
//! absolute deviations, is at least 3.5 (Iglewicz and Hoaglin 1993).

use serde::{Deserialize, Serialize};

/// Least robust z of an outlier.
pub(super) const LEAST_Z: f64 = 3.5;
/// Where the scale of degrees ends; what is worse is not told apart.
pub(super) const MOST_DEGREE: f64 = 10.0;
/// A median absolute deviation times this is a standard deviation, for a normal distribution.
const SCALE_OF_DEVIATION: f64 = 1.4826;
/// With fewer values there is no usual one; then half way to certainty is enough.
const LEAST_VALUES: usize = 8;
/// The least deviation, as a part of the distance from floor to certainty: a source whose values are all equal would
/// make any other one infinitely far.
const LEAST_DEVIATION: f64 = 0.05;

/// Values that are worse than `floor` may be bad, those worse than `certain` are. Which direction is worse follows from
/// the two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    pub floor: f64,
    pub certain: f64,
}

/// What is usual in a source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    pub median: f64,
    /// Robust standard deviation.
    pub deviation: f64,
    pub count: usize,
}

impl Usual {
    /// `None` of nothing.
    pub fn of(values: &[f64]) -> Option<Self> {
        let median = median(values)?;
        let distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        Some(Self {
            median,
            deviation: SCALE_OF_DEVIATION * self::median(&distances)?,
            count: values.len(),
        })
    }
}

/// The upper one of an even number. `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

impl Limits {
    /// How far a value is on the way from the floor (0) to certainty (1); negative if it is better than the floor.
    pub fn position(self, value: f64) -> f64 {
        (value - self.floor) / (self.certain - self.floor)
    }

    /// 0.5 to 1 for a value worse than the floor, below that for a better one.
    pub fn score(self, value: f64) -> f64 {
        0.5 + 0.5 * self.position(value).clamp(-1.0, 1.0)
    }

    /// How bad a value is on a scale from 0 to [`MOST_DEGREE`] on which one threshold decides. Between floor and certainty it
    /// is the robust z, from [`LEAST_Z`] on squeezed so that it stays below twice that; beyond certainty at least twice
    /// that; for what is better than the floor less than [`LEAST_Z`], the less the better.
    pub fn degree(self, value: f64, usual: Usual) -> f64 {
        let position = self.position(value);
        let by_position = 2.0 * LEAST_Z * position;
        let degree = if usual.count < LEAST_VALUES {
            by_position
        } else {
            let z = self.z(value, usual);
            if position >= 1.0 {
                by_position
            } else if position >= 0.0 {
                squeezed(z)
            } else {
                z.min(LEAST_Z * (1.0 + position))
            }
        };
        degree.clamp(0.0, MOST_DEGREE)
    }

    /// Robust z, positive for what is worse than usual.
    fn z(self, value: f64, usual: Usual) -> f64 {
        let span = self.certain - self.floor;
        let deviation = usual.deviation.max(LEAST_DEVIATION * span.abs());
        (value - usual.median) * span.signum() / deviation
    }
}

/// Rises with z, which in a source of equal images has no end, to just below twice [`LEAST_Z`].
fn squeezed(z: f64) -> f64 {
    if z < LEAST_Z {
        return z;
    }
    LEAST_Z + 0.95 * LEAST_Z * (1.0 - LEAST_Z / z)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW_IS_BAD: Limits = Limits {
        floor: 0.4,
        certain: 0.1,
    };

    #[test]
    fn a_value_is_compared_with_its_source_between_floor_and_certainty() {
        let day = Usual::of(&[0.8, 0.82, 0.85, 0.9, 0.79, 0.83, 0.3, 0.84, 0.81]).unwrap();
        let night = Usual::of(&[0.3, 0.25, 0.35, 0.28, 0.2, 0.33, 0.31, 0.29, 0.27]).unwrap();
        let is_bad = |value: f64, usual: Usual| LOW_IS_BAD.degree(value, usual) >= LEAST_Z;
        assert!(is_bad(0.3, day));
        assert!(!is_bad(0.3, night));
        assert!(!is_bad(0.41, day), "better than the floor");
        assert!(LOW_IS_BAD.degree(0.41, day) >= 3.0, "but not by much");
        assert!(LOW_IS_BAD.degree(0.8, day) < 1.0);
        let degrees = [0.3, 0.2, 0.11, 0.1, 0.05].map(|value| LOW_IS_BAD.degree(value, day));
        assert!(degrees.is_sorted_by(|a, b| a < b), "{degrees:?}");
        assert!(LOW_IS_BAD.score(0.41) < 0.5);
        assert!(is_bad(0.05, night), "black is black");
        assert_eq!(LOW_IS_BAD.score(0.05), 1.0);
        assert!(LOW_IS_BAD.score(0.2) > LOW_IS_BAD.score(0.3));
    }

    #[test]
    fn the_direction_follows_from_the_limits() {
        let high_is_bad = Limits {
            floor: 0.9,
            certain: 0.99,
        };
        let usual = Usual::of(&[0.2; 20]).unwrap();
        assert!(high_is_bad.degree(0.95, usual) >= LEAST_Z);
        assert!(high_is_bad.degree(0.1, usual) < LEAST_Z);
    }

    #[test]
    fn in_a_handful_there_is_no_usual_value() {
        let few = Usual::of(&[0.2, 0.8]).unwrap();
        assert!(LOW_IS_BAD.degree(0.35, few) < LEAST_Z);
        assert!(LOW_IS_BAD.degree(0.2, few) >= LEAST_Z);
        assert_eq!(Usual::of(&[]), None);
    }
}
