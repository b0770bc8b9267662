//! The nets: every one is a [`Classifier`] with two halves.
//!
//! [`build`] gives a [`Net`]: an ImageNet backbone and fastai's head. Feature maps are `(N, C, h, w)` at this seam and NHWC
//! within; nothing outside `ops` and `model` need know. A training step is
//! `features(Train)`, `head(Some(stream))`, [`crate::ops::loss::cross_entropy`], `backward`, an update of each
//! [`Param::var`]. candle walks its graph recursively, but a whole backbone is one node of it, so no large stack is needed.

pub mod autograd;
pub mod backbone;
pub mod backward;
pub mod batch_norm;
#[cfg(feature = "cuda")]
mod cuda_autograd;
pub mod densenet;
pub mod device_backbone;
pub mod efficientnet;
pub mod head;
pub mod hub;
pub mod layer;
pub mod memory;
pub mod net;
pub mod preprocess;
pub mod pth;
pub mod resnet;
pub mod squeezenet;
pub mod weights;

use candle_core::{Device, Tensor, Var};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rng::Stream;

pub use head::HeadKind;
pub use net::{Net, build};
pub use preprocess::Normalization;

/// What can be trained. Only the first has its ImageNet weights inside the program; the others read torchvision's or
/// timm's from a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Arch {
    /// 4.7 M parameters, 1280 features, input (byte - 127) / 128; its ImageNet weights are inside the program.
    #[default]
    EfficientnetLite0,
    /// 11.7 M parameters, 512 features
    Resnet18,
    /// 21.8 M parameters, 512 features
    Resnet34,
    /// 25.6 M parameters, 2048 features
    Resnet50,
    /// 44.5 M parameters, 2048 features
    Resnet101,
    /// 60.2 M parameters, 2048 features
    Resnet152,
    /// 25.0 M parameters, 2048 features
    #[serde(rename = "resnext50-32x4d")]
    #[value(name = "resnext50-32x4d", alias = "resnext50_32x4d")]
    Resnext50,
    /// 8.0 M parameters, 1024 features; every layer reads all before it
    Densenet121,
    /// 1.2 M parameters, 512 features, 13 x 13 of them for 224 pixels; no normalisation
    #[serde(rename = "squeezenet1-1")]
    #[value(name = "squeezenet1-1", alias = "squeezenet1_1")]
    Squeezenet11,
}

/// Nets that are built alike.
enum Family {
    Efficientnet,
    Resnet(resnet::Plan),
    Densenet,
    Squeezenet,
}

/// The smallest picture that every net makes a feature map of.
pub const LEAST_SIDE: usize = 32;

impl Arch {
    pub const ALL: [Self; 9] = [
        Self::EfficientnetLite0,
        Self::Resnet18,
        Self::Resnet34,
        Self::Resnet50,
        Self::Resnet101,
        Self::Resnet152,
        Self::Resnext50,
        Self::Densenet121,
        Self::Squeezenet11,
    ];

