//! Grad-CAM on the last feature map (Selvaraju et al. 2017, <https://arxiv.org/abs/1610.02391>): sum and ReLU.
//!
//! Only the head is run and differentiated, from the raw logit of the class; the body's map was kept by the
//! [`Inspection`]. So another class costs about a millisecond.

use candle_core::{IndexOp as _, Tensor, Var};

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
}
