//! A head's fully connected layer.

use candle_core::{Device, Tensor, Var};

use super::two_params::two_params;
use crate::error::Result;
use crate::model::param::moved;
use crate::model::{Param, Role};
use crate::ops::init::kaiming_normal;
use crate::rng::Stream;

/// Values that a layer reads and makes for each image.
#[derive(Clone, Copy, Debug)]
pub struct LinearSize {
    pub inputs: usize,
    pub outputs: usize,
}

/// Whether a layer's weights get a gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learns {
    Yes,
    No,
}

/// A fully connected layer; weight `(out, in)`.
#[derive(Debug)]
pub struct Linear {
    name: &'static str,
    weight: Var,
    bias: Var,
}

impl Linear {
    pub fn new(name: &'static str, size: LinearSize, stream: &mut Stream) -> Result<Self> {
        let LinearSize { inputs, outputs } = size;
        let weight = kaiming_normal(stream, inputs * outputs, inputs);
        Ok(Self {
            name,
            weight: Var::from_vec(weight, (outputs, inputs), &Device::Cpu)?,
            bias: Var::from_vec(vec![0f32; outputs], outputs, &Device::Cpu)?,
        })
    }

    pub fn zeros(name: &'static str, size: LinearSize) -> Result<Self> {
        let LinearSize { inputs, outputs } = size;
        Ok(Self {
            name,
            weight: Var::from_vec(
                vec![0f32; inputs * outputs],
                (outputs, inputs),
                &Device::Cpu,
            )?,
            bias: Var::from_vec(vec![0f32; outputs], outputs, &Device::Cpu)?,
        })
    }

    /// The same in main memory, with tensors of its own.
    pub fn copy(&self) -> Result<Self> {
        Ok(Self {
            name: self.name,
            weight: moved(&self.weight, &Device::Cpu)?,
            bias: moved(&self.bias, &Device::Cpu)?,
        })
    }

    pub fn move_to(&mut self, device: &Device) -> Result<()> {
        self.weight = moved(&self.weight, device)?;
        self.bias = moved(&self.bias, device)?;
        Ok(())
    }

    pub fn forward(&self, x: &Tensor, learns: Learns) -> Result<Tensor> {
        let [weight, bias] = [&self.weight, &self.bias].map(|param| match learns {
            Learns::Yes => param.as_tensor().clone(),
            Learns::No => param.detach(),
        });
        Ok(x.matmul(&weight.t()?)?.broadcast_add(&bias)?)
    }

    pub fn params(&self) -> Vec<Param> {
        two_params(
            self.name,
            (&self.weight, Role::Weight),
            (&self.bias, Role::Bias),
        )
    }
}
