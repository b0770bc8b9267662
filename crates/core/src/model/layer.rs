//! One layer of a backbone: a convolution, and the normalisation or bias and the activation that follow it, forward and
//! backward.

use std::borrow::Cow;

use super::batch_norm::BatchNorm;
use super::parameters::{ParamGradients, ParamRange, Parameters, Trainable};
use crate::ops::act::Act;
use crate::ops::conv;
use crate::ops::feature::{Feature, Gradient, Pending, RawGradient};
use crate::ops::geometry::Window;
use crate::ops::norm::Moments;
use crate::ops::scratch::BufferPool;
use crate::ops::upstream::{Upstream, Wanted};

/// A convolution and what is left pending on its output.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Prefix of the weight's name.
    pub conv: String,
    pub window: Window,
    pub after: After,
    pub weight: ParamRange,
    /// Learning-rate group: 0 first layers, 1 later ones.
    pub group: u8,
}

/// What follows a convolution.
#[derive(Clone, Debug)]
pub enum After {
    Norm(BatchNorm),
    /// A bias per channel, and an activation.
    Bias(ParamRange, Act),
    /// Nothing: a map that others normalise, each in its own way.
    Nothing,
}

/// What a layer's backward pass should compute.
pub struct Wishes {
    pub trainable: Trainable,
    pub input: InputGradient,
}

/// What becomes of the gradient of a layer's input.
pub enum InputGradient {
    /// The input is the image, and only the parameters learn.
    Unwanted,
    Fresh,
    AddTo(Gradient),
}

impl Layer {
    /// One with a normalisation, whose parameters have no place yet ([`super::backbone::Backbone::conv`] gives it). `names`: of
    /// the convolution and of the normalisation.
    pub fn new(names: [String; 2], window: Window, act: Act, (eps, group): (f64, u8)) -> Self {
        let [conv, norm] = names;
        let after = After::Norm(BatchNorm::new(norm, act, eps));
        Self::with(conv, window, after, group)
    }

    /// One with a bias.
    pub fn biased(conv: String, window: Window, act: Act, group: u8) -> Self {
        Self::with(conv, window, After::Bias(ParamRange::default(), act), group)
    }

    /// One with nothing after it.
    pub fn bare(conv: String, window: Window, group: u8) -> Self {
        Self::with(conv, window, After::Nothing, group)
    }

    fn with(conv: String, window: Window, after: After, group: u8) -> Self {
        Self {
            conv,
            window,
            after,
            weight: ParamRange::default(),
            group,
        }
    }

    /// What is left pending on the output.
    pub(super) fn pending(
        &self,
        parameters: Parameters<'_>,
        moments: Option<&Moments>,
    ) -> Option<Pending> {
        match &self.after {
            After::Norm(norm) => Some(norm.pending(parameters, moments)),
            After::Bias(bias, act) => Some(Pending::bias(parameters.of(bias), *act)),
            After::Nothing => None,
        }
    }

    /// The raw map with what is pending on it, and the batch's moments if it is normalised by those.
    pub fn forward(
        &self,
        parameters: Parameters<'_>,
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
        let wants_moments = parameters.by_batch && matches!(self.after, After::Norm(_));
        let weight = parameters.of(&self.weight);
        let moments = conv::forward(input, &self.window, weight, &mut map.data, wants_moments);
        map.pending = self.pending(parameters, moments.as_ref());
        (map, moments)
    }

    /// The gradient of the input; those of the layer's own parameters go into `of_params`.
    pub fn backward(
        &self,
        parameters: Parameters<'_>,
        (input, output, upstream): (&Option<Feature>, &Feature, &Gradient),
        wishes: Wishes,
        of_params: &mut ParamGradients,
        pool: &BufferPool,
    ) -> Option<Gradient> {
        let input = input.as_ref()?;
        let learns_weights = wishes.trainable == Trainable::Everything;
        let raw = match &self.after {
            After::Norm(norm) => norm.backward(parameters, (output, upstream), of_params)?,
            After::Bias(bias, _) => {
                let sums = upstream.sums.as_ref()?;
                if learns_weights {
                    of_params[bias.index] = Some(sums.of_gradient.clone());
                }
                RawGradient::same(output.channels)
            }
            After::Nothing => RawGradient::same(output.channels),
        };
        // By running statistics that gradient is a factor a channel, which the weights can carry: the maps are then read as they are.
        let by_batch = output.pending.as_ref().is_some_and(|p| p.is_batch);
        let factors = (!raw.is_same && !by_batch).then_some(&raw.a);
        let same = RawGradient::same(output.channels);
        let (raw, weight) = match factors {
            Some(factors) => {
                let mut weight = parameters.of(&self.weight).to_vec();
                scale_channels(&mut weight, factors);
                (&same, Cow::Owned(weight))
            }
            None => (&raw, Cow::Borrowed(parameters.of(&self.weight))),
        };
        let (buffer, adds) = match wishes.input {
            InputGradient::Unwanted => (None, false),
            InputGradient::Fresh => (Some(pool.take(input.data.len())), false),
            InputGradient::AddTo(so_far) => (Some(so_far.data), true),
        };
        let (mut of_weight, gradient) = conv::backward(
            input,
            &self.window,
            &weight,
            Upstream {
                gradient: &upstream.data,
                output: &output.data,
                raw,
            },
            Wanted {
                weight: learns_weights,
                input: buffer,
                adds,
            },
        );
        if let (Some(values), Some(factors)) = (&mut of_weight, factors) {
            scale_channels(values, factors);
        }
        of_params[self.weight.index] = of_weight;
        gradient
    }
}

/// Multiplies a weight's (or its gradient's) part of each output channel by that channel's factor.
pub(super) fn scale_channels(weight: &mut [f32], factors: &[f32]) {
    let of_channel = (weight.len() / factors.len().max(1)).max(1);
    for (weights, factor) in weight.chunks_exact_mut(of_channel).zip(factors) {
        for weight in weights {
            *weight *= factor;
        }
    }
}
