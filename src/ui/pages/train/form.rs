//! The form's values: a config for each stage, the same type as flags and run.toml.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::queue_form::QueueForm;
use super::readiness::Readiness;
use crate::model::Arch;
use crate::model::preprocess::Fit;
use crate::run::balance::Balance;
use crate::run::config::TrainConfig;
use crate::run::preset::Preset;
use crate::run::{RunLog, choice};

/// Learning rates that can be chosen.
pub const RATES: std::ops::RangeInclusive<f64> = 1e-7..=1.0;

/// The backbone has seen the images by then, so fewer epochs than in stage 1 do.
const STAGE_2_EPOCHS: u32 = 4;

/// What is left open is filled in by the preset of stage 1 and shown so; nothing is chosen behind the form's back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainForm {
    /// Of the first half of stage 2's epochs.
    #[serde(default)]
    pub start_size: Option<u32>,
    /// The new head on the frozen backbone; also what both stages share.
    pub stage_1: TrainConfig,
    /// Everything, gently at the first layers. Only what [`with_own`] names is stage 2's.
    pub stage_2: TrainConfig,
    /// What the runs of a queue differ in.
    #[serde(default)]
    pub queue: QueueForm,
}

impl Default for TrainForm {
    fn default() -> Self {
        let config = TrainConfig {
            preset: Some(Preset::default()),
            ..TrainConfig::default()
        };
        Self {
            stage_2: TrainConfig {
                stage: 2,
                epochs: STAGE_2_EPOCHS,
                ..config.clone()
            },
            stage_1: config,
            start_size: None,
            queue: QueueForm::default(),
        }
    }
}

impl TrainForm {
    /// For the next start of the window.
    pub fn to_text(&self) -> Option<String> {
        toml::to_string(self).ok()
    }

