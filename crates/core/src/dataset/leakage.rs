//! How many validation images have a twin among the training images, and whether anything can be measured on such a
//! split.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A split with more twins than this is not trained on unless somebody insists: a twentieth can raise an accuracy by no
/// more than that, and a shot that comes back once in a long film stays below it.
const MOST_CONTAMINATION: f64 = 0.05;
/// So many may be chance, a dissolve for instance, however few validation images there are.
const MOST_BY_CHANCE: usize = 1;

/// Validation images with a twin: a training image of the same scene, or one that shows the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leakage {
    pub twins: usize,
    /// Validation images.
    pub of: usize,
}

impl Leakage {
    /// Share of the validation images, 0 to 1.
    pub fn contamination(self) -> f64 {
        self.twins as f64 / self.of.max(1) as f64
    }

    /// Whether an accuracy on these images says nothing of images of other scenes.
    pub fn is_leaking(self) -> bool {
        self.twins > MOST_BY_CHANCE && self.contamination() > MOST_CONTAMINATION
    }
}

impl fmt::Display for Leakage {
    /// "269 of the 276 validation images have a twin in training".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, images) = match (self.twins, self.of) {
            (1, 1) => ("has", "image"),
            (1, _) => ("has", "images"),
            _ => ("have", "images"),
        };
        write!(
            f,
            "{} of the {} validation {images} {verb} a twin in training",
            self.twins, self.of
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twentieth_may_have_twins_and_nothing_leaks_nothing() {
        assert!(!Leakage { twins: 5, of: 100 }.is_leaking());
        assert!(Leakage { twins: 6, of: 100 }.is_leaking());
        assert!(!Leakage { twins: 1, of: 9 }.is_leaking());
        assert!(Leakage { twins: 2, of: 2 }.is_leaking());
        assert!(!Leakage::default().is_leaking());
        let text = Leakage { twins: 1, of: 20 }.to_string();
        assert_eq!(text, "1 of the 20 validation images has a twin in training");
    }
}
