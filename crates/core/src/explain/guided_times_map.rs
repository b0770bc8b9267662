//! The picture that the film classifier of 2018 called guided backpropagation: the guided gradient, scaled from 0 to 1 over all
//! pixels and colors jointly, times the signed mean map, enlarged by cubic splines and scaled from 0 to 1.
//!
//! So it is a guided Grad-CAM: no gradient is a middle grey where the map is hot, and black where it is cold.

use super::Heatmap;
use super::saliency::{Saliency, Shading};
use super::spline::{Size, zoom};
use super::style::Scale;

/// `heatmap`: of the same class and image.
#[must_use]
pub fn guided_times_map(mut saliency: Saliency, heatmap: &Heatmap) -> Saliency {
    let from = Size {
        width: heatmap.width,
        height: heatmap.height,
    };
    let to = Size {
        width: saliency.width,
        height: saliency.height,
    };
    let map = zoom(&heatmap.values, from, to);
    let of_map = Scale::of(&map);
    let of_gradient = Scale::of(&saliency.values);
    for plane in saliency.values.chunks_exact_mut(map.len().max(1)) {
        for (value, heat) in plane.iter_mut().zip(&map) {
            *value = of_gradient.fraction(*value) * of_map.fraction(*heat);
        }
    }
    saliency.shading = Shading::Unit;
    saliency
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_product_of_both_scaled_from_0_to_1() {
        let saliency = Saliency {
            width: 2,
            height: 2,
            values: vec![-1.0, 0.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0],
            region: [0.0, 0.0, 1.0, 1.0],
            shading: Shading::Deviations,
        };
        // Of two cells a side, the corners are the cells.
        let heatmap = Heatmap {
            width: 2,
            height: 2,
            values: vec![-2.0, 0.0, 2.0, 6.0],
        };
        let got = guided_times_map(saliency, &heatmap);
        let want = [
            0.0, 0.0625, 0.25, 1.0, 0.0, 0.0625, 0.125, 0.25, 0.0, 0.125, 0.25, 0.5,
        ];
        for (got, want) in got.values.iter().zip(want) {
            assert!((got - want).abs() < 1e-5, "{got} is not {want}");
        }
        assert_eq!(got.shading, Shading::Unit);
    }
}
