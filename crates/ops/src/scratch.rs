//! Memory that is used again: per-thread scratch for one piece of work, and big buffers between steps.
//!
//! Fresh large allocations cost a page fault every 4 KiB, measured at a third of a training step.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Mutex;

thread_local! {
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work` with `len` floats of this thread's scratch; what is in them is left over from before.
pub fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken out, not borrowed: should `work` come back here on the same thread, it gets memory of its own.
    let mut scratch = SCRATCH.take();
    if scratch.len() < len {
        scratch.resize(len, 0.0);
    }
    let result = work(&mut scratch[..len]);
    SCRATCH.replace(scratch);
    result
}

/// Idle memory beyond this is given back, in floats (4 GiB): a step of EfficientNet-Lite0 at batch 32 leaves 1.4 GiB,
/// and a pool that gives it back between steps costs a quarter of the step in page faults.
const IDLE_LIMIT: usize = 1 << 30;

/// Packed weights and their gradients, for one layer at a time: as much as the largest layer needs stays for the next.
pub static PACKED: BufferPool = BufferPool::new();

/// Buffers of whole feature maps, by capacity: a training step asks for the same lengths every time.
#[derive(Default)]
pub struct BufferPool(Mutex<Idle>);

#[derive(Default)]
struct Idle {
    by_capacity: BTreeMap<usize, Vec<Vec<f32>>>,
    total: usize,
}

impl BufferPool {
    pub const fn new() -> Self {
        Self(Mutex::new(Idle {
            by_capacity: BTreeMap::new(),
            total: 0,
        }))
    }

    /// `len` floats of any content: the smallest idle buffer that holds them and is not twice as large.
    pub fn take(&self, len: usize) -> Vec<f32> {
        let mut idle = self.lock();
        let fitting = idle
            .by_capacity
            .range_mut(len..=2 * len)
            .find_map(|(_, buffers)| buffers.pop());
        let Some(mut buffer) = fitting else {
            drop(idle);
            return vec![0.0; len];
        };
        idle.total -= buffer.capacity();
        drop(idle);
        buffer.resize(len, 0.0);
        buffer
    }

    pub fn put(&self, buffer: Vec<f32>) {
        let mut idle = self.lock();
        if idle.total + buffer.capacity() <= IDLE_LIMIT {
            idle.total += buffer.capacity();
            idle.by_capacity
                .entry(buffer.capacity())
                .or_default()
                .push(buffer);
        }
    }

    /// Floats that wait to be used again.
    pub fn idle_floats(&self) -> usize {
        self.lock().total
    }

    /// Gives all idle memory back.
    pub fn clear(&self) {
        *self.lock() = Idle::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Idle> {
        // Buffers hold no invariant, so a panic elsewhere while the lock was held does no harm.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
