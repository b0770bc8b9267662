//! First values of new layers.

use crate::rng::Stream;

/// Kaiming's normal for ReLU, fan-in (He et al. 2015): standard deviation `sqrt(2 / fan_in)`; as fastai starts its head.
pub fn kaiming_normal(stream: &mut Stream, len: usize, fan_in: usize) -> Vec<f32> {
    let std = (2.0 / fan_in.max(1) as f64).sqrt();
    (0..len).map(|_| (stream.normal() * std) as f32).collect()
}
