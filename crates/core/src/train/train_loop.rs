//! The loop: batches, epochs, checkpoints, and what the observer asks for.
//!
//! Everything that a run's numbers depend on is in the net, the optimizer and the [`TrainState`]; a checkpoint is the
//! three of them between two batches. So a resumed run is identical to an uninterrupted one.

use std::path::Path;
use std::time::{Duration, Instant};

use super::checkpoint::file::{self, Checkpoint};
use super::checkpoint::state::{Best, TrainState};
use super::data::feed::{BatchPosition, TrainFeed, ValidFeed};
use super::data::fingerprint::Fingerprint;
use super::job::{KeptEpoch, Measured, Watch};
use super::learner::step::{Learner, StepAction};
use super::learner::validation::{Validation, validate};
use super::report::clock::{Clock, Throughput};
use super::report::log_writer::LogWriter;
use super::schedule::lr_schedule::LrSchedule;
use crate::dataset::loader::epoch_batches;
use crate::error::{Error, Result};
use crate::pins::record::Recorder;
use crate::predict::Predictor;
use crate::predict::live::LiveNet;
use crate::progress::Progress;
use crate::report::accuracy_interval;
use crate::run::event::{Flow, Stopped, TrainEvent};
use crate::run::{BestValid, MeasuredImage, RunInfo, files, warnings};

/// How often a paused run asks whether to continue.
const PAUSE_INTERVAL: Duration = Duration::from_millis(50);

/// Settings of the loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoopConfig {
    pub epochs: u32,
    pub batch: usize,
    pub seed: u64,
    /// Batches to a step of the optimizer; the last step of an epoch takes what is left.
    pub accumulate: u64,
    /// Epochs without a better one after which the run ends; 0: it never does.
    pub patience: u32,
    /// Over all sessions.
    pub time_budget: Option<Duration>,
    pub kept: KeptEpoch,
    /// The checkpoint is at most this old.
    pub checkpoint_interval: Duration,
}

/// Where a run happens: its folder and log, and who watches.
pub(super) struct RunContext<'a> {
    pub dir: &'a Path,
    pub info: &'a RunInfo,
    pub watch: &'a Watch,
    pub log: LogWriter,
    pub progress: &'a Progress,
    pub observer: &'a mut dyn FnMut(&TrainEvent) -> Flow,
    pub started: Instant,
    pub files: Fingerprint,
}

pub(super) struct TrainLoop<'a> {
    pub config: LoopConfig,
    pub schedule: LrSchedule,
    pub learner: Learner,
    pub train: TrainFeed,
    pub valid: ValidFeed,
    pub state: TrainState,
    pub clock: Clock,
    pub context: RunContext<'a>,
    /// Of the last epoch that was measured.
    pub last_validation: Vec<Measured>,
    /// Of the pinned images.
    pub recorder: Recorder,
}

impl LoopConfig {
    /// The schedule of a run over `images` training images.
    pub fn schedule(&self, images: usize) -> LrSchedule {
        let batches_per_epoch = epoch_batches(images, self.batch, 0, 0).len() as u64;
        LrSchedule::new(batches_per_epoch, self.epochs, self.accumulate)
    }
}

