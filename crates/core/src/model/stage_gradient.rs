//! The map of any stage, and the gradient of the output with respect to it.
//!
//! Every stage is a bottleneck: whatever comes after it depends on the image through its map alone. So a gradient needs the map
//! and the steps after it, not the whole net.

use super::backbone::{Backbone, Forward, Step};
use super::backward::Target;
use super::batch_norm::BatchNorm;
use super::parameters::{Parameters, Trainable};
use crate::ops::act::Backward;
use crate::ops::concat;
use crate::ops::feature::Feature;
use crate::ops::scratch::BufferPool;

/// A stage's map and the gradient with respect to it, both `(n, h, w, C)`.
pub struct StageGradient {
    pub activation: Feature,
    pub gradient: Feature,
}

impl Backbone {
    /// Slot of the output.
    pub fn last_slot(&self) -> usize {
        self.slots - 1
    }

    /// The map in `slot`, without what is pending on it; on running statistics.
    pub fn map_until(
        &self,
        parameters: Parameters<'_>,
        image: Feature,
        slot: usize,
        pool: &BufferPool,
    ) -> Feature {
        let mut maps: Vec<Option<Feature>> = vec![None; self.slots];
        maps[0] = Some(image);
        for (index, step) in self.steps.iter().enumerate() {
            let Some((map, _)) = self.run(step, parameters, &maps, pool) else {
                continue;
            };
            maps[step.output()] = Some(map);
            for input in step.inputs() {
                if !self.is_read_after(index, input)
                    && let Some(map) = maps[input].take()
                {
                    pool.put(map.data);
                }
            }
            if step.output() == slot {
                break;
            }
        }
        let mut map = maps[slot].take().unwrap_or_else(Feature::empty);
        map.pending = None;
        map
    }

    /// Runs the steps after a stage from its `map` in `slot`, on running statistics, and keeps their maps for
    /// [`Backbone::stage_gradient`].
    pub fn forward_from(
        &self,
        parameters: Parameters<'_>,
        (mut map, slot): (Feature, usize),
        pool: &BufferPool,
    ) -> Forward {
        let mut maps: Vec<Option<Feature>> = vec![None; self.slots];
        map.pending = self
            .norm_on(slot)
            .map(|norm| norm.pending(parameters, None));
        maps[slot] = Some(map);
        for step in self.steps.iter().filter(|step| step.output() > slot) {
            if let Some((map, _)) = self.run(step, parameters, &maps, pool) {
                maps[step.output()] = Some(map);
            }
        }
        let output = maps.last().cloned().flatten();
        Forward {
            output: output.unwrap_or_else(Feature::empty),
            maps,
            moments: Vec::new(),
        }
    }

    /// Position of the first tensor that the steps after `slot` use; they use none before it.
    pub fn first_param_after(&self, slot: usize) -> usize {
        let of_steps = (self.steps.iter())
            .filter(|step| step.output() > slot)
            .filter_map(|step| match step {
                Step::Conv { layer, .. } => Some(self.layers[*layer].weight.index),
                Step::Concat { norm, .. } => norm.as_ref().map(|norm| norm.gamma.index),
                Step::Residual { .. } | Step::Pool { .. } => None,
            });
        let of_norm = self.norm_on(slot).map(|norm| norm.gamma.index);
        of_steps.chain(of_norm).min().unwrap_or(self.params.len())
    }

    /// The normalisation that is left pending on the map in `slot`.
    fn norm_on(&self, slot: usize) -> Option<&BatchNorm> {
        let maker = self.steps.iter().find(|step| step.output() == slot)?;
        match maker {
            Step::Concat { norm, .. } => norm.as_ref(),
            Step::Conv { .. } | Step::Residual { .. } | Step::Pool { .. } => None,
        }
    }

