//! Training: config, schedule, optimiser, the loop, its log on disk.

mod checkpoint;
pub mod config;
pub mod event;
mod feed;
mod learner;
mod machine;
pub mod metric;
mod optimizer;
pub mod preset;
pub mod run;
pub mod run_log;
pub mod schedule;
