//! What an interrupted run is resumed from: how far it is, its weights and its optimizer's tensors, in one file.

pub(crate) mod file;
pub(crate) mod state;
