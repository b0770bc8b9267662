//! SqueezeNet 1.1 (Iandola et al. 2016, arXiv 1602.07360; 1.1 is of its authors' repository), as torchvision builds it.
//!
//! Convolutions have a bias and no normalisation, so there are no statistics to freeze or to follow. Names are
//! torchvision's; [`other_names`] gives those of a fastai learner. Limit: its ImageNet classifier (a convolution, a ReLU,
//! then the mean) is none of our heads; what the program needs of it is the backbone.

use super::backbone::{Backbone, PoolKind};
use super::layer::Layer;
use crate::ops::act::Act;
use crate::ops::geometry::{Channels, Padding, PoolWindow, Window};

/// Channels of the last feature map.
pub const FEATURES: usize = 512;

/// What stands at each place of torchvision's `features` behind the stem and its ReLU.
enum Part {
    Pool,
    /// Channels of the 1x1 convolution and of each of the two that widen again.
    Fire(usize, usize),
}

const PARTS: [Part; 11] = [
    Part::Pool,
    Part::Fire(16, 64),
    Part::Fire(16, 64),
    Part::Pool,
    Part::Fire(32, 128),
    Part::Fire(32, 128),
    Part::Pool,
    Part::Fire(48, 192),
    Part::Fire(48, 192),
    Part::Fire(64, 256),
    Part::Fire(64, 256),
];

/// Index of the first of them in `features`.
const FIRST_PLACE: usize = 2;
/// The place where the later half begins, learning-rate group 1: where fastai cuts.
const LATER_PLACE: usize = 5;

/// The backbone, image to about `(n, h / 16, w / 16, 512)`: 13 x 13 for 224 pixels.
pub fn squeezenet_1_1() -> Backbone {
    let mut backbone = Backbone::new();
    let window = Window {
        padding: Padding::Even(0, 0),
        ..Window::centered(
            Channels {
                input: 3,
                output: 64,
            },
            3,
            2,
            1,
        )
    };
    let stem = Layer::biased("features.0".into(), window, Act::Relu, 0);
    let mut slot = backbone.conv(0, stem);
    let mut channels = 64;
    for (index, part) in PARTS.into_iter().enumerate() {
        let place = FIRST_PLACE + index;
        slot = match part {
            Part::Pool => {
                let window = PoolWindow {
                    kernel: 3,
                    stride: 2,
                    padding: 0,
                    is_ceil: true,
                };
                backbone.pool(slot, PoolKind::Max, window)
            }
            Part::Fire(narrow, wide) => {
                let group = u8::from(place >= LATER_PLACE);
                let add =
                    |backbone: &mut Backbone, input, name: &str, channels: Channels, kernel| {
                        let name = format!("features.{place}.{name}");
                        let window = Window::centered(channels, kernel, 1, 1);
                        backbone.conv(input, Layer::biased(name, window, Act::Relu, group))
                    };
                let squeezed = add(
                    &mut backbone,
                    slot,
                    "squeeze",
                    Channels {
                        input: channels,
                        output: narrow,
                    },
                    1,
                );
                // Both of the next read it, so its bias and ReLU are applied once and for all.
                let squeezed = backbone.residual(squeezed, None, Act::None);
                let expand = Channels {
                    input: narrow,
                    output: wide,
                };
                let one = add(&mut backbone, squeezed, "expand1x1", expand, 1);
                let three = add(&mut backbone, squeezed, "expand3x3", expand, 3);
                channels = 2 * wide;
                let both = backbone.concat(&[one, three]);
                backbone.stage(format!("features.{place}"), both);
                both
            }
        };
    }
    backbone
}

/// What a fastai learner calls the tensor `name`.
pub fn other_names(name: &str) -> Vec<String> {
    name.strip_prefix("features.")
        .map(|inner| format!("0.0.{inner}"))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backbone_has_as_many_parameters_as_torchvision_counts() {
        let backbone = squeezenet_1_1();
        assert_eq!(backbone.param_len, 722_496);
        assert!(backbone.statistics.is_empty());
    }

    /// fastai's `_squeezenet_split`: up to the second pool, and what follows.
    #[test]
    fn the_later_half_begins_behind_the_second_pool() {
        let backbone = squeezenet_1_1();
        let first = backbone.params.iter().find(|param| param.group == 1);
        assert_eq!(
            first.map(|param| param.name.as_str()),
            Some("features.6.squeeze.weight")
        );
    }

    #[test]
    fn fastai_numbers_its_modules() {
        assert_eq!(
            other_names("features.12.expand3x3.bias"),
            ["0.0.12.expand3x3.bias"]
        );
        assert!(other_names("head.8.weight").is_empty());
    }
}
