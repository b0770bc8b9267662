//! Looks at something again and again on a thread of its own, and wakes the front end when there is news, so that a window
//! neither paints to find out what another process has written nor waits for a disk.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::Waker;
use crate::error::{Error, Result};

/// Between looks at least this many times as long as a look takes: a slow disk is left alone.
const REST: u32 = 20;
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Dropping it ends its thread, which is not waited for: it may be looking at a disk that does not answer.
pub struct Watcher {
    /// Asks for a look; what is sent is dropped after it. Closed on drop, which ends the thread.
    requests: Sender<Sender<()>>,
}

impl Watcher {
    /// `look` returns whether there is news; then `waker` is called.
    ///
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn new(
        name: &str,
        interval: Duration,
        waker: Waker,
        mut look: impl FnMut() -> bool + Send + 'static,
    ) -> Result<Self> {
        let (requests, asked): (Sender<Sender<()>>, Receiver<_>) = bounded(1);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let mut rest = interval;
                loop {
                    let request = match asked.recv_timeout(rest) {
                        Ok(request) => Some(request),
                        Err(RecvTimeoutError::Timeout) => None,
                        Err(RecvTimeoutError::Disconnected) => return,
                    };
                    let began = Instant::now();
                    if look() {
                        waker();
                    }
                    rest = interval.max((began.elapsed() * REST).min(LONGEST_REST));
                    drop(request);
                }
            })
            .map_err(Error::io("start a thread", std::path::Path::new(name)))?;
        Ok(Self { requests })
    }

    /// Looks now, and waits for that no longer than `patience`.
    pub fn look_now(&self, patience: Duration) {
        let (request, is_done) = bounded(0);
        // Full: another look is about to begin.
        if self.requests.try_send(request).is_ok() {
            let _ = is_done.recv_timeout(patience);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How often a waker was called.
    fn counted() -> (Arc<AtomicUsize>, Waker) {
        let wakes = Arc::new(AtomicUsize::new(0));
        let theirs = Arc::clone(&wakes);
        let waker: Waker = Arc::new(move || {
            theirs.fetch_add(1, Ordering::SeqCst);
        });
        (wakes, waker)
    }

    #[test]
    fn it_wakes_when_there_is_news_and_only_then() {
        let state = Arc::new(AtomicUsize::new(0));
        let (wakes, waker) = counted();
        let seen = Arc::clone(&state);
        let mut last = 0;
        let (look_done, looked) = bounded(0);
        let watcher = Watcher::new("test", Duration::from_millis(1), waker, move || {
            let _ = look_done.try_send(());
            let now = seen.load(Ordering::SeqCst);
            std::mem::replace(&mut last, now) != now
        });
        let look_three_times = || (0..3).for_each(|_| looked.recv().unwrap());
        look_three_times();
        assert_eq!(wakes.load(Ordering::SeqCst), 0);
        state.store(1, Ordering::SeqCst);
        look_three_times();
        drop(watcher);
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_look_that_is_asked_for_is_done_at_once_and_never_waited_for_long() {
        let (wakes, waker) = counted();
        let (let_go, gate) = bounded::<()>(1);
        let watcher = Watcher::new("test", Duration::from_hours(1), waker, move || {
            let _ = gate.recv();
            true
        })
        .unwrap();
        let_go.send(()).unwrap();
        watcher.look_now(Duration::from_secs(10));
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        // The disk does not answer.
        watcher.look_now(Duration::from_millis(1));
        watcher.look_now(Duration::from_millis(1));
        watcher.look_now(Duration::from_millis(1));
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
        drop(let_go);
    }
}
