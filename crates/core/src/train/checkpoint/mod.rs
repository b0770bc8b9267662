//! What a run leaves on disk to be resumed from.

pub(crate) mod file;
