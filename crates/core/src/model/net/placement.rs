//! Where a net is: the CPU runs its backbone as [`crate::ops`] does, a GPU as [`crate::ops::device`] does.

#[cfg(feature = "cuda")]
use candle_core::backprop::GradStore;

#[cfg(feature = "cuda")]
use crate::error::Result;
#[cfg(feature = "cuda")]
use crate::model::Param;

/// Where a net's tensors are and its backbone is run.
pub(super) enum Placement {
    Cpu,
    #[cfg(feature = "cuda")]
    Gpu(crate::model::cuda_autograd::Gpu),
}

impl Placement {
    /// Gives the memory back that is kept for the next step.
    pub fn release_memory(&self) {
        match self {
            Self::Cpu => {}
            #[cfg(feature = "cuda")]
            Self::Gpu(gpu) => gpu.release_memory(),
        }
    }

    /// Adds the gradients of `params` that a backward pass left on the GPU.
    #[cfg(feature = "cuda")]
    pub fn insert_left(&self, params: &[Param], gradients: &mut GradStore) -> Result<()> {
        match self {
            Self::Cpu => Ok(()),
            Self::Gpu(gpu) => Ok(gpu.insert_left(params, gradients)?),
        }
    }
}
