//! How long work reports itself: stage, done of total, warnings; and how it is cancelled.
//!
//! Library functions are synchronous and take `&Progress`. A front end either pulls [`Progress::state`] whenever it
//! draws, or is called back about ten times a second.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::error::{Error, Result};

/// Call-backs are at least this far apart, so that inner loops may report every item.
const MIN_REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// Something that went wrong with one item while the rest went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is about, mostly a path relative to what was imported.
    pub subject: String,
    /// One line: what is wrong with it.
    pub message: String,
}

/// An image of the work at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProgressState {
    /// What is being done, as a present participle: "extracting drakes.mp4".
    pub stage: String,
    pub done: u64,
    /// `None` while the amount of work is not known.
    pub total: Option<u64>,
    /// Since this stage began.
    pub elapsed_secs: f64,
    pub warnings: usize,
}

impl ProgressState {
    /// Done part of the stage, 0 to 1.
    pub fn fraction(&self) -> Option<f32> {
        let total = self.total.filter(|total| *total > 0)?;
        Some((self.done as f32 / total as f32).min(1.0))
    }

    /// Seconds left if the rest goes like what is done; `None` before there is anything to go by.
    pub fn eta_secs(&self) -> Option<f64> {
        let fraction = f64::from(self.fraction()?);
        (fraction > 0.0 && self.elapsed_secs > 0.5)
            .then(|| self.elapsed_secs * (1.0 - fraction) / fraction)
    }
}

type Observer = Box<dyn Fn(&ProgressState) + Send + Sync>;

struct Stage {
    name: String,
    total: Option<u64>,
    started: Instant,
    reported: Option<Instant>,
}

struct Shared {
    cancelled: Arc<AtomicBool>,
    done: AtomicU64,
    stage: Mutex<Stage>,
    warnings: Mutex<Vec<Warning>>,
    observer: Option<Observer>,
    /// What it is a part of, and what the part is called there.
    whole: Option<(Progress, String)>,
}

/// A cheap handle; clones share one state, so any clone can cancel the work.
#[derive(Clone)]
pub struct Progress(Arc<Shared>);

impl Default for Progress {
    fn default() -> Self {
        Self::silent()
    }
}

impl Progress {
    /// Nobody is called back; the state can still be pulled and the work cancelled.
    pub fn silent() -> Self {
        Self::build(None, None)
    }

    /// `observer` is called at each new stage and at most ten times a second in between.
    pub fn new(observer: impl Fn(&ProgressState) + Send + Sync + 'static) -> Self {
        Self::build(Some(Box::new(observer)), None)
    }

    /// For a part of this work that has stages and warnings of its own: its stages are shown here as "PART: stage", it is
    /// cancelled together with the whole, and its warnings stay with it.
    #[must_use]
    pub fn part(&self, name: impl Into<String>) -> Self {
        Self::build(None, Some((self.clone(), name.into())))
    }

    fn build(observer: Option<Observer>, whole: Option<(Self, String)>) -> Self {
        let cancelled = match &whole {
            Some((whole, _)) => whole.cancel_flag(),
            None => Arc::new(AtomicBool::new(false)),
        };
        Self(Arc::new(Shared {
            cancelled,
            done: AtomicU64::new(0),
            stage: Mutex::new(Stage {
                name: String::new(),
                total: None,
                started: Instant::now(),
                reported: None,
            }),
            warnings: Mutex::new(Vec::new()),
            observer,
            whole,
        }))
    }

    /// Begins a new stage at zero.
    pub fn stage(&self, name: impl Into<String>, total: Option<u64>) {
        let name = name.into();
        if let Some((whole, part)) = &self.0.whole {
            whole.stage(format!("{part}: {name}"), total);
        }
        self.0.done.store(0, Ordering::Relaxed);
        *lock(&self.0.stage) = Stage {
            name,
            total,
            started: Instant::now(),
            reported: None,
        };
        self.report();
    }

    pub fn advance(&self, items: u64) {
        if let Some((whole, _)) = &self.0.whole {
            whole.advance(items);
        }
        self.0.done.fetch_add(items, Ordering::Relaxed);
        self.report();
    }

    pub fn set_done(&self, done: u64) {
        if let Some((whole, _)) = &self.0.whole {
            whole.set_done(done);
        }
        self.0.done.store(done, Ordering::Relaxed);
        self.report();
    }

    /// # Errors
    /// [`Error::Cancelled`] once [`Progress::cancel`] was called on any clone.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Raised means cancelled; for a signal handler, which may do nothing but raise a flag.
    pub fn cancel_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0.cancelled)
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    pub fn warn(&self, subject: impl Into<String>, message: impl Into<String>) {
        lock(&self.0.warnings).push(Warning {
            subject: subject.into(),
            message: message.into(),
        });
    }

    pub fn warnings(&self) -> Vec<Warning> {
        lock(&self.0.warnings).clone()
    }

    pub fn state(&self) -> ProgressState {
        let warnings = lock(&self.0.warnings).len();
        let stage = lock(&self.0.stage);
        ProgressState {
            stage: stage.name.clone(),
            done: self.0.done.load(Ordering::Relaxed),
            total: stage.total,
            elapsed_secs: stage.started.elapsed().as_secs_f64(),
            warnings,
        }
    }

    fn report(&self) {
        let Some(observer) = &self.0.observer else {
            return;
        };
        {
            let mut stage = lock(&self.0.stage);
            if stage
                .reported
                .is_some_and(|at| at.elapsed() < MIN_REPORT_INTERVAL)
            {
                return;
            }
            stage.reported = Some(Instant::now());
        }
        observer(&self.state());
    }
}

/// A poisoned lock only means that another worker panicked; counters and names stay usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_cancels_the_work() {
        let progress = Progress::silent();
        assert!(progress.check().is_ok());
        progress.clone().cancel();
        assert!(matches!(progress.check(), Err(Error::Cancelled)));
    }

    #[test]
    fn fraction_and_eta_follow_the_count() {
        let state = ProgressState {
            done: 25,
            total: Some(100),
            elapsed_secs: 10.0,
            ..ProgressState::default()
        };
        assert_eq!(state.fraction(), Some(0.25));
        assert_eq!(state.eta_secs(), Some(30.0));
        assert_eq!(ProgressState::default().fraction(), None);
    }

    #[test]
    fn a_part_shows_its_stages_in_the_whole_and_keeps_its_warnings() {
        let whole = Progress::silent();
        let part = whole.part("fold 1 of 5");
        part.stage("training", Some(4));
        part.advance(3);
        part.warn("a.jpg", "is empty");
        let state = whole.state();
        assert_eq!(
            (
                state.stage.as_str(),
                state.done,
                state.total,
                state.warnings
            ),
            ("fold 1 of 5: training", 3, Some(4), 0)
        );
        assert_eq!(part.warnings().len(), 1);
        whole.cancel();
        assert!(part.is_cancelled());
    }

    #[test]
    fn a_new_stage_starts_at_zero_and_keeps_the_warnings() {
        let progress = Progress::silent();
        progress.stage("reading", Some(3));
        progress.advance(2);
        progress.warn("a.jpg", "is empty");
        progress.stage("writing", None);
        let state = progress.state();
        assert_eq!(
            (state.stage.as_str(), state.done, state.warnings),
            ("writing", 0, 1)
        );
    }
}
