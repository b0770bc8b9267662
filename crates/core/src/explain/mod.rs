//! What the model looked at: heatmaps and how they are drawn.

pub mod cam;
pub mod explainer;
pub mod guided;
pub mod method;
pub mod npy;
pub mod overlay;

use crate::error::{Error, Result};

pub use explainer::{Explained, Explainer};

/// A coarse map over the seen region; row-major, unscaled.
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmap {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

/// That the run has a class of this number.
fn check_class(class: usize, classes: usize) -> Result<()> {
    if class < classes {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the run knows {classes} classes, so there is no class number {class}; choose one of its list"
    )))
}
