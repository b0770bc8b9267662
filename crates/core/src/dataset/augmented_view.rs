//! How training images are varied from one augmented view to the next.

use clap::ValueEnum;
use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};

use super::augment::{Augment, Draw};
use super::erasing::Rectangle;
use super::trivial::Operation;
use crate::model::preprocess::{Fit, InputSize, write_planes};
use crate::rng::Stream;

/// A family of random transforms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Augmentation {
    /// Flip, rotate, zoom, warp, brightness, contrast, all mild (fastai v1's `get_transforms`)
    #[default]
    Fastai,
    /// Flip and zoom, and one operation of any strength (`TrivialAugment`)
    Trivial,
    /// Images as prediction sees them
    None,
}

/// What may be drawn for an augmented view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewConfig {
    pub augmentation: Augmentation,
    /// Probability of an erased rectangle.
    pub erasing: f64,
}

impl ViewConfig {
    /// fastai's transforms alone.
    pub fn fastai() -> Self {
        Self {
            augmentation: Augmentation::Fastai,
            erasing: 0.0,
        }
    }

    /// `None` if every view would be the same, the one of prediction.
    pub fn new(augmentation: Augmentation, erasing: f64) -> Option<Self> {
        let varies = augmentation != Augmentation::None || erasing > 0.0;
        varies.then_some(Self {
            augmentation,
            erasing,
        })
    }

    /// Draws a look at `source` and writes it as three planes of values 0 to 1 into `out` (`3 * width * height`).
    pub fn render(
        self,
        source: &RgbImage,
        (size, fit): (InputSize, Fit),
        stream: &mut Stream,
        out: &mut [f32],
    ) {
        let draw = match self.augmentation {
            Augmentation::Fastai => Augment::default().draw(stream),
            Augmentation::Trivial => Augment::flip_and_zoom().draw(stream),
            Augmentation::None => Draw {
                crop: [0.5; 2],
                ..Draw::default()
            },
        };
        draw.render(source, size, fit, out);
        if self.augmentation == Augmentation::Trivial {
            let operation = Operation::draw(stream);
            if operation != Operation::Identity {
                write_planes(&operation.apply(&from_planes(size, out)), out);
            }
        }
        if self.erasing > 0.0
            && let Some(rectangle) = Rectangle::draw(size, self.erasing, stream)
        {
            rectangle.paint(size, out);
        }
    }
}

/// Three planes of values 0 to 1 as 8-bit pixels.
fn from_planes(size: InputSize, planes: &[f32]) -> RgbImage {
    let area = size.pixels();
    RgbImage::from_fn(size.width, size.height, |x, y| {
        let at = (y * size.width + x) as usize;
        Rgb([0, 1, 2].map(|channel| {
            let value = planes.get(channel * area + at).copied().unwrap_or_default();
            (value * 255.0).round().clamp(0.0, 255.0) as u8
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn views(config: ViewConfig) -> Vec<Vec<f32>> {
        let image = RgbImage::from_fn(37, 37, |x, y| Rgb([x as u8 * 6, y as u8 * 6, 90]));
        (0..40)
            .map(|view| {
                let mut out = vec![0.0; 3 * 32 * 32];
                let mut stream = Stream::new(1, &[view]);
                config.render(
                    &image,
                    (InputSize::square(32), Fit::Squish),
                    &mut stream,
                    &mut out,
                );
                out
            })
            .collect()
    }

    #[test]
    fn every_family_gives_values_of_a_image_and_its_own_views() {
        let of = |augmentation| {
            views(ViewConfig {
                augmentation,
                erasing: 0.0,
            })
        };
        let (fastai, trivial, none) = (
            of(Augmentation::Fastai),
            of(Augmentation::Trivial),
            of(Augmentation::None),
        );
        for values in fastai.iter().chain(&trivial).chain(&none) {
            assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
        }
        assert!(none.iter().all(|view| *view == none[0]));
        assert!(trivial.iter().skip(1).any(|view| *view != trivial[0]));
        assert_ne!(fastai, trivial);
    }

    #[test]
    fn erasing_leaves_the_rest_of_a_view_as_it_is() {
        let plain = views(ViewConfig::fastai());
        let erased = views(ViewConfig {
            erasing: 1.0,
            ..ViewConfig::fastai()
        });
        for (plain, erased) in plain.iter().zip(&erased) {
            let changed = plain.iter().zip(erased).filter(|(a, b)| a != b);
            let grey = 127.0 / 255.0;
            assert!(changed.clone().count() > 0);
            assert!(changed.into_iter().all(|(_, value)| *value == grey));
        }
    }

    #[test]
    fn what_varies_nothing_is_no_view() {
        assert_eq!(ViewConfig::new(Augmentation::None, 0.0), None);
        assert!(ViewConfig::new(Augmentation::None, 0.1).is_some());
        assert!(ViewConfig::new(Augmentation::Trivial, 0.0).is_some());
    }
}
