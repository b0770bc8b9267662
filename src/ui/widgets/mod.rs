//! Parts that several pages are made of.

pub mod at_right;
pub mod audit_ui;
pub mod decision_buttons;
pub mod elide;
pub mod empty;
pub mod glances;
pub mod gpus;
pub mod heatmaps;
pub mod held_height;
pub mod help_mark;
pub mod image_ui;
pub mod name;
pub mod number_field;
pub mod path_field;
pub mod pin_button;
pub mod right_panel;
pub mod run_choice;
pub mod scrolled;
pub mod weights;
pub mod zoom;
