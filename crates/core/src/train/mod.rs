//! Training: config, schedule, optimiser, the loop, its log on disk, and how a run that was cut off goes on.

mod average;
mod batch_fit;
mod checkpoint;
mod course;
mod feature_store;
mod feed;
pub mod find_lr;
mod fingerprint;
mod frozen;
mod hardware;
mod learner;
mod log_writer;
mod loss_scale;
pub mod lr_curve;
mod memory;
pub mod metric;
mod mix;
mod optimizer;
mod origin;
mod parts;
pub mod resume;
pub mod run;
pub mod schedule;
mod setup;
mod student;
