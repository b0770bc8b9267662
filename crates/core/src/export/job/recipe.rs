//! A recipe as plain numbers, for `train_torch.py`.

use crate::dataset::augmented_view::Augmentation;
use crate::error::{Error, Result};
use crate::export::Preprocessing;
use crate::job_folder::{TorchParameter, TorchRecipe};
use crate::model::{Freeze, Net, Role};
use crate::ops::compute::Precision;
use crate::predict::{Parts, Predictor};
use crate::run::config::USUAL_BATCH;
use crate::run::preset::HeadInit;
use crate::train::job::TrainJob;
use crate::train::start;

/// `job`: with every choice made; `net`: before its first batch; `weights`: where it lies in the folder.
pub fn of(job: &TrainJob, net: Net, weights: String) -> Result<TorchRecipe> {
    let config = &job.config;
    let preset = config.recorded_preset();
    let frozen = match net.freeze() {
        Freeze::Backbone => "backbone",
        Freeze::BackboneExceptNorms => "backbone-except-norms",
        Freeze::Statistics => "statistics",
        Freeze::Nothing => "nothing",
    };
    let arch = net.arch();
    let parameters = net
        .trainable()
        .into_iter()
        .map(|param| TorchParameter {
            name: arch.name_in_python(&param.name),
            group: param.group,
            is_decayed: preset.decays_norms() || param.role == Role::Weight,
        })
        .collect();
    let parts = Parts {
        classes: job.split.classes.clone(),
        preprocess: config.preprocess(),
        outside: None,
    };
    let predictor = Predictor::from_parts(net, parts);
    let preprocessing = serde_json::to_value(Preprocessing::of(&predictor, ""))
        .map_err(|error| Error::Invalid(error.to_string()))?;
    let view = config.view_config().is_some();
    let augment = match config.augment {
        Some(Augmentation::Fastai) if view => "fastai",
        Some(Augmentation::Trivial) if view => "trivial",
        _plain => "none",
    };
    let head_init = config.head_init().map(|init| match init {
        HeadInit::Lda => "lda",
        HeadInit::Random => "random",
    });
    Ok(TorchRecipe {
        preprocessing,
        weights,
        parameters,
        frozen: frozen.to_owned(),
        head_init: head_init.map(str::to_owned),
        rates: config.lr_bounds(),
        epochs: config.epochs,
        batch: config.batch.unwrap_or(USUAL_BATCH),
        accumulate: config.accumulate.max(1),
        seed: config.seed,
        label_smoothing: preset.label_smoothing(),
        ema: config.average_decay().unwrap_or_default(),
        views: if config.stage == 1 {
            config.frozen_views()
        } else {
            0
        },
        augment: augment.to_owned(),
        erasing: if view {
            config.erasing.unwrap_or_default()
        } else {
            0.0
        },
        class_weights: start::class_weights(job),
        left_out: left_out(job),
    })
}

fn left_out(job: &TrainJob) -> Vec<String> {
    let config = &job.config;
    let copies = job.split.copies.len();
    let said = [
        (config.mixup.is_some(), "mixup".to_owned()),
        (
            config.balance.is_of_sources(),
            "balance of sources".to_owned(),
        ),
        (
            config.start_size().is_some(),
            "smaller images in the first half".to_owned(),
        ),
        (config.patience > 0, "an early end (--patience)".to_owned()),
        (
            config.precision != Precision::default(),
            "reduced precision: it computes in f32".to_owned(),
        ),
        (
            copies > 0,
            format!("{copies} copies of images of upsampled sources"),
        ),
    ];
    let said = said.into_iter().filter(|(is_so, _)| *is_so);
    said.map(|(_, text)| text).collect()
}
