//! The memory of one run: all maps and scratch in one piece, aligned to cache lines, used again by the next run.
#![expect(
    unsafe_code,
    reason = "tasks of one step write different places of one memory"
)]

use std::cell::RefCell;
use std::sync::Mutex;

/// A cache line, which is also the widest register.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

const LINE: usize = 16;

/// Values that begin at a cache line.
#[derive(Debug, Default)]
pub struct Aligned {
    lines: Vec<Line>,
}

impl Aligned {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        Self {
            lines: vec![Line([0.0; LINE]); len.div_ceil(LINE)],
        }
    }

    pub fn len(&self) -> usize {
        self.lines.len() * LINE
    }

    pub fn as_ptr(&self) -> *const f32 {
        self.lines.as_ptr().cast()
    }

    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        let len = self.len();
        // SAFETY: lines are arrays of floats without gaps between them.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), len) }
    }
}

thread_local! {
    static SCRATCH: RefCell<Aligned> = const { RefCell::new(Aligned { lines: Vec::new() }) };
}

/// Runs `work` with `len` values of this thread's scratch; what is in them is left over from before.
pub fn with_scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    // Taken out, not borrowed: should `work` come back here on the same thread, it gets memory of its own.
    let mut scratch = SCRATCH.take();
    if scratch.len() < len {
        scratch = Aligned::zeros(len);
    }
    let result = work(&mut scratch.as_mut_slice()[..len]);
    SCRATCH.replace(scratch);
    result
}

/// What the tasks of a run read and write.
#[derive(Clone, Copy)]
pub struct Memory {
    /// All maps.
    pub maps: *mut f32,
    /// The image, `(channel, y, x)`.
    pub image: *const f32,
    /// The last map, `(channel, y, x)`.
    pub output: *mut f32,
}

// SAFETY: every access is in an unsafe function whose caller promises that no other thread is there.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// Memories that wait for the next run.
#[derive(Debug, Default)]
pub struct Idle(Mutex<Vec<Aligned>>);

impl Idle {
    /// `len` values of any content.
    pub fn take(&self, len: usize) -> Aligned {
        let mut idle = self.lock();
        let found = idle.iter().position(|memory| memory.len() >= len);
        let found = found.map(|index| idle.swap_remove(index));
        drop(idle);
        found.unwrap_or_else(|| Aligned::zeros(len))
    }

    pub fn put(&self, memory: Aligned) {
        self.lock().push(memory);
    }

    /// Gives all of it back.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Aligned>> {
        // Memories hold no invariant, so a panic elsewhere while the lock was held does no harm.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
