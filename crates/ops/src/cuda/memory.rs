//! Memory of a GPU that is used again: asking the driver for each map of each step would cost more than the kernels.

#![expect(
    unsafe_code,
    reason = "memory without content, and views of it as floats"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::cuda_backend::cudarc::driver::result as driver;
use candle_core::cuda_backend::cudarc::driver::{CudaSlice, DevicePtr as _};
use candle_core::{CudaDevice, Error, Result};

use crate::device::{DevicePtr, Memory};

/// Idle memory by size. All work is on one stream, so what was given back may be handed out while kernels that read it
/// still wait.
#[derive(Default)]
pub(super) struct Pool(Mutex<BTreeMap<usize, Vec<CudaSlice<u8>>>>);

impl Pool {
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Vec<CudaSlice<u8>>>> {
        // Slices hold no invariant, so a panic elsewhere while the lock was held does no harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes back to its pool when dropped.
pub struct CudaMemory {
    /// Empty only once it was taken out.
    slice: Option<CudaSlice<u8>>,
    address: u64,
    pool: Arc<Pool>,
}

/// The driver hands out multiples of this anyway; rounding up lets sizes meet.
const GRAIN: usize = 512;

impl CudaMemory {
    pub(super) fn take(pool: &Arc<Pool>, device: &CudaDevice, bytes: usize) -> Result<Self> {
        let size = bytes.max(1).next_multiple_of(GRAIN);
        let idle = pool.lock().get_mut(&size).and_then(Vec::pop);
        let slice = match idle {
            Some(slice) => slice,
            None => fresh(device, size).or_else(|_| {
                // Idle memory of other sizes may be what is missing.
                pool.clear();
                device.cuda_stream().synchronize().map_err(Error::wrap)?;
                fresh(device, size)
            })?,
        };
        // All work on it is on one stream, so the order is kept without the guard.
        let address = slice.device_ptr(slice.stream()).0;
        Ok(Self {
            address,
            slice: Some(slice),
            pool: Arc::clone(pool),
        })
    }

    /// Out of the pool for good.
    pub(super) fn into_slice(mut self) -> Result<CudaSlice<u8>> {
        match self.slice.take() {
            Some(slice) => Ok(slice),
            None => candle_core::bail!("this memory was given away before"),
        }
    }

    fn slice(&self) -> Result<&CudaSlice<u8>> {
        match &self.slice {
            Some(slice) => Ok(slice),
            None => candle_core::bail!("this memory was given away"),
        }
    }

    pub(super) fn fill_zeros(&self, device: &CudaDevice) -> Result<()> {
        let stream = device.cuda_stream();
        let bytes = self.slice()?.len();
        stream.context().bind_to_thread().map_err(Error::wrap)?;
        // SAFETY: the whole of this allocation, on the stream that all its users are on.
        unsafe { driver::memset_d8_async(self.address, 0, bytes, stream.cu_stream()) }
            .map_err(Error::wrap)
    }

    pub(super) fn write(&self, device: &CudaDevice, values: &[f32]) -> Result<()> {
        let stream = device.cuda_stream();
        if 4 * values.len() > self.slice()?.len() {
            candle_core::bail!("{} values do not fit the memory", values.len())
        }
        stream.context().bind_to_thread().map_err(Error::wrap)?;
        // SAFETY: checked to fit; the driver has copied pageable memory aside before it returns.
        unsafe { driver::memcpy_htod_async(self.address, values, stream.cu_stream()) }
            .map_err(Error::wrap)
    }

    pub(super) fn read(&self, device: &CudaDevice, values: &mut [f32]) -> Result<()> {
        let stream = device.cuda_stream();
        if 4 * values.len() > self.slice()?.len() {
            candle_core::bail!("the memory has no {} values", values.len())
        }
        stream.context().bind_to_thread().map_err(Error::wrap)?;
        // SAFETY: checked to fit; the values are waited for.
        unsafe { driver::memcpy_dtoh_async(values, self.address, stream.cu_stream()) }
            .map_err(Error::wrap)?;
        stream.synchronize().map_err(Error::wrap)
    }
}

fn fresh(device: &CudaDevice, bytes: usize) -> Result<CudaSlice<u8>> {
    // SAFETY: whoever asks for memory of any content writes it before it is read.
    unsafe { device.alloc::<u8>(bytes) }
}

impl Memory for CudaMemory {
    fn ptr(&self) -> DevicePtr<'_> {
        DevicePtr::new(self.address)
    }
}

impl Drop for CudaMemory {
    fn drop(&mut self) {
        if let Some(slice) = self.slice.take() {
            self.pool.lock().entry(slice.len()).or_default().push(slice);
        }
    }
}
