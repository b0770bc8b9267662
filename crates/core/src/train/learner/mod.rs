//! The net, its optimizer and what belongs to one step: forward, loss, backward, update; and validation.

pub(crate) mod loss_scale;
pub(crate) mod micro_batch;
pub(crate) mod step;
