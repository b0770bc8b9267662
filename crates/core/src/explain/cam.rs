//! Grad-CAM on the last feature map (Selvaraju et al. 2017, <https://arxiv.org/abs/1610.02391>): sum and ReLU.
//!
//! Only the head is run and differentiated, from the raw logit of the class; the backbone's map was kept by the
//! [`Inspection`]. So another class costs about a millisecond.

use candle_core::{IndexOp as _, Tensor, Var};
use image::RgbImage;

use super::{Heatmap, check_class};
use crate::error::{Error, Result};
use crate::model::Classifier;
use crate::predict::{Inspection, Predictor};

/// The map of `class` (index into [`Predictor::classes`]).
///
/// # Errors
/// [`Error::Invalid`] if there is no such class.
pub fn grad_cam(predictor: &Predictor, inspection: &Inspection, class: usize) -> Result<Heatmap> {
    grad_cam_of(predictor.classifier(), &inspection.features, class)
}

/// As [`grad_cam`], of any classifier. `features`: `(1, C, h, w)`.
///
/// # Errors
/// As [`grad_cam`].
pub fn grad_cam_of(
    classifier: &dyn Classifier,
    features: &Tensor,
    class: usize,
) -> Result<Heatmap> {
    let map = Var::from_tensor(&features.detach())?;
    let logits = classifier.head(&map, None)?;
    let (_, classes) = logits.dims2()?;
    check_class(class, classes)?;
    let gradients = logits.i((0, class))?.backward()?;
    let Some(gradient) = gradients.get(&map) else {
        return Err(Error::Invalid(
            "the head does not depend on the feature map, so there is no heatmap; train the run again".into(),
        ));
    };
    let (_, _, height, width) = map.dims4()?;
    let values = weigh(features, gradient)?;
    Ok(Heatmap {
        width,
        height,
        values,
    })
}

/// As [`grad_cam`], on the map of any stage of the net ([`Predictor::stages`]) instead of the last one. The whole net is run
/// again, forward and backward down to that stage. Earlier stages have finer maps that say less of the class.
///
/// # Errors
/// As [`Predictor::activation_and_gradient`].
pub fn grad_cam_at(
    predictor: &Predictor,
    image: &RgbImage,
    class: usize,
    stage: &str,
) -> Result<Heatmap> {
    check_class(class, predictor.classes().len())?;
    let found = predictor.activation_and_gradient(image, class, stage)?;
    let (_, _, height, width) = found.activation.dims4()?;
    Ok(Heatmap {
        width,
        height,
        values: weigh(&found.activation, &found.gradient)?,
    })
}

/// `relu(sum over k of mean(gradient_k) * map_k)`, both `(1, C, h, w)`; row-major.
fn weigh(map: &Tensor, gradient: &Tensor) -> Result<Vec<f32>> {
    let weights = gradient.mean_keepdim((2, 3))?;
    let sum = map.broadcast_mul(&weights)?.sum((0, 1))?;
    let values: Vec<f32> = sum.flatten_all()?.to_vec1()?;
    Ok(values.into_iter().map(|value| value.max(0.0)).collect())
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::model::{Arch, HeadKind, Mode, build};
    use crate::rng::Stream;

    /// Computed by hand from the paper's equations 1 and 2.
    #[test]
    fn sum_and_relu_equal_the_golden() {
        let tensor =
            |values: [f32; 8]| Tensor::from_slice(&values, (1, 2, 2, 2), &Device::Cpu).unwrap();
        let map = tensor([1.0, 0.0, 2.0, 1.0, 0.0, 3.0, 1.0, 1.0]);
        let gradient = tensor([0.1, 0.2, -0.1, 0.4, -0.3, 0.1, -0.2, 0.0]);
        let values = weigh(&map, &gradient).unwrap();
        for (got, want) in values.iter().zip([0.15, 0.0, 0.2, 0.05]) {
            assert!((got - want).abs() < 1e-6, "{values:?}");
        }
    }

    /// The two ways go through different code: inference on folded weights and the head alone, or the whole net.
    #[test]
    fn the_last_stage_gives_the_map_that_the_head_alone_gives() {
        let net = build(Arch::EfficientnetLite0, HeadKind::Fastai, 3, 5).unwrap();
        let mut stream = Stream::new(2, &[]);
        let values: Vec<f32> = (0..3 * 64 * 64).map(|_| stream.normal() as f32).collect();
        let images = Tensor::from_vec(values, (1, 3, 64, 64), &Device::Cpu).unwrap();
        let features = net.features(&images, Mode::Eval).unwrap();
        let expected = grad_cam_of(&net, &features, 1).unwrap();
        let last = net.stages().last().unwrap().to_owned();
        let found = net.activation_and_gradient(&images, 1, &last).unwrap();
        let values = weigh(&found.activation, &found.gradient).unwrap();
        let largest = expected.values.iter().copied().fold(0.0, f32::max);
        assert!(largest > 0.0);
        for (got, want) in values.iter().zip(&expected.values) {
            assert!((got - want).abs() < 1e-3 * largest, "{got} {want}");
        }
        let finer = net.activation_and_gradient(&images, 1, "blocks.2").unwrap();
        assert_eq!(finer.activation.dims(), [1, 40, 8, 8]);
        assert!(net.activation_and_gradient(&images, 1, "layer4").is_err());
    }
}
