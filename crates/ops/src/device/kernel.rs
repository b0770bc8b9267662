//! The kernels of `kernels.cu` by name, and what is handed to them.

use super::{DevicePtr, Memory};

/// CUDA C++ for NVRTC, which a host compiler takes as well.
pub const SOURCE: &str = include_str!("kernels.cu");

macro_rules! kernels {
    ($($variant:ident => $name:literal),* $(,)?) => {
        /// One function of [`SOURCE`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kernel {
            $($variant,)*
        }

        impl Kernel {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in the source.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kernels! {
    Activate => "activate",
    Residual => "residual",
    StopAtActivation => "activation_backward",
    Add => "add",
    RawGradient => "raw_gradient",
    FromPlanes => "from_planes",
    ToPlanes => "to_planes",
    WeightIn => "weight_in",
    WeightOut => "weight_out",
    Pad => "pad",
    Crop => "crop",
    Moments => "moments",
    CombineMoments => "combine_moments",
    BatchMoments => "batch_moments",
    Normalization => "normalization",
    Bias => "bias",
    MaskAndSum => "mask_and_sum",
    AddPieces => "add_pieces",
    Coefficients => "coefficients",
    MaxPool => "max_pool",
    MaxPoolBack => "max_pool_back",
    MeanPool => "mean_pool",
    MeanPoolBack => "mean_pool_back",
    PutPart => "put_part",
    TakePart => "take_part",
    Depthwise => "depthwise",
    DepthwiseData => "depthwise_data",
    DepthwiseFilter => "depthwise_filter",
    AdamW => "adamw",
}

/// An argument of a kernel.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    Ptr(DevicePtr<'a>),
    Int(i32),
    Float(f32),
}

impl<'a> From<DevicePtr<'a>> for Arg<'a> {
    fn from(ptr: DevicePtr<'a>) -> Self {
        Self::Ptr(ptr)
    }
}

impl<'a, M: Memory> From<&'a M> for Arg<'a> {
    fn from(memory: &'a M) -> Self {
        Self::Ptr(memory.ptr())
    }
}

impl From<f32> for Arg<'_> {
    fn from(value: f32) -> Self {
        Self::Float(value)
    }
}

/// Sizes; [`super::Engine::run`] has refused what does not fit.
impl From<usize> for Arg<'_> {
    fn from(value: usize) -> Self {
        Self::Int(i32::try_from(value).unwrap_or(i32::MAX))
    }
}

/// Arguments as they are written in the source.
macro_rules! args {
    ($($arg:expr),* $(,)?) => {
        &[$($crate::device::Arg::from($arg),)*]
    };
}
pub(super) use args;
