//! What can be chosen for a run: one struct is command-line flags, run.toml and the form in the window.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::preset::Preset;
use crate::dataset::look::{Augmentation, LookConfig};
use crate::model::Arch;
use crate::model::preprocess::{Fit, Preprocess};
use crate::ops::compute::{Compute, Precision};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct TrainConfig {
    #[arg(long, value_enum, default_value_t = Arch::default())]
    pub arch: Arch,
    /// 1: frozen body, new head. 2: everything, from a stage-1 run
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub stage: u8,
    /// Recipe: head, looks, rates, loss and decay [stage 1: modern, stage 2: that of the run it starts from]
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
    /// Run to start from, of any stage and size [stage 1: a new head; stage 2: the best stage-1 run]
    #[arg(long)]
    pub from: Option<String>,
    /// Times over the training pictures
    #[arg(long, default_value_t = 6)]
    pub epochs: u32,
    /// Highest learning rate of the one-cycle schedule [stage 1: 1e-2, fastai-2018: 3e-3; stage 2: see --lr-range]
    #[arg(long)]
    pub lr: Option<f64>,
    /// Lowest (first layers) and highest (head) rate of stage 2
    #[arg(long, num_args = 2, value_names = ["LO", "HI"])]
    pub lr_range: Option<Vec<f64>>,
    /// Side of the square the net sees, in pixels
    #[arg(long, default_value_t = 224)]
    pub size: u32,
    /// How a picture becomes a square: the whole of it distorted, its middle, or the whole of it on grey
    #[arg(long, value_enum, default_value_t = Fit::default())]
    pub fit: Fit,
    /// Pictures that are learned from at once [32, or as many as fit into memory, in more batches to a step]
    #[arg(long)]
    pub batch: Option<u32>,
    /// Same seed, same numbers
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Body weights from a .safetensors or .pth file, or from the hub (`hub`: downloaded once, then kept)
    #[arg(long)]
    pub weights: Option<PathBuf>,
    /// End after so many epochs without a better one; 0: never
    #[arg(long, default_value_t = 0, value_name = "EPOCHS")]
    pub patience: u32,
    /// End after the batch in which so many minutes of work are over, all sittings together; to resume a run that ended so gives it as many more
    #[arg(long, value_name = "MINUTES")]
    pub time_budget: Option<f64>,
    /// Batches that one step of the optimizer learns from
    #[arg(long, default_value_t = 1, value_name = "BATCHES")]
    pub accumulate: u32,
    /// Measure and keep a moving average of the weights with this decay, 0.999 for long runs, 0.99 for short ones, 0 for none [stage 2 of modern: 0.99, otherwise 0]
    #[arg(long, value_name = "DECAY")]
    pub ema: Option<f64>,
    /// How training pictures are varied [modern: trivial, fastai-2018: fastai]
    #[arg(long, value_enum)]
    pub augment: Option<Augmentation>,
    /// Probability that a rectangle of a varied picture is painted over [modern: 0.25, fastai-2018: 0]
    #[arg(long, value_name = "PROBABILITY")]
    pub erasing: Option<f64>,
    /// Blend pictures of a batch and their classes, by a share from Beta(ALPHA, ALPHA); stage 2
    #[arg(long, value_name = "ALPHA")]
    pub mixup: Option<f64>,
    /// Varied looks at each picture that stage 1 keeps and learns from in turn; 0: as prediction sees it [modern: 0, fastai-2018: 3]
    #[arg(long, value_name = "K")]
    pub looks: Option<u32>,
    /// Rare classes count more, so that all classes count the same
    #[arg(long)]
    pub balance: bool,
    /// Where to compute: cpu, cuda or cuda:N [the first CUDA device, or the processor if there is none]
    #[arg(long)]
    pub device: Option<Compute>,
    /// f32, or mixed: maps in 16 bits, weights and sums in 32; needs a CUDA device
    #[arg(long, default_value_t = Precision::default())]
    pub precision: Precision,
    /// A kill costs at most so many seconds of work; 0: after every batch
    #[arg(long, default_value_t = 60, hide = true)]
    pub checkpoint_secs: u32,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            arch: Arch::default(),
            stage: 1,
            preset: None,
            from: None,
            epochs: 6,
            lr: None,
            lr_range: None,
            size: 224,
            fit: Fit::default(),
            batch: None,
            seed: 0,
            weights: None,
            patience: 0,
            time_budget: None,
            accumulate: 1,
            ema: None,
            device: None,
            precision: Precision::default(),
            augment: None,
            erasing: None,
            mixup: None,
            looks: None,
            balance: false,
            checkpoint_secs: 60,
        }
    }
}

/// The first layers learn so much slower than the head where only one rate is given.
const RANGE_OF_ONE_RATE: f64 = 100.0;
impl TrainConfig {
    /// The recipe of a run that was started with this config; one from before there were presets followed the post.
    pub fn recorded_preset(&self) -> Preset {
        self.preset.unwrap_or(Preset::Fastai2018)
    }

    /// What the net sees of a picture.
    pub fn preprocess(&self) -> Preprocess {
        Preprocess {
            size: self.size,
            fit: self.fit,
            normalization: self.arch.input_normalization(),
        }
    }

    /// Looks at each picture in stage 1; 0: as prediction sees it.
    pub fn frozen_looks(&self) -> u32 {
        let preset = self.recorded_preset();
        self.looks.unwrap_or_else(|| preset.frozen_looks())
    }

    /// How training pictures are varied; `None`: not at all.
    pub fn look_config(&self) -> Option<LookConfig> {
        let preset = self.recorded_preset();
        if self.stage == 1 && self.frozen_looks() == 0 {
            return None;
        }
        LookConfig::new(
            self.augment.unwrap_or_else(|| preset.augmentation()),
            self.erasing.unwrap_or_else(|| preset.erasing()),
        )
    }

    /// Decay of the averaged weights; `None`: none are kept. A run has it written down, so there is no recipe to ask.
    pub fn average_decay(&self) -> Option<f64> {
        self.ema.filter(|decay| *decay > 0.0)
    }

    /// Highest rates of the first layers and of the head.
    pub fn lr_bounds(&self) -> [f64; 2] {
        let preset = self.preset.unwrap_or_default();
        match (self.stage, self.lr_range.as_deref(), self.lr) {
            (1, _, lr) => [lr.unwrap_or(preset.stage_1_lr()); 2],
            (_, Some(&[low, high]), _) => [low, high],
            (_, _, Some(lr)) => [lr / RANGE_OF_ONE_RATE, lr],
            (_, _, None) => preset.stage_2_lr_range(),
        }
    }

    /// Whether it begins with a net whose weights are not inside the program, and no file is named.
    pub fn lacks_weights(&self) -> bool {
        let is_new = self.stage == 1 && self.from.is_none();
        is_new && self.weights.is_none() && !self.arch.has_embedded_weights()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_net_without_weights_asks_for_a_file() {
        let mut config = TrainConfig {
            arch: Arch::Resnet18,
            ..TrainConfig::default()
        };
        let text = config.validate().unwrap_err().to_string();
        assert!(
            text.contains("ResNet-18") && text.contains("--weights"),
            "{text}"
        );
        config.weights = Some("resnet18.safetensors".into());
        assert!(config.validate().is_ok());
    }

    #[test]
    fn one_rate_of_stage_2_spans_a_range() {
        let config = TrainConfig {
            stage: 2,
            lr: Some(1e-3),
            ..TrainConfig::default()
        };
        let [low, high] = config.lr_bounds();
        assert!((low - 1e-5).abs() < 1e-12 && (high - 1e-3).abs() < 1e-12);
    }
}
