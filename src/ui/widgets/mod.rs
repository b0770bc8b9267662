//! Parts that several pages are made of.

pub mod decision_buttons;
pub mod empty;
pub mod name;
pub mod path_field;
pub mod picture;
pub mod scrolled;
