//! What memory a run needs, and the batch that fits.

pub(crate) mod batch_plan;
pub(crate) mod estimate;
