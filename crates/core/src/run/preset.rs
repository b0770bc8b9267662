//! Recipes by name: which head, augmented views, learning rates, loss and weight decay go together.
//!
//! `fastai` has the defaults of fastai v1: its head and augmentation, hard labels, decay of everything. `modern` was chosen
//! by cross-validation over scenes and measured over whole units (`benches/cross_validate.py`; README, "Measured"): images in their own shape, a
//! plain linear head that starts as the closed-form solution, and a frozen backbone, which cannot learn from distorted
//! images, is shown what it will see in prediction. A backbone that learns sees stronger changes than fastai's
//! (`TrivialAugment`, erased rectangles), and the mean of its last weights is what is kept.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::dataset::augmented_view::Augmentation;
use crate::model::preprocess::Fit;
use crate::model::{Freeze, HeadKind};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Images in their own shape, linear head from its closed-form solution, label smoothing, no decay of norms and biases; in stage 2 stronger augmentation, erasing, averaged weights
    #[default]
    #[value(alias = "lda")]
    #[serde(alias = "lda")]
    Modern,
    /// The defaults of fastai v1: square images, head of two layers, its augmentation, hard labels, decay of everything
    #[value(alias = "fastai-2018")]
    #[serde(alias = "fastai-2018")]
    Fastai,
}

/// What a new head starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum HeadInit {
    /// Random weights
    Random,
    /// Linear discriminant analysis of the backbone's features, shrinkage and temperature chosen by cross-validation on the training side, where images of one scene are held out together
    Lda,
}

impl Preset {
    pub fn head(self) -> HeadKind {
        match self {
            Self::Modern => HeadKind::Linear,
            Self::Fastai => HeadKind::Fastai,
        }
    }

    /// What a new head starts from by default.
    pub fn head_init(self) -> HeadInit {
        match self {
            Self::Modern => HeadInit::Lda,
            Self::Fastai => HeadInit::Random,
        }
    }

    /// What the net sees of an image by default.
    pub fn size(self) -> u32 {
        match self {
            Self::Modern => 320,
            Self::Fastai => 224,
        }
    }

    /// As [`Self::size`].
    pub fn fit(self) -> Fit {
        match self {
            Self::Modern => Fit::Keep,
            Self::Fastai => Fit::Squish,
        }
    }

    /// Augmented views of each image that a frozen backbone is shown, one an epoch in turn; 0: what it will see in
    /// prediction.
    pub fn frozen_views(self) -> u32 {
        match self {
            Self::Modern => 0,
            Self::Fastai => 3,
        }
    }

    /// How training images are varied by default.
    pub fn augmentation(self) -> Augmentation {
        match self {
            Self::Modern => Augmentation::Trivial,
            Self::Fastai => Augmentation::Fastai,
        }
    }

    /// Probability of an erased rectangle by default.
    pub fn erasing(self) -> f64 {
        match self {
            Self::Modern => 0.25,
            Self::Fastai => 0.0,
        }
    }

    /// Decay of the averaged weights by default; 0: none are kept. Measured in stage 2 only.
    pub fn average_decay(self, stage: u8) -> f64 {
        match self {
            Self::Modern if stage == 2 => 0.99,
            Self::Modern | Self::Fastai => 0.0,
        }
    }

    /// What stays as it is in stage 2.
    pub fn stage_2_freeze(self) -> Freeze {
        match self {
            Self::Modern => Freeze::Statistics,
            Self::Fastai => Freeze::Nothing,
        }
    }

    /// Share of the target spread evenly over all classes in the training loss (Szegedy et al. 2016, section 7).
    pub fn label_smoothing(self) -> f32 {
        match self {
            Self::Modern => 0.1,
            Self::Fastai => 0.0,
        }
    }

    /// Whether norms and biases are decayed like weights.
    pub fn decays_norms(self) -> bool {
        self == Self::Fastai
    }

    /// Highest rate of stage 1 by default.
    pub fn stage_1_lr(self, init: HeadInit) -> f64 {
        match (self, init) {
            // What is nearly right already needs small steps.
            (_, HeadInit::Lda) => 1e-4,
            (Self::Modern, HeadInit::Random) => 1e-2,
            (Self::Fastai, HeadInit::Random) => 3e-3,
        }
    }

    /// Highest rates of the first layers and of the head in stage 2 by default.
    pub fn stage_2_lr_range(self) -> [f64; 2] {
        match self {
            Self::Modern => [1e-6, 1e-4],
            Self::Fastai => [1e-5, 1e-3],
        }
    }
}
