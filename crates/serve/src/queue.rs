//! Images that wait for the net, and the one thread that asks it about several at once.
//!
//! Nobody waits for a batch to fill: the thread takes what has come while it was busy with the last one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use cutting_room_core::Result;
use cutting_room_core::predict::{Inspection, Predictor, Prepared};
use tokio::sync::oneshot;

use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::problem::Problem;

type Reply = oneshot::Sender<Result<Inspection, Problem>>;

pub(crate) struct Waiting {
    image: Prepared,
    reply: Reply,
}

#[derive(Clone)]
pub(crate) struct Queue {
    sender: Sender<Waiting>,
    metrics: Arc<Metrics>,
}

/// The other end, for the thread that owns the net.
pub(crate) struct Work {
    receiver: Receiver<Waiting>,
    metrics: Arc<Metrics>,
    batch: usize,
}

pub(crate) fn queue(limits: &Limits, metrics: &Arc<Metrics>) -> (Queue, Work) {
    let (sender, receiver) = bounded(limits.waiting);
    let queue = Queue {
        sender,
        metrics: Arc::clone(metrics),
    };
    let work = Work {
        receiver,
        metrics: Arc::clone(metrics),
        batch: limits.batch.max(1),
    };
    (queue, work)
}

impl Queue {
    /// What the net says of the image, once it is its turn.
    pub async fn ask(&self, image: Prepared) -> Result<Inspection, Problem> {
        let (reply, answer) = oneshot::channel();
        self.metrics.queued();
        if let Err(error) = self.sender.try_send(Waiting { image, reply }) {
            self.metrics.unqueued(1);
            return Err(match error {
                TrySendError::Full(_) => {
                    Problem::busy("Too many images wait for an answer; try again in a moment")
                }
                TrySendError::Disconnected(_) => stopping(),
            });
        }
        answer.await.unwrap_or_else(|_| Err(stopping()))
    }
}

fn stopping() -> Problem {
    Problem::busy("The demo is being stopped")
}

impl Work {
    /// Until nobody can ask any more.
    pub fn run(&self, predictor: &Predictor) {
        while let Ok(first) = self.receiver.recv() {
            let mut waiting = vec![first];
            waiting.extend(self.receiver.try_iter().take(self.batch - 1));
            self.metrics.unqueued(waiting.len());
            // Whoever has gone away is not answered.
            waiting.retain(|one| !one.reply.is_closed());
            if !waiting.is_empty() {
                self.answer(waiting, predictor);
            }
        }
    }

    fn answer(&self, waiting: Vec<Waiting>, predictor: &Predictor) {
        let (images, replies): (Vec<Prepared>, Vec<Reply>) = waiting
            .into_iter()
            .map(|Waiting { image, reply }| (image, reply))
            .unzip();
        let asked = catch_unwind(AssertUnwindSafe(|| predictor.inspect_together(&images)));
        self.metrics.batch(images.len());
        let problem = match asked {
            Ok(Ok(inspections)) => {
                for (reply, inspection) in replies.into_iter().zip(inspections) {
                    // Nobody listens to a client that went away meanwhile.
                    let _ = reply.send(Ok(inspection));
                }
                return;
            }
            Ok(Err(error)) => Problem::internal(&error),
            Err(_panic) => Problem::internal(&"the net panicked"),
        };
        for reply in replies {
            let _ = reply.send(Err(problem.clone()));
        }
    }
}
