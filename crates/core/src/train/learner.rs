//! The loop: batches, epochs, checkpoints, and the observer's wishes.
//!
//! Everything that a run's numbers depend on is in the net, the optimizer and the [`Standing`]; a checkpoint is the
//! three of them between two batches. So a run that goes on from one cannot be told from one that was never cut off.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::checkpoint::{self, Best, Checkpoint, Standing};
use super::course::Course;
use super::event::{Flow, Stopped, TrainEvent};
use super::feed::{TrainFeed, ValidFeed};
use super::log_writer::LogWriter;
use super::metric::Tally;
use super::student::{Student, Then, Validated};
use crate::dataset::loader::epoch_batches;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::report::{INTERVAL_SEED, accuracy_interval};

/// How often a paused run asks whether to go on.
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
    /// Over all sittings.
    pub time_budget: Option<Duration>,
    /// The checkpoint is at most this old.
    pub checkpoint_interval: Duration,
}

pub(super) struct Learner<'a> {
    pub config: LoopConfig,
    pub student: Student,
    pub train: TrainFeed,
    pub valid: ValidFeed,
    pub standing: Standing,
    pub dir: PathBuf,
    pub log: LogWriter,
    pub progress: &'a Progress,
    pub observer: &'a mut dyn FnMut(&TrainEvent) -> Flow,
    pub clock: Clock,
}

/// Seconds of work over all sittings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    before_secs: f64,
    started: Instant,
}

impl Clock {
    pub fn going_on(before_secs: f64, started: Instant) -> Self {
        Self {
            before_secs,
            started,
        }
    }

    fn elapsed_secs(self) -> f64 {
        self.before_secs + self.started.elapsed().as_secs_f64()
    }
}

