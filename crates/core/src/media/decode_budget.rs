//! One budget for the memory of all images that are being decoded, in whatever thread.
//!
//! A file of less than a megabyte can hold a hundred megapixels. Who wants to decode one waits until what is decoded
//! elsewhere leaves room for it; one that is larger than the whole budget is decoded alone.
//!
//! Whoever holds a [`Permit`] must not ask for another one before dropping it: two that did would wait for each other.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of pixels being decoded at any time in this process.
const BUDGET_BYTES: u64 = 1 << 30;

static BUDGET: Budget = Budget::new(BUDGET_BYTES);

/// Waits for room for `bytes`.
pub(super) fn acquire(bytes: u64) -> Permit {
    BUDGET.acquire(bytes)
}

#[derive(Debug)]
struct Budget {
    limit: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    used: u64,
    /// Those who wait, in the order they came: a large image is not passed by small ones for ever.
    waiting: VecDeque<u64>,
    next_ticket: u64,
}

/// Room in the budget until it is dropped.
#[must_use]
#[derive(Debug)]
pub(super) struct Permit {
    budget: &'static Budget,
    bytes: u64,
}

impl Budget {
    const fn new(limit: u64) -> Self {
        Self {
            limit,
            state: Mutex::new(State {
                used: 0,
                waiting: VecDeque::new(),
                next_ticket: 0,
            }),
            changed: Condvar::new(),
        }
    }

    fn acquire(&'static self, bytes: u64) -> Permit {
        let bytes = bytes.min(self.limit);
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.waiting.push_back(ticket);
        while state.waiting.front() != Some(&ticket) || state.used + bytes > self.limit {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting.pop_front();
        state.used += bytes;
        drop(state);
        self.changed.notify_all();
        Permit {
            budget: self,
            bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Gives back all but `bytes`.
    pub fn shrink_to(&mut self, bytes: u64) {
        let spare = self.bytes.saturating_sub(bytes);
        self.bytes -= spare;
        self.budget.lock().used -= spare;
        self.budget.changed.notify_all();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn threads_together_stay_within_the_budget_and_all_get_through() {
        static BUDGET: Budget = Budget::new(100);
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..8_u64 {
                let (now, most) = (&now, &most);
                scope.spawn(move || {
                    for round in 0..40 {
                        // Some want more than there is.
                        let bytes = [10, 35, 60, 500][((thread + round) % 4) as usize];
                        let mut permit = BUDGET.acquire(bytes);
                        let bytes = bytes.min(100);
                        let sum = now.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        most.fetch_max(sum, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(bytes, Ordering::SeqCst);
                        permit.shrink_to(5);
                    }
                });
            }
        });
        assert!((60..=100).contains(&most.load(Ordering::SeqCst)));
        assert_eq!(BUDGET.lock().used, 0);
    }
}