    /// From the `gradient` of the output to that of the map in `slot`; steps before it are not run backward. `maps`: of a
    /// forward pass on running statistics that kept them. `None` if the output does not depend on that map.
    pub fn stage_gradient(
        &self,
        parameters: Parameters<'_>,
        maps: Vec<Option<Feature>>,
        gradient: Vec<f32>,
        slot: usize,
        pool: &BufferPool,
    ) -> Option<StageGradient> {
        let target = Target {
            trainable: Trainable::Nothing,
            rule: Backward::Plain,
            slot,
        };
        let mut pass = self.walk(parameters, maps, gradient, target, pool);
        let upstream = pass.gradients[slot].take()?;
        let mut activation = pass.maps[slot].take()?;
        let data = match self.norm_on(slot) {
            Some(norm) => {
                let reached = (&activation, &upstream);
                let raw = norm.backward(parameters, reached, &mut pass.of_params)?;
                concat::before_norm(&upstream.data, &raw, &activation, pool)
            }
            None => upstream.data,
        };
        activation.pending = None;
        let gradient = Feature {
            data,
            pending: None,
            ..activation
        };
        Some(StageGradient {
            activation,
            gradient,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::backbone::Stage;
    use crate::model::parameters::Running;
    use crate::model::{Arch, Role};
    use crate::rng::Stream;

    fn dot(a: &[f32], b: &[f32]) -> f64 {
        a.iter()
            .zip(b)
            .map(|(&a, &b)| f64::from(a) * f64::from(b))
            .sum()
    }

    /// Runs on from the maps, of which that of `slot` may have been changed.
    fn rerun(
        backbone: &Backbone,
        parameters: Parameters<'_>,
        mut maps: Vec<Option<Feature>>,
        slot: usize,
    ) -> Vec<f32> {
        let pool = BufferPool::default();
        for step in backbone.steps.iter().filter(|step| step.output() > slot) {
            maps[step.output()] = Some(backbone.run(step, parameters, &maps, &pool).unwrap().0);
        }
        maps.pop().flatten().unwrap().data
    }

    fn gradients_equal_finite_differences(arch: Arch) {
        let backbone = arch.backbone();
        let mut stream = Stream::new(3, &[]);
        let mut params = Vec::with_capacity(backbone.param_len);
        for param in &backbone.params {
            let len: usize = param.shape.iter().product();
            let fan_in: usize = param.shape.iter().skip(1).product();
            params.extend((0..len).map(|_| match param.role {
                Role::Weight => stream.normal() as f32 * (2.0 / fan_in as f32).sqrt(),
                Role::Gamma => 0.7 + 0.05 * stream.normal() as f32,
                Role::Bias | Role::Beta => 0.1 * stream.normal() as f32,
            }));
        }
        let running = Running {
            mean: vec![0.0; backbone.statistics_len],
            variance: vec![1.0; backbone.statistics_len],
        };
        let parameters = Parameters {
            params: &params,
            running: &running,
            by_batch: false,
        };
        let side = 48;
        let image = Feature {
            data: (0..side * side * 3)
                .map(|_| stream.normal() as f32)
                .collect(),
            n: 1,
            height: side,
            width: side,
            channels: 3,
            pending: None,
        };
        let pool = BufferPool::default();
        let forward = backbone.forward(parameters, image, true, &pool);
        let weight: Vec<f32> = (forward.output.data.iter())
            .map(|_| stream.normal() as f32)
            .collect();
        assert!(backbone.stages.len() >= 4, "{arch:?}");
        for Stage { name, slot } in &backbone.stages {
            let found = backbone
                .stage_gradient(
                    parameters,
                    forward.maps.clone(),
                    weight.clone(),
                    *slot,
                    &pool,
                )
                .unwrap();
            let (map, gradient) = (&found.activation.data, &found.gradient.data);
            let ratio = (dot(map, map) / dot(gradient, gradient)).sqrt() as f32;
            // Along the gradient, first of the even values, then of the odd ones. Zeros behind a ReLU stay: where several
            // of them are the maximum of a pooling window there is no derivative.
            for parity in 0..2 {
                let direction: Vec<f32> = (gradient.iter().zip(map).enumerate())
                    .map(|(at, (g, z))| {
                        if at % 2 == parity && *z != 0.0 {
                            g * ratio
                        } else {
                            0.0
                        }
                    })
                    .collect();
                let loss = |step: f32| {
                    let mut maps = forward.maps.clone();
                    for (value, d) in maps[*slot]
                        .as_mut()
                        .unwrap()
                        .data
                        .iter_mut()
                        .zip(&direction)
                    {
                        *value += step * d;
                    }
                    dot(&rerun(&backbone, parameters, maps, *slot), &weight)
                };
                // Nets are piecewise linear: ten times as far, SqueezeNet has left its piece.
                let step = 1e-4;
                let expected = (loss(step) - loss(-step)) / (2.0 * f64::from(step));
                let slope = dot(gradient, &direction);
                assert!(
                    (slope / expected - 1.0).abs() < 2e-2,
                    "{arch:?} {name}: {slope} != {expected}"
                );
            }
        }
    }

    #[test]
    fn resnet_stage_gradients_equal_finite_differences() {
        gradients_equal_finite_differences(Arch::Resnet18);
    }

    #[test]
    fn efficientnet_stage_gradients_equal_finite_differences() {
        gradients_equal_finite_differences(Arch::EfficientnetLite0);
    }

    #[test]
    fn densenet_stage_gradients_equal_finite_differences() {
        gradients_equal_finite_differences(Arch::Densenet121);
    }

    #[test]
    fn squeezenet_stage_gradients_equal_finite_differences() {
        gradients_equal_finite_differences(Arch::Squeezenet11);
    }

    #[test]
    fn stages_are_finished_maps_and_the_last_is_the_output() {
        for arch in Arch::ALL {
            let backbone = arch.backbone();
            let last = backbone.stages.last().unwrap();
            assert_eq!(last.slot, backbone.slots - 1, "{arch:?}");
            // The map of a convolution would have its own normalisation pending.
            for stage in &backbone.stages {
                let mut makers = backbone
                    .steps
                    .iter()
                    .filter(|step| step.output() == stage.slot);
                let is_conv = matches!(makers.next(), Some(Step::Conv { .. }) | None);
                assert!(!is_conv, "{arch:?} {}", stage.name);
            }
        }
    }
}
