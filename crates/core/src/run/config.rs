//! What can be chosen for a run: one struct is command-line flags, run.toml and the form in the window.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, CommandFactory as _, Parser};
use serde::{Deserialize, Serialize};

use super::balance::Balance;
use super::preset::{HeadInit, Preset};
use super::sizes::Sizes;
use crate::dataset::augmented_view::{Augmentation, ViewConfig};
use crate::model::preprocess::{Fit, Preprocess};
use crate::model::{Arch, Normalization};
use crate::ops::compute::{Compute, Precision};

/// Images at once by default.
pub const USUAL_BATCH: u32 = 32;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Args)]
#[serde(default)]
pub struct TrainConfig {
    /// Architecture of the net
    #[arg(long, value_enum, default_value_t = Arch::default())]
    pub arch: Arch,
    /// 1: frozen backbone, new head. 2: everything, from a stage-1 run
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub stage: u8,
    /// Recipe: head, augmented views, learning rates, loss and weight decay [stage 1: modern, stage 2: that of the run it starts from]
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
    /// Run to start from, of any stage and size [stage 1: a new head; stage 2: the best stage-1 run]
    #[arg(long)]
    pub from: Option<String>,
    /// Times over the training images
    #[arg(long, default_value_t = 6)]
    pub epochs: u32,
    /// Highest learning rate of the one-cycle schedule [stage 1: 1e-4, from a random head 1e-2, fastai: 3e-3; stage 2: see --lr-range]
    #[arg(long)]
    pub lr: Option<f64>,
    /// Lowest (first layers) and highest (head) rate of stage 2
    #[arg(long, num_args = 2, value_names = ["LO", "HI"])]
    pub lr_range: Option<Vec<f64>>,
    /// Side of the square the net sees, in pixels; with `--fit keep` of the square with as many pixels [modern: 320, fastai: 224; from a run: its own]. Two sizes: the first half of the epochs on smaller images (progressive resizing)
    #[arg(long, value_name = "SIZE[,SIZE]")]
    pub size: Option<Sizes>,
    /// How an image becomes what the net sees: a square of the whole of it distorted, of its middle or of the whole of it on grey; or the whole of it undistorted, in as many pixels [modern: keep, fastai: squish; from a run: its own]
    #[arg(long, value_enum)]
    pub fit: Option<Fit>,
    /// What a new head starts from [modern: lda, fastai: random]
    #[arg(long, value_enum, value_name = "START")]
    pub head_init: Option<HeadInit>,
    /// Images that are learned from at once [32, or as many as fit into memory, in more batches to a step]
    #[arg(long)]
    pub batch: Option<u32>,
    /// Same seed, same numbers
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// ImageNet weights of the backbone: torchvision's or timm's, as a .safetensors or .pth file [or `hub`: downloaded once, then kept]
    #[arg(long)]
    pub weights: Option<PathBuf>,
    /// End after so many epochs without a better one; 0: never
    #[arg(long, default_value_t = 0, value_name = "EPOCHS")]
    pub patience: u32,
    /// End after the batch in which so many minutes of work are over, all sessions together; to resume a run that ended so gives it as many more
    #[arg(long, value_name = "MINUTES")]
    pub time_budget: Option<f64>,
    /// Batches that one step of the optimizer learns from: as a larger batch, in the memory of a small one
    #[arg(long, default_value_t = 1, value_name = "BATCHES")]
    pub accumulate: u32,
    /// Measure and keep a moving average of the weights with this decay, 0.999 for long runs, 0.99 for short ones, 0 for none [stage 2 of modern: 0.99, otherwise 0]
    #[arg(long, value_name = "DECAY")]
    pub ema: Option<f64>,
    /// How training images are varied [modern: trivial, fastai: fastai]
    #[arg(long, value_enum)]
    pub augment: Option<Augmentation>,
    /// Probability that a rectangle of a varied image is painted over [modern: 0.25, fastai: 0]
    #[arg(long, value_name = "PROBABILITY")]
    pub erasing: Option<f64>,
    /// Blend images of a batch and their classes, by a share from Beta(ALPHA, ALPHA), 0.2 being usual; stage 2
    #[arg(long, value_name = "ALPHA")]
    pub mixup: Option<f64>,
    /// Augmented views of each image that stage 1 keeps and learns from in turn; 0: images as prediction sees them [modern: 0, fastai: 3]
    #[arg(long, value_name = "K", alias = "looks")]
    #[serde(alias = "looks")]
    pub views: Option<u32>,
    /// What counts the same, however many images it has: by its image's weight in the loss. Given without a value: class
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        num_args = 0..=1,
        require_equals = true,
        default_value_t = Balance::None,
        default_missing_value = "class"
    )]
    pub balance: Balance,
    /// Train also where validation images have twins among the training images (`leaks` lists them); the run says so for good
    #[arg(long)]
    pub allow_leaks: bool,
    /// Where to compute: cpu, cuda or cuda:N [the first CUDA device, or the CPU if there is none]
    #[arg(long)]
    pub device: Option<Compute>,
    /// f32; tf32: products of convolutions are rounded, which is quicker; mixed: feature maps in 16 bits, quicker and half the memory, weights and sums in 32. The last two need a CUDA device
    #[arg(long, default_value_t = Precision::default())]
    pub precision: Precision,
    /// Whether what the net sees is normalised as the pretrained weights of its architecture ask. Only a net that was imported
    /// is not, and a run has this from the one that it starts from; so it is no flag.
    #[arg(skip = true)]
    #[serde(skip_serializing_if = "is_usual")]
    pub normalize: bool,
    /// A kill costs at most so many seconds of work; 0: after every batch
    #[arg(long, default_value_t = 60, hide = true)]
    pub checkpoint_secs: u32,
}

