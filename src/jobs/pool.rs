//! A few threads that fetch many small things, newest wish first (thumbnails of what is on screen).
//!
//! Who scrolls past ten thousand images wants those he stopped at: the newest request is done first, the oldest of
//! too many is dropped, and [`Pool::retain`] forgets what has left the screen. What was dropped can be asked for again.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, bounded};

use super::{Waker, catch_panic};
use crate::error::{Error, Result};

/// Size of a [`Pool`].
#[derive(Clone, Copy, Debug)]
pub struct PoolConfig {
    /// Threads are called `NAME-0`, `NAME-1`…
    pub name: &'static str,
    pub threads: usize,
    /// Requests that may wait; beyond that the oldest are dropped.
    pub capacity: usize,
    /// Finished ones that may wait to be drained; a thread with another waits for room.
    pub results: usize,
}

struct Queue<Key> {
    /// Newest at the back.
    waiting: VecDeque<Key>,
    /// Being worked on, or done and not yet drained.
    started: BTreeSet<Key>,
    is_closed: bool,
}

struct Shared<Key> {
    queue: Mutex<Queue<Key>>,
    changed: Condvar,
    capacity: usize,
}

impl<Key> Shared<Key> {
    fn lock(&self) -> MutexGuard<'_, Queue<Key>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropping it ends the threads after the request each is at, and does not wait for that.
pub struct Pool<Key, Value> {
    shared: Arc<Shared<Key>>,
    /// Without it a thread that waits for room in the channel ends.
    done: Receiver<(Key, Result<Value>)>,
}

impl<Key, Value> Pool<Key, Value>
where
    Key: Ord + Clone + Send + 'static,
    Value: Send + 'static,
{
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn new(
        config: PoolConfig,
        waker: &Waker,
        work: impl Fn(&Key) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue {
                waiting: VecDeque::new(),
                started: BTreeSet::new(),
                is_closed: false,
            }),
            changed: Condvar::new(),
            capacity: config.capacity.max(1),
        });
        let (sender, receiver) = bounded(config.results.max(1));
        let work = Arc::new(work);
        let pool = Self {
            shared,
            done: receiver,
        };
        for number in 0..config.threads.max(1) {
            let (shared, sender) = (Arc::clone(&pool.shared), sender.clone());
            let (work, waker) = (Arc::clone(&work), Arc::clone(waker));
            let name = format!("{}-{number}", config.name);
            std::thread::Builder::new()
                .name(name.clone())
                .spawn(move || {
                    while let Some(key) = next_key(&shared) {
                        let value = catch_panic(|| work(&key));
                        if sender.send((key, value)).is_err() {
                            return;
                        }
                        waker();
                    }
                })
                .map_err(Error::io("start a thread", std::path::Path::new(&name)))?;
        }
        Ok(pool)
    }

    /// Asks for `key` before all others; one that waits already moves to the front. Never blocks.
    pub fn request(&self, key: Key) {
        let mut queue = self.shared.lock();
        if queue.started.contains(&key) {
            return;
        }
        queue.waiting.retain(|waiting| *waiting != key);
        queue.waiting.push_back(key);
        if queue.waiting.len() > self.shared.capacity {
            queue.waiting.pop_front();
        }
        drop(queue);
        self.shared.changed.notify_one();
    }

    /// Forgets waiting requests that are no longer wanted.
    pub fn retain(&self, is_wanted: impl Fn(&Key) -> bool) {
        self.shared.lock().waiting.retain(is_wanted);
    }

    /// At most `limit` finished ones; never blocks.
    pub fn drain(&self, limit: usize) -> Vec<(Key, Result<Value>)> {
        let finished: Vec<_> = self.done.try_iter().take(limit).collect();
        let mut queue = self.shared.lock();
        for (key, _value) in &finished {
            queue.started.remove(key);
        }
        finished
    }

    /// Requests that wait or are worked on.
    pub fn pending(&self) -> usize {
        let queue = self.shared.lock();
        queue.waiting.len() + queue.started.len()
    }
}

fn next_key<Key: Ord + Clone>(shared: &Shared<Key>) -> Option<Key> {
    let mut queue = shared.lock();
    loop {
        if queue.is_closed {
            return None;
        }
        if let Some(key) = queue.waiting.pop_back() {
            queue.started.insert(key.clone());
            return Some(key);
        }
        queue = shared
            .changed
            .wait(queue)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

impl<Key, Value> Drop for Pool<Key, Value> {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One thread that does one request each time it is let go.
    fn gated(capacity: usize) -> (Pool<u32, u32>, crossbeam_channel::Sender<()>) {
        let (gate, open) = bounded::<()>(64);
        let config = PoolConfig {
            name: "test",
            threads: 1,
            capacity,
            results: 8,
        };
        let pool = Pool::new(config, &(Arc::new(|| ()) as Waker), move |key: &u32| {
            let _ = open.recv();
            Ok(*key)
        });
        (pool.unwrap(), gate)
    }

    fn wait_for_the_first(pool: &Pool<u32, u32>) {
        while pool.shared.lock().started.is_empty() {
            std::thread::yield_now();
        }
    }

    fn take(pool: &Pool<u32, u32>, count: usize) -> Vec<u32> {
        let mut keys = Vec::new();
        while keys.len() < count {
            keys.extend(pool.drain(1).into_iter().map(|(key, _value)| key));
            std::thread::yield_now();
        }
        keys
    }

    #[test]
    fn the_newest_request_is_done_first_and_once() {
        let (pool, gate) = gated(8);
        pool.request(0);
        wait_for_the_first(&pool);
        for key in [1, 2, 3, 1, 0] {
            pool.request(key);
        }
        for _ in 0..4 {
            gate.send(()).unwrap();
        }
        assert_eq!(take(&pool, 4), [0, 1, 3, 2]);
        assert_eq!(pool.pending(), 0);
        drop(gate);
    }

    #[test]
    fn unwanted_and_surplus_requests_are_forgotten() {
        let (pool, gate) = gated(4);
        pool.request(0);
        wait_for_the_first(&pool);
        for key in 1..=6 {
            pool.request(key);
        }
        pool.retain(|key| *key != 5);
        assert_eq!(pool.pending(), 4, "0 is worked on, 3, 4 and 6 wait");
        drop(gate);
    }
}