impl Learner<'_> {
    /// Trains what is left of all epochs, or until stopped. A cancelled run can go on from here.
    pub fn run(&mut self) -> Result<Best> {
        let result = self.epochs();
        if matches!(result, Err(Error::Cancelled)) {
            self.save_last()?;
        }
        result
    }

    fn epochs(&mut self) -> Result<Best> {
        let course = self.course();
        self.progress.stage("training", Some(course.batches));
        self.progress.set_done(self.batches_done(course));
        // A run that is killed before its first minute is over can be resumed as well.
        let mut saved = self.save_last()?;
        while self.standing.epoch <= self.config.epochs {
            if self.is_out_of_patience() {
                return self.finish(Some(Stopped::NoBetter));
            }
            if let Some(stopped) = self.pass(course, &mut saved)? {
                self.save_last()?;
                if self.standing.best.is_none() {
                    // A stop in the first epoch still leaves usable weights; a resume forgets this measurement.
                    self.measure(course)?;
                }
                return self.finish(Some(stopped));
            }
            self.measure(course)?;
            self.standing.epoch += 1;
            self.standing.batches_done = 0;
            self.standing.tally = Tally::default();
            saved = self.save_last()?;
        }
        self.finish(None)
    }

    fn is_out_of_patience(&self) -> bool {
        let epochs_done = self.standing.epoch.saturating_sub(1);
        self.config.patience > 0
            && self
                .standing
                .best
                .is_some_and(|best| epochs_done.saturating_sub(best.epoch) >= self.config.patience)
    }

    fn is_out_of_time(&self) -> bool {
        self.config
            .time_budget
            .is_some_and(|budget| self.clock.elapsed_secs() >= budget.as_secs_f64())
    }

    fn course(&self) -> Course {
        let n = self.train.pictures().samples().len();
        let batches_per_epoch = epoch_batches(n, self.config.batch, 0, 0).len() as u64;
        Course::new(
            batches_per_epoch,
            self.config.epochs,
            self.config.accumulate,
        )
    }

    fn batches_done(&self, course: Course) -> u64 {
        let epochs_done = u64::from(self.standing.epoch.saturating_sub(1));
        epochs_done * course.batches_per_epoch + self.standing.batches_done as u64
    }

    /// What is left of the epoch in hand; tells why if it was stopped.
    fn pass(&mut self, course: Course, saved: &mut Instant) -> Result<Option<Stopped>> {
        let epoch = self.standing.epoch;
        let n = self.train.pictures().samples().len();
        let plan = epoch_batches(n, self.config.batch, self.config.seed, u64::from(epoch));
        let left = plan.get(self.standing.batches_done..).unwrap_or_default();
        self.train.begin_epoch(left, u64::from(epoch))?;
        let (begun, mut paused, mut images) = (Instant::now(), Duration::ZERO, 0);
        for indices in left {
            self.progress.check()?;
            let step = self.batches_done(course);
            let (rates, is_step) = course.at(step);
            let then = if is_step {
                Then::Step(rates)
            } else {
                Then::Hold
            };
            let fed = self
                .train
                .next(&self.student.net, indices, (u64::from(epoch), step))?;
            let result = self.student.learn_from(&fed, step, then, self.progress)?;
            images += indices.len();
            self.standing.batches_done += 1;
            self.standing
                .tally
                .add(result.loss, result.correct, indices.len());
            let busy = begun.elapsed().saturating_sub(paused).as_secs_f64();
            let event = TrainEvent::Step {
                epoch,
                step: step + 1,
                steps: course.batches,
                loss: result.loss,
                smooth_loss: self.standing.smooth.add(result.loss),
                lr: self.student.optimizer.head_lr(rates),
                images_per_sec: images as f64 / busy.max(1e-9),
                elapsed_secs: self.clock.elapsed_secs(),
            };
            self.log.write(&event)?;
            self.progress.set_done(step + 1);
            let asked = Instant::now();
            if self.ask(&event)? == Flow::Stop {
                return Ok(Some(Stopped::Asked));
            }
            paused += asked.elapsed();
            if self.is_out_of_time() {
                return Ok(Some(Stopped::TimeBudget));
            }
            if saved.elapsed() >= self.config.checkpoint_interval {
                *saved = self.save_last()?;
            }
        }
        Ok(None)
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

    /// Validates, keeps the weights if they are the best, writes the epoch's row. With an average, it is that which is
    /// measured and kept.
    fn measure(&mut self, course: Course) -> Result<()> {
        let step = self.batches_done(course);
        self.student.swap_average()?;
        let measured = self.validate(step);
        // Whatever came of it: the net goes on learning from its own weights.
        self.student.swap_average()?;
        let (Validated { tally, pictures }, is_best) = measured?;
        let event = TrainEvent::Epoch {
            epoch: self.standing.epoch,
            epochs: self.config.epochs,
            step,
            train_loss: self.standing.tally.loss(),
            valid_loss: tally.loss(),
            train_accuracy: Some(self.standing.tally.accuracy()),
            accuracy: tally.accuracy(),
            interval: Some(accuracy_interval(&pictures, INTERVAL_SEED)),
            valid_n: tally.n(),
            is_best,
            elapsed_secs: self.clock.elapsed_secs(),
        };
        self.log.write(&event)?;
        (self.observer)(&event);
        Ok(())
    }

    fn validate(&mut self, step: u64) -> Result<(Validated, bool)> {
        let valid =
            self.student
                .validate(&mut self.valid, self.config.batch, step, self.progress)?;
        let (accuracy, valid_loss) = (valid.tally.accuracy(), valid.tally.loss());
        let is_best = self.standing.best.is_none_or(|best| {
            accuracy > best.accuracy || (accuracy >= best.accuracy && valid_loss < best.valid_loss)
        });
        if is_best {
            checkpoint::save_best(&self.dir, &self.student.net)?;
            self.standing.best = Some(Best {
                epoch: self.standing.epoch,
                accuracy,
                valid_loss,
            });
        }
        Ok((valid, is_best))
    }

    fn finish(&mut self, stopped: Option<Stopped>) -> Result<Best> {
        let best = self
            .standing
            .best
            .ok_or_else(|| Error::Invalid("no epochs to train; set epochs to at least 1".into()))?;
        let event = TrainEvent::Finished {
            best_epoch: best.epoch,
            accuracy: best.accuracy,
            stopped,
            elapsed_secs: self.clock.elapsed_secs(),
        };
        self.log.write(&event)?;
        (self.observer)(&event);
        Ok(best)
    }

    /// Returns when.
    fn save_last(&mut self) -> Result<Instant> {
        self.standing.steps = self.student.optimizer.steps();
        self.standing.loss_scale = self.student.loss_scale;
        self.standing.elapsed_secs = self.clock.elapsed_secs();
        // The rows must be on the disk before a checkpoint says so.
        self.standing.log_bytes = self.log.sync()?;
        let checkpoint = Checkpoint {
            standing: self.standing.clone(),
            net: self.student.net.state()?,
            learning: self.student.learning()?,
            path: checkpoint::path(&self.dir),
        };
        checkpoint.save()?;
        Ok(Instant::now())
    }
}
