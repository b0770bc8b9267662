//! Where tensors are computed: the GPUs of this computer, and the choice among them and the CPU.
//!
//! Nothing here fails for want of a GPU, a driver or a library: what is missing is named, and the CPU is there.

mod target;

use std::sync::OnceLock;

pub use target::{Compute, DeviceError, GpuInfo, Precision, Target};

/// Whether this build could use a GPU.
pub fn is_built_for_cuda() -> bool {
    cfg!(feature = "cuda")
}

/// The GPUs, or why there are none. Asks each for its free memory, which takes some of it for as long as the process
/// lives.
///
/// # Errors
/// A half sentence: "no CUDA device: …".
pub fn gpus() -> Result<Vec<GpuInfo>, String> {
    count()?;
    #[cfg(feature = "cuda")]
    {
        super::cuda::detect::gpus()
    }
    #[cfg(not(feature = "cuda"))]
    {
        Ok(Vec::new())
    }
}

/// How many GPUs there are: at least one. The driver is asked once.
fn count() -> Result<usize, String> {
    static COUNT: OnceLock<Result<usize, String>> = OnceLock::new();
    COUNT.get_or_init(ask_for_count).clone()
}

#[cfg(feature = "cuda")]
fn ask_for_count() -> Result<usize, String> {
    match super::cuda::detect::count()? {
        0 => Err("no CUDA device: the driver knows none".into()),
        count => Ok(count),
    }
}

#[cfg(not(feature = "cuda"))]
fn ask_for_count() -> Result<usize, String> {
    Err("no CUDA device: this program was built without the feature cuda".into())
}

/// What a build for CUDA should say where it has to do without, if nobody chose.
pub fn fallback_note(choice: Option<Compute>) -> Option<String> {
    match (choice, count()) {
        (None, Err(why)) if is_built_for_cuda() => Some(format!("{why}; using the CPU")),
        _ => None,
    }
}

/// What is computed on: the choice, or the first GPU, or the CPU.
fn resolve(choice: Option<Compute>) -> Compute {
    choice.unwrap_or_else(|| match count() {
        Ok(_) => Compute::Cuda(0),
        Err(_) => Compute::Cpu,
    })
}

/// The name of the GPU that a choice comes to; `None` for the CPU.
pub fn gpu_name(choice: Option<Compute>) -> Option<String> {
    match resolve(choice) {
        Compute::Cpu => None,
        #[cfg(feature = "cuda")]
        Compute::Cuda(id) => super::cuda::detect::name(id),
        #[cfg(not(feature = "cuda"))]
        Compute::Cuda(_) => None,
    }
}

/// Why a run cannot be computed as chosen, with the remedy; asked before any work begins.
pub fn fault(choice: Option<Compute>, precision: Precision) -> Option<String> {
    fault_with(resolve(choice), precision, count())
}

fn fault_with(
    compute: Compute,
    precision: Precision,
    count: Result<usize, String>,
) -> Option<String> {
    match (compute, count, precision) {
        (Compute::Cuda(_), Err(why), _) => Some(format!(
            "{why}; train with --device cpu, or see `cutting-room doctor` and README.md, \"With an NVIDIA GPU\""
        )),
        (Compute::Cuda(id), Ok(count), _) if id >= count => Some(format!(
            "there is no device cuda:{id}, the last is cuda:{}; `cutting-room doctor` lists them",
            count - 1
        )),
        (Compute::Cpu, _, Precision::Tf32) => Some(
            "TF32 needs a CUDA device: a CPU multiplies in f32; leave --precision out".into(),
        ),
        (Compute::Cpu, _, Precision::Mixed) => Some(
            "mixed precision needs a CUDA device: on the CPU bf16 cannot be convolved and f16 is slower than f32; leave --precision out".into(),
        ),
        _ => None,
    }
}

/// Opens what a run is computed on.
///
/// # Errors
/// As [`fault`]; that the device is there but cannot be used.
pub fn open(choice: Option<Compute>, precision: Precision) -> Result<Target, DeviceError> {
    if let Some(fault) = fault(choice, precision) {
        return Err(DeviceError(fault));
    }
    match resolve(choice) {
        Compute::Cpu => Ok(Target::cpu()),
        #[cfg(feature = "cuda")]
        Compute::Cuda(id) => super::cuda::detect::open(id, precision),
        #[cfg(not(feature = "cuda"))]
        Compute::Cuda(id) => Err(DeviceError(format!("this build cannot use cuda:{id}"))),
    }
}

/// Whether a computation failed for want of memory on the device.
pub fn is_out_of_memory(error: &candle_core::Error) -> bool {
    let text = error.to_string();
    [
        "CUDA_ERROR_OUT_OF_MEMORY",
        "CUBLAS_STATUS_ALLOC_FAILED",
        "CUDNN_STATUS_ALLOC_FAILED",
        "ALLOCATION_FAILED",
    ]
    .iter()
    .any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_written_as_they_are_read() {
        for (text, compute) in [
            ("cpu", Compute::Cpu),
            ("cuda:0", Compute::Cuda(0)),
            ("cuda:13", Compute::Cuda(13)),
        ] {
            assert_eq!(text.parse(), Ok(compute));
            assert_eq!(compute.to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(Compute::Cuda(0)));
        for text in ["", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "CUDA"] {
            let message = text.parse::<Compute>().unwrap_err();
            assert!(message.contains("cpu, cuda or cuda:N"), "{message}");
        }
    }

    #[test]
    fn faults_name_the_remedy() {
        let none = || Err::<usize, _>("no CUDA device: test".to_owned());
        let fault = |compute, precision, count| fault_with(compute, precision, count);
        assert_eq!(fault(Compute::Cpu, Precision::F32, none()), None);
        assert!(fault(Compute::Cpu, Precision::Tf32, Ok(1)).is_some());
        assert_eq!(fault(Compute::Cuda(1), Precision::Mixed, Ok(2)), None);
        for (text, remedy) in [
            (
                fault(Compute::Cuda(0), Precision::F32, none()),
                "--device cpu",
            ),
            (
                fault(Compute::Cuda(2), Precision::F32, Ok(2)),
                "the last is cuda:1",
            ),
            (
                fault(Compute::Cpu, Precision::Mixed, Ok(1)),
                "leave --precision out",
            ),
        ] {
            let text = text.unwrap();
            assert!(text.contains(remedy), "{text}");
        }
    }

    #[test]
    fn only_memory_is_out_of_memory() {
        let error = |text: &str| candle_core::Error::Msg(text.into());
        assert!(is_out_of_memory(&error(
            r#"DriverError(CUDA_ERROR_OUT_OF_MEMORY, "out of memory")"#
        )));
        assert!(!is_out_of_memory(&error("CUDA_ERROR_ILLEGAL_ADDRESS")));
    }
}
