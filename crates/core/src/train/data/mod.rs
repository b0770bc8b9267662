//! What a step learns from: batches of images, or features of a frozen backbone that are computed once and kept.

pub(crate) mod batch;
pub(crate) mod feature_cache;
pub(crate) mod feature_store;
pub(crate) mod feed;
pub(crate) mod fingerprint;
pub(crate) mod mixup;