    /// As its paper writes it.
    pub fn title(self) -> &'static str {
        match self {
            Self::EfficientnetLite0 => "EfficientNet-Lite0",
            Self::Resnet18 => "ResNet-18",
            Self::Resnet34 => "ResNet-34",
            Self::Resnet50 => "ResNet-50",
            Self::Resnet101 => "ResNet-101",
            Self::Resnet152 => "ResNet-152",
            Self::Resnext50 => "ResNeXt-50 32x4d",
            Self::Densenet121 => "DenseNet-121",
            Self::Squeezenet11 => "SqueezeNet 1.1",
        }
    }

    /// Whether ImageNet weights are inside the program.
    pub fn has_embedded_weights(self) -> bool {
        self == Self::EfficientnetLite0
    }

    pub fn input_normalization(self) -> Normalization {
        match self {
            Self::EfficientnetLite0 => Normalization::TENSORFLOW,
            _ => Normalization::IMAGENET,
        }
    }

    /// Channels of the last feature map.
    pub fn feature_channels(self) -> usize {
        match self.family() {
            Family::Efficientnet => efficientnet::FEATURES,
            Family::Resnet(plan) => plan.features(),
            Family::Densenet => densenet::FEATURES,
            Family::Squeezenet => squeezenet::FEATURES,
        }
    }

    fn family(self) -> Family {
        match self {
            Self::EfficientnetLite0 => Family::Efficientnet,
            Self::Resnet18 => Family::Resnet(resnet::RESNET_18),
            Self::Resnet34 => Family::Resnet(resnet::RESNET_34),
            Self::Resnet50 => Family::Resnet(resnet::RESNET_50),
            Self::Resnet101 => Family::Resnet(resnet::RESNET_101),
            Self::Resnet152 => Family::Resnet(resnet::RESNET_152),
            Self::Resnext50 => Family::Resnet(resnet::RESNEXT_50),
            Self::Densenet121 => Family::Densenet,
            Self::Squeezenet11 => Family::Squeezenet,
        }
    }

    fn backbone(self) -> backbone::Backbone {
        match self.family() {
            Family::Efficientnet => efficientnet::lite0(),
            Family::Resnet(plan) => plan.backbone(),
            Family::Densenet => densenet::densenet_121(),
            Family::Squeezenet => squeezenet::squeezenet_1_1(),
        }
    }

    /// What other programs call the tensor `name`.
    fn other_names(self, name: &str) -> Vec<String> {
        match self.family() {
            Family::Efficientnet => efficientnet::other_name(name).into_iter().collect(),
            Family::Resnet(_) => resnet::other_names(name),
            Family::Densenet => densenet::other_names(name),
            Family::Squeezenet => squeezenet::other_names(name),
        }
    }
}

/// Whether batch statistics are used and kept, and a graph is built for what is trainable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Train,
    Eval,
}

/// What of the backbone stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freeze {
    /// The whole backbone; its normalisations use and keep their running statistics, so features can be cached.
    #[default]
    Backbone,
    /// The backbone's convolutions; its normalisations train, on batch statistics (fastai's way).
    BackboneExceptNorms,
    /// The running statistics, on which everything else learns: what was learnt with a frozen backbone stays true.
    Statistics,
    Nothing,
}

/// One trainable tensor.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: String,
    pub var: Var,
    /// Learning-rate group: 0 stem and early blocks, 1 later blocks, 2 head.
    pub group: u8,
    pub role: Role,
}

impl Param {
    /// A copy of its values in main memory.
    pub fn values(&self) -> Result<Tensor> {
        in_main_memory(&self.var.as_detached_tensor())
    }

    /// Takes the values of `tensor`, wherever it is.
    pub fn set(&self, tensor: &Tensor) -> Result<()> {
        Ok(self.var.set(&tensor.to_device(self.var.device())?)?)
    }
}

/// A copy there, also of what is there already.
fn in_main_memory(tensor: &Tensor) -> Result<Tensor> {
    Ok(if tensor.device().is_cpu() {
        tensor.copy()?
    } else {
        tensor.to_device(&Device::Cpu)?
    })
}

/// The same variable on `device`, with its present values.
fn moved(var: &Var, device: &Device) -> Result<Var> {
    let values = var.as_detached_tensor();
    Ok(Var::from_tensor(&values.to_device(device)?)?)
}

/// What a trainable tensor does in its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Weight,
    Bias,
    /// A normalisation's factor.
    Gamma,
    /// A normalisation's addend.
    Beta,
}

impl Role {
    pub fn is_norm(self) -> bool {
        matches!(self, Self::Gamma | Self::Beta)
    }
}

/// A net in two halves; the cut gives freezing, Grad-CAM and head replacement. (candle keeps gradients of variables only.)
pub trait Classifier: Send + Sync {
    /// `images`: `(N, 3, H, W)` f32, normalised by [`Arch::input_normalization`]; returns the last feature map
    /// `(N, C, h, w)`. A graph is built only in [`Mode::Train`], and only if something of the backbone is trainable.
    fn features(&self, images: &Tensor, mode: Mode) -> Result<Tensor>;
    /// `features`: `(N, C, h, w)`; returns raw logits `(N, classes)`. With a `dropout` stream the head trains: batch
    /// statistics, dropout; without one it evaluates. Always differentiable, also with respect to `features`.
    fn head(&self, features: &Tensor, dropout: Option<&mut Stream>) -> Result<Tensor>;
}
