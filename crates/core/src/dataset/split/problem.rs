//! What is wrong with a split, in words with their remedy.

use std::fmt;

use crate::catalog::ImageId;

/// What a person should fix before trusting a number; shown in Split and by `split`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SplitProblem {
    NoValidation {
        class: String,
    },
    FewScenes {
        class: String,
        scenes: usize,
    },
    EmptyTrain {
        class: String,
    },
    /// Training images that are in validation or a test set too, as the same file or with the same pixels.
    Twins {
        images: Vec<ImageId>,
        in_valid: usize,
        in_tests: usize,
    },
}

impl fmt::Display for SplitProblem {
    /// With its remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValidation { class } => write!(
                f,
                "{class} has no image in validation: put a scene of it there, or split by chance if no image has a scene; its accuracy stays unknown without"
            ),
            Self::FewScenes { class, scenes } => {
                let noun = if *scenes == 1 { "scene" } else { "scenes" };
                write!(
                    f,
                    "{class} has only {scenes} {noun}: it needs one for each side, import more of it"
                )
            }
            Self::EmptyTrain { class } => write!(
                f,
                "{class} has no image in training: take a scene of it out of validation (where chance splits, choose a smaller part), or import more images of it"
            ),
            Self::Twins {
                images,
                in_valid,
                in_tests,
            } => write!(
                f,
                "{} also in {}, so training leaves {} out: press Reject twins in Split (on the command line: `split --reject-twins`)",
                match images.len() {
                    1 => "1 training image is".to_owned(),
                    n => format!("{n} training images are"),
                },
                measured_words(*in_valid, *in_tests),
                if images.len() == 1 { "it" } else { "them" }
            ),
        }
    }
}

/// "validation (12) and test sets (3)"
pub fn measured_words(in_valid: usize, in_tests: usize) -> String {
    match (in_valid, in_tests) {
        (_, 0) => "validation".to_owned(),
        (0, _) => "a test set".to_owned(),
        _ => format!("validation ({in_valid}) and test sets ({in_tests})"),
    }
}
