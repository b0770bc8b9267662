//! The compute capability of a GPU.

use candle_core::CudaDevice;

/// Major and minor.
pub(super) fn capability(device: &CudaDevice) -> candle_core::Result<(i32, i32)> {
    device
        .cuda_stream()
        .context()
        .compute_capability()
        .map_err(candle_core::Error::wrap)
}
