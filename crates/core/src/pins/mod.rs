//! Pinned images: a few that a person watches while a run learns, and what it said of each after every epoch.
//!
//! A project remembers which images are pinned ([`Pins`], in its notes). A training writes after each epoch what the net
//! says of them ([`record`]), a kilobyte a pin, so that one can scrub through the epochs without keeping their weights; a run
//! that is killed and resumed keeps it. [`strip`] makes an animation of it.

mod list;
pub mod record;
pub mod strip;

pub use list::{MOST, Pinned, PinnedNow, Pins};
pub use record::{History, Row};
