//! What a run tells: running means, and the log of its events.

pub(crate) mod log_writer;
pub mod metric;
