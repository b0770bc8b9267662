//! Guided backpropagation (Springenberg et al. 2015, <https://arxiv.org/abs/1412.6806>) and guided Grad-CAM (Selvaraju et
//! al. 2017, section 3.2): which edges and colors speak for a class, where Grad-CAM says only which region.

use super::Heatmap;
use super::gradient::by_rule;
use super::overlay::bilinear;
use super::saliency::Saliency;
use super::seen::Seen;
use crate::error::Result;
use crate::ops::act::Backward;

/// Guided backpropagation of `class` (index into [`crate::predict::Predictor::classes`]). The whole net is run again,
/// forward and back.
///
/// # Errors
/// As [`super::gradient::gradient`].
pub fn guided_backprop(seen: &Seen<'_>, class: usize) -> Result<Saliency> {
    by_rule(seen, class, Backward::Guided)
}

/// Guided Grad-CAM: pixel by pixel the product with `heatmap` of the same class and image, bilinear in between its cells.
#[must_use]
pub fn within(mut saliency: Saliency, heatmap: &Heatmap) -> Saliency {
    let (width, height) = (saliency.width, saliency.height);
    for plane in saliency.values.chunks_exact_mut((width * height).max(1)) {
        for (at, value) in plane.iter_mut().enumerate() {
            let across = ((at % width) as f32 + 0.5) / width as f32;
            let down = ((at / width) as f32 + 0.5) / height as f32;
            *value *= bilinear(&heatmap.values, heatmap.width, heatmap.height, across, down);
        }
    }
    saliency
}

#[cfg(test)]
mod tests {
    use super::super::saliency::Shading;
    use super::*;

    #[test]
    fn within_a_heatmap_only_its_region_is_left() {
        let heatmap = Heatmap {
            width: 2,
            height: 1,
            values: vec![0.0, 2.0],
        };
        let saliency = Saliency {
            width: 2,
            height: 1,
            values: vec![1.0, 1.0, 2.0, 2.0, -3.0, -3.0],
            region: [0.0, 0.0, 1.0, 1.0],
            shading: Shading::Deviations,
        };
        let found = within(saliency, &heatmap);
        assert_eq!(found.values, [0.0, 2.0, 0.0, 4.0, 0.0, -6.0]);
    }
}
