//! Quick work beside a training: what a person looks at meanwhile takes what the training leaves.
//!
//! All kernels share one pool of threads, and a step of a training waits for the last of them: explaining an image there
//! would hold the whole step up. So while a training has the cores, such work goes to one thread of its own of low priority, and at
//! any other time it has all cores.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// On Linux a thread this nice gets 4 % of two cores that two others use up (a weight of 87 beside 1,024 each), and all of an
/// idle one.
#[cfg(target_os = "linux")]
const NICE: i32 = 11;

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

/// Does `work` on all cores, or on the thread of low priority while a training has them. One that begins meanwhile shares
/// the cores until the work is done.
pub fn work_beside<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if BUSY.load(Ordering::Relaxed) == 0 {
        return work();
    }
    match pool() {
        Some(pool) => pool.install(work),
        None => work(),
    }
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
}
