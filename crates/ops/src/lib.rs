//! Our own tensor operations where candle is slow or wrong.
//!
//! Feature maps are NHWC f32 slices. A convolution leaves its raw output in memory together with the normalisation and
//! activation still *pending* on it ([`feature::Feature`]); whoever reads the map applies them on the way in. That
//! saves the normalised copy of every map, in memory and in bandwidth, which is what bounds such nets on a CPU.
//! Work is cut into pieces by the shapes alone and partial sums are added in their order, so results do not depend on
//! the number of threads.

pub mod act;
pub mod adamw;
pub mod average_pool;
pub mod compute;
pub mod concat;
pub mod conv;
#[cfg(feature = "cuda")]
pub mod cuda;
pub mod dense;
pub mod depthwise;
pub mod device;
pub mod dropout;
pub mod feature;
pub mod geometry;
pub mod hamming;
pub mod inference;
pub mod init;
pub mod instruction_set;
pub mod loss;
pub mod max_pool;
pub mod norm;
pub mod pool;
pub mod residual;
pub mod rng;
pub mod scratch;
pub mod simd;
pub mod symmetric;
pub mod upstream;
pub mod vector;
mod windows;

use candle_core::{CpuStorage, Layout, Result};

/// The values of a contiguous f32 tensor.
pub fn contiguous<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("this operation needs a contiguous tensor")
    };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

#[cfg(test)]
mod tests;
