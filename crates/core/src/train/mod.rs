//! Training: from a job to a run on disk.
//!
//! One batch goes straight through: `train_loop` takes it from `data`, the `learner` runs it forward and backward
//! and hands the gradient to the `optimizer` at the rates of the `schedule`; then the loop counts it in the state
//! (see `checkpoint`) and writes it to the log (see `report`).
//!
//! Three entry points: [`start::train`], [`resume::resume`] and [`find_lr::find_lr`]. They check and complete the
//! configuration (`prepare`, `memory`) and build what the loop needs (`build`).

mod build;
mod checkpoint;
mod closed_form;
mod data;
pub mod embedding;
pub mod find_lr;
mod hardware;
pub mod job;
pub mod learned_from;
mod learner;
mod line;
mod memory;
mod missing_images;
mod optimizer;
mod prepare;
pub mod report;
pub mod resume;
pub mod schedule;
pub mod start;
mod train_loop;
