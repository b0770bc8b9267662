//! The net with its optimizer: one batch forward, backward and into the weights; and the validation pass.

pub(crate) mod loss_scale;
pub(crate) mod metrics;
pub(crate) mod micro_batch;
pub(crate) mod step;
pub(crate) mod validation;