    /// `None` if it is not what [`Self::to_text`] wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut form: Self = toml::from_str(text).ok()?;
        // Leave was given for one split, not for good.
        form.stage_1.allow_leaks = false;
        Some(form)
    }

    pub fn arch(&self) -> Arch {
        self.stage_1.arch
    }

    /// Of stage 1; stage 2 keeps the head of the run it starts from.
    pub fn preset(&self) -> Preset {
        self.stage_1.preset.unwrap_or_default()
    }

    /// The file of the backbone's weights; `None` for the built-in ones.
    pub fn weights(&self) -> Option<PathBuf> {
        let typed = self.stage_1.weights.as_ref()?.display().to_string();
        let path = typed.trim();
        (!path.is_empty()).then(|| PathBuf::from(path))
    }

    /// Every number of stage 1 as it is shown.
    pub fn shown_1(&self) -> TrainConfig {
        let mut config = self.stage_1.clone();
        config.resolve();
        config
    }

    /// Every number of stage 2 as it is shown.
    pub fn shown_2(&self) -> TrainConfig {
        let mut config = TrainConfig {
            preset: self.stage_1.preset,
            ..with_own(&self.stage_1, &self.stage_2)
        };
        config.resolve();
        if let Some(sizes) = &mut config.size {
            sizes.start = self.start_size.filter(|start| *start < sizes.full);
        }
        config
    }

    /// What is started.
    pub fn run_of_stage_1(&self) -> TrainConfig {
        let mut config = self.shown_1();
        config.weights = self.weights();
        if config.from.is_some() {
            // A run brings its own recipe and weights.
            (config.preset, config.weights, config.head_init) = (None, None, None);
        }
        if config.views == Some(0) {
            // Nothing is varied, and to say how would be a fault.
            (config.augment, config.erasing) = (None, None);
        }
        config
    }

    /// What is started from the run of this id.
    pub fn run_of_stage_2(&self, from: &str) -> TrainConfig {
        TrainConfig {
            from: Some(from.to_owned()),
            // A run brings its own recipe and weights.
            preset: None,
            weights: None,
            ..self.shown_2()
        }
    }

    /// What the runs of a queue are made from: a stage as it is started, or from the best run where none is named.
    pub fn queued(&self, stage: u8) -> TrainConfig {
        if stage == 1 {
            return self.run_of_stage_1();
        }
        TrainConfig {
            from: self.stage_2.from.clone(),
            ..self.run_of_stage_2("")
        }
    }

    /// What is cross-validated: a stage as it is shown, every fold from the start.
    pub fn cross_validated(&self, stage: u8) -> TrainConfig {
        let mut form = self.clone();
        form.stage_1.from = None;
        let head = form.run_of_stage_1();
        if stage == 1 {
            return head;
        }
        TrainConfig {
            from: None,
            preset: head.preset,
            weights: head.weights,
            head_init: head.head_init,
            ..form.shown_2()
        }
    }

    /// The run that stage 2 would start from, or why there is none.
    pub fn starting_run<'a>(
        &self,
        runs: &'a [RunLog],
        readiness: &Readiness,
    ) -> Result<&'a RunLog, String> {
        let named = self.stage_2.from.as_ref();
        if let Some(run) = named.and_then(|id| self.candidates(runs).find(|run| run.info.id == *id))
        {
            return Ok(run);
        }
        if self.candidates(runs).next().is_none() {
            return Err("Train stage 1 first: stage 2 starts from its head.".to_owned());
        }
        readiness.start(runs).map_err(str::to_owned)
    }

    /// Runs of this architecture that have weights to start from.
    pub fn candidates<'a>(&self, runs: &'a [RunLog]) -> impl Iterator<Item = &'a RunLog> {
        let arch = self.arch();
        runs.iter()
            .filter(move |run| choice::can_start_from(run, arch))
    }

    /// Takes over rates that were found for a stage: of the first layers and of the head.
    pub fn use_rates(&mut self, stage: u8, [low, high]: [f64; 2]) {
        if stage == 1 {
            self.stage_1.lr = Some(high);
        } else {
            self.stage_2.lr_range = Some(vec![low, high]);
        }
    }

    /// Another recipe brings its own learning rates and augmentation, and begins without extras to them.
    pub fn choose_preset(&mut self, preset: Preset) {
        for config in [&mut self.stage_1, &mut self.stage_2] {
            config.choose_preset(preset);
            (config.mixup, config.balance) = (None, Balance::None);
        }
    }

    /// Takes over the numbers of a run, so that it can be repeated with one change.
    pub fn copy_from(&mut self, config: &TrainConfig) {
        let preset = config.recorded_preset();
        let mut config = TrainConfig {
            preset: Some(preset),
            // A run that says nothing of averaged weights is from before there were any.
            ema: Some(config.ema.unwrap_or_default()),
            allow_leaks: self.stage_1.allow_leaks,
            ..config.clone()
        };
        config.resolve();
        if config.stage == 2 {
            self.start_size = config.start_size();
            if let Some(sizes) = &mut config.size {
                sizes.start = None;
            }
            self.stage_1 = with_own(&config, &self.stage_1);
            self.stage_2 = config;
            return;
        }
        // The same recipe leaves stage 2's rates as they were chosen.
        if self.preset() != preset {
            self.choose_preset(preset);
        }
        if config.views == Some(0) {
            // It has varied nothing, so how stage 2 does stays as it was chosen.
            (config.augment, config.erasing) = (self.stage_1.augment, self.stage_1.erasing);
        }
        self.stage_1 = config;
    }
}

/// What each stage has of its own, from `own`; all else, which both share, from `shared`.
fn with_own(shared: &TrainConfig, own: &TrainConfig) -> TrainConfig {
    TrainConfig {
        stage: own.stage,
        preset: own.preset,
        from: own.from.clone(),
        epochs: own.epochs,
        lr: own.lr,
        lr_range: own.lr_range.clone(),
        weights: own.weights.clone(),
        ema: own.ema,
        mixup: own.mixup,
        views: own.views,
        head_init: own.head_init,
        ..shared.clone()
    }
}

pub const PRESETS: [Preset; 2] = [Preset::Modern, Preset::Fastai];

pub fn preset_name(preset: Preset) -> &'static str {
    match preset {
        Preset::Modern => "modern",
        Preset::Fastai => "fastai",
    }
}

pub const FITS: [Fit; 4] = [Fit::Keep, Fit::Squish, Fit::Crop, Fit::Pad];

