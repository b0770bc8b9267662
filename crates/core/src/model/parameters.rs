//! The values a pass over a backbone runs on, and where each tensor lies among them.

use std::ops::Range;

/// Where a tensor stands among the backbone's parameters, and where its values lie in the flat ones. The
/// [`super::backbone::Backbone`] gives it when the layer is added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamRange {
    pub index: usize,
    pub flat: Range<usize>,
}

/// Running means and variances of all normalisations, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// Parameters and running statistics of one pass.
#[derive(Clone, Copy)]
pub struct Parameters<'a> {
    pub params: &'a [f32],
    pub running: &'a Running,
    /// Normalise by the batch's own moments, not by the running ones.
    pub by_batch: bool,
}

impl<'a> Parameters<'a> {
    pub fn of(&self, range: &ParamRange) -> &'a [f32] {
        &self.params[range.flat.clone()]
    }
}

/// Which gradients a backward pass computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trainable {
    Everything,
    /// Only the normalisations' own parameters (fastai's frozen backbone).
    Norms,
    /// Nothing: the backward pass leads to the image.
    Nothing,
}

/// Gradients of a backbone's parameters in their order, each in its own shape's order; `None` where none is computed.
pub type ParamGradients = Vec<Option<Vec<f32>>>;
