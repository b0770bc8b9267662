//! Dropout from a seeded stream: the same step drops the same values in every run (candle's cannot be seeded on the CPU).

use candle_core::{Result, Tensor};

use crate::rng::Stream;

/// Zeroes each value of `x` (any shape, f32) with `probability` and scales the others by `1 / (1 - probability)`.
pub fn dropout(x: &Tensor, probability: f64, stream: &mut Stream) -> Result<Tensor> {
    let kept = (1.0 / (1.0 - probability)) as f32;
    let mask: Vec<f32> = (0..x.elem_count())
        .map(|_| {
            if stream.chance(probability) {
                0.0
            } else {
                kept
            }
        })
        .collect();
    x.mul(&Tensor::from_vec(mask, x.shape(), x.device())?)
}
