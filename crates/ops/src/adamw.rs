//! One fused pass of Adam with decoupled weight decay, in fastai v1's order of operations.
//!
//! `p *= 1 - wd * lr`, then torch 1.0's Adam: `eps` is added to `sqrt(v)` before the bias correction, which goes into
//! the step size. The momentum is the schedule's current one, also in its correction.

mod step;

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Result, Shape, Storage, Tensor, Var};
use rayon::prelude::*;

use super::contiguous;
use super::simd::kernel;

pub use step::AdamStep;

/// The two moments of a tensor, where the tensor is.
#[derive(Debug)]
pub enum Moments {
    Host { m: Vec<f32>, v: Vec<f32> },
    Device { m: Tensor, v: Tensor },
}

impl Moments {
    /// # Errors
    /// If the device has no memory left.
    pub fn zeros(param: &Tensor) -> Result<Self> {
        if param.device().is_cpu() {
            let zeros = vec![0.0; param.elem_count()];
            return Ok(Self::Host {
                m: zeros.clone(),
                v: zeros,
            });
        }
        Ok(Self::Device {
            m: param.zeros_like()?,
            v: param.zeros_like()?,
        })
    }

    /// Both of them in main memory, in `shape`.
    pub fn to_tensors(&self, shape: &Shape) -> Result<[Tensor; 2]> {
        match self {
            Self::Host { m, v } => Ok([
                Tensor::from_slice(m, shape, &Device::Cpu)?,
                Tensor::from_slice(v, shape, &Device::Cpu)?,
            ]),
            Self::Device { m, v } => Ok([m.to_device(&Device::Cpu)?, v.to_device(&Device::Cpu)?]),
        }
    }

    /// Takes back what [`Moments::to_tensors`] gave.
    pub fn load(&mut self, [m, v]: [&Tensor; 2]) -> Result<()> {
        *self = match self {
            Self::Host { .. } => Self::Host {
                m: m.flatten_all()?.to_vec1()?,
                v: v.flatten_all()?.to_vec1()?,
            },
            Self::Device { m: old, .. } => Self::Device {
                m: m.to_device(old.device())?,
                v: v.to_device(old.device())?,
            },
        };
        Ok(())
    }
}

/// Values below this are not worth another thread.
const PIECE: usize = 65_536;

/// Updates `params` and both moments in place; all four slices have one length.
pub fn update(params: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32], step: &AdamStep) {
    let [
        decay,
        beta1,
        one_less_beta1,
        beta2,
        one_less_beta2,
        eps,
        size,
    ] = step.factors();
    let factors = Factors {
        decay,
        beta1,
        one_less_beta1,
        beta2,
        one_less_beta2,
        eps,
        size,
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
/// If the tensors are not f32, or differ in length or place.
pub fn update_tensor(
    param: &Var,
    gradient: &Tensor,
    moments: &mut Moments,
    step: &AdamStep,
) -> Result<()> {
    match moments {
        Moments::Host { m, v } => param.inplace_op1(&InPlace {
            gradient: gradient.contiguous()?,
            moments: Mutex::new((m, v)),
            step,
        }),
        #[cfg(feature = "cuda")]
        Moments::Device { m, v } if param.device().is_cuda() => {
            super::cuda::adamw(param, &gradient.contiguous()?, [m, v], step)
        }
        Moments::Device { m, v } => {
            let [decay, beta1, less1, beta2, less2, eps, size] = step.factors().map(f64::from);
            *m = ((&*m * beta1)? + (gradient * less1)?)?;
            *v = ((&*v * beta2)? + (gradient.sqr()? * less2)?)?;
            let change = (&*m / (v.sqrt()? + eps)?)?;
            param.set(&((param.as_tensor() * decay)? - (change * size)?)?)
        }
    }
}

struct InPlace<'a> {
    gradient: Tensor,
    /// candle calls an operation by shared reference.
    moments: Mutex<(&'a mut Vec<f32>, &'a mut Vec<f32>)>,
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

    /// What a device without a kernel of its own does, done on the CPU.
    #[test]
    fn tensors_are_updated_as_slices_are() {
        let [p, g, m, v] = [[1.0f32, -2.0], [0.3, 0.1], [0.2, -0.4], [0.5, 0.01]];
        let tensor = |values: [f32; 2]| Tensor::new(&values, &Device::Cpu).unwrap();
        let step = AdamStep {
            lr: 1e-2,
            beta1: 0.9,
            beta2: 0.99,
            eps: 1e-8,
            weight_decay: 0.01,
            step: 4,
        };
        let mut both = [
            Moments::Host {
                m: m.to_vec(),
                v: v.to_vec(),
            },
            Moments::Device {
                m: tensor(m),
                v: tensor(v),
            },
        ];
        let updated = both.each_mut().map(|moments| {
            let param = Var::from_tensor(&tensor(p)).unwrap();
            update_tensor(&param, &tensor(g), moments, &step).unwrap();
            let [m, v] = moments.to_tensors(param.shape()).unwrap();
            [param.as_detached_tensor(), m, v].map(|t| t.to_vec1::<f32>().unwrap())
        });
        for (slices, tensors) in updated[0].iter().zip(&updated[1]) {
            for (slice, tensor) in slices.iter().zip(tensors) {
                assert!((slice - tensor).abs() < 1e-6, "{updated:?}");
            }
        }
        let [saved, mut loaded] = both;
        let shape = Shape::from(2);
        let saved = saved.to_tensors(&shape).unwrap();
        loaded.load([&saved[0], &saved[1]]).unwrap();
        let again = loaded.to_tensors(&shape).unwrap();
        for (a, b) in saved.iter().zip(&again) {
            assert_eq!(a.to_vec1::<f32>().unwrap(), b.to_vec1::<f32>().unwrap());
        }
    }

    #[test]
    fn three_steps_equal_the_golden_numbers() {
        // fastai 1.0.39: p0 = 1, wd .01, (g, lr, b1) of three steps; torch 1.0.
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
