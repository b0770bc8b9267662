//! Grad-CAM++ (Chattopadhyay et al. 2018, <https://arxiv.org/abs/1710.11063>): channels weighted cell by cell, so that several
//! regions of one class count alike. As pytorch-grad-cam 1.5 computes it.

use super::maps::{Maps, rectified};

/// Keeps a division by nearly nothing finite.
const EPS: f32 = 1e-6;

/// Row-major. Equation 19: `a = g^2 / (2 g^2 + (sum of the map) g^3)`, 0 where the gradient is; a channel's weight is the sum of
/// `a * relu(g)`.
pub fn grad_cam_plus_plus(maps: &Maps, gradients: &Maps) -> Vec<f32> {
    let weights: Vec<f32> = maps
        .planes()
        .zip(gradients.planes())
        .map(|(map, gradient)| weight(map.iter().sum(), gradient))
        .collect();
    rectified(maps.weighted(&weights))
}

fn weight(sum_of_map: f32, gradient: &[f32]) -> f32 {
    let cells = gradient.iter().filter(|g| **g > 0.0);
    cells
        .map(|g| {
            let square = g * g;
            let alpha = square / (2.0 * square + sum_of_map * square * g + EPS);
            alpha * g
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::maps::{assert_close, example};
    use super::*;

    #[test]
    fn the_map_equals_the_golden() {
        let (maps, gradients) = example();
        assert_close(
            &grad_cam_plus_plus(&maps, &gradients),
            &[0.224_203_78, 0.119_995_2, 0.488_405_97, 0.264_202_18],
        );
    }
}
