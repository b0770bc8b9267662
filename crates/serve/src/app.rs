//! What all requests share.

use std::net::SocketAddr;
use std::sync::Arc;

use cutting_room_core::predict::Predictor;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::body::Room;
use crate::card::Card;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::problem::Problem;
use crate::queue::Queue;
use crate::rates::Rates;

/// Wrong tokens from one address: enough for whoever mistypes it, and none of 8 letters is found by as few.
const GUESSES_PER_MINUTE: u32 = 60;

pub(crate) struct App {
    pub predictor: Predictor,
    pub card: Card,
    pub limits: Limits,
    pub token: Option<String>,
    /// Where it listens.
    pub address: SocketAddr,
    pub metrics: Arc<Metrics>,
    pub queue: Queue,
    pub room: Room,
    /// Of images.
    pub rates: Option<Rates>,
    /// Of wrong tokens.
    pub guesses: Rates,
    /// As many as there are cores: more threads that decode would only fight over them.
    workers: Arc<Semaphore>,
}

impl App {
    pub fn new(
        (predictor, card): (Predictor, Card),
        options: Options,
        address: SocketAddr,
        (queue, metrics): (Queue, Arc<Metrics>),
    ) -> Self {
        let limits = options.limits;
        Self {
            predictor,
            card,
            token: options.token,
            address,
            metrics,
            queue,
            room: Room::new(&limits),
            rates: limits.images_per_minute.map(Rates::new),
            guesses: Rates::new(GUESSES_PER_MINUTE),
            workers: Arc::new(Semaphore::new(cores())),
            limits,
        }
    }

    /// Does `work`, which takes longer than others may wait, on a thread of its own, when one is free.
    pub async fn beside<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = Arc::clone(&self.workers).acquire_owned().await;
        let permit = permit.map_err(|error| Problem::internal(&error))?;
        let app = Arc::clone(self);
        let done = spawn_blocking(move || {
            let done = work(&app);
            // Held to here, also for a client that has gone away: what is begun is done.
            drop(permit);
            done
        });
        done.await
            .unwrap_or_else(|error| Err(Problem::internal(&error)))
    }
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
