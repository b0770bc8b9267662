//! How much of this computer a visitor may have.

use std::time::Duration;

/// See each field; [`Limits::default`] suits a demo on a laptop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of a request's body. More is 413.
    pub body_bytes: usize,
    /// Of an image, by its header. More is 413.
    pub pixels: u64,
    /// From a request's first line to its answer; later is 503.
    pub time: Duration,
    /// Images from one address in any minute; more are 429. `None`: as many as it likes.
    pub images_per_minute: Option<u32>,
    /// Images that wait for the net; more are 503.
    pub waiting: usize,
    /// Bodies that are in memory at one time; more are 503.
    pub bodies_bytes: usize,
    /// Images that go through the net together.
    pub batch: usize,
    /// Connections that are open at one time; more wait until one closes.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 20 << 20,
            pixels: 50_000_000,
            time: Duration::from_secs(30),
            images_per_minute: None,
            waiting: 128,
            bodies_bytes: 256 << 20,
            batch: 8,
            connections: 512,
        }
    }
}

impl Limits {
    /// "20 MB", of a body.
    pub fn body_text(&self) -> String {
        format!("{} MB", self.body_bytes >> 20)
    }

    /// "50 megapixels".
    pub fn pixels_text(&self) -> String {
        format!("{} megapixels", self.pixels / 1_000_000)
    }
}
