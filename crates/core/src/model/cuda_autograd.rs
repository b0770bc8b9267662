//! A whole backbone as one operation on candle's tape, run on a CUDA device; see [`super::autograd`] for the CPU's.
//!
//! As there, the gradients of the parameters are left beside the tape, all in one tensor; each parameter's is a view of it.

use std::fmt;
use std::sync::{Arc, Mutex};

use candle_core::backprop::GradStore;
use candle_core::{
    CpuStorage, CudaDevice, CudaStorage, CustomOp1, CustomOp2, DType, Layout, Result, Shape,
    Storage, Tensor, Var,
};

use super::Param;
use super::autograd::{Recording, lock};
use super::backbone::Backbone;
use super::device_backbone::{DevicePass, Maps};
use super::parameters::Running;
use crate::ops::cuda::{CudaMachine, CudaMemory};
use crate::ops::device::{Element, Engine};
use crate::ops::norm::Moments;

/// A GPU and how maps lie in its memory.
pub(super) struct Gpu {
    machine: Arc<CudaMachine>,
    element: Element,
    /// Flat gradients of the last backward pass.
    gradient_buffer: Arc<Mutex<Option<Tensor>>>,
}

impl Gpu {
    pub fn new(device: &CudaDevice, element: Element) -> Result<Self> {
        Ok(Self {
            machine: Arc::new(CudaMachine::new(device)?),
            element,
            gradient_buffer: Arc::default(),
        })
    }

    /// Gives the memory back that is kept for the next step.
    pub fn release_memory(&self) {
        self.machine.release_memory();
    }

    /// By running statistics, without a graph. `params`: flat.
    pub fn evaluate(
        &self,
        backbone: &Arc<Backbone>,
        running: &Arc<Running>,
        (params, images): (&Tensor, &Tensor),
    ) -> Result<Tensor> {
        self.anchor(params)?
            .apply_op1_no_bwd(&self.op(backbone, running, (params, images), None))
    }

    /// A training pass, recorded so that going back from the map leaves the gradients for [`Gpu::insert_left`]; with the
    /// batch's moments by layer, if normalised by them.
    pub fn record(
        &self,
        backbone: &Arc<Backbone>,
        running: &Arc<Running>,
        (params, images): (&Tensor, &Tensor),
        recording: Recording,
    ) -> Result<(Tensor, Vec<Moments>)> {
        let op = self.op(backbone, running, (params, images), Some(recording));
        let moments = Arc::clone(&op.moments);
        let features = self.anchor(params)?.apply_op1(op)?;
        let moments = std::mem::take(&mut *lock(&moments));
        Ok((features, moments))
    }

    /// Adds the gradients of `params`, all of the backbone's in their order, that the last backward pass left; takes them.
    pub fn insert_left(&self, params: &[Param], gradients: &mut GradStore) -> Result<()> {
        let Some(flat) = lock(&self.gradient_buffer).take() else {
            return Ok(());
        };
        let mut begin = 0;
        for param in params {
            let len = param.var.elem_count();
            let gradient = flat.narrow(0, begin, len)?.reshape(param.var.shape())?;
            gradients.insert(&param.var, gradient);
            begin += len;
        }
        Ok(())
    }

    /// The tape goes back only to where a variable is, so it is given one.
    fn anchor(&self, params: &Tensor) -> Result<Var> {
        *lock(&self.gradient_buffer) = None;
        Var::zeros(1, DType::F32, params.device())
    }

    fn op(
        &self,
        backbone: &Arc<Backbone>,
        running: &Arc<Running>,
        (params, images): (&Tensor, &Tensor),
        recording: Option<Recording>,
    ) -> BackboneOnGpu {
        BackboneOnGpu {
            machine: Arc::clone(&self.machine),
            element: self.element,
            backbone: Arc::clone(backbone),
            running: Arc::clone(running),
            params: params.clone(),
            images: images.clone(),
            gradient_buffer: Arc::clone(&self.gradient_buffer),
            recording,
            left: Mutex::new(None),
            moments: Arc::default(),
        }
    }
}

impl fmt::Display for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {:?}", self.machine.name(), self.element)
    }
}

/// What a forward pass leaves for the backward pass.
struct Left {
    maps: Maps<CudaMachine>,
    statistics: CudaMemory,
}

