//! What memory a run needs, what there is, and the batch that fits.
//!
//! The estimate counts what is large: maps and gradients ([`crate::model::memory`]), copies of the parameters, images
//! that are kept or on their way. It is meant to be right within a quarter (its test has measured peaks), so a run is
//! asked to fit with something to spare.

use sysinfo::System;

use super::batch_plan::BatchPlan;
use crate::dataset::Split;
use crate::run::config::{TrainConfig, USUAL_BATCH};
use crate::run::event::TrainEvent;

/// Of what is available, the part that an estimate may fill.
const FILLED: f64 = 0.9;

const FLOAT: u64 = 4;
/// Program, embedded weights, catalog.
const BASE_BYTES: u64 = 100 << 20;
/// A thread's scratch and stack.
const THREAD_BYTES: u64 = 16 << 20;
/// The pool of maps keeps no more than this between steps.
const IDLE_BYTES: u64 = 4 << 30;
/// Decoded images of one side that are kept.
const IMAGES_BYTES: u64 = 1 << 30;
/// Batches of images at once: in use, normalized, two ahead and one in the making.
const IMAGE_BATCHES: u64 = 5;
/// Images that evaluate together on a thread.
const EVALUATED_AT_ONCE: usize = 4;

/// What the numbers of a run say about its memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand<'a> {
    pub config: &'a TrainConfig,
    pub train_n: usize,
    pub valid_n: usize,
    /// Augmented views of each training image in stage 1.
    pub views: usize,
    pub threads: usize,
}

impl Demand<'_> {
    /// At most, with batches of `batch` images.
    pub fn bytes(&self, batch: u32) -> u64 {
        let (arch, size) = (self.config.arch, self.config.preprocess().largest_input());
        let params = FLOAT * arch.backbone_params() as u64;
        let evaluation = arch.pass_memory(EVALUATED_AT_ONCE, size).evaluation as u64;
        let evaluation = FLOAT * evaluation * self.threads as u64;
        let image = FLOAT * 3 * size.pixels() as u64;
        let images = image * u64::from(batch) * IMAGE_BATCHES;
        let learning = if self.config.stage == 1 {
            // The weights, their flat and their packed copy, and at a checkpoint the net's copy twice over.
            let views = (self.train_n * self.views + self.valid_n) as u64;
            let features = views * FLOAT * 2 * arch.feature_channels() as u64;
            5 * params + features
        } else {
            let maps = FLOAT * arch.pass_memory(batch as usize, size).training as u64;
            let extras = u64::from(self.config.average_decay().is_some())
                + u64::from(self.config.accumulate > 1);
            // Weights, flat copy, gradients, two moments, and what is packed; a checkpoint adds copies of weights and
            // moments, their bytes and the file, when no gradients are there.
            let step = maps + (6 + extras) * params;
            let checkpoint = maps.min(IDLE_BYTES) + (12 + 4 * extras) * params;
            step.max(checkpoint)
        };
        BASE_BYTES
            + THREAD_BYTES * self.threads as u64
            + self.images_bytes()
            + images
            + evaluation
            + learning
    }

    fn images_bytes(&self) -> u64 {
        let seen = self.config.preprocess().largest_input().pixels() as u64;
        let kept = |n: usize, pixels: u64| (n as u64 * 3 * pixels).min(IMAGES_BYTES);
        // Training samples from 15 % more on each side.
        kept(self.train_n, seen * 132 / 100) + kept(self.valid_n, seen)
    }
}

/// Memory that can be taken without pushing anything out; `None` where the system does not tell.
pub(crate) fn available_bytes() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory();
    let available = system.available_memory();
    // In a container less may be allowed than there is; pages of files in it can be given back.
    let allowed = system.cgroup_limits().map_or(u64::MAX, |limits| {
        limits.total_memory.saturating_sub(limits.rss)
    });
    Some(available.min(allowed)).filter(|bytes| *bytes > 0)
}

