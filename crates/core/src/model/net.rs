//! A backbone and a head with their variables: what is built, trained, saved and asked.

mod device;
mod frozen_copy;
mod input_gradient;
mod placement;
mod stages;
mod state;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use candle_core::backprop::GradStore;
use candle_core::{Device, Storage, Tensor, Var};
use rayon::prelude::*;

use super::autograd::{BackbonePass, GradientBuffer, lock};
use super::backbone::{Backbone, BackboneParam};
use super::head::{Head, HeadKind};
use super::inference::InferenceNet;
use super::parameters::Running;
use super::weights::State;
use super::{Arch, Classifier, Freeze, LEAST_SIDE, Mode, Param, Role};
use crate::error::{Error, Result};
use crate::ops::act::Backward;
use crate::ops::contiguous;
use crate::ops::norm::Moments;
use crate::ops::scratch::BufferPool;
use crate::rng::Stream;
use placement::Placement;

/// Stream key of a new head's first values.
const HEAD_INIT: u64 = 0x6865_6164;

pub struct Net {
    arch: Arch,
    backbone: Arc<Backbone>,
    /// As they lie in the flat parameters.
    backbone_params: Vec<Param>,
    running: RwLock<Arc<Running>>,
    /// What predicts: to fold and pack the weights takes as long as several images.
    inference: RwLock<Option<Arc<InferenceNet>>>,
    head: Head,
    freeze: Freeze,
    pool: Arc<BufferPool>,
    gradient_buffer: GradientBuffer,
    placement: Placement,
}

/// A net with the embedded ImageNet backbone and a new head for `classes`; its backbone is frozen. fastai's head is drawn from
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
    /// As [`build`], for weights that are still to be loaded: the backbone's are 0.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are no classes.
    pub fn blank(arch: Arch, head: HeadKind, classes: usize, seed: u64) -> Result<Self> {
        if classes == 0 {
            return Err(Error::Invalid(
                "a classifier needs at least one class; import images into class folders first"
                    .into(),
            ));
        }
        let mut stream = Stream::new(seed, &[HEAD_INIT]);
        let head = Head::new(head, arch.feature_channels(), classes, &mut stream)?;
        let backbone = arch.backbone();
        let backbone_params = backbone.params.iter().map(param).collect::<Result<_>>()?;
        let running = Running {
            mean: vec![0.0; backbone.statistics_len],
            variance: vec![1.0; backbone.statistics_len],
        };
        Ok(Self {
            arch,
            backbone: Arc::new(backbone),
            backbone_params,
            running: RwLock::new(Arc::new(running)),
            inference: RwLock::new(None),
            head,
            freeze: Freeze::default(),
            pool: Arc::default(),
            gradient_buffer: GradientBuffer::default(),
            placement: Placement::Cpu,
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

    /// Its layers and steps.
    pub fn backbone(&self) -> &Backbone {
        &self.backbone
    }

    pub fn head_kind(&self) -> HeadKind {
        self.head.kind()
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
        let mut params = self.backbone_params.clone();
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
                    Freeze::Backbone => false,
                    Freeze::BackboneExceptNorms => param.role.is_norm(),
                    Freeze::Statistics | Freeze::Nothing => true,
                }
        });
        params
    }

    /// Gives the memory back that is kept for the next step.
    pub fn release_memory(&self) {
        self.pool.clear();
        let inference = self
            .inference
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(net) = &*inference {
            net.release_memory();
        }
        self.placement.release_memory();
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
            .inference
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn pass(&self) -> BackbonePass {
        BackbonePass {
            backbone: Arc::clone(&self.backbone),
            running: self.running(),
            pool: Arc::clone(&self.pool),
            gradient_buffer: Arc::clone(&self.gradient_buffer),
        }
    }

    /// The backbone for inference; made anew when its weights are others, which those of a frozen one never are.
    fn inference_net(&self) -> Result<Arc<InferenceNet>> {
        let is_frozen = self.freeze == Freeze::Backbone;
        let known = self
            .inference
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if is_frozen && let Some(known) = known {
            return Ok(known);
        }
        let running = self.running();
        let mut params = vec![0f32; self.backbone.param_len];
        self.gather(&mut params)?;
        if let Some(known) = known
            && known.is_of(&params, &running)
        {
            return Ok(known);
        }
        let net = InferenceNet::new(&self.backbone, params, &running, !is_frozen);
        let net = Arc::new(net);
        *self
            .inference
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&net));
        Ok(net)
    }

    /// Writes all parameters one after the other.
    fn gather(&self, flat: &mut [f32]) -> Result<()> {
        self.gather_from(flat, 0)
    }

    /// As [`Net::gather`], leaving out those before the `first`.
    fn gather_from(&self, flat: &mut [f32], first: usize) -> Result<()> {
        let mut rest = flat;
        let mut parts = Vec::with_capacity(self.backbone_params.len());
        for (index, param) in self.backbone_params.iter().enumerate() {
            let (own, others) = rest.split_at_mut(param.var.elem_count());
            rest = others;
            if index >= first {
                parts.push((&param.var, own));
            }
        }
        parts.into_par_iter().try_for_each(|(var, own)| {
            let (storage, layout) = var.storage_and_layout();
            if let Storage::Cpu(storage) = &*storage {
                own.copy_from_slice(contiguous(storage, layout)?);
            }
            Ok(())
        })
    }

    /// Gradients of all trainable variables from a scalar `loss` made of the head's output for the last
    /// [`Classifier::features`] in [`Mode::Train`]. candle's own `backward` knows nothing of the backbone's.
    ///
    /// # Errors
    /// candle's.
    pub fn backward(&self, loss: &Tensor) -> Result<GradStore> {
        lock(&self.gradient_buffer).clear();
        let mut gradients = loss.backward()?;
        let of_params = std::mem::take(&mut *lock(&self.gradient_buffer));
        for (param, values) in self.backbone_params.iter().zip(of_params) {
            if let Some(values) = values {
                let gradient = Tensor::from_vec(values, param.var.shape(), &Device::Cpu)?;
                gradients.insert(&param.var, gradient);
            }
        }
        #[cfg(feature = "cuda")]
        self.placement
            .insert_left(&self.backbone_params, &mut gradients)?;
        Ok(gradients)
    }

    fn follow(&self, moments: &[Moments]) {
        let mut running = Running::clone(&self.running());
        for ((_, place), moments) in self.backbone.statistics.iter().zip(moments) {
            moments.update_running(
                &mut running.mean[place.clone()],
                &mut running.variance[place.clone()],
            );
        }
        self.set_running(running);
    }
}

/// Gammas start at 1, all others at 0.
fn param(param: &BackboneParam) -> Result<Param> {
    let first: f32 = if param.role == Role::Gamma { 1.0 } else { 0.0 };
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
                "the net needs RGB images of at least {LEAST_SIDE} x {LEAST_SIDE} pixels, not {channels} channels of {width} x {height}; choose a larger size"
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

    fn fixed_head(&self, features: &Tensor) -> Result<Tensor> {
        self.head.forward_fixed(&features.to_device(self.device())?)
    }

    fn head(&self, features: &Tensor, dropout: Option<&mut Stream>) -> Result<Tensor> {
        self.head.forward(
            &features.to_device(self.device())?,
            dropout,
            Backward::Plain,
        )
    }
}
