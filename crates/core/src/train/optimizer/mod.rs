//! How gradients change the weights: AdamW over layer groups, and the moving average of the weights.

pub(crate) mod adamw;
pub(crate) mod ema;
