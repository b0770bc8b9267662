//! One batch normalisation of a backbone with the activation behind it: left pending on a map, and its backward pass.

use std::ops::Range;

use super::parameters::{ParamGradients, ParamRange, Parameters};
use crate::ops::act::Act;
use crate::ops::feature::{Feature, Gradient, Pending, RawGradient};
use crate::ops::norm::{self, Moments, NormParams};

#[derive(Clone, Debug)]
pub struct BatchNorm {
    /// Prefix of the names of its parameters and statistics.
    pub name: String,
    pub act: Act,
    pub eps: f64,
    pub gamma: ParamRange,
    pub beta: ParamRange,
    /// Where its statistics lie in [`super::parameters::Running`].
    pub statistics: Range<usize>,
}

impl BatchNorm {
    /// One whose parameters have no range yet; the [`super::backbone::Backbone`] it is added to gives it.
    pub fn new(name: String, act: Act, eps: f64) -> Self {
        Self {
            name,
            act,
            eps,
            gamma: ParamRange::default(),
            beta: ParamRange::default(),
            statistics: 0..0,
        }
    }

    /// By the batch's `moments`, or by the running statistics.
    pub fn pending(&self, parameters: Parameters<'_>, moments: Option<&Moments>) -> Pending {
        let params = NormParams {
            gamma: parameters.of(&self.gamma),
            beta: parameters.of(&self.beta),
            running_mean: &parameters.running.mean[self.statistics.clone()],
            running_variance: &parameters.running.variance[self.statistics.clone()],
            eps: self.eps,
        };
        norm::pending(params, moments, self.act)
    }

    /// Puts the gradients of its parameters into `of_params`; returns the coefficients of that of the raw `map`, from the
    /// gradient `upstream` behind it. `None` if it was not pending on the map.
    pub fn backward(
        &self,
        parameters: Parameters<'_>,
        (map, upstream): (&Feature, &Gradient),
        of_params: &mut ParamGradients,
    ) -> Option<RawGradient> {
        let (pending, sums) = (map.pending.as_ref()?, upstream.sums.as_ref()?);
        let mut raw = pending.backward(parameters.of(&self.gamma), sums, map.rows());
        of_params[self.gamma.index] = Some(std::mem::take(&mut raw.gamma));
        of_params[self.beta.index] = Some(std::mem::take(&mut raw.beta));
        Some(raw)
    }
}
