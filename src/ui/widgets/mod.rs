//! Parts that several pages are made of.

pub mod empty;
pub mod path_field;
pub mod picture;
pub mod run_choice;
