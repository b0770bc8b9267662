//! What the parts of a film that are decoded side by side know of one another.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::small_frame::SmallFrame;
use crate::error::Result;
use crate::progress::Progress;

pub(super) struct PartHeads {
    /// Where each part begins, on ffmpeg's clock.
    begins: Vec<f64>,
    /// By part; the first has none.
    heads: Vec<OnceLock<Head>>,
    given_up_from: AtomicUsize,
    /// Frames of all parts.
    done: AtomicU64,
}

/// The first frames of a part, for the one before it to know them again.
pub(super) struct Head {
    /// Of the frame after them.
    pub number: u64,
    /// When the last of them is shown.
    pub secs: f64,
    pub frames: Vec<SmallFrame>,
}

impl PartHeads {
    pub fn new(begins: Vec<f64>) -> Self {
        Self {
            heads: begins.iter().map(|_| OnceLock::new()).collect(),
            given_up_from: AtomicUsize::new(begins.len()),
            begins,
            done: AtomicU64::new(0),
        }
    }

    pub fn parts(&self) -> usize {
        self.heads.len()
    }

    /// By the part itself, once.
    pub fn show(&self, part: usize, head: Head) {
        if let Some(place) = self.heads.get(part) {
            let _ = place.set(head);
        }
    }

    pub fn begin_secs(&self, part: usize) -> f64 {
        self.begins.get(part).copied().unwrap_or(f64::INFINITY)
    }

    /// Once the part has found its place; `None` if it is given up.
    ///
    /// # Errors
    /// `Cancelled`.
    pub fn wait_for(&self, part: usize, progress: &Progress) -> Result<Option<&Head>> {
        const CHECK_INTERVAL: Duration = Duration::from_millis(2);
        loop {
            let head = self.of(part);
            if head.is_some() || self.is_given_up(part) {
                return Ok(head);
            }
            progress.check()?;
            thread::sleep(CHECK_INTERVAL);
        }
    }

    pub fn of(&self, part: usize) -> Option<&Head> {
        self.heads.get(part)?.get()
    }

    /// The parts from this one on are not needed.
    pub fn give_up_from(&self, part: usize) {
        self.given_up_from.fetch_min(part, Ordering::Relaxed);
    }

    pub fn is_given_up(&self, part: usize) -> bool {
        self.given_up_from.load(Ordering::Relaxed) <= part
    }

    /// Held while the part is decoded: nobody waits for one that has ended before it found its place.
    pub fn ended(&self, part: usize) -> Ended<'_> {
        Ended { heads: self, part }
    }

    pub fn set_count(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// One more, and how many there are then.
    pub fn count_frame(&self) -> u64 {
        self.done.fetch_add(1, Ordering::Relaxed) + 1
    }
}

pub(super) struct Ended<'a> {
    heads: &'a PartHeads,
    part: usize,
}

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        if self.heads.of(self.part).is_none() {
            self.heads.give_up_from(self.part);
        }
    }
}
