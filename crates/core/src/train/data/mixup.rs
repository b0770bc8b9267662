//! Mixup: each image of a batch is blended with its neighbor, and so is its target (Zhang et al. 2017,
//! <https://arxiv.org/abs/1710.09412>).
//!
//! One share per batch, and the neighbor is the image before (torchvision's references do both); the batch is
//! shuffled already.

use candle_core::Tensor;

use super::batch::{Labels, Mix};
use crate::error::Result;
use crate::rng::Stream;

/// Blends a batch with itself, rolled by one; the share is drawn from Beta(`alpha`, `alpha`). `images`: `(N, 3, H, W)`.
pub(crate) fn mixed(
    images: &Tensor,
    labels: Labels,
    alpha: f64,
    stream: &mut Stream,
) -> Result<(Tensor, Labels)> {
    let share = stream.beta(alpha);
    let n = images.dim(0)?;
    let before = Tensor::cat(
        &[images.narrow(0, n - 1, 1)?, images.narrow(0, 0, n - 1)?],
        0,
    )?;
    let blended = ((images * share)? + (before * (1.0 - share))?)?;
    let Labels {
        mut targets,
        mut weights,
        ..
    } = labels.clone();
    targets.rotate_right(1);
    if let Some(weights) = &mut weights {
        weights.rotate_right(1);
    }
    let labels = Labels {
        mix: Some(Mix {
            targets,
            weights,
            share: share as f32,
        }),
        ..labels
    };
    Ok((blended, labels))
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn images_and_targets_are_blended_by_the_same_share() {
        let images = Tensor::new(&[[[[0f32]]], [[[1.0]]], [[[10.0]]]], &Device::Cpu).unwrap();
        let mut stream = Stream::new(1, &[]);
        let (blended, labels) = mixed(
            &images,
            Labels::weighted(vec![0, 1, 2], vec![1.0, 2.0, 3.0]),
            0.4,
            &mut stream,
        )
        .unwrap();
        let mix = labels.mix.clone().unwrap();
        let values: Vec<f32> = blended.flatten_all().unwrap().to_vec1().unwrap();
        let (own, other) = (mix.share, 1.0 - mix.share);
        for (value, expected) in values.iter().zip([10.0 * other, own, 10.0 * own + other]) {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
        assert_eq!(
            (labels.targets.clone(), mix.targets),
            (vec![0, 1, 2], vec![2, 0, 1])
        );
        assert!(own > 0.0 && own < 1.0);
        assert_eq!(labels.weights, Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(
            labels.mix.as_ref().unwrap().weights,
            Some(vec![3.0, 1.0, 2.0])
        );
        let some = labels.slice(1..3);
        assert_eq!(
            (some.targets, some.mix.unwrap().targets),
            (vec![1, 2], vec![0, 1])
        );
    }
}
