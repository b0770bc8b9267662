//! What a running training reports; also the lines of metrics.jsonl (`kind` names the variant).

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TrainEvent {
    /// Before the first batch: fewer images at once than `asked`, and so many more batches to a step, because of memory.
    BatchHalved {
        asked: u32,
        batch: u32,
        accumulate: u32,
        needed_bytes: u64,
        available_bytes: u64,
    },
    /// Before the first batch: the head was computed in closed form. `shrinkage` and `temperature` (of the logits) were
    /// chosen on training images; `accuracy`: of heads that had not seen the unit, 0 to 1, where there were enough units.
    HeadFitted {
        shrinkage: f64,
        temperature: f64,
        accuracy: Option<f64>,
        images: usize,
    },
    /// After every batch. `smooth_loss`: debiased exponential mean, beta .98 (fastai). `lr`: the head's group.
    Step {
        epoch: u32,
        step: u64,
        steps: u64,
        loss: f64,
        smooth_loss: f64,
        lr: f64,
        images_per_sec: f64,
        elapsed_secs: f64,
    },
    /// After every epoch (1-based). Accuracies 0 to 1.
    Epoch {
        epoch: u32,
        epochs: u32,
        step: u64,
        /// `None` of what was trained elsewhere.
        train_loss: Option<f64>,
        valid_loss: f64,
        train_accuracy: Option<f64>,
        accuracy: f64,
        /// 95 % of the accuracy, as `report::accuracy_interval` has it; runs of older versions have none.
        #[serde(default)]
        interval: Option<[f64; 2]>,
        valid_n: usize,
        is_best: bool,
        elapsed_secs: f64,
    },
    Finished {
        best_epoch: u32,
        accuracy: f64,
        /// `None` if all epochs were done.
        #[serde(default)]
        stopped: Option<Stopped>,
        elapsed_secs: f64,
    },
    /// By a person, at once; it can be resumed from its last checkpoint.
    Cancelled,
    Failed {
        message: String,
        /// False if going on from the last checkpoint would only fail again.
        #[serde(default)]
        can_resume: bool,
    },
}

impl TrainEvent {
    /// What a person should know of a batch that did not fit; `None` of all other events.
    pub fn batch_text(&self) -> Option<String> {
        let Self::BatchHalved {
            asked,
            batch,
            accumulate,
            needed_bytes,
            available_bytes,
        } = self
        else {
            return None;
        };
        let gib = |bytes: &u64| *bytes as f64 / f64::from(1 << 30);
        Some(format!(
            "batch {batch} with {accumulate} batches to a step instead of batch {asked}, which needs about {:.1} GiB of memory where {:.1} GiB are free: a step learns from as many images",
            gib(needed_bytes),
            gib(available_bytes)
        ))
    }
}

impl TrainEvent {
    /// What was chosen for a head in closed form; `None` of all other events.
    pub fn head_text(&self) -> Option<String> {
        let Self::HeadFitted {
            shrinkage,
            temperature,
            accuracy,
            images,
        } = self
        else {
            return None;
        };
        let judged = match accuracy {
            Some(accuracy) => format!(
                "chosen by cross-validation on the training side, where images of one scene are held out together, accuracy {:.1} % there",
                100.0 * accuracy
            ),
            None => {
                "the usual one, because there are too few scenes or images to choose by".to_owned()
            }
        };
        Some(format!(
            "head fitted in closed form to {}: shrinkage {shrinkage}, temperature {temperature:.2}, {judged}",
            crate::number::counted(*images, "image")
        ))
    }
}

/// Why a run ended before its last epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// By a person.
    Asked,
    /// No better epoch for as many as its patience was.
    NoBetter,
    /// Its time budget was used up.
    TimeBudget,
}

/// What the observer wants next; asked between batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Continue,
    /// Ask again in a moment; nothing is computed meanwhile.
    Pause,
    /// End now, keep best and last weights.
    Stop,
}
