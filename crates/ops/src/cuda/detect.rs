//! Which GPUs there are. Whatever is missing, a driver or a library, is reported and no crash.

use std::panic::{AssertUnwindSafe, catch_unwind};

use candle_core::Device;
use candle_core::cuda_backend::cudarc::driver::{CudaContext, DriverError, result};

use super::capability::Capability;
use crate::compute::{DeviceError, GpuInfo, Precision, Target};
use crate::device::Element;

/// The first compute capability with bf16 and TF32.
const AMPERE: i32 = 8;

/// Runs what speaks to the driver: builds that load it late panic where it is missing.
fn asked<T>(question: impl FnOnce() -> std::result::Result<T, DriverError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(question)) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(format!("no CUDA device: {}", text_of(error))),
        Err(_) => Err("no CUDA device: its driver library cannot be loaded".into()),
    }
}

fn text_of(error: DriverError) -> String {
    let text = error.error_string().or_else(|_| error.error_name());
    text.map_or_else(
        |_| format!("{:?}", error.0),
        |text| text.to_string_lossy().into_owned(),
    )
}

pub(crate) fn count() -> Result<usize, String> {
    let count = asked(CudaContext::device_count)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

pub(crate) fn gpus() -> Result<Vec<GpuInfo>, String> {
    (0..count()?)
        .map(|id| {
            asked(|| {
                let context = CudaContext::new(id)?;
                let (free_bytes, total_bytes) = context.mem_get_info()?;
                Ok(GpuInfo {
                    id,
                    name: context.name()?,
                    free_bytes,
                    total_bytes,
                })
            })
        })
        .collect()
}

pub(crate) fn name(id: usize) -> Option<String> {
    asked(|| {
        result::init()?;
        let device = result::device::get(i32::try_from(id).unwrap_or(i32::MAX))?;
        result::device::get_name(device)
    })
    .ok()
}

pub(crate) fn open(id: usize, precision: Precision) -> Result<Target, DeviceError> {
    let unusable = |why: String| {
        DeviceError(format!(
            "cuda:{id} is there but cannot be used: {why}; install cuBLAS, cuRAND, NVRTC and cuDNN for the version of CUDA this program was built for, or train with --device cpu"
        ))
    };
    let device = catch_unwind(AssertUnwindSafe(|| Device::new_cuda(id)))
        .unwrap_or_else(|_| candle_core::bail!("a library cannot be loaded"))
        .map_err(|error| unusable(error.to_string()))?;
    let Device::Cuda(gpu) = &device else {
        return Err(unusable("candle opened another device".into()));
    };
    super::CudaMachine::new(gpu).map_err(|error| unusable(error.to_string()))?;
    let Capability { major, .. } =
        Capability::of(gpu).map_err(|error| unusable(error.to_string()))?;
    let element = match precision {
        Precision::Tf32 if major >= AMPERE => Element::Tf32,
        Precision::F32 | Precision::Tf32 => Element::F32,
        Precision::Mixed if major >= AMPERE => Element::Bf16,
        Precision::Mixed => Element::F16,
    };
    Ok(Target { device, element })
}
