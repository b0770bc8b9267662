//! What the model looked at: heatmaps and how they are drawn.

pub mod cam;
pub mod npy;
pub mod overlay;

/// A coarse map over the seen region; row-major, unscaled.
#[derive(Clone, Debug, PartialEq)]
pub struct Heatmap {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}
