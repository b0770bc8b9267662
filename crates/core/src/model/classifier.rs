//! What training and explanations need of a net.

use candle_core::Tensor;

use super::freeze::Mode;
use crate::error::Result;
use crate::rng::Stream;

/// A net in two halves; the cut gives freezing, Grad-CAM and head replacement. (candle keeps gradients of variables only.)
pub trait Classifier: Send + Sync {
    /// `images`: `(N, 3, H, W)` f32, normalised by [`super::Arch::input_normalization`]; returns the last feature map
    /// `(N, C, h, w)`. A graph is built only in [`Mode::Train`], and only if something of the backbone is trainable.
    fn features(&self, images: &Tensor, mode: Mode) -> Result<Tensor>;
    /// `features`: `(N, C, h, w)`; returns raw logits `(N, classes)`. With a `dropout` stream the head trains: batch
    /// statistics, dropout; without one it evaluates. Always differentiable, also with respect to `features`.
    fn head(&self, features: &Tensor, dropout: Option<&mut Stream>) -> Result<Tensor>;
    /// As `head` without `dropout`, differentiable with respect to `features`; the weights may go without a gradient.
    fn fixed_head(&self, features: &Tensor) -> Result<Tensor> {
        self.head(features, None)
    }
}
