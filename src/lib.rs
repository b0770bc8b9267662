//! Cutting Room turns films and scraped images into an image classifier that can be trusted.
//!
//! This package holds the time (jobs, an open project) and the faces (command line, window); `cutting-room-core` holds
//! what they show, `cutting-room-serve` the demo and `cutting-room-ops` the tensor operations beneath. ARCHITECTURE.md draws the levels.

pub use cutting_room_core::{
    Error, Result, catalog, character, collect, cross_validate, curate, dataset, documents,
    download, error, evaluate, explain, export, import_run, job_folder, media, model, number, ops,
    pins, predict, progress, project, report, rng, run, sample, spare, sweep, train,
};
pub use cutting_room_serve as serve;

pub mod diagnostics;
pub mod jobs;
pub mod logging;
pub mod session;
pub mod settings;

pub mod cli;
#[cfg(feature = "gui")]
pub mod ui;
