//! A backbone's list of steps on a device: as [`super::backbone`], over maps in the device's memory.

use std::sync::Arc;

use candle_core::Result;

use super::backbone::{Backbone, PoolKind, Step};
use super::batch_norm::BatchNorm;
use super::layer::{After, Layer};
use super::parameters::{Running, Trainable};
use crate::ops::concat::ChannelSlice;
use crate::ops::device::map::{Gradient, Map, Shared};
use crate::ops::device::norm::NormPtrs;
use crate::ops::device::{DevicePtr, Engine, Machine, Memory as _};
use crate::ops::norm::Moments;

/// A backbone on an engine, with the numbers of one pass.
pub struct DevicePass<'a, M: Machine> {
    pub backbone: &'a Backbone,
    pub engine: Engine<'a, M>,
    /// Flat, f32, on the device.
    pub params: DevicePtr<'a>,
    /// Means, then variances, of all layers: the running ones, or those of the batch, written by the forward pass.
    pub statistics: M::Memory,
    pub by_batch: bool,
}

/// Maps by slot.
pub type Maps<M> = Vec<Option<Shared<M>>>;

impl<'a, M: Machine> DevicePass<'a, M> {
    /// `running`: `None` to normalise by the batch's own moments.
    pub fn new(
        backbone: &'a Backbone,
        engine: Engine<'a, M>,
        params: DevicePtr<'a>,
        running: Option<&Running>,
    ) -> Result<Self> {
        let statistics = match running {
            Some(running) => engine
                .machine
                .upload(&[running.mean.as_slice(), running.variance.as_slice()].concat())?,
            None => engine.machine.alloc(8 * backbone.statistics_len.max(1))?,
        };
        Ok(Self {
            backbone,
            engine,
            params,
            statistics,
            by_batch: running.is_none(),
        })
    }

    /// Runs all steps. `keep`: hold every map for [`DevicePass::backward`].
    pub fn forward(&self, image: Map<M>, keep: bool) -> Result<(Shared<M>, Maps<M>)> {
        let engine = self.engine;
        let mut maps: Maps<M> = (0..self.backbone.slots).map(|_| None).collect();
        let mut output = Arc::new(image);
        maps[0] = Some(Arc::clone(&output));
        for (index, step) in self.backbone.steps.iter().enumerate() {
            let Some(input) = step.inputs().next().and_then(|slot| maps[slot].clone()) else {
                candle_core::bail!("step {index} reads a map that was not made")
            };
            output = Arc::new(match step {
                Step::Conv { layer, .. } => {
                    self.layer_forward(&self.backbone.layers[*layer], &input)?
                }
                Step::Residual { skip, act, .. } => {
                    let skip = skip.and_then(|slot| maps[slot].as_deref());
                    engine.residual(&input, skip, *act)?
                }
                Step::Concat { inputs, norm, .. } => {
                    let parts = inputs.iter().filter_map(|&slot| maps[slot].as_deref());
                    let mut map = engine.concat(&parts.collect::<Vec<_>>())?;
                    if let Some(norm) = norm {
                        self.leave_pending(norm, &mut map)?;
                    }
                    map
                }
                Step::Pool { kind, window, .. } => match kind {
                    PoolKind::Max => engine.max_pool(&input, *window)?,
                    PoolKind::Average => engine.mean_pool(&input, *window)?,
                },
            });
            maps[step.output()] = Some(Arc::clone(&output));
            if !keep {
                for input in step.inputs() {
                    if !self.backbone.is_read_after(index, input) {
                        maps[input] = None;
                    }
                }
            }
        }
        Ok((output, maps))
    }

