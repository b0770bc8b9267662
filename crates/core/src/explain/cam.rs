//! Grad-CAM (Selvaraju et al. 2017, <https://arxiv.org/abs/1610.02391>): sum and ReLU; and its mean without ReLU.
//!
//! On the last layer only the head is run and differentiated, from the raw logit of the class; the backbone's map was kept
//! by the [`crate::predict::Inspection`]. So another class costs about a millisecond.

use candle_core::{IndexOp as _, Tensor, Var};

use super::maps::{Maps, rectified};
use super::{Heatmap, check_class};
use crate::error::{Error, Result};
use crate::model::Classifier;

/// `relu(sum over k of mean(gradient_k) * map_k)`, row-major.
pub fn grad_cam(maps: &Maps, gradients: &Maps) -> Vec<f32> {
    rectified(maps.weighted(&means(gradients)))
}

/// `mean over k of mean(gradient_k) * map_k`: what speaks against the class stays, below 0.
pub fn mean_cam(maps: &Maps, gradients: &Maps) -> Vec<f32> {
    let channels = maps.channels.max(1) as f32;
    let mut values = maps.weighted(&means(gradients));
    for value in &mut values {
        *value /= channels;
    }
    values
}

/// Of each channel.
fn means(gradients: &Maps) -> Vec<f32> {
    let cells = gradients.cells().max(1) as f32;
    let planes = gradients.planes();
    planes
        .map(|plane| plane.iter().sum::<f32>() / cells)
        .collect()
}

/// Grad-CAM of any classifier on its last map. `features`: `(1, C, h, w)`.
///
/// # Errors
/// As [`head_gradient`].
pub fn grad_cam_of(
    classifier: &dyn Classifier,
    features: &Tensor,
    class: usize,
) -> Result<Heatmap> {
    let maps = Maps::of(features)?;
    let gradients = Maps::of(&head_gradient(classifier, features, class)?)?;
    Ok(maps.heatmap(grad_cam(&maps, &gradients)))
}

/// The gradient of the raw logit of `class` with respect to the last map, shaped as `features`: `(1, C, h, w)`.
///
/// # Errors
/// [`Error::Invalid`] if there is no such class, or the head does not depend on the map.
pub fn head_gradient(
    classifier: &dyn Classifier,
    features: &Tensor,
    class: usize,
) -> Result<Tensor> {
    let map = Var::from_tensor(&features.detach())?;
    let logits = classifier.fixed_head(&map)?;
    let (_, classes) = logits.dims2()?;
    check_class(class, classes)?;
    let gradients = logits.i((0, class))?.backward()?;
    let gradient = gradients.get(&map).cloned();
    gradient.ok_or_else(|| {
        Error::Invalid(
            "the head does not depend on the feature map, so there is no heatmap; train the run again".into(),
        )
    })
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::super::maps::{assert_close, example};
    use super::*;
    use crate::model::{Arch, HeadKind, Mode, build};
    use crate::rng::Stream;

    /// Computed by hand from the paper's equations 1 and 2.
    #[test]
    fn sum_and_relu_and_the_signed_mean_equal_the_goldens() {
        let (maps, gradients) = example();
        assert_close(&means(&gradients), &[0.15, -0.1]);
        assert_close(&grad_cam(&maps, &gradients), &[0.15, 0.0, 0.2, 0.05]);
        assert_close(&mean_cam(&maps, &gradients), &[0.075, -0.15, 0.1, 0.025]);
    }

    /// The two ways go through different code: the head alone on the kept map, or the stage's own map and gradient.
    #[test]
    fn the_last_stage_gives_the_map_that_the_head_alone_gives() {
        let net = build(Arch::EfficientnetLite0, HeadKind::Fastai, 3, 5).unwrap();
        let mut stream = Stream::new(2, &[]);
        let values: Vec<f32> = (0..3 * 64 * 64).map(|_| stream.normal() as f32).collect();
        let images = Tensor::from_vec(values, (1, 3, 64, 64), &Device::Cpu).unwrap();
        let features = net.features(&images, Mode::Eval).unwrap();
        let expected = grad_cam_of(&net, &features, 1).unwrap();
        let last = net.stages().last().unwrap().to_owned();
        let map = net.stage_map(&images, &last).unwrap();
        let gradient = net.stage_gradient(&map, 1, &last).unwrap();
        let values = grad_cam(&Maps::of(&map).unwrap(), &Maps::of(&gradient).unwrap());
        let largest = expected.values.iter().copied().fold(0.0, f32::max);
        assert!(largest > 0.0);
        for (got, want) in values.iter().zip(&expected.values) {
            assert!((got - want).abs() < 1e-3 * largest, "{got} {want}");
        }
    }
}
