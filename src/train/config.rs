//! What can be chosen for a run: one struct is command-line flags, run.toml and the form in the window.

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::dataset::transform::Fit;
use crate::error::{Error, Result};
use crate::model::Arch;
use crate::train::preset::Preset;

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
    /// Run to start from [stage 2: the newest stage-1 run]
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
    #[arg(long, default_value_t = 32)]
    pub batch: u32,
    /// Same seed, same numbers
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Body weights from a .safetensors file instead of the embedded ones
    #[arg(long)]
    pub weights: Option<PathBuf>,
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
            batch: 32,
            seed: 0,
            weights: None,
            checkpoint_secs: 60,
        }
    }
}

/// The first layers learn so much slower than the head where only one rate is given.
const RANGE_OF_ONE_RATE: f64 = 100.0;
/// Smallest feature map that can be looked at has two cells a side.
const LEAST_SIZE: u32 = 32;
const LARGEST_SIZE: u32 = 1024;
const LARGEST_BATCH: u32 = 1024;

impl TrainConfig {
    /// The recipe of a run that was started with this config; one from before there were presets followed the post.
    pub fn recorded_preset(&self) -> Preset {
        self.preset.unwrap_or(Preset::Fastai2018)
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

    /// Stage 1 of a net whose weights are not inside the program, and no file is named.
    pub fn lacks_weights(&self) -> bool {
        self.stage == 1 && self.weights.is_none() && !self.arch.has_embedded_weights()
    }

    /// Whether the settings can work at all, before any work begins.
    ///
    /// # Errors
    /// [`Error::Invalid`], saying what to change.
    pub fn validate(&self) -> Result<()> {
        if self.lacks_weights() {
            let arch = self.arch.title();
            return Err(Error::NoWeights { arch });
        }
        let [low, high] = self.lr_bounds();
        let fault = if !(1..=2).contains(&self.stage) {
            Some(format!(
                "there is no stage {}; choose 1 (new head) or 2 (everything)",
                self.stage
            ))
        } else if self.stage == 1 && self.from.is_some() {
            Some("stage 1 starts from the body's own weights, not from a run; leave `from` out or choose stage 2".into())
        } else if self.stage == 1 && self.lr_range.is_some() {
            Some("stage 1 trains the head alone, with one learning rate; give `lr` instead of a range".into())
        } else if self.epochs == 0 {
            Some("no epochs to train; set epochs to at least 1".into())
        } else if !(LEAST_SIZE..=LARGEST_SIZE).contains(&self.size) {
            Some(format!(
                "a size of {} pixels cannot be used; choose {LEAST_SIZE} to {LARGEST_SIZE}, 224 being usual",
                self.size
            ))
        } else if !(2..=LARGEST_BATCH).contains(&self.batch) {
            Some(format!(
                "a batch of {} cannot be used; choose 2 to {LARGEST_BATCH}, 32 being usual",
                self.batch
            ))
        } else if self.lr_range.as_ref().is_some_and(|range| range.len() != 2) {
            Some("a learning-rate range is two numbers, the lowest and the highest".into())
        } else if !(low > 0.0 && low <= high && high <= 1.0) {
            Some(format!(
                "learning rates of {low} to {high} cannot be used; they must be above 0, at most 1, and the lowest first"
            ))
        } else {
            None
        };
        fault.map_or(Ok(()), |text| Err(Error::Invalid(text)))
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
    fn the_defaults_are_valid_and_faults_name_the_remedy() {
        let valid = TrainConfig::default();
        assert!(valid.validate().is_ok());
        assert!(
            TrainConfig {
                stage: 2,
                ..valid.clone()
            }
            .validate()
            .is_ok()
        );
        let faults = [
            (
                TrainConfig {
                    epochs: 0,
                    ..valid.clone()
                },
                "epochs to at least 1",
            ),
            (
                TrainConfig {
                    batch: 1,
                    ..valid.clone()
                },
                "choose 2",
            ),
            (
                TrainConfig {
                    size: 8,
                    ..valid.clone()
                },
                "choose 32",
            ),
            (
                TrainConfig {
                    lr: Some(f64::NAN),
                    ..valid.clone()
                },
                "above 0",
            ),
            (
                TrainConfig {
                    stage: 2,
                    lr_range: Some(vec![1e-2, 1e-3]),
                    ..valid.clone()
                },
                "lowest first",
            ),
            (
                TrainConfig {
                    from: Some("x".into()),
                    ..valid
                },
                "stage 2",
            ),
        ];
        for (config, remedy) in faults {
            let message = config.validate().unwrap_err().to_string();
            assert!(message.contains(remedy), "{message}");
        }
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
