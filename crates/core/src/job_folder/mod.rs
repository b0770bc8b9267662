//! A training as a folder that runs anywhere.
//!
//! [`crate::export`] makes one: a small project (the images of the split with all that is known of them), job.json with the
//! configurations, and what PyTorch needs to do the same. It is worked on by [`crate::sweep::Queue`] or by
//! `train_torch.py`; [`crate::import_run`] takes what either has made into the project again.

mod file;
mod work;

pub(crate) use file::read_json;
pub use file::{FORMAT, JobFile, JobImage, JobImages, JobRun, TorchParameter, TorchRecipe};
pub use work::JobFolder;
