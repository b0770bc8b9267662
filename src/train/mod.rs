//! Training: config, schedule, optimiser, the loop, its log on disk, and how a run that was cut off goes on.

mod average;
mod checkpoint;
pub mod config;
pub mod event;
mod feature_store;
mod feed;
pub mod find_lr;
mod fingerprint;
mod frozen;
mod learner;
mod log_writer;
pub mod lr_curve;
mod machine;
pub mod metric;
mod optimizer;
mod origin;
pub mod preset;
pub mod resume;
pub mod run;
mod run_id;
mod run_lock;
pub mod run_log;
pub mod schedule;
mod setup;
mod student;
mod validate;
