//! Test-time augmentation: the mean of what a net says of several views of an image.

use clap::ValueEnum;
use image::{RgbImage, imageops};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::dataset::augment::{Augment, Zoom};
use crate::error::Result;
use crate::predict::{Prediction, Predictor, View};
use crate::rng::Stream;

/// Weight of the plain prediction in fastai's mean.
const BETA: f32 = 0.4;
/// Enlargement of fastai's views.
const SCALE: f64 = 1.35;
/// Each corner, and each once more mirrored.
const VIEWS: usize = 8;

/// Which views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Tta {
    /// The image and its mirror image.
    Plain,
    /// fastai v1's (1.0.39): .4 times the image, .6 times the mean of its four corners enlarged 1.35 times and of their mirror
    /// images, each rotated, warped and lit at random as in training. Repaired: the mirror images are mirrored once, not at
    /// random a second time, and a corner crop reaches the last pixel.
    FastaiV1,
}

impl Tta {
    /// Probabilities for each of `images`. `keys`: one an image; what is drawn at random follows from them.
    ///
    /// # Errors
    /// As [`Predictor::inspect`].
    pub fn predict(
        self,
        predictor: &Predictor,
        images: &[RgbImage],
        keys: &[u64],
    ) -> Result<Vec<Prediction>> {
        let plain = predictor.predict(images)?;
        match self {
            Self::Plain => {
                let mirrored: Vec<RgbImage> =
                    images.par_iter().map(imageops::flip_horizontal).collect();
                let mirrored = predictor.predict(&mirrored)?;
                Ok(plain
                    .iter()
                    .zip(&mirrored)
                    .map(|(a, b)| mixed(a, b, 0.5))
                    .collect())
            }
            Self::FastaiV1 => {
                let mut means = vec![None; images.len()];
                for view in 0..VIEWS {
                    let views = images
                        .par_iter()
                        .zip(keys)
                        .map(|(image, key)| fastai_view(predictor, image, *key, view))
                        .collect::<Result<Vec<View>>>()?;
                    for (mean, seen) in means.iter_mut().zip(predictor.predict_views(&views)?) {
                        let share = 1.0 / (view + 1) as f32;
                        *mean = Some(match mean.take() {
                            Some(before) => mixed(&seen, &before, share),
                            None => seen,
                        });
                    }
                }
                let views = means.iter().flatten();
                Ok(plain
                    .iter()
                    .zip(views)
                    .map(|(a, b)| mixed(a, b, BETA))
                    .collect())
            }
        }
    }
}

/// `share` of the first, the rest of the second.
fn mixed(first: &Prediction, second: &Prediction, share: f32) -> Prediction {
    let pairs = first.probs.iter().zip(&second.probs);
    Prediction {
        probs: pairs.map(|(a, b)| share * a + (1.0 - share) * b).collect(),
    }
}

/// View 0 to 7: bit 0 is the row, bit 1 the column, bit 2 a mirror image.
fn fastai_view(predictor: &Predictor, image: &RgbImage, key: u64, view: usize) -> Result<View> {
    let preprocess = predictor.preprocess();
    let bit = |place: usize| f64::from(u8::from(view >> place & 1 == 1));
    let (row, column) = (bit(0), bit(1));
    let random = Augment {
        zoom: 1.0,
        ..Augment::default()
    };
    let mut draw = random.draw(&mut Stream::new(key, &[view as u64]));
    draw.is_flipped = view >> 2 & 1 == 1;
    draw.zoom = Some(Zoom {
        scale: SCALE,
        row,
        column,
    });
    draw.crop = [row, column];
    let size = preprocess.input_size(image.width(), image.height());
    let mut planes = vec![0.0; 3 * size.pixels()];
    draw.render(
        &preprocess.shrink(image)?,
        size,
        preprocess.fit,
        &mut planes,
    );
    Ok(View { size, planes })
}
