//! A feature map with the normalisation still to be applied, and the gradient that comes back to it.

use super::act::{Act, Backward, Bounds};
use super::simd::kernel;

/// `z = act(y * scale + shift)` per channel, and what the backward pass needs of the statistics behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
    pub mean: Vec<f32>,
    /// 1 / sqrt(variance + eps)
    pub inverse_std: Vec<f32>,
    pub act: Act,
    /// The statistics are those of this very batch, so they have a gradient too.
    pub is_batch: bool,
    pub backward: Backward,
}

/// A map of `n` images, `height` x `width` x `channels`, NHWC.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Raw: `pending` is not applied yet.
    pub data: Vec<f32>,
    pub n: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub pending: Option<Pending>,
}

impl Feature {
    /// A map of no images.
    pub fn empty() -> Self {
        Self {
            data: Vec::new(),
            n: 0,
            height: 0,
            width: 0,
            channels: 0,
            pending: None,
        }
    }

    pub fn rows(&self) -> usize {
        self.n * self.height * self.width
    }
}

/// The gradient with respect to a map *behind its activation's derivative*, i.e. to the output of its normalisation;
/// with the per-channel sums that a normalisation's backward needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient {
    pub data: Vec<f32>,
    /// Empty where nothing is pending on the map. Per channel: sum of the gradient, then sum of gradient * (y - mean).
    pub sums: Option<Sums>,
}

