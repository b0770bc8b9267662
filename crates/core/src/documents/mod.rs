//! What the program tells other programs: the JSON documents of the command line, as types.
//!
//! The command line prints them with `--json`; whoever else serves the same, serves these. The document of `evaluate` is
//! [`crate::report::Evaluation`]. Keys are a contract: new ones may come, none goes or changes its meaning.

pub mod backups;
pub mod characters;
pub mod collected;
pub mod copies;
pub mod crops;
pub mod doctor;
pub mod edits;
pub mod findings;
pub mod frames;
pub mod honesty;
pub mod imports;
pub mod leaks;
pub mod predictions;
pub mod runs;
pub mod scenes;
pub mod screen;
pub mod split;
pub mod training;
