//! What leaves the program: a run's net for other programs, and the data set as folders.
//!
//! An export is a new folder that appears whole or not at all, never over something that is there. What describes the net's
//! input is data ([`Preprocessing`]), so that no consumer has to guess it.

pub mod bundle;
mod destination;
mod exporting;
pub mod imagefolder;
mod job;
pub mod onnx;
mod preprocessing;
mod python;
mod request;
mod scan;
pub mod site;
mod tensorboard;
mod weights;

pub use destination::NewFolder;
pub use exporting::Material;
pub use preprocessing::Preprocessing;
pub use request::{Exported, Request, Target, export_job};
pub use scan::export_scan;
