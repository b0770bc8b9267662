//! The nets: every one is a [`Classifier`] with two halves.
//!
//! [`build`] gives a [`Net`]: an ImageNet body and fastai's head. Feature maps are `(N, C, h, w)` at this seam and NHWC
//! within; nothing outside `ops` and `model` need know. A training step is
//! `features(Train)`, `head(Some(stream))`, [`crate::ops::loss::cross_entropy`], `backward`, an update of each
//! [`Param::var`]. candle walks its graph recursively, but a whole body is one node of it, so no large stack is needed.

pub mod body;
pub mod efficientnet;
pub mod head;
pub mod layer;
pub mod net;
pub mod tape;
pub mod weights;

use candle_core::{Tensor, Var};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rng::Stream;

pub use head::HeadKind;
pub use net::{Net, build};

/// What can be trained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Arch {
    /// 4.7 M parameters, 1280 features, input (byte - 127) / 128; its ImageNet weights are inside the program.
    #[default]
    EfficientnetLite0,
}

/// How bytes become the net's input: `(byte / 255 - mean) / std`, per channel R, G, B.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalization {
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

impl Arch {
    pub fn input_normalization(self) -> Normalization {
        match self {
            Self::EfficientnetLite0 => Normalization {
                mean: [127.0 / 255.0; 3],
                std: [128.0 / 255.0; 3],
            },
        }
    }

    /// Channels of the last feature map.
    pub fn feature_channels(self) -> usize {
        match self {
            Self::EfficientnetLite0 => efficientnet::FEATURES,
        }
    }

    /// Pixels of the picture to a pixel of the last feature map.
    pub fn reduction(self) -> usize {
        match self {
            Self::EfficientnetLite0 => 32,
        }
    }

    /// The side of the pictures the embedded weights were trained on.
    pub fn native_size(self) -> u32 {
        match self {
            Self::EfficientnetLite0 => 224,
        }
    }
}

/// Whether batch statistics are used and kept, and a graph is built for what is trainable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Train,
    Eval,
}

/// What of the body stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freeze {
    /// The whole body; its normalisations use and keep their running statistics, so features can be cached.
    #[default]
    Body,
    /// The body's convolutions; its normalisations train, on batch statistics (fastai's way).
    BodyExceptNorms,
    /// The running statistics, on which everything else learns: what was learnt with a frozen body stays true.
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
    pub is_norm_or_bias: bool,
}

/// A net in two halves; the cut gives freezing, Grad-CAM and head replacement. (candle keeps gradients of variables only.)
pub trait Classifier: Send + Sync {
    /// `images`: `(N, 3, H, W)` f32, normalised by [`Arch::input_normalization`]; returns the last feature map
    /// `(N, C, h, w)`. A graph is built only in [`Mode::Train`], and only if something of the body is trainable.
    fn features(&self, images: &Tensor, mode: Mode) -> Result<Tensor>;
    /// `features`: `(N, C, h, w)`; returns raw logits `(N, classes)`. With a `dropout` stream the head trains: batch
    /// statistics, dropout; without one it evaluates. Always differentiable, also with respect to `features`.
    fn head(&self, features: &Tensor, dropout: Option<&mut Stream>) -> Result<Tensor>;
}
