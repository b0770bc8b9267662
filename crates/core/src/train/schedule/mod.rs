//! Learning rates: over a run (one cycle, in steps of the optimizer), and those of the range test.

pub mod lr_curve;
pub(crate) mod lr_schedule;
pub mod one_cycle;
