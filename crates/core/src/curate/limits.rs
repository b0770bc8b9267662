//! When a value is bad: worse than a floor and far from what its source has, or so bad that no source excuses it.
//!
//! A night film is dark and a pencil drawing is bright; what a curator looks for is what is worse than the rest. So a
//! value between floor and certainty counts if its robust z, its distance from the source's median in scaled median
//! absolute deviations, is at least 3.5 (Iglewicz and Hoaglin 1993).

use serde::{Deserialize, Serialize};

/// Least robust z of an outlier.
const LEAST_Z: f64 = 3.5;
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

    /// 0.5 to 1 for a bad value, more for a worse one; `None` for another one.
    pub fn score(self, value: f64, usual: Usual) -> Option<f64> {
        let position = self.position(value);
        if position < 0.0 {
            return None;
        }
        let is_bad = position >= 1.0
            || if usual.count < LEAST_VALUES {
                position >= 0.5
            } else {
                self.z(value, usual) >= LEAST_Z
            };
        is_bad.then(|| 0.5 + 0.5 * position.min(1.0))
    }

    /// Robust z, positive for what is worse than usual.
    fn z(self, value: f64, usual: Usual) -> f64 {
        let span = self.certain - self.floor;
        let deviation = usual.deviation.max(LEAST_DEVIATION * span.abs());
        (value - usual.median) * span.signum() / deviation
    }
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
        assert!(LOW_IS_BAD.score(0.3, day).is_some());
        assert_eq!(LOW_IS_BAD.score(0.3, night), None);
        assert_eq!(LOW_IS_BAD.score(0.41, day), None, "better than the floor");
        assert_eq!(LOW_IS_BAD.score(0.05, night), Some(1.0), "black is black");
        assert!(LOW_IS_BAD.score(0.2, day) > LOW_IS_BAD.score(0.3, day));
    }

    #[test]
    fn the_direction_follows_from_the_limits() {
        let high_is_bad = Limits {
            floor: 0.9,
            certain: 0.99,
        };
        let usual = Usual::of(&[0.2; 20]).unwrap();
        assert!(high_is_bad.score(0.95, usual).is_some());
        assert_eq!(high_is_bad.score(0.1, usual), None);
    }

    #[test]
    fn in_a_handful_there_is_no_usual_value() {
        let few = Usual::of(&[0.2, 0.8]).unwrap();
        assert_eq!(LOW_IS_BAD.score(0.35, few), None);
        assert!(LOW_IS_BAD.score(0.2, few).is_some());
        assert_eq!(Usual::of(&[]), None);
    }
}