/// Copies raw values, with what is pending on them applied.
pub fn activate(pending: Option<&Pending>, dst: &mut [f32], src: &[f32]) {
    match pending {
        Some(pending) => pending.apply(dst, src),
        None => dst.copy_from_slice(src),
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    pub of_gradient: Vec<f32>,
    pub of_gradient_deviation: Vec<f32>,
}

impl Sums {
    /// Adds the partial sums of all pieces in their order. `partials`: per piece `2 * channels` values.
    pub fn combine(partials: &[f32], channels: usize) -> Self {
        let total = add_up(partials, 2 * channels);
        Self {
            of_gradient: total[..channels].to_vec(),
            of_gradient_deviation: total[channels..].to_vec(),
        }
    }
}

/// Sums pieces of `len` values, in double precision, in their order.
pub fn add_up(partials: &[f32], len: usize) -> Vec<f32> {
    let mut total = vec![0f64; len];
    for partial in partials.chunks_exact(len.max(1)) {
        for (sum, &value) in total.iter_mut().zip(partial) {
            *sum += f64::from(value);
        }
    }
    total.into_iter().map(|sum| sum as f32).collect()
}

kernel! {
    /// `dst = clamp(src * scale + shift)`; both are rows of `scale.len()` channels.
    pub fn apply_affine(dst: &mut [f32], src: &[f32], scale: &[f32], shift: &[f32], bounds: Bounds) {
        let Bounds { low, high } = bounds;
        let channels = scale.len();
        for (dst, src) in dst.chunks_exact_mut(channels).zip(src.chunks_exact(channels)) {
            for (((d, &s), &a), &b) in dst.iter_mut().zip(src).zip(scale).zip(shift) {
                let z = s * a + b;
                // Comparisons, so that NaN stays NaN.
                let z = if z < low { low } else { z };
                *d = if z > high { high } else { z };
            }
        }
    }
}

impl Pending {
    /// A bias per channel and an activation, without a normalisation.
    pub fn bias(bias: &[f32], act: Act) -> Self {
        let channels = bias.len();
        Self {
            scale: vec![1.0; channels],
            shift: bias.to_vec(),
            mean: vec![0.0; channels],
            inverse_std: vec![1.0; channels],
            act,
            is_batch: false,
            backward: Backward::Plain,
        }
    }

    /// Gradients below this do not pass the activation.
    pub fn floor(&self) -> f32 {
        self.backward.floor(self.act)
    }

    pub fn apply(&self, dst: &mut [f32], src: &[f32]) {
        apply_affine(dst, src, &self.scale, &self.shift, self.act.bounds());
    }

    /// Passes the gradient `g` of the activated map back through the activation, in place, and writes the two sums of
    /// [`Sums`] (`2 * channels` values). `y` is the raw map.
    pub fn mask(&self, g: &mut [f32], y: &[f32], sums: &mut [f32]) {
        let (sum, deviation) = sums.split_at_mut(self.scale.len());
        let affine = Mask {
            scale: &self.scale,
            shift: &self.shift,
            mean: &self.mean,
            bounds: self.act.bounds(),
            floor: self.floor(),
        };
        mask_and_sum(g, y, &affine, sum, deviation);
    }

    /// Coefficients of the gradient of the raw map: `dy = a * g + b * y + d`, per channel. `rows`: values a channel.
    /// (Ioffe and Szegedy 2015, section 3, gathered per channel.)
    pub fn backward(&self, gamma: &[f32], sums: &Sums, rows: usize) -> RawGradient {
        let channels = self.scale.len();
        let mut raw = RawGradient {
            is_same: false,
            a: self.scale.clone(),
            b: vec![0.0; channels],
            d: vec![0.0; channels],
            gamma: vec![0.0; channels],
            beta: sums.of_gradient.clone(),
        };
        for c in 0..channels {
            let inverse_std = self.inverse_std[c];
            raw.gamma[c] = sums.of_gradient_deviation[c] * inverse_std;
            if self.is_batch {
                let a = gamma[c] * inverse_std;
                let b = -a * inverse_std * raw.gamma[c] / rows as f32;
                raw.b[c] = b;
                raw.d[c] = -a * raw.beta[c] / rows as f32 - b * self.mean[c];
            }
        }
        raw
    }
}

/// See [`Pending::backward`]; `gamma` and `beta` are the gradients of the normalisation's own parameters.
pub struct RawGradient {
    /// That the gradient is passed on as it is: `a` is 1, the others 0.
    pub is_same: bool,
    pub a: Vec<f32>,
    pub b: Vec<f32>,
    pub d: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

impl RawGradient {
    /// Of a map on which nothing is pending: the gradient itself.
    pub fn same(channels: usize) -> Self {
        Self {
            is_same: true,
            a: vec![1.0; channels],
            b: vec![0.0; channels],
            d: vec![0.0; channels],
            gamma: Vec::new(),
            beta: Vec::new(),
        }
    }

    /// `dst = a * g + b * y + d` over rows of channels.
    pub fn apply(&self, dst: &mut [f32], g: &[f32], y: &[f32]) {
        if self.is_same {
            dst.copy_from_slice(g);
        } else {
            raw_gradient(dst, g, y, self);
        }
    }
}

kernel! {
    fn raw_gradient(dst: &mut [f32], g: &[f32], y: &[f32], coefficients: &RawGradient) {
        let channels = coefficients.a.len();
        let (a, b, d) = (&coefficients.a[..channels], &coefficients.b[..channels], &coefficients.d[..channels]);
        for ((dst, g), y) in dst.chunks_exact_mut(channels).zip(g.chunks_exact(channels)).zip(y.chunks_exact(channels)) {
            for c in 0..channels {
                dst[c] = a[c] * g[c] + (b[c] * y[c] + d[c]);
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Mask<'a> {
    scale: &'a [f32],
    shift: &'a [f32],
    mean: &'a [f32],
    bounds: Bounds,
    floor: f32,
}

kernel! {
    fn mask_and_sum(g: &mut [f32], y: &[f32], mask: &Mask<'_>, sum: &mut [f32], deviation: &mut [f32]) {
        let Bounds { low, high } = mask.bounds;
        let channels = mask.scale.len();
        let (scale, shift, mean) = (&mask.scale[..channels], &mask.shift[..channels], &mask.mean[..channels]);
        let (sum, deviation) = (&mut sum[..channels], &mut deviation[..channels]);
        sum.fill(0.0);
        deviation.fill(0.0);
        for (g, y) in g.chunks_exact_mut(channels).zip(y.chunks_exact(channels)) {
            for c in 0..channels {
                let z = y[c] * scale[c] + shift[c];
                let passed = if z > low && z < high { g[c] } else { 0.0 };
                let passed = if passed < mask.floor { 0.0 } else { passed };
                g[c] = passed;
                sum[c] += passed;
                deviation[c] += passed * (y[c] - mean[c]);
            }
        }
    }
}
