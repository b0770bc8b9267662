//! What a run is on disk: its configuration, events, state and lock, and which run to choose.

pub mod config;
pub mod preset;
mod validate;