struct BackboneOnGpu {
    machine: Arc<CudaMachine>,
    element: Element,
    backbone: Arc<Backbone>,
    running: Arc<Running>,
    /// Flat.
    params: Tensor,
    images: Tensor,
    gradient_buffer: Arc<Mutex<Option<Tensor>>>,
    /// `None`: nothing is kept.
    recording: Option<Recording>,
    left: Mutex<Option<Left>>,
    moments: Arc<Mutex<Vec<Moments>>>,
}

impl CustomOp1 for BackboneOnGpu {
    fn name(&self) -> &'static str {
        "backbone"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &Layout) -> Result<(CpuStorage, Shape)> {
        candle_core::bail!("this backbone's parameters were moved off the device")
    }

    fn cuda_fwd(&self, _: &CudaStorage, _: &Layout) -> Result<(CudaStorage, Shape)> {
        let engine = Engine {
            machine: &*self.machine,
            element: self.element,
        };
        let by_batch = self.recording.is_some_and(|recording| recording.by_batch);
        let (params, params_layout) = self.params.storage_and_layout();
        let params = self.machine.ptr_of(on_gpu(&params)?, params_layout)?;
        let running = (!by_batch).then_some(&*self.running);
        let pass = DevicePass::new(&self.backbone, engine, params, running)?;
        let (n, channels, height, width) = self.images.dims4()?;
        let images = self.images.contiguous()?;
        let (images, images_layout) = images.storage_and_layout();
        let images = self.machine.ptr_of(on_gpu(&images)?, images_layout)?;
        let image = engine.from_planes(images, [n, channels, height, width])?;
        let (output, maps) = pass.forward(image, self.recording.is_some())?;
        if by_batch {
            *lock(&self.moments) = pass.moments(&maps)?;
        }
        let planes = engine.to_planes(&output)?;
        let shape = Shape::from((output.n, output.channels, output.height, output.width));
        if self.recording.is_some() {
            *lock(&self.left) = Some(Left {
                maps,
                statistics: pass.statistics,
            });
        }
        Ok((
            self.machine.into_storage(planes, shape.elem_count())?,
            shape,
        ))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad_res: &Tensor) -> Result<Option<Tensor>> {
        let (Some(recording), Some(left)) = (self.recording, lock(&self.left).take()) else {
            candle_core::bail!("a backbone's backward pass runs once: its maps are used up")
        };
        let op = BackwardOnGpu {
            machine: &self.machine,
            element: self.element,
            backbone: &self.backbone,
            recording,
            left: Mutex::new(Some(left)),
        };
        let gradient = grad_res.detach().contiguous()?;
        let flat = self.params.apply_op2_no_bwd(&gradient, &op)?;
        *lock(&self.gradient_buffer) = Some(flat);
        Ok(None)
    }
}

fn on_gpu(storage: &Storage) -> Result<&CudaStorage> {
    match storage {
        Storage::Cuda(storage) => Ok(storage),
        _ => candle_core::bail!("a tensor was moved off the device"),
    }
}

/// Parameters and the gradient of the output to the gradient of the parameters.
struct BackwardOnGpu<'a> {
    machine: &'a CudaMachine,
    element: Element,
    backbone: &'a Backbone,
    recording: Recording,
    left: Mutex<Option<Left>>,
}

impl CustomOp2 for BackwardOnGpu<'_> {
    fn name(&self) -> &'static str {
        "backbone-backward"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        candle_core::bail!("this backbone's parameters were moved off the device")
    }

    fn cuda_fwd(
        &self,
        params: &CudaStorage,
        params_layout: &Layout,
        gradient: &CudaStorage,
        gradient_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let Some(left) = lock(&self.left).take() else {
            candle_core::bail!("a backbone's backward pass runs once")
        };
        let engine = Engine {
            machine: self.machine,
            element: self.element,
        };
        let pass = DevicePass {
            backbone: self.backbone,
            engine,
            params: self.machine.ptr_of(params, params_layout)?,
            statistics: left.statistics,
            by_batch: self.recording.by_batch,
        };
        let (n, channels, height, width) = gradient_layout.shape().dims4()?;
        let gradient = self.machine.ptr_of(gradient, gradient_layout)?;
        let gradient = engine.from_planes(gradient, [n, channels, height, width])?;
        let flat = pass.backward(left.maps, gradient.data, self.recording.trainable)?;
        let shape = params_layout.shape().clone();
        Ok((self.machine.into_storage(flat, shape.elem_count())?, shape))
    }
}
