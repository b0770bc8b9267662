//! What a demo has done so far, as numbers in Prometheus' text format (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Upper ends of the histogram, seconds.
const SECONDS: [f64; 8] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Counters that only grow, and what goes on now.
#[derive(Debug)]
pub struct Metrics {
    started: Instant,
    by_route: Mutex<BTreeMap<(String, u16), u64>>,
    images: AtomicU64,
    batches: AtomicU64,
    waiting: AtomicU64,
    under_way: AtomicU64,
    seconds: [AtomicU64; SECONDS.len() + 1],
    total_micros: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            by_route: Mutex::default(),
            images: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            seconds: Default::default(),
            total_micros: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    /// Images that the net was asked about.
    pub fn images(&self) -> u64 {
        self.images.load(Ordering::Relaxed)
    }

    /// Requests that were answered, well or not.
    pub fn requests(&self) -> u64 {
        let by_route = self.by_route.lock();
        let by_route = by_route.unwrap_or_else(PoisonError::into_inner);
        by_route.values().sum()
    }

    pub(crate) fn begun(&self) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// `route`: as it is registered, so that there are only so many.
    pub(crate) fn answered(&self, route: &str, status: u16, took: Duration) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        let mut by_route = self.by_route.lock().unwrap_or_else(PoisonError::into_inner);
        *by_route.entry((route.to_owned(), status)).or_default() += 1;
        let seconds = took.as_secs_f64();
        let bucket = SECONDS.iter().position(|most| seconds <= *most);
        if let Some(bucket) = self.seconds.get(bucket.unwrap_or(SECONDS.len())) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.total_micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn queued(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn unqueued(&self, images: usize) {
        self.waiting.fetch_sub(images as u64, Ordering::Relaxed);
    }

    pub(crate) fn batch(&self, images: usize) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.images.fetch_add(images as u64, Ordering::Relaxed);
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, rows: &[(String, String)]| {
            // A string takes all that is written.
            let _ = writeln!(text, "# HELP cutting_room_{name} {help}");
            let _ = writeln!(text, "# TYPE cutting_room_{name} {kind}");
            for (labels, value) in rows {
                let _ = writeln!(text, "cutting_room_{name}{labels} {value}");
            }
        };
        let one = |value: &AtomicU64| [(String::new(), value.load(Ordering::Relaxed).to_string())];
        let by_route = self.by_route.lock().unwrap_or_else(PoisonError::into_inner);
        let requests: Vec<(String, String)> = by_route
            .iter()
            .map(|((route, status), n)| {
                (
                    format!("{{route=\"{route}\",status=\"{status}\"}}"),
                    n.to_string(),
                )
            })
            .collect();
        let answered: u64 = by_route.values().sum();
        drop(by_route);
        family("requests_total", "counter", "Requests answered.", &requests);
        family(
            "images_total",
            "counter",
            "Images that the net was asked about.",
            &one(&self.images),
        );
        family(
            "batches_total",
            "counter",
            "Passes of the net.",
            &one(&self.batches),
        );
        family(
            "images_waiting",
            "gauge",
            "Images that wait for the net.",
            &one(&self.waiting),
        );
        family(
            "requests_under_way",
            "gauge",
            "Requests not answered yet.",
            &one(&self.under_way),
        );
        let uptime = self.started.elapsed().as_secs_f64();
        let uptime = [(String::new(), format!("{uptime:.3}"))];
        family("uptime_seconds", "gauge", "Since the demo began.", &uptime);
        let mut below = 0;
        let mut rows: Vec<(String, String)> = Vec::new();
        for (most, bucket) in SECONDS.iter().zip(&self.seconds) {
            below += bucket.load(Ordering::Relaxed);
            rows.push((format!("_bucket{{le=\"{most}\"}}"), below.to_string()));
        }
        let seconds = self.total_micros.load(Ordering::Relaxed) as f64 / 1e6;
        rows.push(("_bucket{le=\"+Inf\"}".to_owned(), answered.to_string()));
        rows.push(("_sum".to_owned(), format!("{seconds:.6}")));
        rows.push(("_count".to_owned(), answered.to_string()));
        family(
            "request_seconds",
            "histogram",
            "From a request to its answer.",
            &rows,
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_in_prometheus_words() {
        let metrics = Metrics::default();
        for took in [10, 40, 20_000] {
            metrics.begun();
            metrics.answered("/api/predict", 200, Duration::from_millis(took));
        }
        metrics.batch(2);
        let text = metrics.text();
        for line in [
            "cutting_room_requests_total{route=\"/api/predict\",status=\"200\"} 3",
            "cutting_room_images_total 2",
            "cutting_room_requests_under_way 0",
            "cutting_room_request_seconds_bucket{le=\"0.025\"} 1",
            "cutting_room_request_seconds_bucket{le=\"10\"} 2",
            "cutting_room_request_seconds_bucket{le=\"+Inf\"} 3",
            "cutting_room_request_seconds_sum 20.050000",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
