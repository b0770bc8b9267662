//! What of a net learns in a pass.

/// Whether batch statistics are used and kept, and a graph is built for what is trainable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Train,
    Eval,
}

/// What of the backbone stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Freeze {
    /// The whole backbone; its normalisations use and keep their running statistics, so features can be cached.
    #[default]
    Backbone,
    /// The backbone's convolutions; its normalisations train, on batch statistics (fastai's way).
    BackboneExceptNorms,
    /// The running statistics, on which everything else learns: what was learnt with a frozen backbone stays true.
    Statistics,
    Nothing,
}
