//! A project that another window is still leaving.

use std::path::PathBuf;
use std::time::Instant;

/// A project that is opened once those who are leaving it have left.
pub struct Awaited {
    pub root: PathBuf,
    pub since: Instant,
}