    fn layer_forward(&self, layer: &Layer, input: &Map<M>) -> Result<Map<M>> {
        let weight = self.params.floats(layer.weight.flat.start);
        let mut map = self.engine.conv(input, &layer.window, weight)?;
        match &layer.after {
            After::Norm(norm) => self.leave_pending(norm, &mut map)?,
            After::Bias(bias, act) => {
                let bias = self.params.floats(bias.flat.start);
                map.pending = Some(self.engine.pending_bias(bias, map.channels, *act)?);
            }
            After::Nothing => {}
        }
        Ok(map)
    }

    fn leave_pending(&self, norm: &BatchNorm, map: &mut Map<M>) -> Result<()> {
        let places = self.places(norm);
        if self.by_batch {
            self.engine.moments(map, places.mean, places.variance)?;
        }
        let behind = (norm.act, self.by_batch);
        map.pending = Some(self.engine.pending(places, map.channels, behind)?);
        Ok(())
    }

    fn places(&self, norm: &BatchNorm) -> NormPtrs<'_> {
        let means = self.statistics.ptr().floats(norm.statistics.start);
        NormPtrs {
            gamma: self.params.floats(norm.gamma.flat.start),
            beta: self.params.floats(norm.beta.flat.start),
            mean: means,
            variance: means.floats(self.backbone.statistics_len),
            eps: norm.eps,
        }
    }

    /// The batch's moments, in the order of [`Backbone::statistics`], after a forward pass by batch; waits for the device. `maps`: of that pass.
    pub fn moments(&self, maps: &Maps<M>) -> Result<Vec<Moments>> {
        let all = self.backbone.statistics_len;
        let mut values = vec![0f32; 2 * all];
        self.engine
            .machine
            .download(&self.statistics, &mut values)?;
        let (means, variances) = values.split_at(all);
        let double = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect();
        let mut moments = Vec::with_capacity(self.backbone.layers.len());
        for step in &self.backbone.steps {
            if let Some(norm) = self.norm_of(step) {
                let at = norm.statistics.clone();
                moments.push(Moments {
                    mean: double(&means[at.clone()]),
                    variance: double(&variances[at]),
                    count: maps[step.output()].as_ref().map_or(0, |map| map.rows()),
                });
            }
        }
        Ok(moments)
    }

    /// The gradient of all parameters, flat, from the `gradient` of the output. What is not trainable stays 0. `maps`
    /// are those of the forward pass; they are given back on the way.
    pub fn backward(
        &self,
        mut maps: Maps<M>,
        gradient: M::Memory,
        trainable: Trainable,
    ) -> Result<M::Memory> {
        let engine = self.engine;
        let flat = engine.machine.alloc(4 * self.backbone.param_len)?;
        engine.machine.fill_zeros(&flat)?;
        let mut gradients: Vec<Option<Gradient<M>>> =
            (0..self.backbone.slots).map(|_| None).collect();
        if let Some(last) = gradients.last_mut() {
            *last = Some(Gradient {
                data: gradient,
                sums: None,
            });
        }
        for step in self.backbone.steps.iter().rev() {
            let slot = step.output();
            let (Some(upstream), Some(output)) = (gradients[slot].take(), maps[slot].take()) else {
                continue;
            };
            let first = step.inputs().next();
            let Some((input_slot, input)) = first.and_then(|s| Some((s, maps[s].clone()?))) else {
                continue;
            };
            match step {
                Step::Conv { layer, .. } => {
                    let layer = &self.backbone.layers[*layer];
                    self.layer_backward(layer, (&input, &output, &upstream), trainable, &flat)?;
                    if input_slot != 0 {
                        let weight = self.params.floats(layer.weight.flat.start);
                        let data = engine.conv_input_back(
                            &input,
                            &layer.window,
                            weight,
                            &upstream.data,
                        )?;
                        gradients[input_slot] = Some(match gradients[input_slot].take() {
                            None => engine.pass_on(data, &input)?,
                            so_far => engine.add_to(so_far, &data, input.len())?,
                        });
                    }
                }
                Step::Residual { skip, act, .. } => {
                    engine.activation_backward(&upstream.data, &output, *act)?;
                    let data = upstream.data;
                    if let Some((skip, map)) = skip.and_then(|s| Some((s, maps[s].clone()?))) {
                        gradients[skip] = Some(if map.pending.is_some() {
                            engine.pass_on(engine.copy(&data, map.len())?, &map)?
                        } else {
                            engine.add_to(gradients[skip].take(), &data, map.len())?
                        });
                    }
                    gradients[input_slot] = Some(engine.pass_on(data, &input)?);
                }
                Step::Concat { inputs, norm, .. } => {
                    if let Some(norm) = norm {
                        self.norm_backward(norm, &output, &upstream, &flat)?;
                    }
                    let mut offset = 0;
                    for &slot in inputs {
                        let Some(part) = maps[slot].clone() else {
                            continue;
                        };
                        let slice = ChannelSlice {
                            offset,
                            channels: output.channels,
                        };
                        offset += part.channels;
                        let so_far = gradients[slot].take();
                        let passed = engine.concat_back(&upstream.data, slice, &part, so_far)?;
                        gradients[slot] = Some(passed);
                    }
                }
                Step::Pool { kind, window, .. } => {
                    let g = &upstream.data;
                    gradients[input_slot] = Some(match kind {
                        PoolKind::Max => engine.max_pool_back(&input, &output, *window, g)?,
                        PoolKind::Average => engine.mean_pool_back(&input, &output, *window, g)?,
                    });
                }
            }
        }
        Ok(flat)
    }

    /// Turns `upstream` into the gradient of the raw output, in place, and writes those of the layer's parameters.
    fn layer_backward(
        &self,
        layer: &Layer,
        (input, output, upstream): (&Map<M>, &Map<M>, &Gradient<M>),
        trainable: Trainable,
        flat: &M::Memory,
    ) -> Result<()> {
        let learns = trainable == Trainable::Everything;
        match &layer.after {
            After::Norm(norm) => self.norm_backward(norm, output, upstream, flat)?,
            After::Bias(bias, _) if learns => {
                let into = flat.ptr().floats(bias.flat.start);
                let sums = sums_of(upstream, &layer.conv)?;
                self.engine.bias_gradient(sums, output.channels, into)?;
            }
            After::Bias(..) | After::Nothing => {}
        }
        if learns {
            self.engine.conv_weight_back(
                input,
                &layer.window,
                &upstream.data,
                flat.ptr().floats(layer.weight.flat.start),
            )?;
        }
        Ok(())
    }

    /// Turns `upstream` of the normalised `map` into the gradient of the raw one, in place, and writes those of gain and bias.
    fn norm_backward(
        &self,
        norm: &BatchNorm,
        map: &Map<M>,
        upstream: &Gradient<M>,
        flat: &M::Memory,
    ) -> Result<()> {
        let flat = flat.ptr();
        self.engine.raw_gradient(
            (&upstream.data, sums_of(upstream, &norm.name)?),
            map,
            self.params.floats(norm.gamma.flat.start),
            [&norm.gamma, &norm.beta].map(|place| flat.floats(place.flat.start)),
        )
    }

    /// The normalisation that a step leaves pending.
    fn norm_of<'s>(&'s self, step: &'s Step) -> Option<&'s BatchNorm> {
        match step {
            Step::Conv { layer, .. } => match &self.backbone.layers[*layer].after {
                After::Norm(norm) => Some(norm),
                After::Bias(..) | After::Nothing => None,
            },
            Step::Concat { norm, .. } => norm.as_ref(),
            Step::Residual { .. } | Step::Pool { .. } => None,
        }
    }
}

fn sums_of<'g, M: Machine>(upstream: &'g Gradient<M>, name: &str) -> Result<&'g M::Memory> {
    match &upstream.sums {
        Some(sums) => Ok(sums),
        None => candle_core::bail!("the gradient of {name} came without its sums"),
    }
}
