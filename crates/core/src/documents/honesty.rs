//! What a random split would claim beside what this one says: `honesty`.

use serde::Serialize;

use crate::curate::honesty::{Honesty, Measured};

/// The document of `honesty --json`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HonestyDocument {
    pub random: AccuracyRow,
    /// The split as the project has it.
    pub split: AccuracyRow,
    /// Of both.
    pub valid_images: usize,
    /// Then `split` flatters as much as `random`.
    pub is_random_split: bool,
}

/// An accuracy of the head in closed form.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AccuracyRow {
    /// 0 to 1.
    pub accuracy: f64,
    /// 95 %.
    pub interval: [f64; 2],
}

impl HonestyDocument {
    pub fn of(honesty: &Honesty) -> Self {
        let row = |measured: Measured| AccuracyRow {
            accuracy: measured.accuracy,
            interval: measured.interval,
        };
        Self {
            random: row(honesty.random),
            split: row(honesty.split),
            valid_images: honesty.valid_images,
            is_random_split: honesty.is_random_split,
        }
    }
}
