//! Cutting Room turns films and scraped pictures into an image classifier that can be trusted.
//!
//! ARCHITECTURE.md draws the levels; data flows down this list.

pub mod error;
pub mod progress;
pub mod project;
pub mod rng;

pub mod catalog;
pub mod media;
pub mod ops;

pub mod dataset;
pub mod model;

pub mod evaluate;
pub mod explain;
pub mod predict;
pub mod report;
pub mod sample;
pub mod train;

pub mod jobs;
pub mod session;

pub mod cli;
#[cfg(feature = "gui")]
pub mod ui;

pub use error::{Error, Result};
