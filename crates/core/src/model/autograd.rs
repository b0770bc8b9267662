//! A whole backbone as one operation on candle's tape, which only calls it back.
//!
//! The gradients of the parameters do not go through the tape: candle would add each to a tensor of zeros and cut it out
//! of a flat one with two copies more, a tenth of a step of ResNet-50. They are left in a [`GradientBuffer`].

use std::sync::{Arc, Mutex};

use candle_core::{
    CpuStorage, CustomOp1, DType, Device, Layout, Result, Shape, Storage, Tensor, Var,
};
use rayon::prelude::*;

use super::backbone::Backbone;
use super::parameters::{ParamGradients, Parameters, Running, Trainable};
use crate::ops::contiguous;
use crate::ops::feature::Feature;
use crate::ops::norm::Moments;
use crate::ops::scratch::BufferPool;

/// Everything a pass needs beside the parameters.
#[derive(Clone)]
pub struct BackbonePass {
    pub backbone: Arc<Backbone>,
    pub running: Arc<Running>,
    pub pool: Arc<BufferPool>,
    pub gradient_buffer: GradientBuffer,
}

impl BackbonePass {
    pub(super) fn parameters<'a>(&'a self, params: &'a [f32], by_batch: bool) -> Parameters<'a> {
        Parameters {
            params,
            running: &self.running,
            by_batch,
        }
    }

    /// A training pass over flat `params`, recorded so that going back from the map leaves their gradients in the
    /// gradient buffer. Returns the map `(N, C, h, w)` and, where normalised by batch, its moments by layer.
    pub fn record(
        &self,
        params: Vec<f32>,
        image: Feature,
        recording: Recording,
    ) -> Result<(Tensor, Vec<Moments>)> {
        let moments = Arc::default();
        let op = BackboneOp {
            pass: self.clone(),
            recording,
            params: Mutex::new(params),
            image: Mutex::new(Some(image)),
            maps: Mutex::new(None),
            moments: Arc::clone(&moments),
        };
        // The tape goes back only to where a variable is, so it is given one.
        let anchor = Var::zeros(1, DType::F32, &Device::Cpu)?;
        let features = anchor.apply_op1(op)?;
        let moments = std::mem::take(&mut *lock(&moments));
        Ok((features, moments))
    }
}

/// Where a backward pass leaves the gradients of the backbone's parameters.
pub type GradientBuffer = Arc<Mutex<ParamGradients>>;

/// How a training pass is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    pub trainable: Trainable,
    /// Normalise by the batch's own moments.
    pub by_batch: bool,
}

struct BackboneOp {
    pass: BackbonePass,
    recording: Recording,
    /// Flat; given back to the pool by the backward pass.
    params: Mutex<Vec<f32>>,
    /// Taken by the forward pass.
    image: Mutex<Option<Feature>>,
    /// Left by the forward pass, taken by the backward pass.
    maps: Mutex<Option<Vec<Option<Feature>>>>,
    moments: Arc<Mutex<Vec<Moments>>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Each value is put or taken whole, so it is sound even if a panic poisoned the lock.
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl CustomOp1 for BackboneOp {
    fn name(&self) -> &'static str {
        "backbone"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        let Some(image) = lock(&self.image).take() else {
            candle_core::bail!("a backbone's forward pass runs once")
        };
        let params = lock(&self.params);
        let forward = self.pass.backbone.forward(
            self.pass.parameters(&params, self.recording.by_batch),
            image,
            true,
            &self.pass.pool,
        );
        *lock(&self.maps) = Some(forward.maps);
        *lock(&self.moments) = forward.moments;
        let output = forward.output;
        let shape = Shape::from((output.n, output.channels, output.height, output.width));
        let planes = to_planes(&output);
        self.pass.pool.put(output.data);
        Ok((CpuStorage::F32(planes), shape))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let Some(maps) = lock(&self.maps).take() else {
            candle_core::bail!("a backbone's backward pass runs once: its maps are used up")
        };
        let gradient = from_planes(grad_res, &self.pass.pool)?;
        let params = std::mem::take(&mut *lock(&self.params));
        let gradients = self.pass.backbone.backward(
            self.pass.parameters(&params, self.recording.by_batch),
            maps,
            gradient.data,
            self.recording.trainable,
            &self.pass.pool,
        );
        *lock(&self.pass.gradient_buffer) = gradients;
        self.pass.pool.put(params);
        Ok(None)
    }
}

/// `(n, h, w, c)` to `(n, c, h, w)`.
pub fn to_planes(map: &Feature) -> Vec<f32> {
    let area = map.height * map.width;
    let mut planes = vec![0f32; map.data.len()];
    let image_len = (area * map.channels).max(1);
    planes
        .par_chunks_exact_mut(image_len)
        .zip(map.data.par_chunks_exact(image_len))
        .for_each(|(planes, image)| {
            for (position, pixel) in image.chunks_exact(map.channels).enumerate() {
                for (channel, &value) in pixel.iter().enumerate() {
                    planes[channel * area + position] = value;
                }
            }
        });
    planes
}

/// A `(N, C, H, W)` tensor as a map.
pub fn from_planes(planes: &Tensor, pool: &BufferPool) -> Result<Feature> {
    let (n, channels, height, width) = planes.dims4()?;
    let planes = planes.contiguous()?;
    let (storage, layout) = planes.storage_and_layout();
    let Storage::Cpu(storage) = &*storage else {
        candle_core::bail!("backbones run on the CPU")
    };
    let values = contiguous(storage, layout)?;
    let mut data = pool.take(values.len());
    let area = height * width;
    let image_len = (area * channels).max(1);
    data.par_chunks_exact_mut(image_len)
        .zip(values.par_chunks_exact(image_len))
        .for_each(|(image, planes)| {
            for (position, pixel) in image.chunks_exact_mut(channels).enumerate() {
                for (channel, value) in pixel.iter_mut().enumerate() {
                    *value = planes[channel * area + position];
                }
            }
        });
    Ok(Feature {
        data,
        n,
        height,
        width,
        channels,
        pending: None,
    })
}
