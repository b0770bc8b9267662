//! From catalogue rows to batches: split, samples, transforms, loader.

pub mod augment;
pub mod loader;
pub mod sample;
pub mod split;
pub mod transform;

pub use sample::Sample;
pub use split::Split;
