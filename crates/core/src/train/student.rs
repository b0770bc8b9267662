//! The net while it learns: one batch forward, back and down the gradient; or all of validation.

use std::path::Path;

use candle_core::Tensor;

use super::average::WeightAverage;
use super::feed::{Features, ValidFeed};
use super::loss_scale::LossScale;
use super::metric::Tally;
use super::optimizer::{Optimizer, Steps};
use super::schedule::Rates;
use crate::error::{Error, Result};
use crate::model::weights::State;
use crate::model::{Classifier as _, Net};
use crate::ops::loss::{SoftTargets, cross_entropy, soft_cross_entropy};
use crate::progress::Progress;
use crate::report::Scored;
use crate::rng::Stream;

/// Keeps dropout's stream apart from those of other uses of the seed.
const DROPOUT_KEY: u64 = 0x6472_6f70;

pub(super) struct Student {
    pub net: Net,
    pub optimizer: Optimizer,
    pub seed: u64,
    pub label_smoothing: f32,
    /// Of the training loss; `None`: every class counts as often as it comes.
    pub class_weights: Option<Vec<f32>>,
    pub average: Option<WeightAverage>,
    /// Only with maps of f16, whose gradients are too small for it otherwise.
    pub loss_scale: Option<LossScale>,
    /// What a batch of pictures is cut into, see [`super::parts`].
    pub parts: usize,
}

/// What is done with a batch's gradient.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// It waits for those of the next batches.
    Hold,
    Step(Rates),
}

/// What a batch said before the net learned from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchResult {
    /// Mean over the pictures.
    pub loss: f64,
    pub correct: usize,
}

/// What all of validation said.
pub(super) struct Validated {
    pub tally: Tally,
    /// In the order of the set.
    pub pictures: Vec<Scored>,
}

impl Student {
    /// Learns from one batch, or a part of it. The number of the batch since the run's start and that of its part, both
    /// from 0, name the dropout.
    ///
    /// # Errors
    /// [`Error::Diverged`] if the loss is not finite; the weights are then as before.
    pub fn learn(
        &mut self,
        features: &Features,
        (batch, part): (u64, u64),
        then: Then,
    ) -> Result<BatchResult> {
        let key = [DROPOUT_KEY, batch, part];
        let key = if part == 0 { &key[..2] } else { &key };
        let mut stream = Stream::new(self.seed, key);
        let logits = self.net.head(&features.map, Some(&mut stream))?;
        let targets = self.targets(features, logits.dim(1)?)?;
        let losses = soft_cross_entropy(&logits, &targets, self.class_weights.as_deref())?;
        let mean = losses.mean_all()?;
        let loss = f64::from(mean.to_scalar::<f32>()?);
        check_finite(loss, "training", batch + 1)?;
        let result = BatchResult {
            loss,
            correct: correct_rows(&logits, &features.targets)?
                .into_iter()
                .filter(|is_correct| *is_correct)
                .count(),
        };
        let mut gradients = match &self.loss_scale {
            Some(scale) => self.net.backward(&(mean * scale.factor())?)?,
            None => self.net.backward(&mean)?,
        };
        if let Some(scale) = &mut self.loss_scale
            && !scale.take_off(&mut gradients, &self.net.trainable())?
        {
            // The gradient of this batch is lost; held ones wait for the next.
            return Ok(result);
        }
        let images = features.targets.len();
        match then {
            Then::Hold => self.optimizer.hold(&gradients, images)?,
            Then::Step(rates) => {
                self.optimizer.step(&gradients, images, rates)?;
                if let Some(average) = &mut self.average {
                    average.follow(self.optimizer.steps().done)?;
                }
            }
        }
        Ok(result)
    }

    fn targets(&self, features: &Features, classes: usize) -> Result<SoftTargets> {
        let soft = |targets: &[u32]| SoftTargets::new(targets, classes, self.label_smoothing);
        let own = soft(&features.targets)?;
        Ok(match &features.mix {
            Some(mix) => own.mixed(&soft(&mix.targets)?, mix.share),
            None => own,
        })
    }

    /// Puts the averaged weights into the net and the learned ones aside, or back; nothing without an average.
    pub fn swap_average(&mut self) -> Result<()> {
        self.average.as_mut().map_or(Ok(()), WeightAverage::swap)
    }

    /// What must be kept beside the net to go on exactly.
    pub fn learning(&self) -> Result<State> {
        let mut state = self.optimizer.state()?;
        if let Some(average) = &self.average {
            state.extend(average.state()?);
        }
        Ok(state)
    }

    /// Takes back what [`Student::learning`] gave.
    ///
    /// # Errors
    /// As [`Optimizer::load_state`].
    pub fn load_learning(&mut self, state: &State, steps: Steps, path: &Path) -> Result<()> {
        self.optimizer.load_state(state, steps, path)?;
        match &mut self.average {
            Some(average) => average.load_state(state, path),
            None => Ok(()),
        }
    }

    /// Plain cross entropy and accuracy over all of `valid`, `batch` pictures at a time. `step` is for messages.
    ///
    /// # Errors
    /// [`Error::Diverged`] if the loss is not finite; [`Error::Cancelled`].
    pub fn validate(
        &self,
        valid: &mut ValidFeed,
        batch: usize,
        step: u64,
        progress: &Progress,
    ) -> Result<Validated> {
        let n = valid.pictures().samples().len();
        let order: Vec<usize> = (0..n).collect();
        let mut tally = Tally::default();
        let mut answers = Vec::with_capacity(n);
        for indices in order.chunks(batch.max(1)) {
            progress.check()?;
            let features = valid.get(&self.net, indices)?;
            let logits = self.net.head(&features.map, None)?;
            let mean = cross_entropy(&logits, &features.targets, 0.0)?.mean_all()?;
            let correct = correct_rows(&logits, &features.targets)?;
            let hits = correct.iter().filter(|is_correct| **is_correct).count();
            tally.add(f64::from(mean.to_scalar::<f32>()?), hits, indices.len());
            answers.extend(correct);
        }
        valid.end_pass();
        check_finite(tally.loss(), "validation", step)?;
        let samples = valid.pictures().samples().iter();
        Ok(Validated {
            tally,
            pictures: samples
                .zip(answers)
                .map(|(sample, is_correct)| Scored {
                    unit: sample.unit,
                    is_correct,
                })
                .collect(),
        })
    }
}

fn check_finite(loss: f64, side: &str, batch: u64) -> Result<()> {
    if loss.is_finite() {
        return Ok(());
    }
    Err(Error::Diverged(format!(
        "the {side} loss is {loss} at batch {batch}"
    )))
}

/// Of each row of `logits`, `(N, classes)`: whether its largest value is at the target.
fn correct_rows(logits: &Tensor, targets: &[u32]) -> Result<Vec<bool>> {
    let answers: Vec<u32> = logits.argmax(1)?.to_vec1()?;
    Ok(answers.iter().zip(targets).map(|(a, b)| a == b).collect())
}
