//! A worker that only ever does the newest request (a heatmap of the image under the cursor).
//!
//! A request replaces the one that waits; the one being worked on is finished and its answer delivered, so that a
//! person who drags a slider sees something all the time, unless it is interrupted because it would take seconds. Dropping
//! [`Latest`] cancels and does not wait: its thread ends with the request it is at. What is dear to make (a loaded net) is
//! kept between requests, and let go of when none has come for a while. After work [`beside`] a training it rests.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Waker, beside, catch_panic};
use crate::error::{Error, Result};
use crate::progress::{Progress, ProgressState};

struct State<Request, Answer> {
    waiting: Option<Request>,
    /// Of the request that is being worked on.
    running: Option<Progress>,
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

/// When and how a worker lets go of what it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Rest<Kept> {
    /// Without a request.
    pub after: Duration,
    pub let_go: fn(&mut Kept),
}

/// One thread, one waiting request, one answer to take.
pub struct Latest<Request, Answer> {
    shared: Arc<Shared<Request, Answer>>,
}

impl<Request, Answer> Latest<Request, Answer>
where
    Request: Send + 'static,
    Answer: Send + 'static,
{
    /// The `Progress` of `work` is of one request; it is cancelled on drop.
    ///
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn new(
        name: &str,
        waker: Waker,
        mut work: impl FnMut(Request, &Progress) -> Result<Answer> + Send + 'static,
    ) -> Result<Self> {
        let keeps_nothing = Rest {
            after: Duration::MAX,
            let_go: |(): &mut ()| (),
        };
        let work = move |(): &mut (), request, progress: &Progress| work(request, progress);
        Self::with(name, waker, (), work, &keeps_nothing)
    }

    /// As [`Latest::new`], with what `work` keeps between requests and how it lets go of it.
    ///
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn with<Kept: Send + 'static>(
        name: &str,
        waker: Waker,
        mut kept: Kept,
        mut work: impl FnMut(&mut Kept, Request, &Progress) -> Result<Answer> + Send + 'static,
        rest: &Rest<Kept>,
    ) -> Result<Self> {
        let Rest { after, let_go } = *rest;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                waiting: None,
                running: None,
                is_closed: false,
                answer: None,
            }),
            changed: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Some((request, progress)) =
                    next_request(&theirs, || let_go(&mut kept), after)
                {
                    let answer = catch_panic(|| work(&mut kept, request, &progress));
                    let mut state = theirs.lock();
                    state.running = None;
                    state.answer = Some(answer);
                    drop(state);
                    waker();
                    beside::rest();
                }
            })
            .map_err(Error::io("start a thread", std::path::Path::new(name)))?;
        Ok(Self { shared })
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
        state.running.is_some() || state.waiting.is_some()
    }

    /// Cancels the request that is being worked on; one that waits is not touched.
    pub fn interrupt(&self) {
        if let Some(progress) = &self.shared.lock().running {
            progress.cancel();
        }
    }

    /// How far the request is that is being worked on.
    pub fn progress(&self) -> Option<ProgressState> {
        let running = self.shared.lock().running.clone();
        running.map(|progress| progress.state())
    }
}

/// `rest` is called once if nothing has come for `after`.
fn next_request<Request, Answer>(
    shared: &Shared<Request, Answer>,
    rest: impl FnOnce(),
    after: Duration,
) -> Option<(Request, Progress)> {
    let is_quiet = |state: &mut State<Request, Answer>| !state.is_closed && state.waiting.is_none();
    let (state, timeout) = shared
        .changed
        .wait_timeout_while(shared.lock(), after, is_quiet)
        .unwrap_or_else(PoisonError::into_inner);
    let mut state = if timeout.timed_out() {
        drop(state);
        rest();
        let state = shared.lock();
        let woken = shared.changed.wait_while(state, is_quiet);
        woken.unwrap_or_else(PoisonError::into_inner)
    } else {
        state
    };
    if state.is_closed {
        return None;
    }
    let request = state.waiting.take()?;
    let progress = Progress::silent();
    state.running = Some(progress.clone());
    Some((request, progress))
}

impl<Request, Answer> Drop for Latest<Request, Answer> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        if let Some(progress) = &state.running {
            progress.cancel();
        }
        drop(state);
        self.shared.changed.notify_all();
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
    fn dropping_it_does_not_wait_for_the_request_it_is_at() {
        let (latest, gate) = gated();
        latest.request(1);
        while latest.shared.lock().waiting.is_some() {
            std::thread::yield_now();
        }
        drop(latest);
        // Only now may the request end.
        gate.send(()).unwrap();
    }

    #[test]
    fn what_is_kept_is_let_go_of_after_a_rest() {
        let (let_go, has_let_go) = crossbeam_channel::bounded::<u32>(8);
        let rest = Rest {
            after: Duration::from_millis(20),
            let_go: |(count, let_go): &mut (u32, crossbeam_channel::Sender<u32>)| {
                let_go.send(std::mem::take(count)).unwrap();
            },
        };
        let latest = Latest::with(
            "resting",
            Arc::new(|| ()),
            (0, let_go),
            |kept, request: u32, _progress| {
                kept.0 += request;
                Ok(kept.0)
            },
            &rest,
        )
        .unwrap();
        latest.request(3);
        // Before the first request, or after it.
        while has_let_go.recv().unwrap() != 3 {}
        latest.request(4);
        wait_until_idle(&latest);
        assert_eq!(latest.take().unwrap().unwrap(), 4);
    }

    #[test]
    fn an_interrupted_request_stops_and_the_one_that_waits_is_done() {
        let latest = Latest::new(
            "slow",
            Arc::new(|| ()),
            |request: u32, progress: &Progress| {
                if request == 1 {
                    loop {
                        progress.check()?;
                        std::thread::yield_now();
                    }
                }
                Ok(request)
            },
        );
        let latest = latest.unwrap();
        latest.request(1);
        while latest.progress().is_none() {
            std::thread::yield_now();
        }
        latest.request(2);
        latest.interrupt();
        wait_until_idle(&latest);
        assert_eq!(latest.take().unwrap().unwrap(), 2);
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
