//! CUDA GPUs as machines for [`super::device`]: memory that is used again, kernels compiled at run time, cuDNN.
//!
//! Everything is asked for on candle's own stream of the device, so its operations and ours happen in the order they are
//! asked in; and by one thread, for that stream is a thread's own. NVRTC compiles the kernels for the very GPU that is
//! there, once a process.

#![expect(
    unsafe_code,
    reason = "calls into the driver and cuDNN, each with its reason"
)]

mod capability;
mod convolution;
pub mod detect;
mod memory;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::cuda_backend::cudarc::driver::{DevicePtr as _, LaunchConfig, PushKernelArg as _};
use candle_core::cuda_backend::cudarc::nvrtc::{CompileOptions, compile_ptx_with_opts};
use candle_core::{
    CudaDevice, CudaStorage, Error, InplaceOp1, Layout, Result, Storage, Tensor, Var,
};

use super::adamw::AdamStep;
use super::device::{
    Arg, ConvArrays, ConvPass, ConvShape, DevicePtr, Element, Kernel, Machine, SOURCE,
};
pub use capability::Capability;
use convolution::Convolutions;
pub use memory::CudaMemory;
use memory::Pool;

/// Threads of one block.
const BLOCK: u32 = 256;

pub struct CudaMachine {
    device: CudaDevice,
    pool: Arc<Pool>,
    convolutions: Mutex<Convolutions>,
}

impl CudaMachine {
    /// # Errors
    /// If cuDNN or NVRTC is missing, or does not take the kernels.
    pub fn new(device: &CudaDevice) -> Result<Self> {
        compiled(device, Element::F32)?;
        Ok(Self {
            device: device.clone(),
            pool: Arc::default(),
            convolutions: Mutex::new(Convolutions::new(device)?),
        })
    }

    /// Of the GPU.
    pub fn name(&self) -> String {
        let stream = self.device.cuda_stream();
        let name = stream.context().name();
        name.unwrap_or_else(|error| format!("a GPU without a name ({error})"))
    }

    /// Where a contiguous f32 tensor lies.
    pub fn ptr_of<'a>(&self, storage: &'a CudaStorage, layout: &Layout) -> Result<DevicePtr<'a>> {
        ptr_of(&self.device, storage, layout)
    }

    /// Memory of `len` f32 as candle holds it.
    pub fn into_storage(&self, memory: CudaMemory, len: usize) -> Result<CudaStorage> {
        let stream = self.device.cuda_stream();
        let bytes = memory.into_slice()?;
        // SAFETY: the allocation is whole, has room for `len` f32 (its owner made it so), and every bit pattern is one.
        let values = unsafe { stream.upgrade_device_ptr::<f32>(bytes.leak(), len) };
        Ok(CudaStorage::wrap_cuda_slice(values, self.device.clone()))
    }

    /// Gives idle memory back to the GPU.
    pub fn release_memory(&self) {
        self.pool.clear();
    }
}

fn ptr_of<'a>(
    device: &CudaDevice,
    storage: &'a CudaStorage,
    layout: &Layout,
) -> Result<DevicePtr<'a>> {
    let Some((start, _)) = layout.contiguous_offsets() else {
        candle_core::bail!("this operation needs a contiguous tensor")
    };
    let stream = device.cuda_stream();
    // All work on it is on this one stream, so the order is kept without the guard.
    let address = storage.as_cuda_slice::<f32>()?.device_ptr(&stream).0;
    Ok(DevicePtr::new(address).floats(start))
}

impl Machine for CudaMachine {
    type Memory = CudaMemory;

    fn alloc(&self, bytes: usize) -> Result<CudaMemory> {
        CudaMemory::take(&self.pool, &self.device, bytes)
    }

    fn fill_zeros(&self, memory: &CudaMemory) -> Result<()> {
        memory.fill_zeros(&self.device)
    }

    fn upload(&self, values: &[f32]) -> Result<CudaMemory> {
        let memory = self.alloc(4 * values.len())?;
        memory.write(&self.device, values)?;
        Ok(memory)
    }

    fn download(&self, memory: &CudaMemory, values: &mut [f32]) -> Result<()> {
        memory.read(&self.device, values)
    }

