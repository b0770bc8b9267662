//! What the model looked at: the methods, how what they find is drawn, and whether it is true.

pub mod audit;
pub mod background;
pub mod cam;
pub mod clusters;
pub mod colormap;
pub mod comparison;
pub mod eigen_cam;
pub mod explained;
pub mod explainer;
pub mod explanation;
pub mod faithfulness;
pub mod figure;
pub mod grad_cam_plus_plus;
pub mod gradient;
mod grid;
pub mod guided;
pub mod guided_times_map;
mod inspected;
mod kept;
pub mod layer_cam;
pub mod lettering;
mod loaded_run;
pub mod located;
pub mod maps;
pub mod member;
pub mod method;
pub mod names;
pub mod npy;
pub mod overlay;
pub mod picture_file;
pub mod saliency;
pub mod score_cam;
pub mod seen;
pub mod sheet;
pub mod spline;
mod stored;
pub mod style;
pub mod subject;

use crate::error::{Error, Result};

pub use explained::Explained;
pub use explainer::{Explainer, Question};

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
