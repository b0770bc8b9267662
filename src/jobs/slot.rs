//! A worker that only ever does the newest request (a heatmap of the image under the cursor).
//!
//! A request replaces the one that waits; the one being worked on is finished and its answer delivered, so that a
//! person who drags a slider sees something all the time. Dropping [`Latest`] cancels and joins.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::{Waker, catch_panic};
use crate::error::{Error, Result};
use crate::progress::Progress;

struct State<Request, Answer> {
    waiting: Option<Request>,
    is_working: bool,
    is_closed: bool,
    answer: Option<Result<Answer>>,
}

struct Shared<Request, Answer> {
    state: Mutex<State<Request, Answer>>,
    changed: Condvar,
}

impl<Request, Answer> Shared<Request, Answer> {
    fn lock(&self) -> MutexGuard<'_, State<Request, Answer>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread, one waiting request, one answer to take.
pub struct Latest<Request, Answer> {
    shared: Arc<Shared<Request, Answer>>,
    progress: Progress,
    thread: Option<JoinHandle<()>>,
}

impl<Request, Answer> Latest<Request, Answer>
where
    Request: Send + 'static,
    Answer: Send + 'static,
{
    /// `work` keeps what is dear to make (a loaded net) between requests; its `Progress` is cancelled on drop.
    ///
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn new(
        name: &str,
        waker: Waker,
        mut work: impl FnMut(Request, &Progress) -> Result<Answer> + Send + 'static,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                waiting: None,
                is_working: false,
                is_closed: false,
                answer: None,
            }),
            changed: Condvar::new(),
        });
        let progress = Progress::silent();
        let (theirs, theirs_progress) = (Arc::clone(&shared), progress.clone());
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Some(request) = next_request(&theirs) {
                    let answer = catch_panic(|| work(request, &theirs_progress));
                    let mut state = theirs.lock();
                    state.is_working = false;
                    state.answer = Some(answer);
                    drop(state);
                    waker();
                }
            })
            .map_err(Error::io("start a thread", std::path::Path::new(name)))?;
        Ok(Self {
            shared,
            progress,
            thread: Some(thread),
        })
    }

    /// Asks; what waited before is forgotten. Never blocks.
    pub fn request(&self, request: Request) {
        self.shared.lock().waiting = Some(request);
        self.shared.changed.notify_one();
    }

    /// The newest answer, once.
    pub fn take(&self) -> Option<Result<Answer>> {
        self.shared.lock().answer.take()
    }

    /// True until the newest request is answered.
    pub fn is_busy(&self) -> bool {
        let state = self.shared.lock();
        state.is_working || state.waiting.is_some()
    }
}

fn next_request<Request, Answer>(shared: &Shared<Request, Answer>) -> Option<Request> {
    let mut state = shared.lock();
    loop {
        if state.is_closed {
            return None;
        }
        if let Some(request) = state.waiting.take() {
            state.is_working = true;
            return Some(request);
        }
        state = shared
            .changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

impl<Request, Answer> Drop for Latest<Request, Answer> {
    fn drop(&mut self) {
        self.progress.cancel();
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panic was caught inside; there is nothing to learn from the join.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker that answers once it is let go, so that requests pile up as the test wants.
    fn gated() -> (Latest<u32, u32>, crossbeam_channel::Sender<()>) {
        let (gate, open) = crossbeam_channel::bounded::<()>(8);
        let latest = Latest::new("gated", Arc::new(|| ()), move |request, _progress| {
            let _ = open.recv();
            assert!(request != 13, "unlucky");
            Ok(request * 10)
        });
        (latest.unwrap(), gate)
    }

    fn wait_until_idle(latest: &Latest<u32, u32>) {
        while latest.is_busy() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn only_the_newest_waiting_request_is_done() {
        let (latest, gate) = gated();
        for request in 1..=5 {
            latest.request(request);
        }
        // At most the first (already taken) and the last are worked on.
        gate.send(()).unwrap();
        gate.send(()).unwrap();
        wait_until_idle(&latest);
        assert_eq!(latest.take().unwrap().unwrap(), 50);
        assert!(latest.take().is_none());
        drop(gate);
    }

    #[test]
    fn a_panic_is_an_answer_and_the_worker_goes_on() {
        let (latest, gate) = gated();
        latest.request(13);
        gate.send(()).unwrap();
        wait_until_idle(&latest);
        assert!(
            latest
                .take()
                .unwrap()
                .unwrap_err()
                .to_string()
                .contains("unlucky")
        );
        latest.request(2);
        gate.send(()).unwrap();
        wait_until_idle(&latest);
        assert_eq!(latest.take().unwrap().unwrap(), 20);
    }
}
