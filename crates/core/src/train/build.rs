//! Builds what a run needs from its job and configuration: the net, what it learns from, the loop.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::checkpoint::file::Checkpoint;
use super::checkpoint::state::{Best, TrainState};
use super::closed_form::fit_head;
use super::data::feature_cache::{CachedFeatures, FrozenSet};
use super::data::feature_store::FeatureStore;
use super::data::feed::{LiveFeed, SmallStart, TrainFeed, ValidFeed};
use super::data::fingerprint::Fingerprint;
use super::job::{KeptEpoch, Measured, TrainJob};
use super::learner::loss_scale::LossScale;
use super::learner::step::Learner;
use super::missing_images::refuse_unread_class;
use super::optimizer::adamw::AdamW;
use super::optimizer::ema::WeightAverage;
use super::report::clock::Clock;
use super::train_loop::{LoopConfig, RunContext, TrainLoop};
use crate::dataset::Split;
use crate::dataset::image_set::{ImageSet, LoadConfig, Use};
use crate::error::Result;
use crate::model::preprocess::Preprocess;
use crate::model::weights::{self, State};
use crate::model::{Freeze, Net};
use crate::ops::compute::{self, Target};
use crate::pins::record::Recorder;
use crate::progress::Progress;
use crate::run::config::{TrainConfig, USUAL_BATCH};
use crate::run::event::TrainEvent;
use crate::run::preset::HeadInit;
use crate::run::{RunInfo, files};
use crate::spare::give_back;

