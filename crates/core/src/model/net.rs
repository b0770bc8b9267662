//! A body and a head with their variables: what is built, trained, saved and asked.

mod input_gradient;
mod placement;
mod state;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use candle_core::backprop::GradStore;
use candle_core::{Device, Storage, Tensor, Var};
use rayon::prelude::*;

use super::autograd::{BodyPass, Deposit, ReadyBody, lock};
use super::backbone::{Body, BodyParam};
use super::head::{Head, HeadKind};
use super::layer::Running;
use super::weights::State;
use super::{Arch, Classifier, Freeze, LEAST_SIDE, Mode, Param, Role};
use crate::error::{Error, Result};
use crate::ops::act::Backward;
use crate::ops::contiguous;
use crate::ops::norm::Moments;
use crate::ops::scratch::BufferPool;
use crate::rng::Stream;
use placement::Place;

/// Stream key of a new head's first values.
const HEAD_INIT: u64 = 0x6865_6164;

pub struct Net {
    arch: Arch,
    body: Arc<Body>,
    /// As they lie in the flat parameters.
    body_params: Vec<Param>,
    running: RwLock<Arc<Running>>,
    /// A frozen body made ready once: to fold and pack it takes as long as several pictures.
    frozen_body: RwLock<Option<Arc<ReadyBody>>>,
    head: Head,
    freeze: Freeze,
    pool: Arc<BufferPool>,
    deposit: Deposit,
    place: Place,
}

/// A net with the embedded ImageNet body and a new head for `classes`; its body is frozen. fastai's head is drawn from
/// `seed`, a linear one starts at 0.
///
/// # Errors
/// [`Error::Invalid`] if there are no classes, or no such weights inside the program.
pub fn build(arch: Arch, head: HeadKind, classes: usize, seed: u64) -> Result<Net> {
    let net = Net::blank(arch, head, classes, seed)?;
    net.load_embedded()?;
    Ok(net)
}

impl Net {
    /// As [`build`], for weights that are still to be loaded: the body's are 0.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are no classes.
    pub fn blank(arch: Arch, head: HeadKind, classes: usize, seed: u64) -> Result<Self> {
        if classes == 0 {
            return Err(Error::Invalid(
                "a classifier needs at least one class; import pictures into class folders first"
                    .into(),
            ));
        }
        let mut stream = Stream::new(seed, &[HEAD_INIT]);
        let head = Head::new(head, (arch.feature_channels(), classes), &mut stream)?;
        let body = arch.body();
        let body_params = body.params.iter().map(param).collect::<Result<_>>()?;
        let running = Running {
            mean: vec![0.0; body.statistics_len],
            variance: vec![1.0; body.statistics_len],
        };
        Ok(Self {
            arch,
            body: Arc::new(body),
            body_params,
            running: RwLock::new(Arc::new(running)),
            frozen_body: RwLock::new(None),
            head,
            freeze: Freeze::default(),
            pool: Arc::default(),
            deposit: Deposit::default(),
            place: Place::Processor,
        })
    }

    /// The net as it was trained on ImageNet, with its own thousand classes; `state` holds all of it.
    ///
    /// # Errors
    /// As [`Net::load_state`].
    pub fn imagenet(arch: Arch, state: &State, path: &Path) -> Result<Self> {
        let net = Self::blank(arch, HeadKind::Linear, 1000, 0)?;
        net.load_state(state, path)?;
        Ok(net)
    }

    pub fn arch(&self) -> Arch {
        self.arch
    }

    pub fn freeze(&self) -> Freeze {
        self.freeze
    }

    pub fn set_frozen(&mut self, freeze: Freeze) {
        self.freeze = freeze;
        self.forget_copy();
    }

    /// Every tensor of the net, trainable now or not, sorted by name.
    pub fn variables(&self) -> Vec<Param> {
        let mut params = self.body_params.clone();
        params.extend(self.head.params());
        params.sort_by(|a, b| a.name.cmp(&b.name));
        params
    }

    /// Those of [`Net::variables`] that get a gradient under the present [`Freeze`].
    pub fn trainable(&self) -> Vec<Param> {
        let mut params = self.variables();
        params.retain(|param| {
            param.group == 2
                || match self.freeze {
                    Freeze::Body => false,
                    Freeze::BodyExceptNorms => param.role.is_norm(),
                    Freeze::Statistics | Freeze::Nothing => true,
                }
        });
        params
    }

    /// Gives the memory back that is kept for the next step.
    pub fn release_memory(&self) {
        self.pool.clear();
        self.place.release_memory();
    }

