//! What a collection came to.

use std::fmt::Write as _;

use serde::Serialize;

use crate::catalog::{Moment, Outcome};

/// Counts of addresses; those that were refused or failed are in the progress' warnings, each with its reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CollectReport {
    /// The source that the images are in.
    pub source: String,
    /// Images that are new in the project.
    pub taken: usize,
    /// In the project since an earlier collection; not fetched again.
    pub already: usize,
    /// Fetched, and found to be exactly an image of the project.
    pub duplicate: usize,
    /// A person rejected this very image before.
    pub rejected: usize,
    /// When the last of these was rejected, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rejected: Option<Moment>,
    /// No image, too small, forbidden…
    pub refused: usize,
    /// Could not be had this time.
    pub failed: usize,
}

impl CollectReport {
    /// "12 images taken into web, 3 already there, 1 duplicate, 2 refused, 1 failed"
    pub fn summary(&self) -> String {
        let images = if self.taken == 1 { "image" } else { "images" };
        let mut text = format!("{} {images} taken into {}", self.taken, self.source);
        let rejected = match self.last_rejected {
            Some(at) => format!("rejected before (the last on {})", at.day()),
            None => "rejected before".to_owned(),
        };
        for (count, what) in [
            (self.already, "already there"),
            (self.duplicate, "duplicate"),
            (self.rejected, rejected.as_str()),
            (self.refused, "refused"),
            (self.failed, "failed"),
        ] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}"); // a String takes everything
            }
        }
        text
    }

    pub(super) fn count(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Taken => &mut self.taken,
            Outcome::Duplicate => &mut self.duplicate,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Refused => &mut self.refused,
            Outcome::Failed => &mut self.failed,
        };
        *count += 1;
    }

    pub(super) fn count_rejected(&mut self, at: Option<Moment>) {
        self.count(Outcome::Rejected);
        self.last_rejected = self.last_rejected.max(at);
    }

    /// Images of this collection that are in the project.
    pub fn there(&self) -> usize {
        self.taken + self.already
    }

    /// Addresses that are dealt with.
    pub fn handled(&self) -> usize {
        self.taken + self.already + self.duplicate + self.rejected + self.refused + self.failed
    }
}
