//! Score-CAM (Wang et al. 2020, <https://arxiv.org/abs/1910.01279>): a channel counts as much as the class's logit does when only
//! what the channel marks is left of the image. No gradient; one pass of the net for each channel, so it takes seconds.
//!
//! As pytorch-grad-cam 1.5: without the paper's baseline, which the softmax takes out again.

use candle_core::{Device, Tensor};

use super::maps::{Maps, rectified};
use crate::error::Result;
use crate::progress::Progress;

/// Masked images that go through the net together.
const BATCH: usize = 16;
/// Keeps a flat channel finite.
const EPS: f32 = 1e-8;

/// Row-major. `input`: what the net takes, `(1, 3, H, W)`; `score`: the raw logits of the class for a batch of such.
///
/// # Errors
/// [`crate::error::Error::Cancelled`]; what `score` says.
pub fn score_cam(
    maps: &Maps,
    input: &Tensor,
    score: impl Fn(&Tensor) -> Result<Vec<f32>>,
    progress: &Progress,
) -> Result<Vec<f32>> {
    let (_, colors, height, width) = input.dims4()?;
    let image: Vec<f32> = input.flatten_all()?.to_vec1()?;
    let mut scores = Vec::with_capacity(maps.channels);
    let planes: Vec<&[f32]> = maps.planes().collect();
    progress.stage("masking the image", Some(planes.len() as u64));
    for planes in planes.chunks(BATCH) {
        progress.check()?;
        let mut masked = Vec::with_capacity(planes.len() * image.len());
        for plane in planes {
            let mask = mask(plane, (maps.width, maps.height), (width, height));
            for color in image.chunks_exact(mask.len().max(1)) {
                masked.extend(color.iter().zip(&mask).map(|(value, mask)| value * mask));
            }
        }
        let shape = (planes.len(), colors, height, width);
        scores.extend(score(&Tensor::from_vec(masked, shape, &Device::Cpu)?)?);
        progress.advance(planes.len() as u64);
    }
    Ok(rectified(maps.weighted(&softmax(&scores))))
}

/// The channel enlarged to the image, its corners on the image's, and scaled from 0 to 1.
fn mask(
    plane: &[f32],
    (width, height): (usize, usize),
    (to_width, to_height): (usize, usize),
) -> Vec<f32> {
    let place = |at: usize, len: usize, to: usize| {
        let position =
            at as f32 * (len.saturating_sub(1)) as f32 / to.saturating_sub(1).max(1) as f32;
        let first = (position as usize).min(len.saturating_sub(1));
        (
            first,
            (first + 1).min(len.saturating_sub(1)),
            position - first as f32,
        )
    };
    let columns: Vec<_> = (0..to_width).map(|x| place(x, width, to_width)).collect();
    let mut mask = Vec::with_capacity(to_width * to_height);
    for y in 0..to_height {
        let (above, below, down) = place(y, height, to_height);
        for &(left, right, across) in &columns {
            let row = |row: usize| {
                let (a, b) = (plane[row * width + left], plane[row * width + right]);
                a + (b - a) * across
            };
            let (a, b) = (row(above), row(below));
            mask.push(a + (b - a) * down);
        }
    }
    let low = mask.iter().copied().fold(f32::INFINITY, f32::min);
    let high = mask.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let scale = 1.0 / (high - low + EPS);
    for value in &mut mask {
        *value = (*value - low) * scale;
    }
    mask
}

fn softmax(scores: &[f32]) -> Vec<f32> {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f64> = scores.iter().map(|s| f64::from(s - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::super::maps::assert_close;
    use super::*;

    #[test]
    fn a_channel_counts_by_the_score_of_what_it_marks() {
        let maps = Maps {
            channels: 2,
            height: 1,
            width: 2,
            values: vec![1.0, 0.0, 0.0, 2.0],
        };
        let input = Tensor::from_vec(vec![1f32, 2.0, 3.0], (1, 1, 1, 3), &Device::Cpu).unwrap();
        let sums = |batch: &Tensor| Ok(batch.sum((1, 2, 3))?.to_vec1()?);
        // Masks [1, .5, 0] and [0, .5, 1]: scores 2 and 4.
        let got = score_cam(&maps, &input, sums, &Progress::silent()).unwrap();
        let first = 1.0 / (1.0 + 2f32.exp());
        assert_close(&got, &[first, 2.0 * (1.0 - first)]);
    }

    #[test]
    fn it_stops_when_it_is_cancelled() {
        let (maps, _) = super::super::maps::example();
        let input = Tensor::zeros((1, 3, 4, 4), candle_core::DType::F32, &Device::Cpu).unwrap();
        let progress = Progress::silent();
        progress.cancel();
        let stopped = score_cam(&maps, &input, |_| Ok(Vec::new()), &progress);
        assert!(stopped.unwrap_err().is_cancelled());
    }
}
