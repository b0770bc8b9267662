//! A body's list of steps on a device: as [`super::body`], over maps in the device's memory.

use std::sync::Arc;

use candle_core::Result;

use super::batch_norm::BatchNorm;
use super::body::{Body, PoolKind, Step};
use super::layer::{After, Layer, Running, Trainable};
use crate::ops::device::map::{Gradient, Map, Shared};
use crate::ops::device::norm::NormPlaces;
use crate::ops::device::{Engine, Machine, Memory as _, Place};
use crate::ops::norm::Moments;

/// A body on an engine, with the numbers of one pass.
pub struct DevicePass<'a, M: Machine> {
    pub body: &'a Body,
    pub engine: Engine<'a, M>,
    /// Flat, f32, on the device.
    pub params: Place<'a>,
    /// Means, then variances, of all layers: the running ones, or those of the batch, written by the forward pass.
    pub statistics: M::Memory,
    pub by_batch: bool,
}

/// Maps by slot.
pub type Maps<M> = Vec<Option<Shared<M>>>;

impl<'a, M: Machine> DevicePass<'a, M> {
    /// `running`: `None` to normalise by the batch's own moments.
    pub fn new(
        body: &'a Body,
        engine: Engine<'a, M>,
        params: Place<'a>,
        running: Option<&Running>,
    ) -> Result<Self> {
        let statistics = match running {
            Some(running) => engine
                .machine
                .upload(&[running.mean.as_slice(), running.variance.as_slice()].concat())?,
            None => engine.machine.alloc(8 * body.statistics_len)?,
        };
        Ok(Self {
            body,
            engine,
            params,
            statistics,
            by_batch: running.is_none(),
        })
    }

    /// Runs all steps. `keep`: hold every map for [`DevicePass::backward`].
    pub fn forward(&self, picture: Map<M>, keep: bool) -> Result<(Shared<M>, Maps<M>)> {
        let engine = self.engine;
        let mut maps: Maps<M> = (0..self.body.slots).map(|_| None).collect();
        let mut output = Arc::new(picture);
        maps[0] = Some(Arc::clone(&output));
        for (index, step) in self.body.steps.iter().enumerate() {
            let Some(input) = step.inputs().next().and_then(|slot| maps[slot].clone()) else {
                candle_core::bail!("step {index} reads a map that was not made")
            };
            output = Arc::new(match *step {
                Step::Conv { layer, .. } => self.layer_forward(&self.body.layers[layer], &input)?,
                Step::Join { skip, act, .. } => {
                    let skip = skip.and_then(|slot| maps[slot].as_deref());
                    engine.join(&input, skip, act)?
                }
                Step::Pool {
                    kind: PoolKind::Max,
                    window,
                    ..
                } => engine.max_pool(&input, window)?,
                Step::Pool { .. } | Step::Concat { .. } => return unknown(step),
            });
            maps[step.output()] = Some(Arc::clone(&output));
            if !keep {
                for input in step.inputs() {
                    if !self.body.is_read_after(index, input) {
                        maps[input] = None;
                    }
                }
            }
        }
        Ok((output, maps))
    }

    fn layer_forward(&self, layer: &Layer, input: &Map<M>) -> Result<Map<M>> {
        let norm = norm_of(layer)?;
        let weight = self.params.floats(layer.weight.flat.start);
        let mut map = self.engine.conv(input, &layer.window, weight)?;
        let places = self.places(norm);
        if self.by_batch {
            self.engine.moments(&map, places.mean, places.variance)?;
        }
        let behind = (norm.act, self.by_batch);
        map.pending = Some(self.engine.pending(places, map.channels, behind)?);
        Ok(map)
    }

    fn places(&self, norm: &BatchNorm) -> NormPlaces<'_> {
        let means = self.statistics.place().floats(norm.statistics.start);
        NormPlaces {
            gamma: self.params.floats(norm.gamma.flat.start),
            beta: self.params.floats(norm.beta.flat.start),
            mean: means,
            variance: means.floats(self.body.statistics_len),
            eps: norm.eps,
        }
    }

    /// The batch's moments, in the order of [`Body::statistics`], after a forward pass by batch; waits for the device. `maps`: of that pass.
    pub fn moments(&self, maps: &Maps<M>) -> Result<Vec<Moments>> {
        let all = self.body.statistics_len;
        let mut values = vec![0f32; 2 * all];
        self.engine
            .machine
            .download(&self.statistics, &mut values)?;
        let (means, variances) = values.split_at(all);
        let double = |values: &[f32]| values.iter().map(|&value| f64::from(value)).collect();
        let mut moments = Vec::with_capacity(self.body.layers.len());
        for step in &self.body.steps {
            if let Step::Conv { layer, output, .. } = *step {
                let at = norm_of(&self.body.layers[layer])?.statistics.clone();
                moments.push(Moments {
                    mean: double(&means[at.clone()]),
                    variance: double(&variances[at]),
                    count: maps[output].as_ref().map_or(0, |map| map.rows()),
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
        let flat = engine.machine.alloc(4 * self.body.param_len)?;
        engine.machine.fill_zeros(&flat)?;
        let mut gradients: Vec<Option<Gradient<M>>> = (0..self.body.slots).map(|_| None).collect();
        if let Some(last) = gradients.last_mut() {
            *last = Some(Gradient {
                data: gradient,
                sums: None,
            });
        }
        for step in self.body.steps.iter().rev() {
            let slot = step.output();
            let (Some(upstream), Some(output)) = (gradients[slot].take(), maps[slot].take()) else {
                continue;
            };
            let first = step.inputs().next();
            let Some((input_slot, input)) = first.and_then(|s| Some((s, maps[s].clone()?))) else {
                continue;
            };
            match *step {
                Step::Conv { layer, .. } => {
                    let layer = &self.body.layers[layer];
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
                Step::Join { skip, act, .. } => {
                    engine.stop_at_activation(&upstream.data, &output, act)?;
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
                Step::Pool {
                    kind: PoolKind::Max,
                    window,
                    ..
                } => {
                    gradients[input_slot] =
                        Some(engine.max_pool_back(&input, &output, window, &upstream.data)?);
                }
                Step::Pool { .. } | Step::Concat { .. } => return unknown(step),
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
        let Some(sums) = &upstream.sums else {
            candle_core::bail!("the gradient of {} came without its sums", layer.conv)
        };
        let flat = flat.place();
        let norm = norm_of(layer)?;
        self.engine.raw_gradient(
            (&upstream.data, sums),
            output,
            self.params.floats(norm.gamma.flat.start),
            [&norm.gamma, &norm.beta].map(|place| flat.floats(place.flat.start)),
        )?;
        if trainable == Trainable::Everything {
            self.engine.conv_weight_back(
                input,
                &layer.window,
                &upstream.data,
                flat.floats(layer.weight.flat.start),
            )?;
        }
        Ok(())
    }
}

fn norm_of(layer: &Layer) -> Result<&BatchNorm> {
    match &layer.after {
        After::Norm(norm) => Ok(norm),
        After::Bias(..) | After::Nothing => {
            candle_core::bail!("{} has no normalisation: not for devices yet", layer.conv)
        }
    }
}

/// [`Body::runs_on_devices`] says beforehand that there is none.
fn unknown<T>(step: &Step) -> Result<T> {
    candle_core::bail!("{step:?} is not for devices yet")
}
