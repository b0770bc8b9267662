//! The compute capability of a GPU.

use candle_core::CudaDevice;

/// 8.0 is Ampere, 9.0 Hopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Capability {
    pub major: i32,
    pub minor: i32,
}

impl Capability {
    pub(super) fn of(device: &CudaDevice) -> candle_core::Result<Self> {
        let (major, minor) = device
            .cuda_stream()
            .context()
            .compute_capability()
            .map_err(candle_core::Error::wrap)?;
        Ok(Self { major, minor })
    }
}
