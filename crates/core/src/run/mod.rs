//! What a run is on disk: its configuration, events, state and lock, and which run to choose.

pub mod choice;
pub mod config;
pub mod event;
pub(crate) mod files;
mod info;
pub(crate) mod lock;
mod log;
pub mod preset;
pub mod summary;
mod validate;

pub use info::{RunInfo, list};
pub use log::{RunLog, RunStatus};
