//! What one image adds to an audit.

use crate::catalog::Unit;

/// An image before and after its border was cropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub target: usize,
    /// `None` of an image that stands alone.
    pub unit: Option<Unit>,
    /// The ring's share of the heatmap over its share of the image; `None` of an empty map.
    pub ratio: Option<f64>,
    /// Another class is predicted without the border.
    pub has_flipped: bool,
}
