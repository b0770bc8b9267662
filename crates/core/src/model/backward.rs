//! The backward pass through a backbone: from the gradient of the last map to that of all parameters, or of the picture.

use super::backbone::{Backbone, PoolKind, Step};
use super::layer::{InputGradient, Wishes};
use super::parameters::{ParamGradients, Parameters, Trainable};
use crate::ops::act::Backward;
use crate::ops::concat::ChannelSlice;
use crate::ops::feature::{Feature, Gradient};
use crate::ops::scratch::BufferPool;
use crate::ops::{average_pool, concat, max_pool, residual};

/// What is known on the way: by slot the maps of the forward pass and the gradients that have come back so far.
pub(super) struct Way<'a> {
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
    /// The earliest map whose gradient is wanted; 0 is the picture.
    pub slot: usize,
}

impl Backbone {
    /// The gradients of all parameters from the `gradient` of the output (`(n, h, w, C)`). `maps` are those of the
    /// forward pass; they are given back to the pool on the way.
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

    /// The gradient of the picture, laid out as it is, from the `gradient` of the output, by `rule` at every activation;
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
        let mut way = self.walk(parameters, maps, gradient, target, pool);
        Some(way.gradients[0].take()?.data)
    }

    /// Goes back through all steps after the one that made the target's map.
    pub(super) fn walk<'a>(
        &self,
        parameters: Parameters<'a>,
        maps: Vec<Option<Feature>>,
        gradient: Vec<f32>,
        target: Target,
        pool: &'a BufferPool,
    ) -> Way<'a> {
        let mut way = Way {
            parameters,
            trainable: target.trainable,
            rule: target.rule,
            maps,
            gradients: vec![None; self.slots],
            of_params: vec![None; self.params.len()],
            pool,
        };
        way.gradients[self.slots - 1] = Some(Gradient {
            data: gradient,
            sums: None,
        });
        for step in (self.steps.iter().rev()).take_while(|step| step.output() != target.slot) {
            let output = step.output();
            if let (Some(upstream), Some(map)) =
                (way.gradients[output].take(), way.maps[output].take())
            {
                self.step_back(step, (map, upstream), &mut way);
            }
        }
        way
    }

    /// Passes the gradient `upstream` of `map`, which `step` made, on to what the step read.
    fn step_back(&self, step: &Step, (map, upstream): (Feature, Gradient), way: &mut Way<'_>) {
        match step {
            Step::Conv { layer, input, .. } => {
                let wishes = Wishes {
                    trainable: way.trainable,
                    input: match way.gradients[*input].take() {
                        _ if *input == 0 && way.trainable != Trainable::Nothing => {
                            InputGradient::Unwanted
                        }
                        None => InputGradient::Fresh,
                        Some(so_far) => InputGradient::AddTo(so_far),
                    },
                };
                way.gradients[*input] = self.layers[*layer].backward(
                    way.parameters,
                    (&way.maps[*input], &map, &upstream),
                    wishes,
                    &mut way.of_params,
                    way.pool,
                );
                way.pool.put(map.data);
                way.pool.put(upstream.data);
            }
            Step::Residual {
                main, skip, act, ..
            } => {
                let mut data = upstream.data;
                residual::activation_backward(&mut data, &map.data, *act, way.rule);
                way.pool.put(map.data);
                if let Some((skip, map)) = skip.and_then(|s| Some((s, way.maps[s].as_ref()?))) {
                    way.gradients[skip] = Some(if map.pending.is_some() {
                        residual::pass_on(residual::copy(&data, way.pool), map)
                    } else {
                        residual::add_to(way.gradients[skip].take(), &data, way.pool)
                    });
                }
                way.gradients[*main] = way.maps[*main]
                    .as_ref()
                    .map(|map| residual::pass_on(data, map));
            }
            Step::Concat { inputs, norm, .. } => {
                let before = norm.as_ref().and_then(|norm| {
                    let raw =
                        norm.backward(way.parameters, (&map, &upstream), &mut way.of_params)?;
                    Some(concat::before_norm(&upstream.data, &raw, &map, way.pool))
                });
                let gradient = before.as_ref().unwrap_or(&upstream.data);
                let mut offset = 0;
                for &input in inputs {
                    let Some(part) = &way.maps[input] else {
                        continue;
                    };
                    let slice = ChannelSlice {
                        offset,
                        channels: map.channels,
                    };
                    offset += part.channels;
                    let so_far = way.gradients[input].take();
                    let passed = concat::backward(gradient, slice, part, so_far, way.pool);
                    way.gradients[input] = Some(passed);
                }
                if let Some(before) = before {
                    way.pool.put(before);
                }
                way.pool.put(map.data);
                way.pool.put(upstream.data);
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
                way.gradients[*input] = way.maps[*input]
                    .as_ref()
                    .map(|map| backward(map, *window, &upstream.data, way.pool));
                way.pool.put(map.data);
                way.pool.put(upstream.data);
            }
        }
    }
}
