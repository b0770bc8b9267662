//! The loop: batches, epochs, validation, checkpoints, and the observer's wishes.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use candle_core::Tensor;

use super::checkpoint::{self, Position};
use super::event::{Flow, TrainEvent};
use super::feed::{Features, TrainFeed, ValidFeed};
use super::metric::{SmoothLoss, Tally};
use super::optimizer::Optimizer;
use super::run_log::LogWriter;
use super::schedule::OneCycle;
use crate::dataset::loader::epoch_batches;
use crate::error::{Error, Result};
use crate::model::{Classifier as _, Net};
use crate::ops::loss::cross_entropy;
use crate::progress::Progress;
use crate::rng::Stream;

/// `last/` is at most this old.
const CHECKPOINT_INTERVAL: Duration = Duration::from_mins(1);
/// How often a paused run asks whether to go on.
const PAUSE_INTERVAL: Duration = Duration::from_millis(50);
/// Keeps dropout's stream apart from those of other uses of the seed.
const DROPOUT_KEY: u64 = 0x6472_6f70;

/// Settings of the loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopConfig {
    pub epochs: u32,
    pub batch: usize,
    pub seed: u64,
    pub label_smoothing: f32,
}

pub(super) struct Learner<'a> {
    pub config: LoopConfig,
    pub net: Net,
    pub optimizer: Optimizer,
    pub train: TrainFeed,
    pub valid: ValidFeed,
    pub dir: PathBuf,
    pub log: LogWriter,
    pub progress: &'a Progress,
    pub observer: &'a mut dyn FnMut(&TrainEvent) -> Flow,
    pub started: Instant,
}

/// The best epoch so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Best {
    pub epoch: u32,
    pub accuracy: f64,
    valid_loss: f64,
}

/// One epoch's training, as far as it went.
struct EpochPass {
    tally: Tally,
    batches_done: usize,
    is_stopped: bool,
}

