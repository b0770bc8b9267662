//! Activations as clamps, and ReLU as an operation with gradient 0 at 0 (candle's is 1 there; PyTorch's 0), guided too.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

/// What follows a normalisation. Each is a clamp to [`Act::bounds`], and its gradient passes strictly inside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    None,
    Relu,
    Relu6,
}

/// What an activation clamps to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub low: f32,
    pub high: f32,
}

impl Act {
    pub fn bounds(self) -> Bounds {
        let (low, high) = match self {
            Self::None => (f32::NEG_INFINITY, f32::INFINITY),
            Self::Relu => (0.0, f32::INFINITY),
            Self::Relu6 => (0.0, 6.0),
        };
        Bounds { low, high }
    }
}

/// What a rectifier passes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backward {
    /// The gradient.
    Plain,
    /// Of the gradient only what is positive: guided backpropagation (Springenberg et al. 2015,
    /// <https://arxiv.org/abs/1412.6806>), which shows what speaks for a class.
    Guided,
}

impl Backward {
    /// Gradients below this do not pass the activation.
    pub fn floor(self, act: Act) -> f32 {
        if self == Self::Guided && act != Act::None {
            0.0
        } else {
            f32::NEG_INFINITY
        }
    }
}

struct Relu(Backward);

impl CustomOp1 for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = super::contiguous(storage, layout)?;
        // `max` would turn NaN into 0 and hide a diverged net.
        let y = x.iter().map(|&v| if v < 0.0 { 0.0 } else { v }).collect();
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, _arg: &Tensor, res: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let is_positive = res.gt(0f32)?.to_dtype(grad_res.dtype())?;
        let gradient = grad_res.mul(&is_positive)?;
        Ok(Some(match self.0 {
            Backward::Plain => gradient,
            Backward::Guided => gradient.mul(&gradient.gt(0f32)?.to_dtype(gradient.dtype())?)?,
        }))
    }
}

/// `x`: any shape, f32; same shape back.
pub fn relu(x: &Tensor) -> Result<Tensor> {
    if x.device().is_cpu() {
        x.contiguous()?.apply_op1(Relu(Backward::Plain))
    } else {
        by_mask(x)
    }
}

/// [`relu`] of a tensor in main memory, which passes back as [`Backward::Guided`].
pub fn guided_relu(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Relu(Backward::Guided))
}

/// [`relu`] of candle's own operations, for any device.
fn by_mask(x: &Tensor) -> Result<Tensor> {
    x.mul(&x.detach().gt(0f32)?.to_dtype(x.dtype())?)
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn guided_passes_back_what_is_positive_on_both_ways() {
        let x = Var::new(&[-1f32, 0.0, 2.0, 3.0], &Device::Cpu).unwrap();
        let upstream = Tensor::new(&[5f32, 5.0, -5.0, 5.0], &Device::Cpu).unwrap();
        let y = guided_relu(x.as_tensor()).unwrap();
        let loss = y.mul(&upstream).unwrap().sum_all().unwrap();
        let gradient = loss.backward().unwrap().get(x.as_tensor()).unwrap().clone();
        assert_eq!(y.to_vec1::<f32>().unwrap(), [0.0, 0.0, 2.0, 3.0]);
        assert_eq!(gradient.to_vec1::<f32>().unwrap(), [0.0, 0.0, 0.0, 5.0]);
    }

    #[test]
    fn the_mask_gives_the_same_values_and_gradients() {
        let x = Var::new(&[-2f32, 0.0, 3.0, f32::NAN], &Device::Cpu).unwrap();
        let found = [relu, by_mask].map(|relu| {
            let y = relu(x.as_tensor()).unwrap();
            let gradients = y.sum_all().unwrap().backward().unwrap();
            let gradient = gradients.get(x.as_tensor()).unwrap();
            [y.to_vec1::<f32>().unwrap(), gradient.to_vec1().unwrap()]
        });
        for values in &found {
            assert_eq!(values[0][..3], [0.0, 0.0, 3.0]);
            assert!(values[0][3].is_nan());
            assert_eq!(values[1][..3], [0.0, 0.0, 1.0]);
        }
    }
}
