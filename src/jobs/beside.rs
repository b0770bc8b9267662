//! Quick work beside a training: what a person looks at meanwhile takes what the training leaves.
//!
//! All kernels share one pool of threads, and a step of a training waits for the last of them: explaining an image there
//! would hold the whole step up. So while a training has the cores, such work goes to one thread of its own of low priority, and at
//! any other time it has all cores. Low priority alone is not enough: a step waits for its threads hundreds of times, and
//! whatever runs in a wait makes it longer. So the work also has a budget, a part of a core: what comes now and then is done
//! at once, and what never stops rests in between ([`rest`]). `benches/beside.rs` measures what it costs.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// On Linux a thread this nice gets 4 % of two cores that two others use up (a weight of 87 beside 1,024 each), and all of an
/// idle one.
#[cfg(target_os = "linux")]
const NICE: i32 = 11;

/// Seconds of work to a second of training.
const SHARE: f64 = 0.05;
/// Seconds of work that are saved up while nobody asks: a dozen heatmaps of a small net.
const MOST_SAVED: f64 = 0.1;
/// Of a rest; a method that takes seconds is not paid back whole.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// Trainings that have the cores.
static BUSY: AtomicUsize = AtomicUsize::new(0);

/// While it lives, a training has the cores.
pub struct Busy(());

impl Busy {
    pub fn begin() -> Self {
        BUSY.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.fetch_sub(1, Ordering::Relaxed);
    }
}

fn is_busy() -> bool {
    BUSY.load(Ordering::Relaxed) > 0
}

/// Does `work` on all cores, or on the thread of low priority while a training has them. One that begins meanwhile shares
/// the cores until the work is done.
pub fn work_beside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let Some(pool) = is_busy().then(pool).flatten() else {
        return work();
    };
    let (done, took) = pool.install(|| {
        let begin = worked();
        let done = work();
        (done, worked().saturating_sub(begin))
    });
    BUDGET
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .spend(took, Instant::now());
    OWES.set(true);
    done
}

/// Waits until the budget allows more work, if this thread has had some done beside a training. To be called when the answer
/// is delivered and before the next request is taken, so that the newest one is.
pub fn rest() {
    let until = Instant::now() + LONGEST_REST;
    let mut owes = OWES.take();
    while owes && is_busy() {
        let now = Instant::now();
        let mut budget = BUDGET.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = budget.wait(now).min(until.saturating_duration_since(now));
        drop(budget);
        owes = !wait.is_zero();
        // In parts, because the training may end meanwhile.
        std::thread::sleep(wait.min(Duration::from_millis(50)));
    }
}

thread_local! {
    /// Whether this thread has had work done since its last rest.
    static OWES: Cell<bool> = const { Cell::new(false) };
}

static BUDGET: Mutex<Budget> = Mutex::new(Budget {
    left: MOST_SAVED,
    at: None,
});

/// Seconds of work that may be done.
struct Budget {
    /// Below 0 after more work than was saved up.
    left: f64,
    /// When `left` was so; `None`: never yet.
    at: Option<Instant>,
}

impl Budget {
    fn spend(&mut self, work: Duration, now: Instant) {
        self.save(now);
        let most_owed = LONGEST_REST.as_secs_f64() * SHARE;
        self.left = (self.left - work.as_secs_f64()).max(-most_owed);
    }

    fn save(&mut self, now: Instant) {
        let since = self.at.replace(now).unwrap_or(now);
        let saved = now.saturating_duration_since(since).as_secs_f64() * SHARE;
        self.left = (self.left + saved).min(MOST_SAVED);
    }

    /// Until work may be done again.
    fn wait(&mut self, now: Instant) -> Duration {
        self.save(now);
        Duration::from_secs_f64((-self.left / SHARE).max(0.0))
    }
}

/// What the calling thread has worked so far.
#[cfg(target_os = "linux")]
fn worked() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .unwrap_or_default()
}

/// Elsewhere the time that has passed: the thread may have waited, so it rests rather too long.
#[cfg(not(target_os = "linux"))]
fn worked() -> Duration {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    BEGIN.get_or_init(Instant::now).elapsed()
}

/// `None` if the system gives no more threads.
fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        ThreadPoolBuilder::new()
            .num_threads(1)
            .thread_name(|_| "beside".to_owned())
            .start_handler(|_| lower_priority())
            .build()
            .map_err(|error| tracing::warn!("no thread of low priority: {error}"))
            .ok()
    });
    pool.as_ref()
}

#[cfg(target_os = "linux")]
fn lower_priority() {
    // Without a process it is the calling thread's alone.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!("explaining may slow down training: {error}");
    }
}

/// Elsewhere priorities are of whole processes; one thread of many is little.
#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test for both, because the counter is the process's.
    #[test]
    fn work_leaves_the_cores_to_a_training() {
        let threads = || work_beside(rayon::current_num_threads);
        let name = || work_beside(|| std::thread::current().name().map(str::to_owned));
        let busy = Busy::begin();
        assert_eq!(threads(), 1);
        assert_eq!(name().as_deref(), Some("beside"));
        #[cfg(target_os = "linux")]
        {
            let own = || rustix::process::getpriority_process(None).unwrap();
            assert_eq!(work_beside(own), NICE.max(own()));
            assert!(own() < NICE, "only that thread is nice");
        }
        drop(busy);
    }

    #[test]
    fn work_that_never_stops_gets_its_share_and_some_work_is_done_at_once() {
        let begin = Instant::now();
        let at = |seconds: f64| begin + Duration::from_secs_f64(seconds);
        let one = Duration::from_millis(10);
        let mut budget = Budget {
            left: MOST_SAVED,
            at: None,
        };
        let (mut now, mut done) = (0.0, 0);
        while now < 100.0 {
            now += budget.wait(at(now)).as_secs_f64() + one.as_secs_f64();
            budget.spend(one, at(now));
            done += 1;
            assert!(done > 9 || now < 0.11, "what was saved up is free");
        }
        let share = f64::from(done) * one.as_secs_f64() / now;
        assert!((share - SHARE).abs() < 0.003, "{share}");
        // After work that took long, at most the longest rest.
        budget.spend(Duration::from_mins(1), at(now));
        let rest = budget.wait(at(now)).as_secs_f64();
        assert!((rest - LONGEST_REST.as_secs_f64()).abs() < 1e-6);
        // And after a long time no more than what is saved up.
        assert_eq!(budget.wait(at(now + 3600.0)), Duration::ZERO);
        assert!(budget.left <= MOST_SAVED);
    }
}
