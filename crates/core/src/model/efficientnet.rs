//! EfficientNet-Lite0 (Tan and Le 2019, arXiv 1905.11946; the Lite variant of TensorFlow's TPU repository, 2020).
//!
//! No squeeze-and-excitation, ReLU6, TensorFlow's SAME padding, normalisation eps 1e-3. Names are timm's
//! (`tf_efficientnet_lite0`); [`other_name`] gives those of efficientnet-pytorch.

use super::backbone::Backbone;
use super::layer::Layer;
use crate::ops::act::Act;
use crate::ops::geometry::{Channels, Padding, Window};

/// Channels of the last feature map.
pub const FEATURES: usize = 1280;

/// One stage: blocks, kernel, stride of the first block, channels out, expansion.
struct Stage(usize, usize, usize, usize, usize);

const STAGES: [Stage; 7] = [
    Stage(1, 3, 1, 16, 1),
    Stage(2, 3, 2, 24, 6),
    Stage(2, 5, 2, 40, 6),
    Stage(3, 3, 2, 80, 6),
    Stage(3, 5, 1, 112, 6),
    Stage(4, 5, 2, 192, 6),
    Stage(1, 3, 1, 320, 6),
];

const EPS: f64 = 1e-3;

/// The first stage of the later half: learning-rate group 1, as fastai splits a ResNet at its third stage.
const LATER_STAGE: usize = 4;

fn window(channels: Channels, kernel: usize, stride: usize, groups: usize) -> Window {
    Window {
        in_channels: channels.input,
        out_channels: channels.output,
        kernel: (kernel, kernel),
        stride,
        padding: Padding::Same,
        groups,
    }
}

/// The backbone, image to `(n, h / 32, w / 32, 1280)`.
pub fn lite0() -> Backbone {
    let mut backbone = Backbone::new();
    let stem = Layer::new(
        ["conv_stem".into(), "bn1".into()],
        window(
            Channels {
                input: 3,
                output: 32,
            },
            3,
            2,
            1,
        ),
        Act::Relu6,
        (EPS, 0),
    );
    // Only the first block reads the stem, and has no skip, so its normalisation can stay pending.
    let mut slot = backbone.conv(0, stem);
    let mut channels = 32;
    for (stage_index, &Stage(blocks, kernel, stride, out, expansion)) in STAGES.iter().enumerate() {
        let group = u8::from(stage_index >= LATER_STAGE);
        for block in 0..blocks {
            let path = format!("blocks.{stage_index}.{block}");
            let stride = if block == 0 { stride } else { 1 };
            let wide = channels * expansion;
            // A block without expansion has its depthwise convolution first, so its names are one lower.
            let names: [(&str, &str); 3] = if expansion == 1 {
                [("", ""), ("conv_dw", "bn1"), ("conv_pw", "bn2")]
            } else {
                [("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3")]
            };
            let mut make = |input: usize, index: usize, window: Window, act: Act| {
                let (conv, norm) = names[index];
                let names = [format!("{path}.{conv}"), format!("{path}.{norm}")];
                let layer = Layer::new(names, window, act, (EPS, group));
                backbone.conv(input, layer)
            };
            let mut inner = slot;
            if expansion != 1 {
                inner = make(
                    inner,
                    0,
                    window(
                        Channels {
                            input: channels,
                            output: wide,
                        },
                        1,
                        1,
                        1,
                    ),
                    Act::Relu6,
                );
            }
            inner = make(
                inner,
                1,
                window(
                    Channels {
                        input: wide,
                        output: wide,
                    },
                    kernel,
                    stride,
                    wide,
                ),
                Act::Relu6,
            );
            inner = make(
                inner,
                2,
                window(
                    Channels {
                        input: wide,
                        output: out,
                    },
                    1,
                    1,
                    1,
                ),
                Act::None,
            );
            let skip = (stride == 1 && channels == out).then_some(slot);
            slot = backbone.residual(inner, skip, Act::None);
            channels = out;
        }
        backbone.stage(format!("blocks.{stage_index}"), slot);
    }
    add_last(&mut backbone, slot, channels);
    backbone
}

/// The convolution after the last block, which makes the feature map.
fn add_last(backbone: &mut Backbone, slot: usize, channels: usize) {
    let head = Layer::new(
        ["conv_head".into(), "bn2".into()],
        window(
            Channels {
                input: channels,
                output: FEATURES,
            },
            1,
            1,
            1,
        ),
        Act::Relu6,
        (EPS, 1),
    );
    let head = backbone.conv(slot, head);
    let head = backbone.residual(head, None, Act::None);
    backbone.stage("conv_head", head);
}

/// The name efficientnet-pytorch gives the tensor that timm calls `name`; `None` if it knows none such.
pub fn other_name(name: &str) -> Option<String> {
    let (module, field) = name.rsplit_once('.')?;
    let module = match module {
        "conv_stem" => "_conv_stem".into(),
        "bn1" => "_bn0".into(),
        "conv_head" => "_conv_head".into(),
        "bn2" => "_bn1".into(),
        "classifier" => "_fc".into(),
        _ => {
            let mut parts = module.strip_prefix("blocks.")?.split('.');
            let stage: usize = parts.next()?.parse().ok()?;
            let block: usize = parts.next()?.parse().ok()?;
            let inner = match (stage, parts.next()?) {
                (_, "conv_dw") => "_depthwise_conv",
                // The first stage does not expand.
                (0, "conv_pw") | (_, "conv_pwl") => "_project_conv",
                (_, "conv_pw") => "_expand_conv",
                (0, "bn1") => "_bn1",
                (0, "bn2") | (_, "bn3") => "_bn2",
                (_, "bn1") => "_bn0",
                (_, "bn2") => "_bn1",
                _ => return None,
            };
            let before: usize = STAGES.get(..stage)?.iter().map(|stage| stage.0).sum();
            format!("_blocks.{}.{inner}", before + block)
        }
    };
    Some(format!("{module}.{field}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backbone_has_as_many_parameters_as_timm_counts() {
        assert_eq!(lite0().param_len, 3_371_008);
    }

    #[test]
    fn both_naming_schemes_mean_the_same_tensor() {
        let pairs = [
            (
                "blocks.0.0.conv_pw.weight",
                "_blocks.0._project_conv.weight",
            ),
            ("blocks.2.1.bn3.running_var", "_blocks.4._bn2.running_var"),
            (
                "blocks.6.0.conv_dw.weight",
                "_blocks.15._depthwise_conv.weight",
            ),
            ("bn2.bias", "_bn1.bias"),
        ];
        for (timm, other) in pairs {
            assert_eq!(other_name(timm).as_deref(), Some(other));
        }
        assert_eq!(other_name("head.2.weight"), None);
    }
}
