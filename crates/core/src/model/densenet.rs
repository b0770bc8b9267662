//! DenseNet-121 (Huang et al. 2016, arXiv 1608.06993), as torchvision builds it.
//!
//! Every layer reads all maps made before it in its block, through a normalisation of its own: they are concatenated for
//! it (memory about 9 M floats an image of 224 pixels when it trains). Names are torchvision's of today, which timm
//! shares; [`other_names`] gives those in torchvision's own file of 2017 and those of a fastai learner.

use super::backbone::{Backbone, PoolKind};
use super::batch_norm::BatchNorm;
use super::layer::Layer;
use crate::ops::act::Act;
use crate::ops::geometry::{Channels, PoolWindow, Window};

/// Channels of the last feature map.
pub const FEATURES: usize = 1024;

const BLOCKS: [usize; 4] = [6, 12, 24, 16];
/// Channels that each layer adds.
const GROWTH: usize = 32;
/// Channels between the two convolutions of a layer.
const BOTTLENECK: usize = 4 * GROWTH;

const EPS: f64 = 1e-5;

/// The first block whose layers are in the later half: learning-rate group 1. fastai cuts before the transition to it.
const LATER_BLOCK: usize = 2;

const HALF: PoolWindow = PoolWindow {
    kernel: 2,
    stride: 2,
    padding: 0,
    is_ceil: false,
};

/// The backbone, image to `(n, h / 32, w / 32, 1024)`; the ReLU after the last normalisation, which is none of
/// torchvision's modules, belongs to it.
pub fn densenet_121() -> Backbone {
    let mut backbone = Backbone::new();
    let stem = Layer::new(
        ["features.conv0".into(), "features.norm0".into()],
        Window::centered(
            Channels {
                input: 3,
                output: 64,
            },
            7,
            2,
            1,
        ),
        Act::Relu,
        (EPS, 0),
    );
    let stem = backbone.conv(0, stem);
    let window = PoolWindow {
        kernel: 3,
        padding: 1,
        ..HALF
    };
    let mut maps = vec![backbone.pool(stem, PoolKind::Max, window)];
    let mut channels = 64;
    for (index, layers) in BLOCKS.into_iter().enumerate() {
        let number = index + 1;
        let group = u8::from(index >= LATER_BLOCK);
        for layer in 1..=layers {
            let path = format!("features.denseblock{number}.denselayer{layer}");
            maps.push(dense_layer(&mut backbone, &maps, &path, (channels, group)));
            channels += GROWTH;
        }
        if number < BLOCKS.len() {
            let group = u8::from(number >= LATER_BLOCK);
            let path = format!("features.transition{number}");
            let all = backbone.concat_norm(&maps, norm(&path, "norm"), (channels, group));
            backbone.stage(format!("features.denseblock{number}"), all);
            let window = Window::centered(
                Channels {
                    input: channels,
                    output: channels / 2,
                },
                1,
                1,
                1,
            );
            let conv = backbone.conv(all, Layer::bare(format!("{path}.conv"), window, group));
            maps = vec![backbone.pool(conv, PoolKind::Average, HALF)];
            channels /= 2;
        }
    }
    let all = backbone.concat_norm(&maps, norm("features", "norm5"), (channels, 1));
    backbone.stage(format!("features.denseblock{}", BLOCKS.len()), all);
    let last = backbone.residual(all, None, Act::None);
    backbone.stage("features.norm5", last);
    backbone
}

/// Normalisation, ReLU, 1x1 convolution, and the same with 3x3; returns the slot of its 32 channels.
fn dense_layer(
    backbone: &mut Backbone,
    maps: &[usize],
    path: &str,
    (channels, group): (usize, u8),
) -> usize {
    let all = backbone.concat_norm(maps, norm(path, "norm1"), (channels, group));
    let narrow = Layer::new(
        [format!("{path}.conv1"), format!("{path}.norm2")],
        Window::centered(
            Channels {
                input: channels,
                output: BOTTLENECK,
            },
            1,
            1,
            1,
        ),
        Act::Relu,
        (EPS, group),
    );
    let narrow = backbone.conv(all, narrow);
    let window = Window::centered(
        Channels {
            input: BOTTLENECK,
            output: GROWTH,
        },
        3,
        1,
        1,
    );
    backbone.conv(narrow, Layer::bare(format!("{path}.conv2"), window, group))
}

fn norm(path: &str, name: &str) -> BatchNorm {
    BatchNorm::new(format!("{path}.{name}"), Act::Relu, EPS)
}

/// What torchvision's file of 2017 (`norm.1` for `norm1`) and a fastai learner call the tensor `name`.
pub fn other_names(name: &str) -> Vec<String> {
    let Some(inner) = name.strip_prefix("features.") else {
        return Vec::new();
    };
    let mut old = name.to_owned();
    if inner.contains("denselayer") {
        for module in ["norm1", "norm2", "conv1", "conv2"] {
            let (kind, number) = module.split_at(4);
            old = old.replace(&format!(".{module}."), &format!(".{kind}.{number}."));
        }
    }
    vec![old, format!("0.0.{inner}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backbone_has_as_many_parameters_as_torchvision_counts() {
        assert_eq!(densenet_121().param_len, 6_953_856);
    }

    /// fastai's `_densenet_split`: conv0 to denseblock2, then from transition2 on.
    #[test]
    fn the_later_half_begins_with_the_second_transition() {
        let backbone = densenet_121();
        let first = backbone.params.iter().find(|param| param.group == 1);
        assert_eq!(
            first.map(|param| param.name.as_str()),
            Some("features.transition2.norm.weight")
        );
        assert!(backbone.params.is_sorted_by_key(|param| param.group));
    }

    #[test]
    fn older_names_mean_the_same_tensor() {
        let of = |name| other_names(name);
        assert_eq!(
            of("features.denseblock1.denselayer2.norm1.running_var"),
            [
                "features.denseblock1.denselayer2.norm.1.running_var",
                "0.0.denseblock1.denselayer2.norm1.running_var"
            ]
        );
        assert_eq!(
            of("features.norm5.bias"),
            ["features.norm5.bias", "0.0.norm5.bias"]
        );
        assert!(of("classifier.weight").is_empty());
    }
}
