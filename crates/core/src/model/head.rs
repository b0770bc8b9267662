//! What turns a feature map into logits: fastai's head, or ImageNet's original one.

mod linear;
mod norm;
mod two_params;

use std::path::Path;

use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::weights::{State, find};
use super::{Arch, Param};
use crate::error::Result;
use crate::ops::act::{Backward, guided_relu, relu};
use crate::ops::dropout::dropout;
use crate::ops::pool::{concat_pool, mean_pool};
use crate::rng::Stream;
use linear::{Learns, Linear, LinearSize};
use norm::Norm;

/// Width of fastai's hidden layer.
const HIDDEN: usize = 512;

/// Which head a new net gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
        channels: usize,
        classes: usize,
        stream: &mut Stream,
    ) -> Result<Self> {
        Ok(match kind {
            HeadKind::Fastai => Self::Fastai(Box::new(FastaiHead::new(channels, classes, stream)?)),
            HeadKind::Linear => Self::Linear(Linear::zeros(
                "classifier",
                LinearSize {
                    inputs: channels,
                    outputs: classes,
                },
            )?),
        })
    }

    pub fn kind(&self) -> HeadKind {
        match self {
            Self::Fastai(_) => HeadKind::Fastai,
            Self::Linear(_) => HeadKind::Linear,
        }
    }

    /// `features`: `(N, C, h, w)`; returns logits `(N, classes)`. `rule`: of its ReLU on the backward pass.
    pub fn forward(
        &self,
        features: &Tensor,
        stream: Option<&mut Stream>,
        rule: Backward,
    ) -> Result<Tensor> {
        match self {
            Self::Fastai(head) => head.forward(features, (stream, rule), Learns::Yes),
            Self::Linear(linear) => linear.forward(&mean_pool(features)?, Learns::Yes),
        }
    }

    /// As [`Head::forward`] without dropout, where only the gradient of `features` is to be had: that of the weights is larger
    /// than all else that a heatmap of another class computes.
    pub fn forward_fixed(&self, features: &Tensor) -> Result<Tensor> {
        match self {
            Self::Fastai(head) => head.forward(features, (None, Backward::Plain), Learns::No),
            Self::Linear(linear) => linear.forward(&mean_pool(features)?, Learns::No),
        }
    }

    pub fn params(&self) -> Vec<Param> {
        match self {
            Self::Fastai(head) => head.params(),
            Self::Linear(linear) => linear.params(),
        }
    }

    /// The same in main memory, with tensors of its own.
    pub fn copy(&self) -> Result<Self> {
        Ok(match self {
            Self::Fastai(head) => Self::Fastai(Box::new(FastaiHead {
                norm_in: head.norm_in.copy()?,
                linear_in: head.linear_in.copy()?,
                norm_hidden: head.norm_hidden.copy()?,
                linear_out: head.linear_out.copy()?,
            })),
            Self::Linear(linear) => Self::Linear(linear.copy()?),
        })
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

/// fastai v1's `create_head`: concat pool, norm, dropout .25, 512, ReLU, norm, dropout .5, classes.
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
            linear_in: Linear::new(
                "head.4",
                LinearSize {
                    inputs: 2 * channels,
                    outputs: HIDDEN,
                },
                stream,
            )?,
            norm_hidden: Norm::new("head.6", HIDDEN)?,
            linear_out: Linear::new(
                "head.8",
                LinearSize {
                    inputs: HIDDEN,
                    outputs: classes,
                },
                stream,
            )?,
        })
    }

    fn forward(
        &self,
        features: &Tensor,
        (mut stream, rule): (Option<&mut Stream>, Backward),
        learns: Learns,
    ) -> Result<Tensor> {
        let is_training = stream.is_some();
        let mut x = self.norm_in.forward(&concat_pool(features)?, is_training)?;
        if let Some(stream) = stream.as_deref_mut() {
            x = dropout(&x, 0.25, stream)?;
        }
        let hidden = self.linear_in.forward(&x, learns)?;
        let hidden = match rule {
            Backward::Plain => relu(&hidden)?,
            Backward::Guided => guided_relu(&hidden)?,
        };
        x = self.norm_hidden.forward(&hidden, is_training)?;
        if let Some(stream) = stream {
            x = dropout(&x, 0.5, stream)?;
        }
        self.linear_out.forward(&x, learns)
    }

    fn params(&self) -> Vec<Param> {
        let mut params = self.norm_in.params();
        params.extend(self.linear_in.params());
        params.extend(self.norm_hidden.params());
        params.extend(self.linear_out.params());
        params
    }
}
