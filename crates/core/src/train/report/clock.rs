//! Time spent training, and images a second.

use std::time::{Duration, Instant};

/// Seconds of work over all sessions of a run, without pauses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    before_secs: f64,
    started: Instant,
    paused: Duration,
}

impl Clock {
    /// `before_secs`: of the sessions before the one that began at `started`.
    pub fn new(before_secs: f64, started: Instant) -> Self {
        Self {
            before_secs,
            started,
            paused: Duration::ZERO,
        }
    }

    pub fn elapsed_secs(self) -> f64 {
        let worked = self.started.elapsed().saturating_sub(self.paused);
        self.before_secs + worked.as_secs_f64()
    }

    pub fn pause(&mut self, duration: Duration) {
        self.paused += duration;
    }
}

/// Images a second of one epoch, without pauses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throughput {
    begun: Instant,
    paused: Duration,
    images: usize,
}

impl Throughput {
    pub fn start() -> Self {
        Self {
            begun: Instant::now(),
            paused: Duration::ZERO,
            images: 0,
        }
    }

    /// Counts the images of a batch; returns the mean rate so far.
    pub fn count(&mut self, images: usize) -> f64 {
        self.images += images;
        let busy = self.begun.elapsed().saturating_sub(self.paused);
        self.images as f64 / busy.as_secs_f64().max(1e-9)
    }

    pub fn pause(&mut self, duration: Duration) {
        self.paused += duration;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_no_work() {
        let hour = Duration::from_hours(1);
        let started = Instant::now().checked_sub(hour).unwrap();
        let mut clock = Clock::new(5.0, started);
        assert!(clock.elapsed_secs() >= 3605.0);
        clock.pause(hour);
        assert!(clock.elapsed_secs() < 10.0, "{}", clock.elapsed_secs());
    }
}