pub fn fit_name(fit: Fit) -> &'static str {
    match fit {
        Fit::Squish => "squished",
        Fit::Crop => "middle square",
        Fit::Pad => "padded",
        Fit::Keep => "whole",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::augmented_view::Augmentation;
    use crate::ops::compute::{Compute, Precision};
    use crate::run::preset::HeadInit;

    #[test]
    fn a_run_can_be_repeated_from_the_form() {
        let mut form = TrainForm::default();
        form.choose_preset(Preset::Fastai);
        form.stage_1 = TrainConfig {
            epochs: 9,
            lr: Some(2e-3),
            seed: 7,
            batch: Some(16),
            device: Some(Compute::Cuda(1)),
            precision: Precision::Mixed,
            weights: Some("/weights/body.safetensors".into()),
            patience: 3,
            time_budget: Some(1.5),
            accumulate: 4,
            views: Some(5),
            augment: Some(Augmentation::Trivial),
            erasing: Some(0.25),
            balance: Balance::ClassAndSource,
            ..form.stage_1
        };
        let (head, fine) = (form.run_of_stage_1(), form.run_of_stage_2("a-run"));
        let mut again = TrainForm::default();
        again.copy_from(&head);
        assert_eq!(again.run_of_stage_1(), head);
        assert_eq!(again.run_of_stage_2("a-run"), fine);

        form.stage_2.lr_range = Some(vec![2e-6, 1e-4]);
        form.stage_2.epochs = 3;
        form.stage_2.from = Some("a-run".into());
        form.stage_2.mixup = Some(0.2);
        form.stage_2.ema = Some(0.999);
        form.start_size = Some(192);
        let fine = form.run_of_stage_2("a-run");
        again.copy_from(&fine);
        assert_eq!(again.run_of_stage_2("a-run"), fine);
        assert_eq!(again.run_of_stage_1(), head);
        assert_eq!(again.stage_2.from.as_deref(), Some("a-run"));
    }

    #[test]
    fn the_form_is_written_and_read_without_loss() {
        let mut form = TrainForm::default();
        form.use_rates(1, [2.54e-4, 2.54e-4]);
        form.use_rates(2, [1e-6, 1e-4]);
        form.stage_2.from = Some("a-run".into());
        let text = form.to_text().unwrap();
        assert_eq!(TrainForm::from_text(&text), Some(form));
        assert_eq!(TrainForm::from_text("stage_1 = 7"), None);
    }

    #[test]
    fn each_stage_gets_its_own_numbers() {
        let form = TrainForm::default();
        let (head, fine) = (form.run_of_stage_1(), form.run_of_stage_2("a-run"));
        assert_eq!((head.stage, head.epochs, head.from), (1, 6, None));
        assert_eq!((fine.stage, fine.epochs), (2, 4));
        assert_eq!(fine.from.as_deref(), Some("a-run"));
        assert_eq!(fine.lr, None);
        assert_eq!(head.lr_range, None);
        assert_eq!((head.lr, fine.ema), (Some(1e-4), Some(0.99)));
        assert_eq!(head.head_init, Some(HeadInit::Lda));
        assert_eq!(fine.head_init, None);
    }

    #[test]
    fn what_the_form_starts_is_valid_with_every_preset() {
        let mut form = TrainForm::default();
        form.stage_1.augment = Some(Augmentation::Trivial);
        for preset in PRESETS {
            assert!(form.run_of_stage_1().validate().is_ok());
            assert!(form.run_of_stage_2("a-run").validate().is_ok());
            form.choose_preset(preset);
        }
    }

    #[test]
    fn a_run_that_varied_nothing_leaves_the_augmentation_of_stage_2() {
        let mut form = TrainForm::default();
        form.stage_1.augment = Some(Augmentation::Fastai);
        form.stage_1.erasing = Some(0.5);
        let fine = form.run_of_stage_2("a-run");
        let mut written = form.run_of_stage_1();
        written.resolve();
        form.copy_from(&written);
        assert_eq!(form.run_of_stage_2("a-run"), fine);
    }

    #[test]
    fn a_run_to_start_from_brings_its_own_recipe_and_weights() {
        let mut form = TrainForm::default();
        form.stage_1.weights = Some(" /weights/body.safetensors ".into());
        let config = form.run_of_stage_1();
        assert_eq!(config.weights, Some("/weights/body.safetensors".into()));
        form.stage_1.from = Some("a-run".into());
        let config = form.run_of_stage_1();
        assert_eq!(config.from.as_deref(), Some("a-run"));
        assert_eq!((config.preset, &config.weights), (None, &None));
        assert!(config.validate().is_ok());
    }
}
