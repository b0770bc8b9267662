//! The form's values: what both stages share, and what each stage has of its own.

use std::path::PathBuf;

use super::variety::Variety;
use crate::model::Arch;
use crate::model::preprocess::Fit;
use crate::ops::compute::{Compute, Precision};
use crate::run::config::TrainConfig;
use crate::run::preset::Preset;
use crate::run::{RunLog, choice};

/// Learning rates that can be chosen.
pub const RATES: std::ops::RangeInclusive<f64> = 1e-7..=1.0;

/// Every number is shown as it will be used; nothing is chosen behind the form's back.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainForm {
    pub arch: Arch,
    /// Of stage 1; stage 2 goes on with that of the run it starts from.
    pub preset: Preset,
    pub size: u32,
    pub fit: Fit,
    /// 0: what fits into memory.
    pub batch: u32,
    /// `None`: the first card, or the processor.
    pub device: Option<Compute>,
    pub precision: Precision,
    pub seed: u64,
    pub head: HeadStage,
    pub fine: FineStage,
    /// A path to body weights; empty for the built-in ones.
    pub weights: String,
    pub extras: Extras,
    pub variety: Variety,
}

/// What no stage needs: off unless asked for, or part of the recipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extras {
    /// Epochs without a better one; 0 is off.
    pub patience: u32,
    /// Minutes; 0 is off.
    pub time_budget: f64,
    /// Batches to a step; 1 is off.
    pub accumulate: u32,
    /// Decay of stage 2's averaged weights; 0 is off.
    pub ema: f64,
}

impl Extras {
    fn of(config: &TrainConfig, ema: f64) -> Self {
        Self {
            patience: config.patience,
            time_budget: config.time_budget.unwrap_or_default(),
            accumulate: config.accumulate,
            ema,
        }
    }
}

/// Stage 1: the new head on the frozen body.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadStage {
    pub epochs: u32,
    pub lr: f64,
    /// `None`: a new head on the body's own weights.
    pub from: Option<String>,
}

/// Stage 2: everything, from a stage-1 run, gently at the first layers.
#[derive(Clone, Debug, PartialEq)]
pub struct FineStage {
    pub epochs: u32,
    pub lr_low: f64,
    pub lr_high: f64,
    /// `None`: the best stage-1 run of this architecture.
    pub from: Option<String>,
}

impl Default for TrainForm {
    fn default() -> Self {
        let config = TrainConfig::default();
        let preset = Preset::default();
        let [lr_low, lr_high] = preset.stage_2_lr_range();
        Self {
            arch: config.arch,
            preset,
            size: config.size,
            fit: config.fit,
            batch: config.batch.unwrap_or_default(),
            device: config.device,
            precision: config.precision,
            seed: config.seed,
            head: HeadStage {
                epochs: config.epochs,
                lr: preset.stage_1_lr(),
                from: None,
            },
            fine: FineStage {
                epochs: 4,
                lr_low,
                lr_high,
                from: None,
            },
            weights: String::new(),
            extras: Extras::of(&config, preset.average_decay(2)),
            variety: Variety::of(preset),
        }
    }
}

impl TrainForm {
    pub fn stage_1(&self) -> TrainConfig {
        let shared = self.shared();
        TrainConfig {
            stage: 1,
            // A run brings its own recipe and weights.
            preset: self.head.from.is_none().then_some(self.preset),
            weights: shared.weights.filter(|_| self.head.from.is_none()),
            from: self.head.from.clone(),
            epochs: self.head.epochs,
            lr: Some(self.head.lr),
            ..self.variety.stage_1(self.shared())
        }
    }

    pub fn stage_2(&self, from: &str) -> TrainConfig {
        TrainConfig {
            stage: 2,
            from: Some(from.to_owned()),
            epochs: self.fine.epochs,
            lr_range: Some(vec![self.fine.lr_low, self.fine.lr_high]),
            // Stage 2 starts from the run's weights, never from a file.
            weights: None,
            ema: Some(self.extras.ema),
            ..self.variety.stage_2(self.shared())
        }
    }

    fn shared(&self) -> TrainConfig {
        let weights = self.weights.trim();
        TrainConfig {
            arch: self.arch,
            size: self.size,
            fit: self.fit,
            batch: (self.batch > 0).then_some(self.batch),
            device: self.device,
            precision: self.precision,
            seed: self.seed,
            weights: (!weights.is_empty()).then(|| PathBuf::from(weights)),
            patience: self.extras.patience,
            time_budget: (self.extras.time_budget > 0.0).then_some(self.extras.time_budget),
            accumulate: self.extras.accumulate,
            ..TrainConfig::default()
        }
    }

