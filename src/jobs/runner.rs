//! Runs each job on its own named thread and passes what it sends back through one bounded channel.
//!
//! Dropping [`Jobs`] cancels all jobs and waits for them a few seconds; a thread that does not listen is left behind and
//! ends with the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, bounded};

use super::{Waker, catch_panic};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::spare::give_back;

/// candle's backward pass recurses once an operation; the deepest of our nets needs some 20 MiB.
const STACK_BYTES: usize = 64 << 20;

/// Messages under way; a job that is faster than the session waits.
const CHANNEL_CAPACITY: usize = 64;

/// How long a dropped [`Jobs`] waits for its threads.
const JOIN_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// How a person steers a job; clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Control(Arc<Switches>);

#[derive(Debug, Default)]
struct Switches {
    is_paused: AtomicBool,
    is_stopped: AtomicBool,
}

impl Control {
    pub fn set_paused(&self, is_paused: bool) {
        self.0.is_paused.store(is_paused, Ordering::Relaxed);
    }

    /// Ends the work and keeps what it has; there is no way back.
    pub fn stop(&self) {
        self.0.is_stopped.store(true, Ordering::Relaxed);
    }

    pub fn is_paused(&self) -> bool {
        self.0.is_paused.load(Ordering::Relaxed)
    }

    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped.load(Ordering::Relaxed)
    }
}

/// What a job says to the owner of [`Jobs`].
#[derive(Debug)]
pub enum Message<T> {
    /// Part of its result, in the order sent.
    Part(JobId, T),
    /// Its last word.
    Ended(JobId, Ended),
}

/// How a job ended.
#[derive(Debug)]
pub enum Ended {
    Done,
    Cancelled,
    Failed(Error),
}

/// What a job's closure is given.
pub struct Context<T> {
    pub progress: Progress,
    pub control: Control,
    id: JobId,
    sender: Sender<Message<T>>,
    waker: Waker,
}

impl<T> Context<T> {
    /// Hands a part over; waits while the owner is behind.
    ///
    /// # Errors
    /// `Cancelled` if the job was cancelled meanwhile or nobody listens any more.
    pub fn send(&self, part: T) -> Result<()> {
        self.progress.check()?;
        self.deliver(Message::Part(self.id, part), || self.progress.check())
    }

    /// [`Self::send`] of a cancelled job, for what it has and is to keep.
    ///
    /// # Errors
    /// `Cancelled` if nobody listens any more.
    pub fn send_last(&self, part: T) -> Result<()> {
        self.deliver(Message::Part(self.id, part), || Ok(()))
    }

    /// For a job that shows itself elsewhere (a run's log): look now.
    pub fn wake(&self) {
        (self.waker)();
    }

    fn deliver(&self, message: Message<T>, may_wait: impl Fn() -> Result<()>) -> Result<()> {
        let mut message = message;
        loop {
            match self
                .sender
                .send_timeout(message, Duration::from_millis(100))
            {
                Ok(()) => {
                    self.wake();
                    return Ok(());
                }
                Err(SendTimeoutError::Disconnected(_)) => return Err(Error::Cancelled),
                Err(SendTimeoutError::Timeout(same)) => {
                    may_wait()?;
                    self.wake();
                    message = same;
                }
            }
        }
    }
}

struct Running {
    progress: Progress,
    control: Control,
    thread: JoinHandle<()>,
}

/// Owner of all jobs. `T` is what jobs hand over.
pub struct Jobs<T> {
    waker: Waker,
    sender: Sender<Message<T>>,
    receiver: Receiver<Message<T>>,
    running: Vec<Running>,
}

impl<T: Send + 'static> Jobs<T> {
    pub fn new(waker: Waker) -> Self {
        let (sender, receiver) = bounded(CHANNEL_CAPACITY);
        Self {
            waker,
            sender,
            receiver,
            running: Vec::new(),
        }
    }

    /// Starts the work on a thread of this name (15 bytes show up in `top`).
    ///
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn spawn(
        &mut self,
        id: JobId,
        name: &str,
        (progress, control): (Progress, Control),
        work: impl FnOnce(&Context<T>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        self.running.retain(|job| !job.thread.is_finished());
        let context = Context {
            progress: progress.clone(),
            control: control.clone(),
            id,
            sender: self.sender.clone(),
            waker: Arc::clone(&self.waker),
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || {
                let ended = match catch_panic(|| work(&context)) {
                    Ok(()) => Ended::Done,
                    Err(Error::Cancelled) => Ended::Cancelled,
                    Err(error) => Ended::Failed(error),
                };
                give_back();
                // An owner that is gone needs no last word.
                let _ = context.deliver(Message::Ended(id, ended), || Ok(()));
            })
            .map_err(Error::io("start a thread", std::path::Path::new(name)))?;
        self.running.push(Running {
            progress,
            control,
            thread,
        });
        Ok(())
    }

    /// The next of what has come; never blocks.
    pub fn next(&self) -> Option<Message<T>> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Drop for Jobs<T> {
    fn drop(&mut self) {
        for job in &self.running {
            job.progress.cancel();
            job.control.set_paused(false);
        }
        let deadline = Instant::now() + JOIN_PATIENCE;
        for job in self.running.drain(..) {
            while !job.thread.is_finished() && Instant::now() < deadline {
                // A job that waits for room in the channel can end.
                for _message in self.receiver.try_iter() {}
                std::thread::sleep(Duration::from_millis(5));
            }
            if job.thread.is_finished() {
                // A panic was caught inside; there is nothing to learn from the join.
                let _ = job.thread.join();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent() -> Jobs<u32> {
        Jobs::new(Arc::new(|| ()))
    }

    fn wait_for_the_end(jobs: &Jobs<u32>) -> (Vec<u32>, Ended) {
        let mut parts = Vec::new();
        loop {
            while let Some(message) = jobs.next() {
                match message {
                    Message::Part(_, part) => parts.push(part),
                    Message::Ended(_, ended) => return (parts, ended),
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn parts_arrive_in_order_before_the_end() {
        let mut jobs = silent();
        jobs.spawn(JobId(1), "count", Default::default(), |context| {
            (0..200).try_for_each(|part| context.send(part))
        })
        .unwrap();
        let (parts, ended) = wait_for_the_end(&jobs);
        assert_eq!(parts, (0..200).collect::<Vec<_>>());
        assert!(matches!(ended, Ended::Done));
    }

    #[test]
    fn a_panic_is_a_failure_with_its_message() {
        let mut jobs = silent();
        jobs.spawn(JobId(1), "panic", Default::default(), |_context| {
            panic!("seven scenes, eight names")
        })
        .unwrap();
        let (_, Ended::Failed(error)) = wait_for_the_end(&jobs) else {
            panic!("the job did not fail")
        };
        assert!(error.to_string().contains("eight names"), "{error}");
    }

    #[test]
    fn dropping_the_owner_ends_a_job_that_waits_for_room() {
        let mut jobs = silent();
        let ended = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ended);
        jobs.spawn(JobId(1), "flood", Default::default(), move |context| {
            let result = (0..).try_for_each(|part| context.send(part));
            flag.store(true, Ordering::SeqCst);
            result
        })
        .unwrap();
        drop(jobs);
        assert!(ended.load(Ordering::SeqCst));
    }
}
