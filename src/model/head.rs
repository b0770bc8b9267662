//! What turns a feature map into logits: fastai's head, or ImageNet's original one.

use std::path::Path;
use std::sync::{PoisonError, RwLock};

use candle_core::{Device, Tensor, Var};

use super::weights::{State, find};
use super::{Arch, Param, Role, in_main_memory, moved};
use crate::error::{Error, Result};
use crate::ops::act::{Backward, guided_relu, relu};
use crate::ops::dropout::dropout;
use crate::ops::init::kaiming_normal;
use crate::ops::norm::MOMENTUM;
use crate::ops::pool::{concat_pool, mean_pool};
use crate::rng::Stream;

/// Width of fastai's hidden layer.
const HIDDEN: usize = 512;

/// Learning-rate group of all heads.
const GROUP: u8 = 2;

/// Which head a new net gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadKind {
    /// fastai's two layers over maxima and means.
    Fastai,
    /// One layer over means, as the nets have on ImageNet.
    Linear,
}

#[derive(Debug)]
pub enum Head {
    Fastai(Box<FastaiHead>),
    /// Mean pool and one linear layer.
    Linear(Linear),
}

impl Head {
    /// A new head; fastai's draws its weights from `stream`, a linear one needs no symmetry broken and starts at 0.
    pub fn new(
        kind: HeadKind,
        (channels, classes): (usize, usize),
        stream: &mut Stream,
    ) -> Result<Self> {
        Ok(match kind {
            HeadKind::Fastai => Self::Fastai(Box::new(FastaiHead::new(channels, classes, stream)?)),
            HeadKind::Linear => Self::Linear(Linear::zeros("classifier", (channels, classes))?),
        })
    }

    /// `features`: `(N, C, h, w)`; returns logits `(N, classes)`. `rule`: of its ReLU on the way back.
    pub fn forward(
        &self,
        features: &Tensor,
        stream: Option<&mut Stream>,
        rule: Backward,
    ) -> Result<Tensor> {
        match self {
            Self::Fastai(head) => head.forward(features, stream, rule),
            Self::Linear(linear) => linear.forward(&mean_pool(features)?),
        }
    }

    pub fn params(&self) -> Vec<Param> {
        match self {
            Self::Fastai(head) => head.params(),
            Self::Linear(linear) => linear.params(),
        }
    }

    /// Moves all tensors to `device`.
    pub fn move_to(&mut self, device: &Device) -> Result<()> {
        match self {
            Self::Fastai(head) => {
                head.norm_in.move_to(device)?;
                head.linear_in.move_to(device)?;
                head.norm_hidden.move_to(device)?;
                head.linear_out.move_to(device)
            }
            Self::Linear(linear) => linear.move_to(device),
        }
    }

    /// Adds all tensors, running statistics included.
    pub fn state(&self, state: &mut State) -> Result<()> {
        for param in self.params() {
            state.insert(param.name.clone(), param.values()?);
        }
        if let Self::Fastai(head) = self {
            head.norm_in.state(state)?;
            head.norm_hidden.state(state)?;
        }
        Ok(())
    }

    pub fn load(&self, state: &State, arch: Arch, path: &Path) -> Result<()> {
        for param in self.params() {
            let others = arch.other_names(&param.name);
            let tensor = find(state, (&param.name, &others), param.var.dims(), path)?;
            param.set(tensor)?;
        }
        if let Self::Fastai(head) = self {
            head.norm_in.load(state, path)?;
            head.norm_hidden.load(state, path)?;
        }
        Ok(())
    }
}

/// fastai v1's `create_head` (RECIPE.md section 2): concat pool, norm, dropout .25, 512, ReLU, norm, dropout .5, classes.
/// Names carry fastai's layer numbers.
#[derive(Debug)]
pub struct FastaiHead {
    norm_in: Norm,
    linear_in: Linear,
    norm_hidden: Norm,
    linear_out: Linear,
}

impl FastaiHead {
    /// Kaiming's normal weights and zero biases from `stream`; norms start at gain 1 (torch 1.0's random gain is not copied).
    pub fn new(channels: usize, classes: usize, stream: &mut Stream) -> Result<Self> {
        Ok(Self {
            norm_in: Norm::new("head.2", 2 * channels)?,
            linear_in: Linear::new("head.4", (2 * channels, HIDDEN), stream)?,
            norm_hidden: Norm::new("head.6", HIDDEN)?,
            linear_out: Linear::new("head.8", (HIDDEN, classes), stream)?,
        })
    }

