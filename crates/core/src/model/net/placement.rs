//! Where a net is: the processor runs its body as [`crate::ops`] does, a card as [`crate::ops::device`] does.

#[cfg(feature = "cuda")]
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};

use super::Net;
use crate::error::{Error, Result};
#[cfg(feature = "cuda")]
use crate::model::Param;
use crate::model::autograd::{Recording, from_planes, to_planes};
use crate::model::layer::Trainable;
use crate::model::{Freeze, Mode, moved};
use crate::ops::compute::Target;
use crate::ops::norm::Moments;

/// Where a net's tensors are and its body is run.
pub(super) enum Place {
    Processor,
    #[cfg(feature = "cuda")]
    Card(crate::model::cuda_autograd::Card),
}

impl Place {
    /// Gives the memory back that is kept for the next step.
    pub fn release_memory(&self) {
        match self {
            Self::Processor => {}
            #[cfg(feature = "cuda")]
            Self::Card(card) => card.release_memory(),
        }
    }

    /// Adds the gradients of `params` that a backward pass left on the card.
    #[cfg(feature = "cuda")]
    pub fn insert_left(&self, params: &[Param], gradients: &mut GradStore) -> Result<()> {
        match self {
            Self::Processor => Ok(()),
            Self::Card(card) => Ok(card.insert_left(params, gradients)?),
        }
    }
}

impl Net {
    /// The same net on the device that `target` names; its variables are new ones.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a device without an engine; [`Error::Tensor`] if it cannot be used or has no room for the net.
    pub fn on(mut self, target: &Target) -> Result<Self> {
        for param in &mut self.body_params {
            param.var = moved(&param.var, &target.device)?;
        }
        self.head.move_to(&target.device)?;
        self.place = match &target.device {
            Device::Cpu => Place::Processor,
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => Place::Card(crate::model::cuda_autograd::Card::new(
                device,
                target.element,
            )?),
            other => {
                return Err(Error::Invalid(format!(
                    "there is no engine for {:?}; train with --device cpu",
                    other.location()
                )));
            }
        };
        Ok(self)
    }

    /// What runs the body: features of different engines differ in the last digits.
    pub(crate) fn engine(&self) -> String {
        match &self.place {
            Place::Processor => "processor".to_owned(),
            #[cfg(feature = "cuda")]
            Place::Card(card) => card.to_string(),
        }
    }

    pub(super) fn device(&self) -> &Device {
        // Every net has parameters, and all of them are in one place.
        self.body_params
            .first()
            .map_or(&Device::Cpu, |param| param.var.device())
    }

    /// How a pass is made that leads to gradients of the body; `None` if none of them are wanted.
    pub(super) fn recording(&self, mode: Mode) -> Option<Recording> {
        let (trainable, by_batch) = match (mode, self.freeze) {
            (Mode::Train, Freeze::Nothing) => (Trainable::Everything, true),
            (Mode::Train, Freeze::Statistics) => (Trainable::Everything, false),
            // A body without normalisations is then frozen whole.
            (Mode::Train, Freeze::BodyExceptNorms) if !self.body.statistics.is_empty() => {
                (Trainable::Norms, true)
            }
            (Mode::Eval, _) | (Mode::Train, Freeze::Body | Freeze::BodyExceptNorms) => return None,
        };
        Some(Recording {
            trainable,
            by_batch,
        })
    }

    /// The last map, without a graph.
    pub(super) fn evaluated(&self, images: &Tensor) -> Result<Tensor> {
        match &self.place {
            Place::Processor => {
                let pass = self.pass();
                let picture = from_planes(images, &self.pool)?;
                let map = pass.evaluate(&*self.ready_body(&pass)?, picture);
                let planes = to_planes(&map);
                let shape = (map.n, map.channels, map.height, map.width);
                self.pool.put(map.data);
                Ok(Tensor::from_vec(planes, shape, &Device::Cpu)?)
            }
            #[cfg(feature = "cuda")]
            Place::Card(card) => {
                let params = self.flat_params()?;
                Ok(card.evaluate(&self.body, &self.running(), (&params, images))?)
            }
        }
    }

    /// The last map of a training pass, and the batch's moments if it is normalised by them.
    pub(super) fn recorded(
        &self,
        images: &Tensor,
        recording: Recording,
    ) -> Result<(Tensor, Vec<Moments>)> {
        match &self.place {
            Place::Processor => {
                let picture = from_planes(images, &self.pool)?;
                let mut params = self.pool.take(self.body.param_len);
                self.gather(&mut params)?;
                Ok(self.pass().record(params, picture, recording)?)
            }
            #[cfg(feature = "cuda")]
            Place::Card(card) => {
                let params = self.flat_params()?;
                let running = self.running();
                Ok(card.record(&self.body, &running, (&params, images), recording)?)
            }
        }
    }

    /// All parameters of the body one after the other, on the card.
    #[cfg(feature = "cuda")]
    fn flat_params(&self) -> Result<Tensor> {
        let parts = self
            .body_params
            .iter()
            .map(|param| param.var.as_detached_tensor().flatten_all())
            .collect::<candle_core::Result<Vec<_>>>()?;
        Ok(Tensor::cat(&parts, 0)?)
    }
}
