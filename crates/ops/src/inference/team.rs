//! Threads that work through the steps of one net together, without sleeping between them.
//!
//! A net for one image is some hundred steps of a few hundredths of a millisecond. To hand each of them to a thread pool
//! costs as much as the step, so the pool is asked once: whoever comes takes tasks of the present step, and who finishes
//! its last task opens the next one. Nobody is waited for who has not begun a task, so it does not matter how many come.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Turns of waiting before the processor is offered to others.
const SPINS: usize = 1 << 12;
/// Bits of a ticket that number the task.
const TASK_BITS: u32 = 32;

struct Progress<'a> {
    /// Tasks of each step.
    counts: &'a [usize],
    /// Step and next task.
    ticket: AtomicU64,
    /// Finished tasks of the present step.
    finished: AtomicUsize,
}

/// Does `work(step, task)` for every task of every step, `counts` of them (none is 0), step after step, on all threads of the
/// present pool.
pub fn run(counts: &[usize], work: &(dyn Fn(usize, usize) + Sync)) {
    let progress = Progress {
        counts,
        ticket: AtomicU64::new(0),
        finished: AtomicUsize::new(0),
    };
    rayon::scope(|scope| {
        for _ in 1..rayon::current_num_threads() {
            scope.spawn(|_| progress.help(work));
        }
        progress.help(work);
    });
}

/// [`run`] on this thread alone.
pub fn run_alone(counts: &[usize], work: &(dyn Fn(usize, usize) + Sync)) {
    for (step, &count) in counts.iter().enumerate() {
        (0..count).for_each(|task| work(step, task));
    }
}

impl Progress<'_> {
    fn help(&self, work: &(dyn Fn(usize, usize) + Sync)) {
        let mut spins = 0;
        loop {
            let ticket = self.ticket.load(Ordering::Acquire);
            let (step, task) = ((ticket >> TASK_BITS) as usize, ticket as u32 as usize);
            let Some(&count) = self.counts.get(step) else {
                return;
            };
            if task >= count {
                spins += 1;
                if spins < SPINS {
                    std::hint::spin_loop();
                } else {
                    std::thread::yield_now();
                }
                continue;
            }
            let taken = self.ticket.compare_exchange_weak(
                ticket,
                ticket + 1,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if taken.is_err() {
                continue;
            }
            spins = 0;
            // Should it panic, the others must not wait for ever.
            let guard = Abandon(self);
            work(step, task);
            std::mem::forget(guard);
            if self.finished.fetch_add(1, Ordering::AcqRel) + 1 == count {
                self.finished.store(0, Ordering::Relaxed);
                self.ticket
                    .store((step as u64 + 1) << TASK_BITS, Ordering::Release);
            }
        }
    }
}

/// Ends the whole run when it is dropped.
struct Abandon<'a>(&'a Progress<'a>);

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        let end = (self.0.counts.len() as u64) << TASK_BITS;
        self.0.ticket.store(end, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_begins_when_the_one_before_is_done() {
        let counts = [3, 1, 70, 2];
        let done: Vec<AtomicUsize> = counts.iter().map(|_| AtomicUsize::new(0)).collect();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(4)
            .build()
            .unwrap();
        for _ in 0..200 {
            for done in &done {
                done.store(0, Ordering::SeqCst);
            }
            pool.install(|| {
                run(&counts, &|step, _| {
                    for before in 0..step {
                        assert_eq!(done[before].load(Ordering::SeqCst), counts[before]);
                    }
                    done[step].fetch_add(1, Ordering::SeqCst);
                });
            });
            let done: Vec<usize> = done.iter().map(|d| d.load(Ordering::SeqCst)).collect();
            assert_eq!(done, counts);
        }
    }

    #[test]
    fn a_panic_ends_the_run() {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        let run = || {
            pool.install(|| run(&[5, 5], &|step, task| assert!((step, task) != (0, 3))));
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    }
}