    #[cfg(test)]
    pub(super) fn idle_floats(&self) -> usize {
        self.pool.idle_floats()
    }

    fn running(&self) -> Arc<Running> {
        // Replaced whole, so sound even if a panic elsewhere poisoned the lock; the same holds below.
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_running(&self, running: Running) {
        *self.running.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(running);
    }

    fn forget_copy(&self) {
        *self
            .frozen_body
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn pass(&self) -> BodyPass {
        BodyPass {
            body: Arc::clone(&self.body),
            running: self.running(),
            pool: Arc::clone(&self.pool),
            deposit: Arc::clone(&self.deposit),
        }
    }

    /// The body, ready to answer; made every time unless it is frozen.
    fn ready_body(&self, pass: &BodyPass) -> Result<Arc<ReadyBody>> {
        if self.freeze == Freeze::Body
            && let Some(ready) = &*self
                .frozen_body
                .read()
                .unwrap_or_else(PoisonError::into_inner)
        {
            return Ok(Arc::clone(ready));
        }
        let mut flat = vec![0f32; self.body.param_len];
        self.gather(&mut flat)?;
        let ready = Arc::new(pass.ready(flat));
        if self.freeze == Freeze::Body {
            *self
                .frozen_body
                .write()
                .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&ready));
        }
        Ok(ready)
    }

    /// Writes all parameters one after the other.
    fn gather(&self, flat: &mut [f32]) -> Result<()> {
        let mut rest = flat;
        let mut parts = Vec::with_capacity(self.body_params.len());
        for param in &self.body_params {
            let (own, others) = rest.split_at_mut(param.var.elem_count());
            rest = others;
            parts.push((&param.var, own));
        }
        parts.into_par_iter().try_for_each(|(var, own)| {
            let (storage, layout) = var.storage_and_layout();
            if let Storage::Cpu(storage) = &*storage {
                own.copy_from_slice(contiguous(storage, layout)?);
            }
            Ok(())
        })
    }

    /// Gradients of all trainable variables from a scalar `loss` made of the head's answer to the last
    /// [`Classifier::features`] in [`Mode::Train`]. candle's own `backward` knows nothing of the body's.
    ///
    /// # Errors
    /// candle's.
    pub fn backward(&self, loss: &Tensor) -> Result<GradStore> {
        lock(&self.deposit).clear();
        let mut gradients = loss.backward()?;
        let of_params = std::mem::take(&mut *lock(&self.deposit));
        for (param, values) in self.body_params.iter().zip(of_params) {
            if let Some(values) = values {
                let gradient = Tensor::from_vec(values, param.var.shape(), &Device::Cpu)?;
                gradients.insert(&param.var, gradient);
            }
        }
        #[cfg(feature = "cuda")]
        self.place.insert_left(&self.body_params, &mut gradients)?;
        Ok(gradients)
    }

    fn follow(&self, moments: &[Moments]) {
        let mut running = Running::clone(&self.running());
        for ((_, place), moments) in self.body.statistics.iter().zip(moments) {
            moments.update_running(
                &mut running.mean[place.clone()],
                &mut running.variance[place.clone()],
            );
        }
        self.set_running(running);
    }
}

/// Gains start at 1, all others at 0.
fn param(param: &BodyParam) -> Result<Param> {
    let first: f32 = if param.role == Role::Gain { 1.0 } else { 0.0 };
    let values = vec![first; param.shape.iter().product()];
    Ok(Param {
        name: param.name.clone(),
        var: Var::from_vec(values, param.shape.as_slice(), &Device::Cpu)?,
        group: param.group,
        role: param.role,
    })
}

impl Classifier for Net {
    fn features(&self, images: &Tensor, mode: Mode) -> Result<Tensor> {
        let (_, channels, height, width) = images.dims4()?;
        if channels != 3 || height < LEAST_SIDE || width < LEAST_SIDE {
            return Err(Error::Invalid(format!(
                "the net needs RGB pictures of at least {LEAST_SIDE} x {LEAST_SIDE} pixels, not {channels} channels of {width} x {height}; choose a larger size"
            )));
        }
        let images = images.to_device(self.device())?;
        let Some(recording) = self.recording(mode) else {
            return self.evaluated(&images);
        };
        let (features, moments) = self.recorded(&images, recording)?;
        self.follow(&moments);
        Ok(features)
    }

    fn head(&self, features: &Tensor, dropout: Option<&mut Stream>) -> Result<Tensor> {
        self.head.forward(
            &features.to_device(self.device())?,
            dropout,
            Backward::Plain,
        )
    }
}
