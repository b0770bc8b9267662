//! Everything of Cutting Room that is not a front end: plain synchronous functions over plain data.
//!
//! ARCHITECTURE.md draws the levels; data flows down this list.

pub use cutting_room_ops as ops;
pub use cutting_room_ops::rng;

pub mod download;
pub mod error;
pub mod number;
pub mod progress;
pub mod project;
pub mod spare;
mod timestamp;

pub mod catalog;
pub mod media;

pub mod dataset;
pub mod model;

pub mod run;

pub mod character;
pub mod collect;
pub mod cross_validate;
pub mod curate;
pub mod documents;
pub mod evaluate;
pub mod explain;
pub mod export;
pub mod import_run;
pub mod job_folder;
pub mod pins;
pub mod predict;
pub mod report;
pub mod sample;
pub mod sweep;
pub mod train;

pub use error::{Error, Result};
