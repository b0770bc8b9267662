//! What a run reports: running means, times, and the log of its events.

pub(crate) mod clock;
pub(crate) mod log_writer;
pub mod metric;
