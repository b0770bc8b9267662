//! ResNet (He et al. 2015, arXiv 1512.03385) and `ResNeXt` (Xie et al. 2016, arXiv 1611.05431), as torchvision builds them.
//!
//! The bottleneck's stride is in its 3x3 convolution ("v1.5"). Names are torchvision's, which timm shares; [`other_names`]
//! gives those of a fastai learner.

use super::backbone::{Backbone, PoolKind};
use super::layer::Layer;
use crate::ops::act::Act;
use crate::ops::geometry::{Channels, PoolWindow, Window};

const EPS: f64 = 1e-5;

/// What tells the family apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Blocks of each of the four layers.
    pub blocks: [usize; 4],
    pub block: Block,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Two 3x3 convolutions.
    Basic,
    /// 1x1, 3x3 in `groups` of `group_width` channels (at the first layer), 1x1 to four times the width.
    Bottleneck { groups: usize, group_width: usize },
}

const BOTTLENECK: Block = Block::Bottleneck {
    groups: 1,
    group_width: 64,
};

pub const RESNET_18: Plan = Plan {
    blocks: [2, 2, 2, 2],
    block: Block::Basic,
};
pub const RESNET_34: Plan = Plan {
    blocks: [3, 4, 6, 3],
    block: Block::Basic,
};
pub const RESNET_50: Plan = Plan {
    blocks: [3, 4, 6, 3],
    block: BOTTLENECK,
};
pub const RESNET_101: Plan = Plan {
    blocks: [3, 4, 23, 3],
    block: BOTTLENECK,
};
pub const RESNET_152: Plan = Plan {
    blocks: [3, 8, 36, 3],
    block: BOTTLENECK,
};
pub const RESNEXT_50: Plan = Plan {
    blocks: [3, 4, 6, 3],
    block: Block::Bottleneck {
        groups: 32,
        group_width: 4,
    },
};

/// The first layer of the later half: learning-rate group 1, where fastai cuts a ResNet.
const LATER_LAYER: usize = 2;

impl Plan {
    /// Channels of the last feature map.
    pub fn features(&self) -> usize {
        512 * self.block.expansion()
    }

    /// The backbone, image to `(n, h / 32, w / 32, features)`.
    pub fn backbone(&self) -> Backbone {
        let mut backbone = Backbone::new();
        let stem = Layer::new(
            ["conv1".into(), "bn1".into()],
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
        let mut slot = backbone.pool(
            stem,
            PoolKind::Max,
            PoolWindow {
                kernel: 3,
                stride: 2,
                padding: 1,
                is_ceil: false,
            },
        );
        let mut channels = 64;
        for (index, blocks) in self.blocks.into_iter().enumerate() {
            for block in 0..blocks {
                let spec = BlockSpec {
                    path: format!("layer{}.{block}", index + 1),
                    channels,
                    width: 64 << index,
                    stride: if index > 0 && block == 0 { 2 } else { 1 },
                    group: u8::from(index >= LATER_LAYER),
                };
                slot = self.block.add(&mut backbone, slot, &spec);
                channels = spec.width * self.block.expansion();
            }
            backbone.stage(format!("layer{}", index + 1), slot);
        }
        backbone
    }
}

/// Where a block stands.
struct BlockSpec {
    path: String,
    channels: usize,
    /// Channels of a basic block.
    width: usize,
    stride: usize,
    group: u8,
}

impl BlockSpec {
    fn layer(&self, names: [&str; 2], window: Window, act: Act) -> Layer {
        let names = names.map(|name| format!("{}.{name}", self.path));
        Layer::new(names, window, act, (EPS, self.group))
    }
}

impl Block {
    fn expansion(self) -> usize {
        match self {
            Self::Basic => 1,
            Self::Bottleneck { .. } => 4,
        }
    }

    fn add(self, backbone: &mut Backbone, input: usize, spec: &BlockSpec) -> usize {
        let out = spec.width * self.expansion();
        let windows = match self {
            Self::Basic => vec![
                Window::centered(
                    Channels {
                        input: spec.channels,
                        output: spec.width,
                    },
                    3,
                    spec.stride,
                    1,
                ),
                Window::centered(
                    Channels {
                        input: spec.width,
                        output: out,
                    },
                    3,
                    1,
                    1,
                ),
            ],
            Self::Bottleneck {
                groups,
                group_width,
            } => {
                let inner = spec.width * group_width * groups / 64;
                vec![
                    Window::centered(
                        Channels {
                            input: spec.channels,
                            output: inner,
                        },
                        1,
                        1,
                        1,
                    ),
                    Window::centered(
                        Channels {
                            input: inner,
                            output: inner,
                        },
                        3,
                        spec.stride,
                        groups,
                    ),
                    Window::centered(
                        Channels {
                            input: inner,
                            output: out,
                        },
                        1,
                        1,
                        1,
                    ),
                ]
            }
        };
        let last = windows.len() - 1;
        let mut slot = input;
        for (index, window) in windows.into_iter().enumerate() {
            let names = [format!("conv{}", index + 1), format!("bn{}", index + 1)];
            let act = if index == last { Act::None } else { Act::Relu };
            let layer = spec.layer([&names[0], &names[1]], window, act);
            slot = backbone.conv(slot, layer);
        }
        let skip = if spec.stride != 1 || spec.channels != out {
            let window = Window::centered(
                Channels {
                    input: spec.channels,
                    output: out,
                },
                1,
                spec.stride,
                1,
            );
            let names = ["downsample.0", "downsample.1"];
            backbone.conv(input, spec.layer(names, window, Act::None))
        } else {
            input
        };
        backbone.residual(slot, Some(skip), Act::Relu)
    }
}

/// The name a fastai learner gives the backbone's tensor that torchvision calls `name`: modules by number.
pub fn other_names(name: &str) -> Vec<String> {
    let Some((module, rest)) = name.split_once('.') else {
        return Vec::new();
    };
    let number = match module {
        "conv1" => 0,
        "bn1" => 1,
        "layer1" => 4,
        "layer2" => 5,
        "layer3" => 6,
        "layer4" => 7,
        // The head has no place in a fastai backbone; this is its name on ImageNet.
        "classifier" => return vec![format!("fc.{rest}")],
        _ => return Vec::new(),
    };
    vec![format!("0.{number}.{rest}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backbones_have_as_many_parameters_as_torchvision_counts() {
        for (plan, count) in [
            (RESNET_18, 11_176_512),
            (RESNET_34, 21_284_672),
            (RESNET_50, 23_508_032),
            (RESNET_101, 42_500_160),
            (RESNET_152, 58_143_808),
            (RESNEXT_50, 22_979_904),
        ] {
            assert_eq!(plan.backbone().param_len, count, "{plan:?}");
        }
    }

    #[test]
    fn fastai_numbers_its_modules() {
        let pairs = [
            ("conv1.weight", "0.0.weight"),
            ("bn1.running_var", "0.1.running_var"),
            ("layer3.5.conv2.weight", "0.6.5.conv2.weight"),
            ("classifier.bias", "fc.bias"),
        ];
        for (name, other) in pairs {
            assert_eq!(other_names(name), [other]);
        }
        assert!(other_names("head.8.weight").is_empty());
    }
}