impl TrainLoop<'_> {
    /// Trains the remaining epochs, or until stopped. A cancelled run can be resumed from here.
    pub fn run(&mut self) -> Result<Best> {
        let result = self.run_epochs();
        if matches!(result, Err(Error::Cancelled)) {
            self.save_checkpoint()?;
        }
        result
    }

    fn run_epochs(&mut self) -> Result<Best> {
        let progress = self.context.progress;
        progress.stage("training", Some(self.schedule.batches));
        progress.set_done(self.batches_done());
        // So that a run that is killed in its first minute can be resumed as well.
        let mut saved = self.save_checkpoint()?;
        // Images that cannot be read are known by now; a kill does not take that with it.
        warnings::add_of_training(self.context.dir, progress.warnings())?;
        while self.state.epoch <= self.config.epochs {
            if self.is_out_of_patience() {
                return self.finish(Some(Stopped::NoBetter));
            }
            if let Some(stopped) = self.run_epoch(&mut saved)? {
                self.save_checkpoint()?;
                if self.state.best.is_none() {
                    // A stop in the first epoch still leaves usable weights; a resume forgets this measurement.
                    self.end_epoch()?;
                }
                return self.finish(Some(stopped));
            }
            self.end_epoch()?;
            self.state.begin_next_epoch();
            saved = self.save_checkpoint()?;
        }
        self.finish(None)
    }

    /// What is left of the current epoch; returns why if it was stopped.
    fn run_epoch(&mut self, saved: &mut Instant) -> Result<Option<Stopped>> {
        let epoch = u64::from(self.state.epoch);
        let n = self.train.image_set().samples().len();
        let plan = epoch_batches(n, self.config.batch, self.config.seed, epoch);
        let remaining = plan.get(self.state.batches_done..).unwrap_or_default();
        self.train.begin_epoch(remaining, epoch)?;
        let mut throughput = Throughput::start();
        for indices in remaining {
            self.context.progress.check()?;
            let event = self.train_batch(indices, &mut throughput)?;
            self.context.log.write(&event)?;
            self.context.progress.set_done(self.batches_done());
            self.offer_net()?;
            let asked = Instant::now();
            if self.ask(&event)? == Flow::Stop {
                return Ok(Some(Stopped::Asked));
            }
            throughput.pause(asked.elapsed());
            self.clock.pause(asked.elapsed());
            if self.is_out_of_time() {
                return Ok(Some(Stopped::TimeBudget));
            }
            if saved.elapsed() >= self.config.checkpoint_interval {
                *saved = self.save_checkpoint()?;
            }
        }
        Ok(None)
    }

    /// Leaves a copy of the net, as it would be measured, if somebody looks at the run.
    fn offer_net(&self) -> Result<()> {
        let RunContext { info, watch, .. } = &self.context;
        watch.live.offer(|| {
            Ok(LiveNet {
                run_id: info.id.clone(),
                epoch: self.state.epoch,
                step: self.batches_done(),
                predictor: Predictor::of(self.learner.measured_copy()?, info),
            })
        })
    }

    /// One batch: data, then forward to update in the [`Learner`], then the state; returns what the log tells of it.
    fn train_batch(
        &mut self,
        indices: &[usize],
        throughput: &mut Throughput,
    ) -> Result<TrainEvent> {
        let number = self.batches_done();
        let position = BatchPosition {
            epoch: u64::from(self.state.epoch),
            batch: number,
        };
        let scheduled = self.schedule.at(number);
        let action = if scheduled.is_step {
            StepAction::Step(scheduled.rates)
        } else {
            StepAction::Accumulate
        };
        let progress = self.context.progress;
        let batch = self.train.next(&self.learner.net, indices, position)?;
        let result = self.learner.learn(&batch, number, action, progress)?;
        let images = indices.len();
        let smooth_loss = self.state.record_batch(result.loss, result.correct, images);
        Ok(TrainEvent::Step {
            epoch: self.state.epoch,
            step: number + 1,
            steps: self.schedule.batches,
            loss: result.loss,
            smooth_loss,
            lr: self.learner.optimizer.head_lr(scheduled.rates),
            images_per_sec: throughput.count(images),
            elapsed_secs: self.clock.elapsed_secs(),
        })
    }

    /// Validates, saves the weights if they are the best, logs the epoch. With a moving average, it is the averaged
    /// weights that are measured and saved.
    fn end_epoch(&mut self) -> Result<()> {
        self.learner.swap_average()?;
        let measured = self.measure();
        // Even after an error: the net goes on learning from its own weights.
        self.learner.swap_average()?;
        let (
            Validation {
                tally,
                images,
                measured,
            },
            is_best,
        ) = measured?;
        self.last_validation = measured;
        let event = TrainEvent::Epoch {
            epoch: self.state.epoch,
            epochs: self.config.epochs,
            step: self.batches_done(),
            train_loss: Some(self.state.tally.loss()),
            valid_loss: tally.loss(),
            train_accuracy: Some(self.state.tally.accuracy()),
            accuracy: tally.accuracy(),
            interval: Some(accuracy_interval(&images)),
            valid_n: tally.n(),
            is_best,
            elapsed_secs: self.clock.elapsed_secs(),
        };
        self.report(&event)
    }

    fn measure(&mut self) -> Result<(Validation, bool)> {
        let batches_done = self.batches_done();
        let net = &self.learner.net;
        let progress = self.context.progress;
        let valid = validate(
            net,
            &mut self.valid,
            self.config.batch,
            batches_done,
            progress,
        )?;
        let (accuracy, loss) = (valid.tally.accuracy(), valid.tally.loss());
        let RunContext {
            dir, info, watch, ..
        } = &self.context;
        let place = (*dir, self.state.epoch);
        let seen = (net, &info.config.preprocess());
        let recorded = self
            .recorder
            .record(place, seen, &watch.pins.get(), progress);
        if let Err(error) = recorded {
            // The run is worth more than what is shown of it.
            progress.warn("pinned images", error.to_string());
        }
        let is_best = match self.config.kept {
            KeptEpoch::Best => self.state.record_validation(accuracy, loss),
            KeptEpoch::Last => self.state.record_last(accuracy, loss),
        };
        if is_best {
            file::save_best(self.context.dir, net, self.state.epoch)?;
            let samples = self.valid.image_set().samples().iter().zip(&valid.images);
            let images = samples.filter_map(|(sample, scored)| {
                Some(MeasuredImage {
                    image: sample.image?,
                    unit: scored.unit,
                    is_correct: scored.is_correct,
                })
            });
            let best = BestValid {
                epoch: self.state.epoch,
                images: images.collect(),
            };
            best.write(self.context.dir)?;
        }
        Ok((valid, is_best))
    }

    fn finish(&mut self, stopped: Option<Stopped>) -> Result<Best> {
        let best = self
            .state
            .best
            .ok_or_else(|| Error::Invalid("no epochs to train; set epochs to at least 1".into()))?;
        let event = TrainEvent::Finished {
            best_epoch: best.epoch,
            accuracy: best.accuracy,
            stopped,
            elapsed_secs: self.clock.elapsed_secs(),
        };
        self.report(&event)?;
        Ok(best)
    }

    fn report(&mut self, event: &TrainEvent) -> Result<()> {
        self.context.log.write(event)?;
        (self.context.observer)(event);
        Ok(())
    }

    /// Shows the event; while the observer pauses, waits and shows it again.
    fn ask(&mut self, event: &TrainEvent) -> Result<Flow> {
        loop {
            match (self.context.observer)(event) {
                Flow::Pause => {
                    self.context.progress.check()?;
                    std::thread::sleep(PAUSE_INTERVAL);
                }
                flow @ (Flow::Continue | Flow::Stop) => return Ok(flow),
            }
        }
    }

    /// Returns when it was saved.
    fn save_checkpoint(&mut self) -> Result<Instant> {
        self.state.steps = self.learner.optimizer.steps();
        self.state.loss_scale = self.learner.loss_scale;
        self.state.elapsed_secs = self.clock.elapsed_secs();
        // The rows must be on the disk before a checkpoint says so.
        self.state.log_bytes = self.context.log.sync()?;
        let checkpoint = Checkpoint {
            state: self.state.clone(),
            net: self.learner.net.state()?,
            optimizer: self.learner.optimizer_state()?,
            path: files::checkpoint(self.context.dir),
        };
        checkpoint.save()?;
        Ok(Instant::now())
    }

    /// Of the whole run.
    fn batches_done(&self) -> u64 {
        let of_epochs = u64::from(self.state.epochs_done()) * self.schedule.batches_per_epoch;
        of_epochs + self.state.batches_done as u64
    }

    fn is_out_of_patience(&self) -> bool {
        let since_best = |best: Best| self.state.epochs_done().saturating_sub(best.epoch);
        let patience = self.config.patience;
        patience > 0
            && self
                .state
                .best
                .is_some_and(|best| since_best(best) >= patience)
    }

    fn is_out_of_time(&self) -> bool {
        let budget = self.config.time_budget;
        budget.is_some_and(|budget| self.clock.elapsed_secs() >= budget.as_secs_f64())
    }
}