/// Sets the config's batch to what fits; the event says so where it is less than was asked for.
pub(crate) fn fit_batch(
    split: &Split,
    config: &mut TrainConfig,
    available: Option<u64>,
) -> Option<TrainEvent> {
    let asked = config.batch.unwrap_or(USUAL_BATCH);
    config.batch = Some(asked);
    let available = available?;
    let demand = Demand {
        config,
        train_n: split.train.len(),
        valid_n: split.valid.len(),
        views: config.frozen_views().max(1) as usize,
        threads: rayon::current_num_threads(),
    };
    let plan = BatchPlan {
        batch: asked,
        accumulate: config.accumulate.max(1),
    };
    let fitting = plan.fitting(|batch| demand.bytes(batch) as f64 <= FILLED * available as f64);
    if fitting == plan {
        return None;
    }
    let event = TrainEvent::BatchHalved {
        asked,
        batch: fitting.batch,
        accumulate: fitting.accumulate,
        needed_bytes: demand.bytes(asked),
        available_bytes: available,
    };
    (config.batch, config.accumulate) = (Some(fitting.batch), fitting.accumulate);
    Some(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::query::SplitMode;
    use crate::model::Arch;

    const GIB: f64 = (1u64 << 30) as f64;

    fn demand(config: &TrainConfig) -> Demand<'_> {
        Demand {
            config,
            train_n: 1000,
            valid_n: 200,
            views: 1,
            threads: 2,
        }
    }

    #[test]
    fn what_does_not_fit_is_halved_and_said() {
        let split = Split {
            classes: Vec::new(),
            train: Vec::new(),
            valid: Vec::new(),
            valid_contents: Vec::new(),
            mode: SplitMode::Scenes,
            hash: String::new(),
            twins: Vec::new(),
            pixels: std::sync::Arc::default(),
            crops: None,
            copies: Vec::new(),
        };
        let fine = TrainConfig {
            stage: 2,
            arch: Arch::Resnet50,
            accumulate: 2,
            ..TrainConfig::default()
        };
        let mut plenty = fine.clone();
        assert_eq!(fit_batch(&split, &mut plenty, Some(1 << 40)), None);
        assert_eq!((plenty.batch, plenty.accumulate), (Some(32), 2));
        let mut unknown = fine.clone();
        assert_eq!(fit_batch(&split, &mut unknown, None), None);
        assert_eq!(unknown.batch, Some(32));

        let mut tight = fine.clone();
        let available = demand(&fine).bytes(16) * 10 / 9;
        let event = fit_batch(&split, &mut tight, Some(available)).unwrap();
        assert_eq!((tight.batch, tight.accumulate), (Some(16), 4));
        let text = event.batch_text().unwrap();
        assert!(
            text.contains("batch 16 with 4 batches to a step instead of batch 32"),
            "{text}"
        );
    }

    /// Peaks of resident memory in MiB on two threads, 118 + 45 images at 224 pixels: `train` of the release binary, the
    /// kernel's `ru_maxrss`. The high points are a step where the batch is large, the checkpoint after it otherwise.
    #[test]
    fn estimates_are_within_a_quarter_of_measured_peaks() {
        let measured = [
            (Arch::EfficientnetLite0, 1, 32, 428.0),
            (Arch::EfficientnetLite0, 2, 32, 1571.0),
            (Arch::EfficientnetLite0, 2, 16, 978.0),
            (Arch::Resnet50, 1, 32, 979.0),
            (Arch::Resnet50, 2, 8, 2154.0),
        ];
        for (arch, stage, batch, peak) in measured {
            let config = TrainConfig {
                arch,
                stage,
                ..TrainConfig::default()
            };
            let demand = Demand {
                train_n: 118,
                valid_n: 45,
                ..demand(&config)
            };
            let estimate = demand.bytes(batch) as f64 / f64::from(1 << 20);
            assert!(
                (0.75..1.25).contains(&(estimate / peak)),
                "{arch:?}, stage {stage}, batch {batch}: {estimate:.0} MiB, measured {peak}"
            );
        }
    }

    #[test]
    fn this_system_tells_what_is_free() {
        let available = available_bytes().unwrap() as f64;
        assert!(
            (0.05 * GIB..100_000.0 * GIB).contains(&available),
            "{available}"
        );
    }
}
