//! Builds what a run needs from its job and config: the net, what it learns from, the loop.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::average::WeightAverage;
use super::checkpoint::{Best, Checkpoint, Standing};
use super::config::TrainConfig;
use super::event::{Flow, TrainEvent};
use super::feature_store::FeatureStore;
use super::feed::{TrainFeed, ValidFeed};
use super::fingerprint::Fingerprint;
use super::frozen::{CachedFeatures, FrozenSet};
use super::learner::{Clock, Learner, LoopConfig};
use super::log_writer::LogWriter;
use super::loss_scale::LossScale;
use super::memory::USUAL_BATCH;
use super::optimizer::Optimizer;
use super::run::TrainJob;
use super::run_log::RunInfo;
use super::student::Student;
use crate::dataset::Split;
use crate::dataset::loader::{LoadConfig, Pictures, Use};
use crate::error::Result;
use crate::model::{Freeze, Net, weights};
use crate::ops::compute::{self, Target};
use crate::progress::Progress;

/// Where a run's first batch finds its weights.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// The body's own weights and a new head.
    New,
    Run(&'a RunInfo),
    Checkpoint(&'a Checkpoint),
}

/// What the loop needs beside its net.
pub(super) struct Desk<'a> {
    pub dir: &'a Path,
    pub log: LogWriter,
    pub progress: &'a Progress,
    pub observer: &'a mut dyn FnMut(&TrainEvent) -> Flow,
    pub started: Instant,
    pub standing: Standing,
    pub files: Fingerprint,
}

/// Builds all of it and runs the loop.
pub(super) fn learn(
    job: &TrainJob,
    config: &TrainConfig,
    start: Start<'_>,
    desk: Desk<'_>,
) -> Result<Best> {
    let student = student(job, config, start)?;
    let train = train_feed(job, config, (&student.net, &desk.files), desk.progress)?;
    let valid = valid_feed(job, config, (&student.net, &desk.files), desk.progress)?;
    let mut learner = Learner {
        config: LoopConfig {
            epochs: config.epochs,
            batch: config.batch.unwrap_or(USUAL_BATCH) as usize,
            seed: config.seed,
            accumulate: u64::from(config.accumulate.max(1)),
            patience: config.patience,
            time_budget: config
                .time_budget
                .and_then(|minutes| Duration::try_from_secs_f64(60.0 * minutes).ok()),
            checkpoint_interval: Duration::from_secs(u64::from(config.checkpoint_secs)),
        },
        student,
        train,
        valid,
        dir: desk.dir.to_path_buf(),
        log: desk.log,
        clock: Clock::going_on(desk.standing.elapsed_secs, desk.started),
        standing: desk.standing,
        progress: desk.progress,
        observer: desk.observer,
    };
    learner.run()
}

pub(super) fn student(job: &TrainJob, config: &TrainConfig, start: Start<'_>) -> Result<Student> {
    let preset = config.recorded_preset();
    let target = compute::open(config.device, config.precision)?;
    let net = starting_net(job, config, start, &target)?;
    let average = config
        .average_decay()
        .map(|decay| WeightAverage::new(net.trainable(), decay))
        .transpose()?;
    let mut student = Student {
        optimizer: Optimizer::new(net.trainable(), config.lr_bounds(), preset.decays_norms())?,
        net,
        seed: config.seed,
        label_smoothing: preset.label_smoothing(),
        class_weights: config.balance.then(|| class_weights(&job.split)),
        average,
        loss_scale: LossScale::for_maps_of(target.element),
        parts: 1,
    };
    if let Start::Checkpoint(checkpoint) = start {
        if student.loss_scale.is_some() && checkpoint.standing.loss_scale.is_some() {
            student.loss_scale = checkpoint.standing.loss_scale;
        }
        student.load_learning(
            &checkpoint.learning,
            checkpoint.standing.steps,
            &checkpoint.path,
        )?;
    }
    Ok(student)
}

/// Inverse to how often each class comes, and 1 on the average over the training pictures.
fn class_weights(split: &Split) -> Vec<f32> {
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
        // A class without pictures is nobody's target.
        .map(|count| if count > 0 { even / count as f32 } else { 1.0 })
        .collect()
}

fn starting_net(
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
        Start::New => {
            if let Some(path) = &config.weights {
                net.load_backbone(&weights::load(path)?, path)?;
            } else {
                net.load_embedded()?;
            }
        }
        Start::Run(from) => {
            let path = job.project.run_dir(&from.id).join("best.safetensors");
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

pub(super) fn train_feed(
    job: &TrainJob,
    config: &TrainConfig,
    (net, files): (&Net, &Fingerprint),
    progress: &Progress,
) -> Result<TrainFeed> {
    let (purpose, looks) = match config.look_config() {
        Some(look) => (Use::Train(look), config.frozen_looks() as usize),
        None => (Use::Valid, 1),
    };
    let load = LoadConfig::new(config.size, config.fit, purpose);
    if net.freeze() != Freeze::Backbone {
        return Ok(TrainFeed::Live {
            pictures: Arc::new(Pictures::load(&job.split.train, load, progress)?),
            seed: config.seed,
            mixup: config.mixup,
            loader: None,
        });
    }
    let set = FrozenSet {
        samples: &job.split.train,
        files: &files.train,
        load,
        looks,
        seed: config.seed,
    };
    let store = FeatureStore::new(&job.project.cache_dir());
    let features = CachedFeatures::load(&set, net, store, progress)?;
    Ok(TrainFeed::Cached(features))
}

fn valid_feed(
    job: &TrainJob,
    config: &TrainConfig,
    (net, files): (&Net, &Fingerprint),
    progress: &Progress,
) -> Result<ValidFeed> {
    let load = LoadConfig::new(config.size, config.fit, Use::Valid);
    if net.freeze() != Freeze::Backbone {
        let pictures = Pictures::load(&job.split.valid, load, progress)?;
        return Ok(ValidFeed::Live(Arc::new(pictures)));
    }
    let set = FrozenSet {
        samples: &job.split.valid,
        files: &files.valid,
        load,
        looks: 1,
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

    #[test]
    fn every_class_has_the_same_weight_in_all_and_a_picture_one_on_the_average() {
        let targets = [0, 0, 0, 2, 2, 2, 2, 2, 2];
        let split = Split {
            classes: ["a", "b", "c"].map(str::to_owned).into(),
            train: targets
                .map(|target| Sample {
                    image: None,
                    scene: None,
                    path: "x".into(),
                    target,
                })
                .into(),
            valid: Vec::new(),
            mode: SplitMode::Scenes,
            hash: String::new(),
        };
        let weights = class_weights(&split);
        assert_eq!(weights, [1.5, 1.0, 0.75]);
        assert_eq!(3.0 * weights[0], 6.0 * weights[2]);
        assert_eq!(3.0 * weights[0] + 6.0 * weights[2], 9.0);
    }
}
