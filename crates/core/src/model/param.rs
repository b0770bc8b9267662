//! One trainable tensor of a net.

use candle_core::{Device, Tensor, Var};

use crate::error::Result;

/// One trainable tensor.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: String,
    pub var: Var,
    /// Learning-rate group: 0 stem and early blocks, 1 later blocks, 2 head.
    pub group: u8,
    pub role: Role,
}

impl Param {
    /// A copy of its values in main memory.
    pub fn values(&self) -> Result<Tensor> {
        in_main_memory(&self.var.as_detached_tensor())
    }

    /// Takes the values of `tensor`, wherever it is.
    pub fn set(&self, tensor: &Tensor) -> Result<()> {
        Ok(self.var.set(&tensor.to_device(self.var.device())?)?)
    }
}

/// A copy in main memory, also of a tensor that is there already.
pub(super) fn in_main_memory(tensor: &Tensor) -> Result<Tensor> {
    Ok(if tensor.device().is_cpu() {
        tensor.copy()?
    } else {
        tensor.to_device(&Device::Cpu)?
    })
}

/// The same variable on `device`, with its present values.
pub(super) fn moved(var: &Var, device: &Device) -> Result<Var> {
    let values = var.as_detached_tensor();
    Ok(Var::from_tensor(&values.to_device(device)?)?)
}

/// What a trainable tensor does in its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Weight,
    Bias,
    /// A normalisation's factor.
    Gamma,
    /// A normalisation's addend.
    Beta,
}

impl Role {
    pub fn is_norm(self) -> bool {
        matches!(self, Self::Gamma | Self::Beta)
    }
}