    fn forward(
        &self,
        features: &Tensor,
        mut stream: Option<&mut Stream>,
        rule: Backward,
    ) -> Result<Tensor> {
        let is_training = stream.is_some();
        let mut x = self.norm_in.forward(&concat_pool(features)?, is_training)?;
        if let Some(stream) = stream.as_deref_mut() {
            x = dropout(&x, 0.25, stream)?;
        }
        let hidden = self.linear_in.forward(&x)?;
        let hidden = match rule {
            Backward::Plain => relu(&hidden)?,
            Backward::Guided => guided_relu(&hidden)?,
        };
        x = self.norm_hidden.forward(&hidden, is_training)?;
        if let Some(stream) = stream {
            x = dropout(&x, 0.5, stream)?;
        }
        self.linear_out.forward(&x)
    }

    fn params(&self) -> Vec<Param> {
        let mut params = self.norm_in.params();
        params.extend(self.linear_in.params());
        params.extend(self.norm_hidden.params());
        params.extend(self.linear_out.params());
        params
    }
}

/// `NAME.weight` and `NAME.bias`.
fn two_params(name: &str, weight: (&Var, Role), bias: (&Var, Role)) -> Vec<Param> {
    [("weight", weight), ("bias", bias)]
        .map(|(field, (var, role))| Param {
            name: format!("{name}.{field}"),
            var: var.clone(),
            group: GROUP,
            role,
        })
        .into()
}

/// A fully connected layer; weight `(out, in)`.
#[derive(Debug)]
pub struct Linear {
    name: &'static str,
    weight: Var,
    bias: Var,
}

impl Linear {
    pub fn new(
        name: &'static str,
        (inputs, outputs): (usize, usize),
        stream: &mut Stream,
    ) -> Result<Self> {
        let weight = kaiming_normal(stream, inputs * outputs, inputs);
        Ok(Self {
            name,
            weight: Var::from_vec(weight, (outputs, inputs), &Device::Cpu)?,
            bias: Var::from_vec(vec![0f32; outputs], outputs, &Device::Cpu)?,
        })
    }

    pub fn zeros(name: &'static str, (inputs, outputs): (usize, usize)) -> Result<Self> {
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

    fn move_to(&mut self, device: &Device) -> Result<()> {
        self.weight = moved(&self.weight, device)?;
        self.bias = moved(&self.bias, device)?;
        Ok(())
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)?)
    }

    fn params(&self) -> Vec<Param> {
        two_params(
            self.name,
            (&self.weight, Role::Weight),
            (&self.bias, Role::Bias),
        )
    }
}

/// Batch normalisation of rows `(N, C)`: eps 1e-5, momentum .1, unbiased running variance.
#[derive(Debug)]
struct Norm {
    name: &'static str,
    gamma: Var,
    beta: Var,
    /// Mean, variance.
    running: RwLock<(Tensor, Tensor)>,
}

const EPS: f64 = 1e-5;

impl Norm {
    fn new(name: &'static str, channels: usize) -> Result<Self> {
        let zeros = Tensor::from_vec(vec![0f32; channels], channels, &Device::Cpu)?;
        let ones = Tensor::from_vec(vec![1f32; channels], channels, &Device::Cpu)?;
        Ok(Self {
            name,
            gamma: Var::from_tensor(&ones)?,
            beta: Var::from_tensor(&zeros)?,
            running: RwLock::new((zeros, ones)),
        })
    }

    fn move_to(&mut self, device: &Device) -> Result<()> {
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

    fn forward(&self, x: &Tensor, is_training: bool) -> Result<Tensor> {
        let (centered, variance) = if is_training {
            let n = x.dim(0)?;
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
        // One row has no variance: the old one stays.
        let variance = if n > 1 {
            let unbiased = (variance.squeeze(0)? * (n as f64 / (n - 1) as f64))?;
            ((old_variance * (1.0 - MOMENTUM))? + (unbiased * MOMENTUM)?)?
        } else {
            old_variance
        };
        self.set_running(mean, variance);
        Ok(())
    }

    fn params(&self) -> Vec<Param> {
        two_params(
            self.name,
            (&self.gamma, Role::Gain),
            (&self.beta, Role::Shift),
        )
    }

    fn state(&self, state: &mut State) -> Result<()> {
        let (mean, variance) = self.running();
        for (field, tensor) in [("running_mean", mean), ("running_var", variance)] {
            state.insert(format!("{}.{field}", self.name), in_main_memory(&tensor)?);
        }
        Ok(())
    }

    fn load(&self, state: &State, path: &Path) -> Result<()> {
        let read = |field: &str| {
            let name = format!("{}.{field}", self.name);
            let tensor = find(state, (&name, &[]), self.gamma.dims(), path)?;
            Ok::<_, Error>(tensor.to_device(self.gamma.device())?)
        };
        self.set_running(read("running_mean")?, read("running_var")?);
        Ok(())
    }
}