    /// The run that stage 2 would start from.
    pub fn starting_run<'a>(
        &self,
        runs: &'a [RunLog],
        split_hash: Option<&str>,
    ) -> Option<&'a RunLog> {
        match &self.fine.from {
            Some(id) => self.candidates(runs).find(|run| run.info.id == *id),
            None => choice::starting_run(runs, self.arch, split_hash),
        }
    }

    /// Runs of this architecture that have weights to start from.
    pub fn candidates<'a>(&self, runs: &'a [RunLog]) -> impl Iterator<Item = &'a RunLog> {
        let arch = self.arch;
        runs.iter()
            .filter(move |run| choice::can_start_from(run, arch))
    }

    /// Takes over rates that were found for a stage: of the first layers and of the head.
    pub fn use_rates(&mut self, stage: u8, [low, high]: [f64; 2]) {
        if stage == 1 {
            self.head.lr = high;
        } else {
            [self.fine.lr_low, self.fine.lr_high] = [low, high];
        }
    }

    /// Another recipe brings its own learning rates and looks.
    pub fn choose_preset(&mut self, preset: Preset) {
        self.preset = preset;
        self.head.lr = preset.stage_1_lr();
        [self.fine.lr_low, self.fine.lr_high] = preset.stage_2_lr_range();
        self.variety = Variety::of(preset);
        self.extras.ema = preset.average_decay(2);
    }

    /// Takes over the numbers of a run, so that it can be repeated with one change.
    pub fn copy_from(&mut self, config: &TrainConfig) {
        self.arch = config.arch;
        self.size = config.size;
        self.fit = config.fit;
        self.batch = config.batch.unwrap_or_default();
        self.device = config.device;
        self.precision = config.precision;
        self.seed = config.seed;
        let ema = match config.stage {
            1 => self.extras.ema,
            _ => config.ema.unwrap_or_default(),
        };
        self.extras = Extras::of(config, ema);
        self.copy_stage_from(config);
        self.variety.copy_from(config);
    }

    fn copy_stage_from(&mut self, config: &TrainConfig) {
        if config.stage == 1 {
            // The same recipe leaves stage 2's rates as they were chosen.
            if self.preset != config.recorded_preset() {
                self.choose_preset(config.recorded_preset());
            }
            self.head.epochs = config.epochs;
            self.head.from.clone_from(&config.from);
            [_, self.head.lr] = config.lr_bounds();
            self.weights = config
                .weights
                .as_ref()
                .map(|path| path.display().to_string())
                .unwrap_or_default();
        } else {
            self.fine.epochs = config.epochs;
            self.fine.from.clone_from(&config.from);
            [self.fine.lr_low, self.fine.lr_high] = config.lr_bounds();
        }
    }
}

pub const PRESETS: [Preset; 2] = [Preset::Modern, Preset::Fastai2018];

pub fn preset_name(preset: Preset) -> &'static str {
    match preset {
        Preset::Modern => "modern",
        Preset::Fastai2018 => "fastai-2018",
    }
}

pub const FITS: [Fit; 3] = [Fit::Squish, Fit::Crop, Fit::Pad];

pub fn fit_name(fit: Fit) -> &'static str {
    match fit {
        Fit::Squish => "squished",
        Fit::Crop => "middle square",
        Fit::Pad => "padded",
    }
}

/// A learning rate as people write it: `3e-3`, `2.5e-4`.
pub fn rate_text(rate: f64) -> String {
    if rate == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{rate:.1e}");
    text.replace(".0e", "e")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::look::Augmentation;

    #[test]
    fn a_run_can_be_repeated_from_the_form() {
        let mut form = TrainForm::default();
        form.head.epochs = 9;
        form.choose_preset(Preset::Fastai2018);
        form.head.lr = 2e-3;
        form.seed = 7;
        form.device = Some(Compute::Cuda(1));
        form.precision = Precision::Mixed;
        form.weights = "/weights/body.safetensors".into();
        form.extras = Extras {
            patience: 3,
            time_budget: 1.5,
            accumulate: 4,
            ema: 0.0,
        };
        form.variety = Variety {
            looks: 5,
            augment: Augmentation::Trivial,
            erasing: 0.25,
            mixup: 0.0,
            balance: true,
        };
        let mut again = TrainForm::default();
        again.copy_from(&form.stage_1());
        assert_eq!(again, form);

        form.fine.lr_low = 2e-6;
        form.fine.epochs = 3;
        form.fine.from = Some("a-run".into());
        form.variety.mixup = 0.2;
        form.extras.ema = 0.999;
        again.copy_from(&form.stage_2("a-run"));
        assert_eq!(again, form);
    }

    #[test]
    fn each_stage_gets_its_own_numbers() {
        let form = TrainForm::default();
        let (head, fine) = (form.stage_1(), form.stage_2("a-run"));
        assert_eq!((head.stage, head.epochs, head.from), (1, 6, None));
        assert_eq!((fine.stage, fine.epochs), (2, 4));
        assert_eq!(fine.from.as_deref(), Some("a-run"));
        assert_eq!(fine.lr, None);
        assert_eq!(head.lr_range, None);
    }

    #[test]
    fn a_run_to_start_from_brings_its_own_recipe_and_weights() {
        let mut form = TrainForm {
            weights: "/weights/body.safetensors".into(),
            ..TrainForm::default()
        };
        form.head.from = Some("a-run".into());
        let config = form.stage_1();
        assert_eq!(config.from.as_deref(), Some("a-run"));
        assert_eq!((config.preset, &config.weights), (None, &None));
        assert!(config.validate().is_ok());
    }

    #[test]
    fn rates_read_as_people_write_them() {
        assert_eq!(rate_text(3e-3), "3e-3");
        assert_eq!(rate_text(2.5e-4), "2.5e-4");
        assert_eq!(rate_text(0.0), "0");
    }
}
