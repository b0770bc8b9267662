//! The nets: every one is a [`Classifier`] with two halves.
//!
//! [`build`] gives a [`Net`]: an ImageNet backbone and fastai's head. Feature maps are `(N, C, h, w)` at this seam and NHWC
//! within; nothing outside `ops` and `model` need know. A training step is
//! `features(Train)`, `head(Some(stream))`, [`crate::ops::loss::cross_entropy`], `backward`, an update of each
//! [`Param::var`]. candle walks its graph recursively, but a whole backbone is one node of it, so no large stack is needed.

mod arch;
pub mod autograd;
pub mod backbone;
pub mod backward;
pub mod batch_norm;
mod classifier;
#[cfg(feature = "cuda")]
mod cuda_autograd;
pub mod densenet;
pub mod device_backbone;
pub mod efficientnet;
pub mod fastai;
mod freeze;
pub mod head;
pub mod hub;
mod inference;
pub mod layer;
pub mod lda;
pub mod memory;
pub mod net;
mod param;
pub mod parameters;
pub mod preprocess;
pub mod pretrained;
pub mod pth;
pub mod resnet;
pub mod squeezenet;
mod stage_gradient;
mod state_dict;
pub mod weights;
mod weights_format;

pub use arch::{Arch, LEAST_SIDE, PythonNet};
pub use classifier::Classifier;
pub use freeze::{Freeze, Mode};
pub use head::HeadKind;
pub use net::{Net, build};
pub use param::{Param, Role};
pub use preprocess::Normalization;
