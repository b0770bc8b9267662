//! Mixup: each picture of a batch is blended with its neighbour, and so is what it should say (Zhang et al. 2017,
//! <https://arxiv.org/abs/1710.09412>).
//!
//! One share a batch, and the neighbour is the picture before (torchvision's references do both); the batch is shuffled
//! already.

use candle_core::Tensor;

use crate::dataset::loader::Batch;
use crate::error::Result;
use crate::rng::Stream;

/// What mixed pictures should say beside their own targets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mix {
    /// Of the pictures blended in.
    pub targets: Vec<u32>,
    /// That the own targets keep, 0 to 1.
    pub share: f32,
}

/// Blends the batch with itself, moved on by one; the share is drawn from Beta(`alpha`, `alpha`).
pub(crate) fn mixed(batch: Batch, alpha: f64, stream: &mut Stream) -> Result<(Batch, Mix)> {
    let share = stream.beta(alpha);
    let Batch {
        images,
        mut targets,
    } = batch;
    let n = images.dim(0)?;
    let before = Tensor::cat(
        &[images.narrow(0, n - 1, 1)?, images.narrow(0, 0, n - 1)?],
        0,
    )?;
    let blended = ((images * share)? + (before * (1.0 - share))?)?;
    let own = targets.clone();
    targets.rotate_right(1);
    let batch = Batch {
        images: blended,
        targets: own,
    };
    let mix = Mix {
        targets,
        share: share as f32,
    };
    Ok((batch, mix))
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn pictures_and_targets_are_blended_by_the_same_share() {
        let images = Tensor::new(&[[[[0f32]]], [[[1.0]]], [[[10.0]]]], &Device::Cpu).unwrap();
        let batch = Batch {
            images,
            targets: vec![0, 1, 2],
        };
        let (mixed, mix) = mixed(batch, 0.4, &mut Stream::new(1, &[])).unwrap();
        let values: Vec<f32> = mixed.images.flatten_all().unwrap().to_vec1().unwrap();
        let (own, other) = (mix.share, 1.0 - mix.share);
        for (value, expected) in values.iter().zip([10.0 * other, own, 10.0 * own + other]) {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
        assert_eq!((mixed.targets, mix.targets), (vec![0, 1, 2], vec![2, 0, 1]));
        assert!(own > 0.0 && own < 1.0);
    }
}
