//! Parts that several pages are made of.

pub mod decision_buttons;
pub mod empty;
pub mod image_ui;
pub mod name;
pub mod number_field;
pub mod path_field;
pub mod scrolled;