/// So that run.toml says only what is unusual.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_usual(normalize: &bool) -> bool {
    *normalize
}

/// A command line that holds nothing but a config.
#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    config: TrainConfig,
}

/// An empty command line, so that each default stands once: at its flag.
static DEFAULTS: LazyLock<TrainConfig> =
    LazyLock::new(|| Flags::parse_from(["cutting-room"]).config);

/// The help of each flag, by field.
static HELP: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let command = Flags::command();
    let flags = command.get_arguments();
    flags
        .filter_map(|flag| Some((flag.get_id().to_string(), flag.get_help()?.to_string())))
        .collect()
});

impl Default for TrainConfig {
    fn default() -> Self {
        DEFAULTS.clone()
    }
}

/// The first layers learn so much slower than the head where only one rate is given.
const RANGE_OF_ONE_RATE: f64 = 100.0;

impl TrainConfig {
    /// What the field of this name is for: its flag's help, which a form shows too.
    pub fn help(field: &str) -> &'static str {
        HELP.get(field).map_or("", String::as_str)
    }

    /// Fills in what was left open, as the preset has it: what a run writes down, and what the form shows. A later version
    /// with other presets then resumes the run with the same numbers.
    pub fn resolve(&mut self) {
        let preset = *self.preset.get_or_insert_default();
        self.augment.get_or_insert(preset.augmentation());
        self.erasing.get_or_insert(preset.erasing());
        self.ema.get_or_insert(preset.average_decay(self.stage));
        self.size.get_or_insert(preset.size().into());
        self.fit.get_or_insert(preset.fit());
        let [low, high] = self.lr_bounds();
        if self.stage == 1 {
            if self.from.is_none() {
                self.head_init.get_or_insert(preset.head_init());
            }
            self.views.get_or_insert(preset.frozen_views());
            self.lr = Some(high);
        } else {
            self.lr_range = Some(vec![low, high]);
        }
    }

    /// Takes another preset, and leaves open all that [`TrainConfig::resolve`] fills in.
    pub fn choose_preset(&mut self, preset: Preset) {
        self.preset = Some(preset);
        self.augment = None;
        self.erasing = None;
        self.ema = None;
        self.size = None;
        self.fit = None;
        self.head_init = None;
        self.views = None;
        self.lr = None;
        self.lr_range = None;
    }

    /// The recipe of a run that was started with this config; one from before there were presets followed the post.
    pub fn recorded_preset(&self) -> Preset {
        self.preset.unwrap_or(Preset::Fastai)
    }

    /// What the net sees of an image. A run has it written down; one from before a shape could be chosen saw squares.
    pub fn preprocess(&self) -> Preprocess {
        let preset = self.recorded_preset();
        Preprocess {
            size: self.size.map_or_else(|| preset.size(), |sizes| sizes.full),
            fit: self.fit.unwrap_or(Fit::Squish),
            normalization: if self.normalize {
                self.arch.input_normalization()
            } else {
                Normalization::NONE
            },
        }
    }

    /// The size of the first half of the epochs, where it is another.
    pub fn start_size(&self) -> Option<u32> {
        self.size?.start
    }

    /// Augmented views of each image in stage 1; 0: images as prediction sees them.
    pub fn frozen_views(&self) -> u32 {
        let preset = self.recorded_preset();
        self.views.unwrap_or_else(|| preset.frozen_views())
    }

    /// How training images are varied; `None`: not at all.
    pub fn view_config(&self) -> Option<ViewConfig> {
        let preset = self.recorded_preset();
        if self.stage == 1 && self.frozen_views() == 0 {
            return None;
        }
        ViewConfig::new(
            self.augment.unwrap_or_else(|| preset.augmentation()),
            self.erasing.unwrap_or_else(|| preset.erasing()),
        )
    }

    /// Decay of the averaged weights; `None`: none are kept. A run has it written down, so there is no preset to ask.
    pub fn average_decay(&self) -> Option<f64> {
        self.ema.filter(|decay| *decay > 0.0)
    }

    /// What the head starts from; `None` if it comes with the run that this one starts from.
    pub fn head_init(&self) -> Option<HeadInit> {
        let is_new = self.stage == 1 && self.from.is_none();
        let preset = self.preset.unwrap_or_default();
        is_new.then(|| self.head_init.unwrap_or_else(|| preset.head_init()))
    }

    /// Highest rates of the first layers and of the head.
    pub fn lr_bounds(&self) -> [f64; 2] {
        let preset = self.preset.unwrap_or_default();
        match (self.stage, self.lr_range.as_deref(), self.lr) {
            (1, _, lr) => {
                // A head that comes with a run was learned already.
                let init = self.head_init().unwrap_or(HeadInit::Random);
                [lr.unwrap_or_else(|| preset.stage_1_lr(init)); 2]
            }
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

    fn parsed(flags: &[&str]) -> TrainConfig {
        let program = std::iter::once(&"cutting-room");
        Flags::try_parse_from(program.chain(flags)).unwrap().config
    }

    #[test]
    fn an_empty_command_line_and_an_empty_file_are_the_defaults() {
        let defaults = TrainConfig::default();
        assert_eq!(parsed(&[]), defaults);
        assert_eq!(toml::from_str::<TrainConfig>("").unwrap(), defaults);
        assert_eq!(
            (defaults.stage, defaults.epochs, defaults.size),
            (1, 6, None)
        );
    }

    #[test]
    fn what_older_versions_called_their_recipes_is_read() {
        for (name, preset) in [("lda", Preset::Modern), ("fastai-2018", Preset::Fastai)] {
            assert_eq!(parsed(&["--preset", name]).preset, Some(preset));
            let text = format!("preset = {name:?}\nsize = 224");
            let config: TrainConfig = toml::from_str(&text).unwrap();
            assert_eq!(config.preset, Some(preset));
            let seen = config.preprocess();
            assert_eq!((seen.size, seen.fit), (224, Fit::Squish));
        }
    }

    #[test]
    fn the_rate_follows_from_what_the_head_starts_from() {
        let rate = |flags: &[&str]| {
            let mut config = parsed(flags);
            config.resolve();
            config.lr
        };
        assert_eq!(rate(&[]), Some(1e-4));
        assert_eq!(rate(&["--head-init", "random"]), Some(1e-2));
        assert_eq!(rate(&["--preset", "fastai"]), Some(3e-3));
        assert_eq!(rate(&["--from", "a-run"]), Some(1e-2));
    }

    #[test]
    fn views_are_read_by_their_old_name_too() {
        for flag in ["--views", "--looks"] {
            assert_eq!(parsed(&[flag, "3"]).views, Some(3));
        }
        for key in ["views", "looks"] {
            let config: TrainConfig = toml::from_str(&format!("{key} = 3")).unwrap();
            assert_eq!(config.views, Some(3));
            let written = toml::to_string(&config).unwrap();
            assert!(written.contains("views = 3"), "{written}");
        }
    }

    #[test]
    fn every_field_explains_itself() {
        let command = Flags::command();
        for flag in command.get_arguments() {
            assert!(
                !TrainConfig::help(flag.get_id().as_str()).is_empty(),
                "{flag:?}"
            );
        }
    }

    #[test]
    fn what_is_left_open_is_as_the_preset_has_it_and_what_is_given_stays() {
        let mut config = TrainConfig {
            stage: 2,
            erasing: Some(0.5),
            ..TrainConfig::default()
        };
        config.resolve();
        assert_eq!(config.preset, Some(Preset::Modern));
        assert_eq!((config.erasing, config.ema), (Some(0.5), Some(0.99)));
        assert_eq!(config.lr_range, Some(vec![1e-6, 1e-4]));
        assert_eq!((config.views, config.lr), (None, None));
        assert_eq!(
            (config.size, config.fit),
            (Some(320.into()), Some(Fit::Keep))
        );
        let settled = config.clone();
        config.resolve();
        assert_eq!(config, settled);

        config.stage = 1;
        config.choose_preset(Preset::Fastai);
        config.resolve();
        assert_eq!((config.views, config.lr), (Some(3), Some(3e-3)));
        assert_eq!((config.erasing, config.ema), (Some(0.0), Some(0.0)));
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
