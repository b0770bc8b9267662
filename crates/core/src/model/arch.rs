//! The architectures: their names, families, input normalization and backbones.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::backbone::Backbone;
use super::preprocess::Normalization;
use super::{densenet, efficientnet, resnet, squeezenet};

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

/// A net of a Python library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PythonNet {
    pub library: &'static str,
    /// Of the function that makes it, or as `create_model` takes it.
    pub name: &'static str,
}

/// Nets that are built alike.
enum Family {
    Efficientnet,
    Resnet(resnet::Plan),
    Densenet,
    Squeezenet,
}

/// The smallest image that every net makes a feature map of.
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

    /// Where the net of the same layers is to be had in Python.
    pub fn in_python(self) -> PythonNet {
        let torchvision = |name| PythonNet {
            library: "torchvision",
            name,
        };
        match self {
            Self::EfficientnetLite0 => PythonNet {
                library: "timm",
                name: "tf_efficientnet_lite0",
            },
            Self::Resnet18 => torchvision("resnet18"),
            Self::Resnet34 => torchvision("resnet34"),
            Self::Resnet50 => torchvision("resnet50"),
            Self::Resnet101 => torchvision("resnet101"),
            Self::Resnet152 => torchvision("resnet152"),
            Self::Resnext50 => torchvision("resnext50_32x4d"),
            Self::Densenet121 => torchvision("densenet121"),
            Self::Squeezenet11 => torchvision("squeezenet1_1"),
        }
    }

    /// What [`Arch::in_python`] calls the tensor `name`: only the linear layer of a `ResNet` has another name there.
    pub fn name_in_python(self, name: &str) -> String {
        match (self.family(), name.strip_prefix("classifier.")) {
            (Family::Resnet(_), Some(field)) => format!("fc.{field}"),
            _ => name.to_owned(),
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

    pub(super) fn backbone(self) -> Backbone {
        match self.family() {
            Family::Efficientnet => efficientnet::lite0(),
            Family::Resnet(plan) => plan.backbone(),
            Family::Densenet => densenet::densenet_121(),
            Family::Squeezenet => squeezenet::squeezenet_1_1(),
        }
    }

    /// What other programs call the tensor `name`.
    pub(super) fn other_names(self, name: &str) -> Vec<String> {
        match self.family() {
            Family::Efficientnet => efficientnet::other_name(name).into_iter().collect(),
            Family::Resnet(_) => resnet::other_names(name),
            Family::Densenet => densenet::other_names(name),
            Family::Squeezenet => squeezenet::other_names(name),
        }
    }
}
