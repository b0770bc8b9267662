//! Recipes by name: which head, augmented views, learning rates, loss and weight decay go together.
//!
//! `fastai-2018` is the post's: fastai v1's head and augmentation, hard labels, decay of everything. `modern` measured
//! better on held-out scenes and on another drawing style, both of which were looked at while it was chosen (README,
//! "Measured"): a plain linear head has less to overfit with, smoothed labels keep it from being sure, and a frozen backbone,
//! which cannot learn from distorted images, is shown what it will see in prediction. A backbone that learns sees stronger
//! changes than the post's (`TrivialAugment`, erased rectangles), and the mean of its last weights is what is kept.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::dataset::augmented_view::Augmentation;
use crate::model::{Freeze, HeadKind};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Linear head, label smoothing, no decay of norms and biases; in stage 2 stronger augmentation, erasing, averaged weights
    #[default]
    Modern,
    /// As modern, with stage 1 in closed form: linear discriminant analysis, shrinkage and temperature chosen by cross-validation
    Lda,
    /// The post's: fastai's head of two layers, hard labels, decay of everything
    #[value(name = "fastai-2018")]
    #[serde(rename = "fastai-2018")]
    Fastai2018,
}

impl Preset {
    pub fn head(self) -> HeadKind {
        match self {
            Self::Modern | Self::Lda => HeadKind::Linear,
            Self::Fastai2018 => HeadKind::Fastai,
        }
    }

    /// Augmented views of each image that a frozen backbone is shown, one an epoch in turn; 0: what it will see in
    /// prediction.
    pub fn frozen_views(self) -> u32 {
        match self {
            Self::Modern | Self::Lda => 0,
            Self::Fastai2018 => 3,
        }
    }

    /// How training images are varied by default.
    pub fn augmentation(self) -> Augmentation {
        match self {
            Self::Modern | Self::Lda => Augmentation::Trivial,
            Self::Fastai2018 => Augmentation::Fastai,
        }
    }

    /// Probability of an erased rectangle by default.
    pub fn erasing(self) -> f64 {
        match self {
            Self::Modern | Self::Lda => 0.25,
            Self::Fastai2018 => 0.0,
        }
    }

    /// Decay of the averaged weights by default; 0: none are kept. Measured in stage 2 only.
    pub fn average_decay(self, stage: u8) -> f64 {
        match self {
            Self::Modern | Self::Lda if stage == 2 => 0.99,
            Self::Modern | Self::Lda | Self::Fastai2018 => 0.0,
        }
    }

    /// What stays as it is in stage 2.
    pub fn stage_2_freeze(self) -> Freeze {
        match self {
            Self::Modern | Self::Lda => Freeze::Statistics,
            Self::Fastai2018 => Freeze::Nothing,
        }
    }

    /// Share of the target spread evenly over all classes in the training loss (Szegedy et al. 2016, section 7).
    pub fn label_smoothing(self) -> f32 {
        match self {
            Self::Modern | Self::Lda => 0.1,
            Self::Fastai2018 => 0.0,
        }
    }

    /// Whether norms and biases are decayed like weights.
    pub fn decays_norms(self) -> bool {
        self == Self::Fastai2018
    }

    /// Highest rate of stage 1 by default.
    pub fn stage_1_lr(self) -> f64 {
        match self {
            Self::Modern => 1e-2,
            // Nothing is learned.
            Self::Lda => 0.0,
            Self::Fastai2018 => 3e-3,
        }
    }

    /// Highest rates of the first layers and of the head in stage 2 by default.
    pub fn stage_2_lr_range(self) -> [f64; 2] {
        match self {
            Self::Modern | Self::Lda => [1e-6, 1e-4],
            Self::Fastai2018 => [1e-5, 1e-3],
        }
    }
}
