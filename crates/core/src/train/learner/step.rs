//! One batch: forward, loss, backward, and the gradient into the weights or into the sum for a later step.

use std::path::Path;

use candle_core::backprop::GradStore;

use super::loss_scale::LossScale;
use super::metrics::{check_finite, correct_rows, count};
use super::micro_batch::{split, with_fitting_count};
use crate::error::{Error, Result};
use crate::model::weights::State;
use crate::model::{Classifier as _, Mode, Net};
use crate::ops::loss::{SoftTargets, soft_cross_entropy};
use crate::progress::Progress;
use crate::rng::Stream;
use crate::train::data::batch::{FeatureBatch, ImageBatch, Labels, TrainBatch};
use crate::train::optimizer::adamw::{AdamW, Steps};
use crate::train::optimizer::ema::WeightAverage;
use crate::train::schedule::one_cycle::Rates;

/// Keeps dropout's random stream apart from those of other uses of the seed.
const DROPOUT_KEY: u64 = 0x6472_6f70;

/// The net with its optimizer.
pub(crate) struct Learner {
    pub net: Net,
    pub optimizer: AdamW,
    pub seed: u64,
    pub label_smoothing: f32,
    /// Of the training loss, by class; `None`: all count the same.
    pub class_weights: Option<Vec<f32>>,
    pub average: Option<WeightAverage>,
    /// Only with feature maps of f16, whose gradients are too small otherwise.
    pub loss_scale: Option<LossScale>,
    /// How many micro-batches a batch of images is split into, see [`super::micro_batch`].
    pub micro_batches: usize,
}

/// What is done with a batch's gradient.
#[derive(Clone, Copy, Debug)]
pub(crate) enum StepAction {
    /// It is added to those of the next batches.
    Accumulate,
    /// The optimizer steps.
    Step(Rates),
}

/// What a batch showed before the net learned from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchResult {
    /// Mean over the images.
    pub loss: f64,
    pub correct: usize,
}

/// Names the dropout of a forward pass; both from 0.
#[derive(Clone, Copy, Debug)]
struct DropoutKey {
    /// Counted since the run's start.
    batch: u64,
    micro_batch: u64,
}

impl DropoutKey {
    fn stream(self, seed: u64) -> Stream {
        let key = [DROPOUT_KEY, self.batch, self.micro_batch];
        // The first micro-batch has the key that a whole batch has.
        let key = if self.micro_batch == 0 {
            &key[..2]
        } else {
            &key
        };
        Stream::new(seed, key)
    }
}

impl Learner {
    /// Learns from one batch, in as many micro-batches as the device's memory asks for. `number` counts batches since
    /// the run's start, from 0.
    ///
    /// # Errors
    /// [`Error::Diverged`] if the loss is not finite; the weights are then as before. That the memory is used up if even
    /// two images at a time do not fit.
    pub fn learn(
        &mut self,
        batch: &TrainBatch,
        number: u64,
        action: StepAction,
        progress: &Progress,
    ) -> Result<BatchResult> {
        match batch {
            TrainBatch::Features(features) => {
                let key = DropoutKey {
                    batch: number,
                    micro_batch: 0,
                };
                self.learn_features(features, key, action)
            }
            TrainBatch::Images(parts) => self.learn_images(parts, number, action, progress),
        }
    }

    /// Tries again with smaller micro-batches when the device's memory runs out.
    fn learn_images(
        &mut self,
        parts: &[ImageBatch],
        number: u64,
        action: StepAction,
        progress: &Progress,
    ) -> Result<BatchResult> {
        let mut count = self.micro_batches;
        let images = parts.iter().map(|part| part.labels.len()).sum();
        let result = with_fitting_count(images, &mut count, progress, |count| {
            let accumulated = self.optimizer.accumulated();
            let result = self.learn_micro_batches(parts, count, number, action);
            if result.as_ref().is_err_and(Error::is_out_of_memory) {
                self.optimizer.set_accumulated(accumulated);
                self.net.release_memory();
            }
            result
        });
        self.micro_batches = count;
        result
    }

    /// The gradients of all micro-batches but the last are accumulated; `action` is for the last one. Images of different
    /// sizes cannot go through the net together, so each part is a micro-batch at least.
    fn learn_micro_batches(
        &mut self,
        parts: &[ImageBatch],
        count: usize,
        number: u64,
        action: StepAction,
    ) -> Result<BatchResult> {
        let images: usize = parts.iter().map(|part| part.labels.len()).sum();
        let mut micro_batches = Vec::new();
        for part in parts {
            micro_batches.extend(split(part, count)?);
        }
        let last = micro_batches.len().saturating_sub(1);
        let (mut loss, mut correct) = (0.0, 0);
        for (index, micro_batch) in micro_batches.into_iter().enumerate() {
            let features = FeatureBatch {
                map: self.net.features(&micro_batch.input, Mode::Train)?,
                labels: micro_batch.labels,
            };
            let key = DropoutKey {
                batch: number,
                micro_batch: index as u64,
            };
            let action = if index == last {
                action
            } else {
                StepAction::Accumulate
            };
            let result = self.learn_features(&features, key, action)?;
            loss += result.loss * features.labels.len() as f64 / images as f64;
            correct += result.correct;
        }
        Ok(BatchResult { loss, correct })
    }

