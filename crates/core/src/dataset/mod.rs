//! From catalog rows to batches: split, samples, transforms, loader.

pub mod augment;
pub mod augmented_view;
mod copies;
pub mod crops;
pub mod erasing;
pub mod image_set;
pub mod leakage;
pub mod loader;
mod placed;
pub mod sample;
pub mod source_weights;
pub mod split;
pub mod trivial;
pub mod twins;
pub mod unreadable;

pub use crops::Crops;
pub use leakage::Leakage;
pub use sample::Sample;
pub use split::Split;
