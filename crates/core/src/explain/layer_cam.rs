//! Layer-CAM (Jiang et al. 2021, <https://ieeexplore.ieee.org/document/9462463>): every cell weighted by its own gradient, so that
//! the finer maps of earlier layers say something too.

use super::maps::{Maps, rectified};

/// `relu(sum over k of relu(gradient_k) * map_k)`, row-major.
pub fn layer_cam(maps: &Maps, gradients: &Maps) -> Vec<f32> {
    let mut sum = vec![0f32; maps.cells()];
    for (map, gradient) in maps.planes().zip(gradients.planes()) {
        for ((sum, value), g) in sum.iter_mut().zip(map).zip(gradient) {
            *sum += g.max(0.0) * value;
        }
    }
    rectified(sum)
}

#[cfg(test)]
mod tests {
    use super::super::maps::{assert_close, example};
    use super::*;

    #[test]
    fn the_map_equals_the_golden() {
        let (maps, gradients) = example();
        assert_close(&layer_cam(&maps, &gradients), &[0.1, 0.3, 0.0, 0.4]);
    }
}
