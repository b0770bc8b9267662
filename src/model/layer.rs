//! One layer of a body: a convolution, its normalisation and its activation, forward and backward.

use std::ops::Range;

use crate::ops::act::Act;
use crate::ops::conv;
use crate::ops::dense::{self, Packed};
use crate::ops::feature::{Feature, Gradient};
use crate::ops::geometry::Window;
use crate::ops::norm::{self, Moments, NormParams};
use crate::ops::scratch::BufferPool;
use crate::ops::upstream::{Upstream, Wanted};

/// A convolution without bias, its normalisation and its activation.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Prefixes of the parameters' names.
    pub conv: String,
    pub norm: String,
    pub window: Window,
    pub act: Act,
    pub eps: f64,
    /// Where the parameters lie in the body's flat parameters.
    pub weight: Range<usize>,
    pub gamma: Range<usize>,
    pub beta: Range<usize>,
    /// Where its running statistics lie in [`Running`].
    pub statistics: Range<usize>,
    /// Learning-rate group: 0 first layers, 1 later ones.
    pub group: u8,
}

/// Running means and variances of all layers, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// The numbers a pass runs on.
#[derive(Clone, Copy)]
pub struct Numbers<'a> {
    pub params: &'a [f32],
    pub running: &'a Running,
    /// Normalise by the batch's own moments, not by the running ones.
    pub by_batch: bool,
    /// By layer, for a net that only answers; empty otherwise.
    pub ready: &'a [Option<Ready>],
}

/// A layer made ready to answer: its normalisation by running statistics folded into its packed weights.
#[derive(Debug)]
pub struct Ready {
    packed: Packed,
    shift: Vec<f32>,
}

/// What to compute on the way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trainable {
    Everything,
    /// Only the normalisations' own parameters (fastai's frozen body).
    Norms,
}

/// Gradients of a layer's parameters, each in its own shape's order; `None` where none is computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParamGradients {
    pub weight: Option<Vec<f32>>,
    pub gamma: Option<Vec<f32>>,
    pub beta: Option<Vec<f32>>,
}

/// What a layer's backward pass should compute.
pub struct Wishes {
    pub trainable: Trainable,
    pub input: InputGradient,
}

/// What becomes of the gradient of a layer's input.
pub enum InputGradient {
    /// The input is the picture.
    Unwanted,
    Fresh,
    AddTo(Gradient),
}

impl Layer {
    /// One whose parameters have no place yet ([`super::body::Body::conv`] gives it). `names`: of the convolution and
    /// of the normalisation.
    pub fn new(names: [String; 2], window: Window, act: Act, (eps, group): (f64, u8)) -> Self {
        let [conv, norm] = names;
        Self {
            conv,
            norm,
            window,
            act,
            eps,
            weight: 0..0,
            gamma: 0..0,
            beta: 0..0,
            statistics: 0..0,
            group,
        }
    }

    fn norm_params<'a>(&self, numbers: Numbers<'a>) -> NormParams<'a> {
        NormParams {
            gamma: &numbers.params[self.gamma.clone()],
            beta: &numbers.params[self.beta.clone()],
            running_mean: &numbers.running.mean[self.statistics.clone()],
            running_variance: &numbers.running.variance[self.statistics.clone()],
            eps: self.eps,
        }
    }

    /// `None` for a depthwise convolution, which has no use for packed weights.
    pub fn ready(&self, numbers: Numbers<'_>) -> Option<Ready> {
        if self.window.is_depthwise() {
            return None;
        }
        let pending = norm::pending(self.norm_params(numbers), None, self.act);
        let mut weight = numbers.params[self.weight.clone()].to_vec();
        let of_channel = (weight.len() / pending.scale.len().max(1)).max(1);
        for (weights, scale) in weight.chunks_exact_mut(of_channel).zip(&pending.scale) {
            for weight in weights {
                *weight *= scale;
            }
        }
        Some(Ready {
            packed: Packed::answering(&self.window, &weight),
            shift: pending.shift,
        })
    }

    /// The raw map with its normalisation pending, and the batch's moments if it is by those; from a layer that is
    /// `ready`, the finished map.
    pub fn forward(
        &self,
        numbers: Numbers<'_>,
        ready: Option<&Ready>,
        input: &Feature,
        pool: &BufferPool,
    ) -> (Feature, Option<Moments>) {
        let extent = self.window.extent(input.height, input.width);
        let len = input.n * extent.out_height * extent.out_width * self.window.out_channels;
        let mut map = Feature {
            data: pool.take(len),
            n: input.n,
            height: extent.out_height,
            width: extent.out_width,
            channels: self.window.out_channels,
            pending: None,
        };
        if let Some(Ready { packed, shift }) = ready {
            let finish = (shift.as_slice(), self.act);
            dense::answer(input, &self.window, packed, finish, &mut map.data);
            return (map, None);
        }
        let weight = &numbers.params[self.weight.clone()];
        let moments = conv::forward(input, &self.window, weight, &mut map.data, numbers.by_batch);
        map.pending = Some(norm::pending(
            self.norm_params(numbers),
            moments.as_ref(),
            self.act,
        ));
        (map, moments)
    }

    pub fn backward(
        &self,
        numbers: Numbers<'_>,
        (input, output, upstream): (&Option<Feature>, &Feature, &Gradient),
        wishes: Wishes,
        pool: &BufferPool,
    ) -> (ParamGradients, Option<Gradient>) {
        let (Some(input), Some(pending), Some(sums)) = (input, &output.pending, &upstream.sums)
        else {
            return (ParamGradients::default(), None);
        };
        let gamma = &numbers.params[self.gamma.clone()];
        let raw = pending.backward(gamma, sums, output.rows());
        let (buffer, adds) = match wishes.input {
            InputGradient::Unwanted => (None, false),
            InputGradient::Fresh => (Some(pool.take(input.data.len())), false),
            InputGradient::AddTo(so_far) => (Some(so_far.data), true),
        };
        let (weight, gradient) = conv::backward(
            input,
            &self.window,
            &numbers.params[self.weight.clone()],
            Upstream {
                gradient: &upstream.data,
                output: &output.data,
                raw: &raw,
            },
            Wanted {
                weight: wishes.trainable == Trainable::Everything,
                input: buffer,
                adds,
            },
        );
        let own = ParamGradients {
            weight,
            gamma: Some(raw.gamma),
            beta: Some(raw.beta),
        };
        (own, gradient)
    }
}
