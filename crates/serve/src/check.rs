//! Whether what is served answers as it did when it was measured, or made.

/// Probabilities of other instruction sets differ in the last digits.
const TOLERANCE: f32 = 1e-4;

/// Whether the net answers as it did before.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// Of a bundle: its own images, which it has to pass to be served at all.
    Bundle { images: usize, difference: f32 },
    /// Of a run: images that it was evaluated on.
    Evaluated { images: usize, difference: f32 },
    /// Nothing to compare with.
    Unknown,
}

impl Check {
    /// One line, for a person.
    pub fn text(&self) -> String {
        match self {
            Self::Bundle { images, difference } => format!(
                "checked by {images} images: no logit differs by more than {difference:.1e}"
            ),
            Self::Evaluated {
                images,
                difference: 0.0,
            } => format!(
                "checked by {images} images that it was evaluated on: every probability is the same"
            ),
            Self::Evaluated { images, difference } if self.is_passed() => format!(
                "checked by {images} images that it was evaluated on: no probability differs by more than {difference:.1e}"
            ),
            Self::Evaluated { difference, .. } => format!(
                "a probability differs by {difference:.1e} from what the evaluation says; images or their crops were changed since, or the weights were: evaluate the run again"
            ),
            Self::Unknown => {
                "not checked: the run was not evaluated, so there is nothing to compare its answers with".to_owned()
            }
        }
    }

    pub fn is_passed(&self) -> bool {
        match self {
            Self::Bundle { .. } => true,
            Self::Evaluated { difference, .. } => *difference <= TOLERANCE,
            Self::Unknown => false,
        }
    }
}