impl Learner<'_> {
    /// Trains all epochs, or until stopped.
    pub fn run(&mut self) -> Result<Best> {
        let n = self.train.pictures().samples().len();
        let batches = epoch_batches(n, self.config.batch, 0, 0).len() as u64;
        let steps = batches * u64::from(self.config.epochs);
        let cycle = OneCycle::new(steps);
        self.progress.stage("training", Some(steps));
        let mut best: Option<Best> = None;
        let mut smooth = SmoothLoss::default();
        let mut saved = Instant::now();
        for epoch in 1..=self.config.epochs {
            let pass = self.pass(epoch, cycle, steps, &mut smooth, &mut saved)?;
            // A stop in the first epoch still leaves usable weights.
            if !pass.is_stopped || best.is_none() {
                self.measure(epoch, pass.tally, &mut best)?;
                self.save_last(epoch, pass.batches_done)?;
                saved = Instant::now();
            }
            if pass.is_stopped {
                return self.finish(best, true);
            }
        }
        self.finish(best, false)
    }

    fn pass(
        &mut self,
        epoch: u32,
        cycle: OneCycle,
        steps: u64,
        smooth: &mut SmoothLoss,
        saved: &mut Instant,
    ) -> Result<EpochPass> {
        let n = self.train.pictures().samples().len();
        let plan = epoch_batches(n, self.config.batch, self.config.seed, u64::from(epoch));
        self.train.begin_epoch(&plan, u64::from(epoch))?;
        let mut pass = EpochPass {
            tally: Tally::default(),
            batches_done: 0,
            is_stopped: false,
        };
        let (begun, mut paused) = (Instant::now(), Duration::ZERO);
        for (done, indices) in plan.iter().enumerate() {
            self.progress.check()?;
            let step = u64::from(epoch - 1) * plan.len() as u64 + done as u64;
            let rates = cycle.at(step);
            let features = self.train.next(&self.net, indices, u64::from(epoch))?;
            let (loss, correct) = self.learn(&features, step, cycle)?;
            pass.tally.add(loss, correct, indices.len());
            pass.batches_done = done + 1;
            let busy = begun.elapsed().saturating_sub(paused).as_secs_f64();
            let event = TrainEvent::Step {
                epoch,
                step: step + 1,
                steps,
                loss,
                smooth_loss: smooth.add(loss),
                lr: self.optimizer.head_lr(rates),
                images_per_sec: pass.tally.n() as f64 / busy.max(1e-9),
                elapsed_secs: self.started.elapsed().as_secs_f64(),
            };
            self.log.write(&event)?;
            self.progress.set_done(step + 1);
            let asked = Instant::now();
            pass.is_stopped = self.ask(&event)? == Flow::Stop;
            paused += asked.elapsed();
            if pass.is_stopped {
                self.save_last(epoch, done + 1)?;
                break;
            }
            if saved.elapsed() > CHECKPOINT_INTERVAL {
                self.save_last(epoch, done + 1)?;
                *saved = Instant::now();
            }
        }
        Ok(pass)
    }

    /// Shows the event; while the answer is to pause, waits and shows it again.
    fn ask(&mut self, event: &TrainEvent) -> Result<Flow> {
        loop {
            match (self.observer)(event) {
                Flow::Pause => {
                    self.progress.check()?;
                    std::thread::sleep(PAUSE_INTERVAL);
                }
                flow @ (Flow::Continue | Flow::Stop) => return Ok(flow),
            }
        }
    }

    /// One step down the gradient; returns the mean loss and the number of right answers before it.
    fn learn(&mut self, features: &Features, step: u64, cycle: OneCycle) -> Result<(f64, usize)> {
        let mut stream = Stream::new(self.config.seed, &[DROPOUT_KEY, step]);
        let logits = self.net.head(&features.map, Some(&mut stream))?;
        let losses = cross_entropy(&logits, &features.targets, self.config.label_smoothing)?;
        let loss = losses.mean_all()?;
        let value = f64::from(loss.to_scalar::<f32>()?);
        check_finite(value, "training", step + 1)?;
        let gradients = loss.backward()?;
        self.optimizer.step(&gradients, cycle.at(step))?;
        Ok((value, count_correct(&logits, &features.targets)?))
    }

    fn measure(&mut self, epoch: u32, train: Tally, best: &mut Option<Best>) -> Result<()> {
        let valid = self.validate()?;
        let (accuracy, valid_loss) = (valid.accuracy(), valid.loss());
        check_finite(valid_loss, "validation", self.optimizer.steps_done())?;
        let is_best = best.is_none_or(|best| {
            accuracy > best.accuracy || (accuracy >= best.accuracy && valid_loss < best.valid_loss)
        });
        if is_best {
            checkpoint::save_best(&self.dir, &self.net)?;
            *best = Some(Best {
                epoch,
                accuracy,
                valid_loss,
            });
        }
        let event = TrainEvent::Epoch {
            epoch,
            epochs: self.config.epochs,
            step: self.optimizer.steps_done(),
            train_loss: train.loss(),
            valid_loss,
            train_accuracy: Some(train.accuracy()),
            accuracy,
            valid_n: valid.n(),
            is_best,
            elapsed_secs: self.started.elapsed().as_secs_f64(),
        };
        self.log.write(&event)?;
        (self.observer)(&event);
        Ok(())
    }

    fn validate(&mut self) -> Result<Tally> {
        let n = self.valid.pictures().samples().len();
        let order: Vec<usize> = (0..n).collect();
        let mut tally = Tally::default();
        for indices in order.chunks(self.config.batch.max(1)) {
            self.progress.check()?;
            let features = self.valid.get(&self.net, indices)?;
            let logits = self.net.head(&features.map, None)?;
            let loss = cross_entropy(&logits, &features.targets, 0.0)?.mean_all()?;
            let loss = f64::from(loss.to_scalar::<f32>()?);
            tally.add(
                loss,
                count_correct(&logits, &features.targets)?,
                indices.len(),
            );
        }
        Ok(tally)
    }

    fn finish(&mut self, best: Option<Best>, stopped_early: bool) -> Result<Best> {
        let best = best
            .ok_or_else(|| Error::Invalid("no epochs to train; set epochs to at least 1".into()))?;
        let event = TrainEvent::Finished {
            best_epoch: best.epoch,
            accuracy: best.accuracy,
            stopped_early,
            elapsed_secs: self.started.elapsed().as_secs_f64(),
        };
        self.log.write(&event)?;
        (self.observer)(&event);
        Ok(best)
    }

    fn save_last(&self, epoch: u32, batches_done: usize) -> Result<()> {
        let position = Position {
            epoch,
            batches_done,
            step: self.optimizer.steps_done(),
        };
        checkpoint::save_last(&self.dir, &self.net, &self.optimizer, position)
    }
}

fn check_finite(loss: f64, side: &str, step: u64) -> Result<()> {
    if loss.is_finite() {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "the {side} loss is {loss} at batch {step}, so the weights are spoilt from here on; train again with a lower learning rate (the best weights before this are kept)"
    )))
}

/// Rows of `logits`, `(N, classes)`, whose largest value is at the target.
fn count_correct(logits: &Tensor, targets: &[u32]) -> Result<usize> {
    let answers: Vec<u32> = logits.argmax(1)?.to_vec1()?;
    Ok(answers.iter().zip(targets).filter(|(a, b)| a == b).count())
}
