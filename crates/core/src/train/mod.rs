//! Training: config, schedule, optimiser, the loop, its log on disk, and how a run that was cut off goes on.

mod build;
mod checkpoint;
mod data;
pub mod find_lr;
mod hardware;
mod learner;
mod memory;
mod optimizer;
mod prepare;
pub mod report;
pub mod resume;
pub mod schedule;
pub mod start;
mod train_loop;
