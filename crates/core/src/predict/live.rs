//! The net of a run as it is while it learns, for whoever looks at it meanwhile.
//!
//! The training leaves a copy of its net here every few seconds, and only while somebody asks: an unwatched run copies
//! nothing. A copy is never changed, so looking at it cannot disturb what is learned.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Predictor;

/// Copies are at least so far apart.
const INTERVAL: Duration = Duration::from_secs(3);
/// Nobody looks any more if nobody has asked for so long.
const ATTENTION: Duration = Duration::from_secs(10);
/// The time from one copy to the next is at least so many times what the first of them took.
const LEAST_REST: u32 = 200;

/// The net of a run at one moment.
pub struct LiveNet {
    pub run_id: String,
    /// The epoch it was in, from 1.
    pub epoch: u32,
    /// Batches that it had learned from since the run began.
    pub step: u64,
    pub predictor: Predictor,
}

impl fmt::Debug for LiveNet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} after step {}", self.run_id, self.step)
    }
}

/// Of one run after one step there is one net.
impl PartialEq for LiveNet {
    fn eq(&self, other: &Self) -> bool {
        (&self.run_id, self.step) == (&other.run_id, other.step)
    }
}

impl Eq for LiveNet {}

/// Where a training leaves its net; clones share one place.
#[derive(Clone, Debug)]
pub struct LiveNets {
    shared: Arc<Mutex<State>>,
    interval: Duration,
    /// After a copy, so many times as long as it took passes without one.
    least_rest: u32,
}

#[derive(Debug, Default)]
struct State {
    newest: Option<Arc<LiveNet>>,
    asked: Option<Instant>,
    /// Not before; later where copies take long.
    next: Option<Instant>,
}

impl Default for LiveNets {
    fn default() -> Self {
        Self {
            least_rest: LEAST_REST,
            ..Self::every(INTERVAL)
        }
    }
}

impl LiveNets {
    /// With `interval` between two copies, however long they take.
    pub fn every(interval: Duration) -> Self {
        Self {
            shared: Arc::default(),
            interval,
            least_rest: 0,
        }
    }

    /// The newest copy, and the wish for newer ones. `None` until the run has made the first, a batch or two later, and once
    /// it has ended.
    pub fn newest(&self) -> Option<Arc<LiveNet>> {
        let mut state = self.lock();
        state.asked = Some(Instant::now());
        state.newest.clone()
    }

    /// For the training, between two batches: leaves what `copy` makes if it is time for it.
    ///
    /// # Errors
    /// Those of `copy`.
    pub fn offer<E>(&self, copy: impl FnOnce() -> Result<LiveNet, E>) -> Result<(), E> {
        let begun = Instant::now();
        let mut state = self.lock();
        let is_watched = state
            .asked
            .is_some_and(|asked| begun.saturating_duration_since(asked) <= ATTENTION);
        if !is_watched {
            // Nobody needs its memory.
            state.newest = None;
            state.next = None;
            return Ok(());
        }
        if state.next.is_some_and(|next| begun < next) {
            return Ok(());
        }
        drop(state);
        let net = Arc::new(copy()?);
        let rest = begun.elapsed() * self.least_rest;
        let mut state = self.lock();
        state.newest = Some(net);
        state.next = Some(Instant::now() + self.interval.max(rest));
        Ok(())
    }

    /// The run has ended: its weights are on disk.
    pub fn end(&self) {
        let mut state = self.lock();
        state.newest = None;
        state.next = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each field is replaced whole, so a panic elsewhere leaves them sound.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Arch, HeadKind, Net};
    use crate::run::RunInfo;

    fn net(step: u64) -> LiveNet {
        let info: RunInfo = toml::from_str(
            "id = 'a'\nstarted = 0\nprocess = 1\nprogram = ''\nhardware = ''\nsplit_hash = ''\nis_random_split = false\ntrain_n = 1\nvalid_n = 1\nclasses = ['x', 'y']\n[config]\n",
        )
        .unwrap();
        LiveNet {
            run_id: "a".into(),
            epoch: 1,
            step,
            predictor: Predictor::of(
                Net::blank(Arch::default(), HeadKind::Linear, 2, 0).unwrap(),
                &info,
            ),
        }
    }

    #[test]
    fn nothing_is_copied_until_somebody_asks_and_then_at_intervals() {
        let live = LiveNets::every(Duration::from_hours(1));
        let copies = std::cell::Cell::new(0);
        let offer = |step| {
            live.offer(|| {
                copies.set(copies.get() + 1);
                Ok::<_, ()>(net(step))
            })
            .unwrap();
            copies.get()
        };
        assert_eq!(offer(1), 0);
        assert!(live.newest().is_none());
        assert_eq!(offer(2), 1);
        assert_eq!(live.newest().unwrap().step, 2);
        assert_eq!(offer(3), 1, "too early");
        assert_eq!(live.newest().unwrap().step, 2);
        live.end();
        assert!(live.newest().is_none());
    }
}
