//! One fused pass of Adam with decoupled weight decay, in fastai v1's order of operations.
//!
//! `p *= 1 - wd * lr`, then torch 1.0's Adam: `eps` is added to `sqrt(v)` before the bias correction, which goes into
//! the step size (RECIPE.md section 3). The momentum is the schedule's current one, also in its correction.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, Tensor};
use rayon::prelude::*;

use super::contiguous;
use super::simd::kernel;

/// Settings of one step for one tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    pub lr: f64,
    /// The current momentum.
    pub beta1: f64,
    pub beta2: f64,
    pub eps: f64,
    pub weight_decay: f64,
    /// Counts from 1.
    pub step: u64,
}

/// Values below this are not worth another thread.
const PIECE: usize = 65_536;

/// Updates `params` and both moments in place; all four slices have one length.
pub fn update(params: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32], step: &AdamStep) {
    let t = i32::try_from(step.step).unwrap_or(i32::MAX);
    let corrected = step.lr * (1.0 - step.beta2.powi(t)).sqrt() / (1.0 - step.beta1.powi(t));
    let factors = Factors {
        decay: (1.0 - step.weight_decay * step.lr) as f32,
        beta1: step.beta1 as f32,
        one_less_beta1: (1.0 - step.beta1) as f32,
        beta2: step.beta2 as f32,
        one_less_beta2: (1.0 - step.beta2) as f32,
        eps: step.eps as f32,
        size: corrected as f32,
    };
    params
        .par_chunks_mut(PIECE)
        .zip(gradient.par_chunks(PIECE))
        .zip(m.par_chunks_mut(PIECE))
        .zip(v.par_chunks_mut(PIECE))
        .for_each(|(((p, g), m), v)| update_piece(p, g, m, v, &factors));
}

/// [`update`] on the memory of `param` itself: copying every tensor out and back costs more than the arithmetic.
/// `gradient` has the shape of `param` and memory of its own; both moments are as long.
///
/// # Errors
/// If the tensors are not f32 in main memory, or differ in length.
pub fn update_tensor(
    param: &Tensor,
    gradient: &Tensor,
    moments: (&mut [f32], &mut [f32]),
    step: &AdamStep,
) -> Result<()> {
    let op = InPlace {
        gradient: gradient.contiguous()?,
        moments: Mutex::new(moments),
        step,
    };
    param.inplace_op1(&op)
}

struct InPlace<'a> {
    gradient: Tensor,
    /// candle calls an operation by shared reference.
    moments: Mutex<(&'a mut [f32], &'a mut [f32])>,
    step: &'a AdamStep,
}

impl InplaceOp1 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (Some((start, end)), CpuStorage::F32(values)) = (layout.contiguous_offsets(), storage)
        else {
            candle_core::bail!("only contiguous f32 tensors can be trained")
        };
        let (gradient, gradient_layout) = self.gradient.storage_and_layout();
        let Storage::Cpu(gradient) = &*gradient else {
            candle_core::bail!("the gradient is not in main memory")
        };
        let gradient = contiguous(gradient, gradient_layout)?;
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        let (m, v) = &mut *moments;
        let len = end - start;
        if [gradient.len(), m.len(), v.len()] != [len; 3] {
            candle_core::bail!(
                "a tensor of {len} values got a gradient of {}",
                gradient.len()
            )
        }
        update(&mut values[start..end], gradient, m, v, self.step);
        Ok(())
    }
}

struct Factors {
    decay: f32,
    beta1: f32,
    one_less_beta1: f32,
    beta2: f32,
    one_less_beta2: f32,
    eps: f32,
    size: f32,
}

kernel! {
    fn update_piece(p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], f: &Factors) {
        for (((p, &g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
            *m = f.beta1 * *m + f.one_less_beta1 * g;
            *v = f.beta2 * *v + f.one_less_beta2 * (g * g);
            *p = *p * f.decay - f.size * *m / (v.sqrt() + f.eps);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_steps_equal_the_golden_numbers() {
        // RECIPE.md section 3: p0 = 1, wd .01, (g, lr, b1) of three steps; torch 1.0.
        let (mut p, mut m, mut v) = ([1f32], [0f32], [0f32]);
        let steps = [
            (0.5, 3.2e-4, 0.95),
            (-0.2, 2.88e-3, 0.925),
            (0.1, 8e-3, 0.85),
        ];
        let expected = [0.999_676_800_064, 0.999_221_595_433, 0.997_699_668_391];
        for (index, ((g, lr, beta1), expected)) in steps.into_iter().zip(expected).enumerate() {
            let step = AdamStep {
                lr,
                beta1,
                beta2: 0.99,
                eps: 1e-8,
                weight_decay: 0.01,
                step: index as u64 + 1,
            };
            update(&mut p, &[g], &mut m, &mut v, &step);
            assert!(
                (f64::from(p[0]) - expected).abs() < 2e-7,
                "step {index}: {} != {expected}",
                p[0]
            );
        }
        assert!((m[0] - 0.021_906_25).abs() < 1e-8);
        assert!((v[0] - 0.002_946_25).abs() < 1e-8);
    }
}