/// Where a run's first weights come from.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// These weights of the backbone, and a new head.
    Pretrained(&'a State),
    Run(&'a RunInfo),
    Checkpoint(&'a Checkpoint),
}

/// What a run came to.
pub(super) struct Outcome {
    pub best: Best,
    pub last_validation: Vec<Measured>,
}

/// Builds what is still missing and runs the loop, `from` where a checkpoint was made or from the beginning.
pub(super) fn run(
    job: &TrainJob,
    config: &TrainConfig,
    learner: Learner,
    from: Option<TrainState>,
    mut context: RunContext<'_>,
) -> Result<Outcome> {
    // The weights have been read by now, and the net has taken them over.
    give_back();
    let files = &context.files;
    let mut train = train_feed(job, config, (&learner.net, files), context.progress)?;
    refuse_unread_class(&job.split, train.image_set().samples())?;
    let valid = valid_feed(job, config, (&learner.net, files), context.progress)?;
    if from.is_none()
        && let Some(event) = fit_new_head(
            (&learner.net, files),
            &mut train,
            (job, config),
            context.progress,
        )?
    {
        context.log.write(&event)?;
        (context.observer)(&event);
    }
    let state = from.unwrap_or_else(|| TrainState::first(files.text.clone()));
    let config = LoopConfig {
        kept: job.kept,
        ..loop_config(config)
    };
    let mut train_loop = TrainLoop {
        schedule: config.schedule(train.image_set().samples().len()),
        config,
        learner,
        train,
        valid,
        clock: Clock::new(state.elapsed_secs, context.started),
        state,
        context,
        last_validation: Vec::new(),
        recorder: Recorder::default(),
    };
    let best = train_loop.run()?;
    Ok(Outcome {
        best,
        last_validation: train_loop.last_validation,
    })
}

/// Where the head starts from its closed form: computes it and tells what was chosen.
pub(super) fn fit_new_head(
    (net, files): (&Net, &Fingerprint),
    feed: &mut TrainFeed,
    (job, config): (&TrainJob, &TrainConfig),
    progress: &Progress,
) -> Result<Option<TrainEvent>> {
    let (
        TrainFeed::Cached(features) | TrainFeed::Growing { full: features, .. },
        Some(HeadInit::Lda),
    ) = (feed, config.head_init())
    else {
        return Ok(None);
    };
    let classes = job.split.classes.len();
    let larger = larger_size(config.preprocess().size);
    let mut larger = frozen_features(job, (config, larger), (net, files), progress)?;
    let event = fit_head(net, &mut [features, &mut larger], classes, progress)?;
    Ok(Some(event))
}

/// A fifth more, in steps of 32 pixels.
fn larger_size(size: u32) -> u32 {
    (size * 6).div_ceil(5 * 32) * 32
}

fn loop_config(config: &TrainConfig) -> LoopConfig {
    LoopConfig {
        epochs: config.epochs,
        batch: config.batch.unwrap_or(USUAL_BATCH) as usize,
        seed: config.seed,
        accumulate: u64::from(config.accumulate.max(1)),
        patience: config.patience,
        time_budget: config
            .time_budget
            .and_then(|minutes| Duration::try_from_secs_f64(60.0 * minutes).ok()),
        kept: KeptEpoch::Best,
        checkpoint_interval: Duration::from_secs(u64::from(config.checkpoint_secs)),
    }
}

/// The net with its first weights, and its optimizer.
pub(super) fn learner(job: &TrainJob, config: &TrainConfig, start: Start<'_>) -> Result<Learner> {
    let preset = config.recorded_preset();
    let target = compute::open(config.device, config.precision)?;
    let gpu = compute::gpu_name(config.device);
    tracing::info!("computing on {}", gpu.as_deref().unwrap_or("the CPU"));
    let net = starting_net(job, config, start, &target)?;
    let average = config
        .average_decay()
        .map(|decay| WeightAverage::new(net.trainable(), decay))
        .transpose()?;
    let mut learner = Learner {
        optimizer: AdamW::new(net.trainable(), config.lr_bounds(), preset.decays_norms())?,
        net,
        seed: config.seed,
        label_smoothing: preset.label_smoothing(),
        class_weights: config
            .balance
            .is_of_classes()
            .then(|| class_weights(&job.split)),
        average,
        loss_scale: LossScale::for_element(target.element),
        micro_batches: 1,
    };
    if let Start::Checkpoint(checkpoint) = start {
        let state = &checkpoint.state;
        if learner.loss_scale.is_some() && state.loss_scale.is_some() {
            learner.loss_scale = state.loss_scale;
        }
        learner.load_optimizer_state(&checkpoint.optimizer, state.steps, &checkpoint.path)?;
    }
    Ok(learner)
}

/// Inverse to how often each class comes, and 1 on the average over the training images.
pub(super) fn class_weights(split: &Split) -> Vec<f32> {
    let mut counts = vec![0usize; split.classes.len()];
    for sample in &split.train {
        if let Some(count) = counts.get_mut(sample.target as usize) {
            *count += 1;
        }
    }
    let present = counts.iter().filter(|count| **count > 0).count();
    let even = split.train.len() as f32 / present.max(1) as f32;
    counts
        .into_iter()
        // A class without images is nobody's target.
        .map(|count| if count > 0 { even / count as f32 } else { 1.0 })
        .collect()
}

pub(super) fn starting_net(
    job: &TrainJob,
    config: &TrainConfig,
    start: Start<'_>,
    target: &Target,
) -> Result<Net> {
    let preset = config.recorded_preset();
    let mut net = Net::blank(
        config.arch,
        preset.head(),
        job.split.classes.len(),
        config.seed,
    )?
    .on(target)?;
    match start {
        Start::Pretrained(state) => {
            let path = config.weights.as_deref();
            net.load_backbone(state, path.unwrap_or(Path::new("(embedded)")))?;
        }
        Start::Run(from) => {
            let path = files::best_weights(&job.project.run_dir(&from.id));
            net.load_state(&weights::load(&path)?, &path)?;
        }
        Start::Checkpoint(checkpoint) => net.load_state(&checkpoint.net, &checkpoint.path)?,
    }
    net.set_frozen(if config.stage == 1 {
        Freeze::Backbone
    } else {
        preset.stage_2_freeze()
    });
    Ok(net)
}

/// Bytes of decoded images that a set holds under a frozen backbone: a batch or two. Each view of an image is looked at
/// once, so holding them all would save a second decoding, some percent of the time of its features, for a gigabyte.
const FROZEN_BUDGET: usize = 8 << 20;

pub(super) fn train_feed(
    job: &TrainJob,
    config: &TrainConfig,
    (net, files): (&Net, &Fingerprint),
    progress: &Progress,
) -> Result<TrainFeed> {
    let early_epochs = u64::from(config.epochs / 2);
    if net.freeze() != Freeze::Backbone {
        let (purpose, _) = purpose(config);
        let load = LoadConfig::new(config.preprocess(), purpose);
        return Ok(TrainFeed::Live(LiveFeed {
            image_set: Arc::new(ImageSet::load(&job.split.train, load, progress)?),
            seed: config.seed,
            start: config.start_size().map(|size| SmallStart {
                size,
                epochs: early_epochs,
            }),
            mixup: config.mixup,
            loader: None,
        }));
    }
    let of_size = |size| frozen_features(job, (config, size), (net, files), progress);
    let full = of_size(config.preprocess().size)?;
    Ok(match config.start_size() {
        Some(start) => TrainFeed::Growing {
            small: of_size(start)?,
            full,
            epochs: early_epochs,
        },
        None => TrainFeed::Cached(full),
    })
}

/// What the training images are read for, and how many views of each there are.
fn purpose(config: &TrainConfig) -> (Use, usize) {
    match config.view_config() {
        Some(view) => (Use::Train(view), config.frozen_views() as usize),
        None => (Use::Valid, 1),
    }
}

/// Of the training images in this size.
fn frozen_features(
    job: &TrainJob,
    (config, size): (&TrainConfig, u32),
    (net, files): (&Net, &Fingerprint),
    progress: &Progress,
) -> Result<CachedFeatures> {
    let (purpose, views) = purpose(config);
    let preprocess = Preprocess {
        size,
        ..config.preprocess()
    };
    let set = FrozenSet {
        samples: &job.split.train,
        files: &files.train,
        load: LoadConfig::new(preprocess, purpose).within(FROZEN_BUDGET),
        views,
        seed: config.seed,
    };
    let store = FeatureStore::new(&job.project.cache_dir());
    CachedFeatures::load(&set, net, store, progress)
}

fn valid_feed(
    job: &TrainJob,
    config: &TrainConfig,
    (net, files): (&Net, &Fingerprint),
    progress: &Progress,
) -> Result<ValidFeed> {
    let load = LoadConfig::new(config.preprocess(), Use::Valid);
    if net.freeze() != Freeze::Backbone {
        let images = ImageSet::load(&job.split.valid, load, progress)?;
        return Ok(ValidFeed::Live(Arc::new(images)));
    }
    let set = FrozenSet {
        samples: &job.split.valid,
        files: &files.valid,
        load: load.within(FROZEN_BUDGET),
        views: 1,
        seed: config.seed,
    };
    let store = FeatureStore::new(&job.project.cache_dir());
    let features = CachedFeatures::load(&set, net, store, progress)?;
    Ok(ValidFeed::Cached(features))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::query::SplitMode;
    use crate::dataset::Sample;
    use crate::media::recipe::Recipe;

    #[test]
    fn every_class_has_the_same_weight_in_all_and_a_image_one_on_the_average() {
        let targets = [0, 0, 0, 2, 2, 2, 2, 2, 2];
        let split = Split {
            classes: ["a", "b", "c"].map(str::to_owned).into(),
            train: targets
                .map(|target| Sample {
                    image: None,
                    unit: None,
                    path: "x".into(),
                    recipe: Recipe::default(),
                    source: None,
                    weight: 1.0,
                    target,
                })
                .into(),
            valid: Vec::new(),
            valid_contents: Vec::new(),
            mode: SplitMode::Scenes,
            hash: String::new(),
            twins: Vec::new(),
            pixels: Arc::default(),
            crops: None,
            copies: Vec::new(),
        };
        let weights = class_weights(&split);
        assert_eq!(weights, [1.5, 1.0, 0.75]);
        assert_eq!(3.0 * weights[0], 6.0 * weights[2]);
        assert_eq!(3.0 * weights[0] + 6.0 * weights[2], 9.0);
    }
}