    fn launch(
        &self,
        kernel: Kernel,
        element: Element,
        threads: usize,
        args: &[Arg<'_>],
    ) -> Result<()> {
        launch(&self.device, kernel, element, threads, args)
    }

    fn convolve(
        &self,
        pass: ConvPass,
        shape: &ConvShape,
        element: Element,
        arrays: ConvArrays<'_>,
    ) -> Result<()> {
        self.convolutions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .run((pass, *shape, element), arrays, |bytes| self.alloc(bytes))
    }
}

fn launch(
    device: &CudaDevice,
    kernel: Kernel,
    element: Element,
    threads: usize,
    args: &[Arg<'_>],
) -> Result<()> {
    let source = compiled(device, element)?;
    let function = device.get_or_load_custom_func(kernel.name(), element.define(), &source)?;
    let mut builder = function.builder();
    for arg in args {
        match arg {
            Arg::Ptr(ptr) => builder.arg(&ptr.address),
            Arg::Int(value) => builder.arg(value),
            Arg::Float(value) => builder.arg(value),
        };
    }
    let blocks = threads.div_ceil(BLOCK as usize);
    let config = LaunchConfig {
        grid_dim: (u32::try_from(blocks).map_err(Error::wrap)?, 1, 1),
        block_dim: (BLOCK, 1, 1),
        shared_mem_bytes: 0,
    };
    // SAFETY: the wrappers in `ops::device` give each kernel the arguments of its source and memory of their size; the
    // tests check types and values with the same kernels on the host.
    unsafe { builder.launch(config) }.map_err(Error::wrap)?;
    Ok(())
}

/// The kernels as PTX for this GPU.
fn compiled(device: &CudaDevice, element: Element) -> Result<Arc<str>> {
    type Compiled = HashMap<(Element, Capability), Arc<str>>;
    static DONE: Mutex<Option<Compiled>> = Mutex::new(None);
    let capability = Capability::of(device)?;
    // An entry is put in whole, so the map is sound even after a panic elsewhere.
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    let done = done.get_or_insert_default();
    if let Some(ptx) = done.get(&(element, capability)) {
        return Ok(Arc::clone(ptx));
    }
    let ptx: Arc<str> = compile(element, capability)?.into();
    done.insert((element, capability), Arc::clone(&ptx));
    Ok(ptx)
}

/// The kernels as PTX for GPUs of a compute capability; needs NVRTC, but no GPU.
///
/// # Errors
/// What NVRTC says.
pub fn compile(element: Element, capability: Capability) -> Result<String> {
    let Capability { major, minor } = capability;
    let options = CompileOptions {
        options: vec![
            format!("--gpu-architecture=compute_{major}{minor}"),
            format!("--define-macro={}", element.define()),
        ],
        name: Some("kernels.cu".into()),
        ..CompileOptions::default()
    };
    let ptx = compile_ptx_with_opts(SOURCE, options)
        .map_err(|error| Error::Msg(format!("NVRTC cannot compile the kernels: {error}")))?;
    Ok(ptx.to_src())
}

/// [`super::adamw::update`] on the GPU; all four tensors are f32, contiguous and of one length.
pub(super) fn adamw(
    param: &Var,
    gradient: &Tensor,
    moments: [&Tensor; 2],
    step: &AdamStep,
) -> Result<()> {
    let op = InPlace {
        gradient,
        moments,
        step,
    };
    param.inplace_op1(&op)
}

struct InPlace<'a> {
    gradient: &'a Tensor,
    moments: [&'a Tensor; 2],
    step: &'a AdamStep,
}

impl InplaceOp1 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, _: &mut candle_core::CpuStorage, _: &Layout) -> Result<()> {
        candle_core::bail!("this tensor was moved off the device")
    }

    fn cuda_fwd(&self, storage: &mut CudaStorage, layout: &Layout) -> Result<()> {
        let device = storage.device.clone();
        let len = layout.shape().elem_count();
        let param = ptr_of(&device, storage, layout)?;
        let [m, v] = self.moments;
        let guards = [self.gradient, m, v].map(Tensor::storage_and_layout);
        let mut args = vec![Arg::from(param)];
        for (storage, layout) in &guards {
            let Storage::Cuda(storage) = &**storage else {
                candle_core::bail!("the gradient is not on the device")
            };
            if layout.shape().elem_count() != len {
                candle_core::bail!("a tensor of {len} values got another number of gradients")
            }
            args.push(ptr_of(&device, storage, layout)?.into());
        }
        args.extend(self.step.factors().map(Arg::from));
        args.push(len.into());
        launch(&device, Kernel::AdamW, Element::F32, len, &args)
    }
}