    /// Head, loss, backward, update.
    fn learn_features(
        &mut self,
        features: &FeatureBatch,
        key: DropoutKey,
        action: StepAction,
    ) -> Result<BatchResult> {
        let mut dropout = key.stream(self.seed);
        let logits = self.net.head(&features.map, Some(&mut dropout))?;
        let targets = self.soft_targets(&features.labels, logits.dim(1)?)?;
        let losses = soft_cross_entropy(&logits, &targets, self.class_weights.as_deref())?;
        let mean = losses.mean_all()?;
        let loss = f64::from(mean.to_scalar::<f32>()?);
        check_finite(loss, "training", key.batch + 1)?;
        let result = BatchResult {
            loss,
            correct: count(&correct_rows(&logits, &features.labels.targets)?),
        };
        let gradients = match &mut self.loss_scale {
            Some(scale) => {
                let mut gradients = self.net.backward(&(mean * scale.factor())?)?;
                if !scale.unscale(&mut gradients, &self.net.trainable())? {
                    // The gradient of this batch is lost; accumulated ones wait for the next.
                    return Ok(result);
                }
                gradients
            }
            None => self.net.backward(&mean)?,
        };
        self.update(&gradients, features.labels.len(), action)?;
        Ok(result)
    }

    fn update(&mut self, gradients: &GradStore, images: usize, action: StepAction) -> Result<()> {
        match action {
            StepAction::Accumulate => self.optimizer.accumulate(gradients, images),
            StepAction::Step(rates) => {
                self.optimizer.step(gradients, images, rates)?;
                match &mut self.average {
                    Some(average) => average.update(self.optimizer.steps().done),
                    None => Ok(()),
                }
            }
        }
    }

    fn soft_targets(&self, labels: &Labels, classes: usize) -> Result<SoftTargets> {
        let soft = |targets: &[u32], weights: Option<&[f32]>| {
            let soft = SoftTargets::new(targets, classes, self.label_smoothing)?;
            Ok::<_, candle_core::Error>(match weights {
                Some(weights) => soft.weighted(weights),
                None => soft,
            })
        };
        let own = soft(&labels.targets, labels.weights.as_deref())?;
        Ok(match &labels.mix {
            Some(mix) => own.mixed(&soft(&mix.targets, mix.weights.as_deref())?, mix.share),
            None => own,
        })
    }

    /// Exchanges the net's weights and their average; does nothing without an average.
    pub fn swap_average(&mut self) -> Result<()> {
        self.average.as_mut().map_or(Ok(()), WeightAverage::swap)
    }

    /// A copy of the net that nothing changes, with the averaged weights where there is an average.
    pub fn measured_copy(&self) -> Result<Net> {
        let net = self.net.frozen_copy()?;
        if let Some(average) = &self.average {
            average.write_to(&net)?;
        }
        Ok(net)
    }

    /// Tensors of optimizer and average, which a resumed run needs beside the net.
    pub fn optimizer_state(&self) -> Result<State> {
        let mut state = self.optimizer.state()?;
        if let Some(average) = &self.average {
            state.extend(average.state()?);
        }
        Ok(state)
    }

    /// Restores what [`Learner::optimizer_state`] returned; `path` is for messages.
    ///
    /// # Errors
    /// As [`AdamW::load_state`].
    pub fn load_optimizer_state(&mut self, state: &State, steps: Steps, path: &Path) -> Result<()> {
        self.optimizer.load_state(state, steps, path)?;
        match &mut self.average {
            Some(average) => average.load_state(state, path),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::*;
    use crate::model::{Arch, Freeze, HeadKind, build};

    #[test]
    fn two_micro_batches_make_the_step_of_one_batch() {
        let mut stream = Stream::new(1, &[]);
        let values: Vec<f32> = (0..6 * 3 * 32 * 32)
            .map(|_| (stream.normal() as f32 * 0.2 + 0.5) * 2.0 - 1.0)
            .collect();
        let batch = TrainBatch::Images(vec![ImageBatch {
            input: Tensor::from_vec(values, (6, 3, 32, 32), &Device::Cpu).unwrap(),
            labels: Labels::plain(vec![0, 1, 2, 2, 1, 0]),
        }]);
        let rates = Rates {
            lr_fraction: 1.0,
            momentum: 0.9,
        };
        let [whole, halves] = [1, 2].map(|micro_batches| {
            let mut net = build(Arch::default(), HeadKind::Linear, 3, 0).unwrap();
            net.set_frozen(Freeze::Statistics);
            let mut learner = Learner {
                optimizer: AdamW::new(net.trainable(), [1e-3, 1e-2], true).unwrap(),
                net,
                seed: 0,
                label_smoothing: 0.0,
                class_weights: None,
                average: None,
                loss_scale: None,
                micro_batches,
            };
            // The first step moves the head off its zeros, so that the second reaches the backbone.
            let results = [0, 1].map(|number| {
                let action = StepAction::Step(rates);
                let result = learner.learn(&batch, number, action, &Progress::silent());
                result.unwrap()
            });
            assert_eq!(learner.optimizer.steps().done, 2);
            (results, learner)
        });
        for (a, b) in whole.0.iter().zip(&halves.0) {
            assert!((a.loss - b.loss).abs() < 1e-5, "{a:?} {b:?}");
            assert_eq!(a.correct, b.correct);
        }
        let gradients_agree = |name: &str| {
            let moment = |learner: &Learner| -> Vec<f32> {
                let state = learner.optimizer_state().unwrap();
                state[name].flatten_all().unwrap().to_vec1().unwrap()
            };
            let (a, b) = (moment(&whole.1), moment(&halves.1));
            let size = a.iter().fold(0f32, |size, v| size.max(v.abs()));
            assert!(size > 0.0, "{name}");
            a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-3 * size)
        };
        for name in ["m.classifier.weight", "m.conv_stem.weight"] {
            assert!(gradients_agree(name), "{name}");
        }
    }
}
