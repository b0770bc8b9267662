//! A head's batch normalisation.

use std::path::Path;
use std::sync::{PoisonError, RwLock};

use candle_core::{Device, Tensor, Var};

use super::two_params::two_params;
use crate::error::{Error, Result};
use crate::model::param::{in_main_memory, moved};
use crate::model::weights::{State, find};
use crate::model::{Param, Role};
use crate::ops::norm::MOMENTUM;

/// Batch normalisation of rows `(N, C)`: eps 1e-5, momentum .1, unbiased running variance. A single row has no variance:
/// it is normalised as in evaluation.
#[derive(Debug)]
pub struct Norm {
    name: &'static str,
    gamma: Var,
    beta: Var,
    /// Mean, variance.
    running: RwLock<(Tensor, Tensor)>,
}

const EPS: f64 = 1e-5;

impl Norm {
    pub fn new(name: &'static str, channels: usize) -> Result<Self> {
        let zeros = Tensor::from_vec(vec![0f32; channels], channels, &Device::Cpu)?;
        let ones = Tensor::from_vec(vec![1f32; channels], channels, &Device::Cpu)?;
        Ok(Self {
            name,
            gamma: Var::from_tensor(&ones)?,
            beta: Var::from_tensor(&zeros)?,
            running: RwLock::new((zeros, ones)),
        })
    }

    /// The same in main memory, with tensors of its own.
    pub fn copy(&self) -> Result<Self> {
        let (mean, variance) = self.running();
        Ok(Self {
            name: self.name,
            gamma: moved(&self.gamma, &Device::Cpu)?,
            beta: moved(&self.beta, &Device::Cpu)?,
            running: RwLock::new((in_main_memory(&mean)?, in_main_memory(&variance)?)),
        })
    }

    pub fn move_to(&mut self, device: &Device) -> Result<()> {
        self.gamma = moved(&self.gamma, device)?;
        self.beta = moved(&self.beta, device)?;
        let (mean, variance) = self.running();
        self.set_running(mean.to_device(device)?, variance.to_device(device)?);
        Ok(())
    }

    fn running(&self) -> (Tensor, Tensor) {
        // The pair is replaced whole, so it is sound even after a panic elsewhere.
        self.running
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_running(&self, mean: Tensor, variance: Tensor) {
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = (mean, variance);
    }

    pub fn forward(&self, x: &Tensor, is_training: bool) -> Result<Tensor> {
        let n = x.dim(0)?;
        let (centered, variance) = if is_training && n > 1 {
            let mean = x.mean_keepdim(0)?;
            let centered = x.broadcast_sub(&mean)?;
            let variance = centered.sqr()?.mean_keepdim(0)?;
            self.follow(&mean.detach(), &variance.detach(), n)?;
            (centered, variance)
        } else {
            let (mean, variance) = self.running();
            (x.broadcast_sub(&mean)?, variance)
        };
        let scale = (variance + EPS)?.sqrt()?.recip()?;
        let normalized = centered.broadcast_mul(&scale)?;
        Ok(normalized
            .broadcast_mul(&self.gamma)?
            .broadcast_add(&self.beta)?)
    }

    fn follow(&self, mean: &Tensor, variance: &Tensor, n: usize) -> Result<()> {
        let (old_mean, old_variance) = self.running();
        let mean = ((old_mean * (1.0 - MOMENTUM))? + (mean.squeeze(0)? * MOMENTUM)?)?;
        let unbiased = (variance.squeeze(0)? * (n as f64 / (n - 1) as f64))?;
        let variance = ((old_variance * (1.0 - MOMENTUM))? + (unbiased * MOMENTUM)?)?;
        self.set_running(mean, variance);
        Ok(())
    }

    pub fn params(&self) -> Vec<Param> {
        two_params(
            self.name,
            (&self.gamma, Role::Gamma),
            (&self.beta, Role::Beta),
        )
    }

    pub fn state(&self, state: &mut State) -> Result<()> {
        let (mean, variance) = self.running();
        for (field, tensor) in [("running_mean", mean), ("running_var", variance)] {
            state.insert(format!("{}.{field}", self.name), in_main_memory(&tensor)?);
        }
        Ok(())
    }

    pub fn load(&self, state: &State, path: &Path) -> Result<()> {
        let read = |field: &str| {
            let name = format!("{}.{field}", self.name);
            let tensor = find(state, (&name, &[]), self.gamma.dims(), path)?;
            Ok::<_, Error>(tensor.to_device(self.gamma.device())?)
        };
        self.set_running(read("running_mean")?, read("running_var")?);
        Ok(())
    }
}
