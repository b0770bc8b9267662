//! The backward pass through a backbone: from the gradient of the last map to that of all parameters, or of the image.

use super::backbone::{Backbone, PoolKind, Step};
use super::layer::{InputGradient, Wishes};
use super::parameters::{ParamGradients, Parameters, Trainable};
use crate::ops::act::Backward;
use crate::ops::concat::ChannelSlice;
use crate::ops::feature::{Feature, Gradient};
use crate::ops::scratch::BufferPool;
use crate::ops::{average_pool, concat, max_pool, residual};

/// State of a backward pass: by slot the maps of the forward pass and the gradients that have come back so far.
pub(super) struct BackwardPass<'a> {
    parameters: Parameters<'a>,
    trainable: Trainable,
    rule: Backward,
    pub(super) maps: Vec<Option<Feature>>,
    pub(super) gradients: Vec<Option<Gradient>>,
    pub(super) of_params: ParamGradients,
    pool: &'a BufferPool,
}

/// How far a backward pass goes, and how.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub trainable: Trainable,
    /// At every activation.
    pub rule: Backward,
    /// The earliest map whose gradient is wanted; 0 is the image.
    pub slot: usize,
}

impl Backbone {
    /// The gradients of all parameters from the `gradient` of the output (`(n, h, w, C)`). `maps` are those of the
    /// forward pass; they go back to the pool as they are used up.
    pub fn backward(
        &self,
        parameters: Parameters<'_>,
        maps: Vec<Option<Feature>>,
        gradient: Vec<f32>,
        trainable: Trainable,
        pool: &BufferPool,
    ) -> ParamGradients {
        let target = Target {
            trainable,
            rule: Backward::Plain,
            slot: 0,
        };
        self.walk(parameters, maps, gradient, target, pool)
            .of_params
    }

    /// The gradient of the image, laid out as it is, from the `gradient` of the output, by `rule` at every activation;
    /// otherwise as [`Backbone::backward`].
    pub fn input_gradient(
        &self,
        parameters: Parameters<'_>,
        mut maps: Vec<Option<Feature>>,
        gradient: Vec<f32>,
        rule: Backward,
        pool: &BufferPool,
    ) -> Option<Vec<f32>> {
        for pending in maps
            .iter_mut()
            .flatten()
            .filter_map(|map| map.pending.as_mut())
        {
            pending.backward = rule;
        }
        let target = Target {
            trainable: Trainable::Nothing,
            rule,
            slot: 0,
        };
        let mut pass = self.walk(parameters, maps, gradient, target, pool);
        Some(pass.gradients[0].take()?.data)
    }

    /// Goes back through all steps after the one that made the target's map.
    pub(super) fn walk<'a>(
        &self,
        parameters: Parameters<'a>,
        maps: Vec<Option<Feature>>,
        gradient: Vec<f32>,
        target: Target,
        pool: &'a BufferPool,
    ) -> BackwardPass<'a> {
        let mut pass = BackwardPass {
            parameters,
            trainable: target.trainable,
            rule: target.rule,
            maps,
            gradients: vec![None; self.slots],
            of_params: vec![None; self.params.len()],
            pool,
        };
        pass.gradients[self.slots - 1] = Some(Gradient {
            data: gradient,
            sums: None,
        });
        for step in (self.steps.iter().rev()).take_while(|step| step.output() != target.slot) {
            let output = step.output();
            if let (Some(upstream), Some(map)) =
                (pass.gradients[output].take(), pass.maps[output].take())
            {
                self.step_back(step, (map, upstream), &mut pass);
            }
        }
        pass
    }

    /// Passes the gradient `upstream` of `map`, which `step` made, on to what the step read.
    fn step_back(
        &self,
        step: &Step,
        (map, upstream): (Feature, Gradient),
        pass: &mut BackwardPass<'_>,
    ) {
        match step {
            Step::Conv { layer, input, .. } => {
                let wishes = Wishes {
                    trainable: pass.trainable,
                    input: match pass.gradients[*input].take() {
                        _ if *input == 0 && pass.trainable != Trainable::Nothing => {
                            InputGradient::Unwanted
                        }
                        None => InputGradient::Fresh,
                        Some(so_far) => InputGradient::AddTo(so_far),
                    },
                };
                pass.gradients[*input] = self.layers[*layer].backward(
                    pass.parameters,
                    (&pass.maps[*input], &map, &upstream),
                    wishes,
                    &mut pass.of_params,
                    pass.pool,
                );
                pass.pool.put(map.data);
                pass.pool.put(upstream.data);
            }
            Step::Residual {
                main, skip, act, ..
            } => {
                let mut data = upstream.data;
                residual::activation_backward(&mut data, &map.data, *act, pass.rule);
                pass.pool.put(map.data);
                if let Some((skip, map)) = skip.and_then(|s| Some((s, pass.maps[s].as_ref()?))) {
                    pass.gradients[skip] = Some(if map.pending.is_some() {
                        residual::pass_on(residual::copy(&data, pass.pool), map)
                    } else {
                        residual::add_to(pass.gradients[skip].take(), &data, pass.pool)
                    });
                }
                pass.gradients[*main] = pass.maps[*main]
                    .as_ref()
                    .map(|map| residual::pass_on(data, map));
            }
            Step::Concat { inputs, norm, .. } => {
                let before = norm.as_ref().and_then(|norm| {
                    let raw =
                        norm.backward(pass.parameters, (&map, &upstream), &mut pass.of_params)?;
                    Some(concat::before_norm(&upstream.data, &raw, &map, pass.pool))
                });
                let gradient = before.as_ref().unwrap_or(&upstream.data);
                let mut offset = 0;
                for &input in inputs {
                    let Some(part) = &pass.maps[input] else {
                        continue;
                    };
                    let slice = ChannelSlice {
                        offset,
                        channels: map.channels,
                    };
                    offset += part.channels;
                    let so_far = pass.gradients[input].take();
                    let passed = concat::backward(gradient, slice, part, so_far, pass.pool);
                    pass.gradients[input] = Some(passed);
                }
                if let Some(before) = before {
                    pass.pool.put(before);
                }
                pass.pool.put(map.data);
                pass.pool.put(upstream.data);
            }
            Step::Pool {
                input,
                kind,
                window,
                ..
            } => {
                let backward = match kind {
                    PoolKind::Max => max_pool::backward,
                    PoolKind::Average => average_pool::backward,
                };
                pass.gradients[*input] = pass.maps[*input]
                    .as_ref()
                    .map(|map| backward(map, *window, &upstream.data, pass.pool));
                pass.pool.put(map.data);
                pass.pool.put(upstream.data);
            }
        }
    }
}
