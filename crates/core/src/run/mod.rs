//! What a run is on disk: its configuration, events, state and lock, and which run to choose.

mod again;
pub mod balance;
pub mod best_valid;
pub mod caveat;
pub mod choice;
pub mod config;
pub mod event;
pub(crate) mod files;
mod info;
pub mod lineage;
pub(crate) mod lock;
mod log;
pub mod preset;
pub mod set_file;
pub mod sizes;
pub mod summary;
mod validate;
pub(crate) mod warnings;

pub use best_valid::{BestValid, MeasuredImage};
pub use info::{Ancestor, FASTAI, RunInfo, list};
pub use log::{RunLog, RunStatus};
pub use warnings::RunWarning;
