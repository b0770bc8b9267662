//! Looks at something cheap every second and wakes the front end when it has changed, so that a window need not paint
//! to find out what another process has written.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::Waker;
use crate::error::{Error, Result};

/// Dropping it ends its thread, which is not waited for: it may be looking at a disk that does not answer.
pub struct Watcher {
    /// Closed on drop, which is what the thread waits for.
    _alive: Sender<()>,
}

impl Watcher {
    /// `look` returns what stands for the present state; `waker` is called when that is another one than before.
    ///
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn new<State: PartialEq + Send + 'static>(
        name: &str,
        interval: Duration,
        waker: Waker,
        mut look: impl FnMut() -> State + Send + 'static,
    ) -> Result<Self> {
        let (alive, gone): (Sender<()>, Receiver<()>) = bounded(1);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let mut last = look();
                while gone.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                    let now = look();
                    if now != last {
                        last = now;
                        waker();
                    }
                }
            })
            .map_err(Error::io("start a thread", std::path::Path::new(name)))?;
        Ok(Self { _alive: alive })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn it_wakes_when_the_state_changes_and_only_then() {
        let (state, wakes) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (seen, counted) = (Arc::clone(&state), Arc::clone(&wakes));
        let (look_done, looked) = bounded(0);
        let waker: Waker = Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        });
        let watcher = Watcher::new("test", Duration::from_millis(1), waker, move || {
            let _ = look_done.try_send(());
            seen.load(Ordering::SeqCst)
        });
        let look_three_times = || (0..3).for_each(|_| looked.recv().unwrap());
        look_three_times();
        assert_eq!(wakes.load(Ordering::SeqCst), 0);
        state.store(1, Ordering::SeqCst);
        look_three_times();
        drop(watcher);
        assert_eq!(wakes.load(Ordering::SeqCst), 1);
    }
}
