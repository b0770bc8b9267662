//! The map of any stage, and what a class makes of it: the gradient of the class's logit with respect to it.

use candle_core::{Device, Tensor};

use super::Net;
use crate::error::{Error, Result};
use crate::model::autograd::{from_planes, to_planes};
use crate::model::backbone::Stage;
use crate::model::stage_gradient::StageGradient;
use crate::ops::act::Backward;
use crate::ops::feature::Feature;

impl Net {
    /// Names of the maps that [`Net::stage_map`] gives, first to last; the last is that of
    /// [`crate::model::Classifier::features`].
    pub fn stages(&self) -> impl ExactSizeIterator<Item = &str> {
        self.backbone.stages.iter().map(|stage| stage.name.as_str())
    }

    /// The map of `stage` for `images`, `(N, 3, H, W)`, normalised, on running statistics: `(N, C, h, w)`. Only the steps up
    /// to it are run, as predictions run them. The net must be in main memory.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such stage; [`Error::Tensor`] for another shape.
    pub fn stage_map(&self, images: &Tensor, stage: &str) -> Result<Tensor> {
        self.map_of(images, self.stage(stage)?.slot)
    }

    /// The gradient of the raw logit of `class` with respect to the `map` of `stage`, shaped as it. Only the steps after
    /// that stage are run, forward and back.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such stage, or the class does not depend on it; [`Error::Tensor`] if `map` is not one
    /// of it, or there is no such class.
    pub fn stage_gradient(&self, map: &Tensor, class: usize, stage: &str) -> Result<Tensor> {
        let stage = self.stage(stage)?;
        let map = from_planes(map, &self.pool)?;
        if stage.slot == self.backbone.last_slot() {
            return tensor(&self.map_gradient(&map, class, Backward::Plain)?);
        }
        let pass = self.pass();
        let mut params = self.pool.take(self.backbone.param_len);
        let first = self.backbone.first_param_after(stage.slot);
        self.gather_from(&mut params, first)?;
        let parameters = pass.parameters(&params, false);
        let forward = self
            .backbone
            .forward_from(parameters, (map, stage.slot), &self.pool);
        let gradient = self.map_gradient(&forward.output, class, Backward::Plain)?;
        self.pool.put(forward.output.data);
        let found = self.backbone.stage_gradient(
            parameters,
            forward.maps,
            gradient.data,
            stage.slot,
            &self.pool,
        );
        self.pool.put(params);
        let Some(StageGradient { gradient, .. }) = found else {
            return Err(Error::Invalid(format!(
                "the class does not depend on layer {}, so nothing can be shown; train the run again",
                stage.name
            )));
        };
        tensor(&gradient)
    }

    fn stage(&self, name: &str) -> Result<&Stage> {
        let stages = &self.backbone.stages;
        let found = stages.iter().find(|known| known.name == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = self.stages().collect();
            Error::Invalid(format!(
                "{} has no layer {name}; choose one of {}",
                self.arch.title(),
                names.join(", ")
            ))
        })
    }

    #[cfg(test)]
    pub(in crate::model) fn last_slot(&self) -> usize {
        self.backbone.last_slot()
    }
}

fn tensor(map: &Feature) -> Result<Tensor> {
    let shape = (map.n, map.channels, map.height, map.width);
    Ok(Tensor::from_vec(to_planes(map), shape, &Device::Cpu)?)
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Tensor};

    use crate::model::Net;
    use crate::model::{Arch, HeadKind, Role, build};
    use crate::rng::Stream;

    fn noisy(arch: Arch) -> Net {
        let net = Net::blank(arch, HeadKind::Linear, 3, 0).unwrap();
        let mut stream = Stream::new(3, &[]);
        for param in net.variables() {
            let fan_in = param.var.elem_count() / param.var.dim(0).unwrap();
            let values = (0..param.var.elem_count()).map(|_| match param.role {
                Role::Weight => stream.normal() as f32 * (2.0 / fan_in as f32).sqrt(),
                Role::Gamma => 0.7 + 0.05 * stream.normal() as f32,
                Role::Bias | Role::Beta => 0.1 * stream.normal() as f32,
            });
            let values: Vec<f32> = values.collect();
            let shape = param.var.shape().clone();
            let tensor = Tensor::from_vec(values, shape, param.var.device()).unwrap();
            param.var.set(&tensor).unwrap();
        }
        net
    }

    fn largest_difference(a: &Tensor, b: &Tensor) -> f32 {
        let scale = a.abs().unwrap().max_all().unwrap();
        let difference = (a - b).unwrap().abs().unwrap().max_all().unwrap();
        (difference / scale).unwrap().to_scalar().unwrap()
    }

    /// Folded weights up to the stage, against the steps of training.
    #[test]
    fn the_map_of_every_stage_of_every_net_is_that_of_the_whole_net() {
        for arch in Arch::ALL {
            let net = noisy(arch);
            let images =
                Tensor::randn(0f32, 1.0, (1, 3, 64, 96), &candle_core::Device::Cpu).unwrap();
            for stage in &net.backbone.stages {
                let plain = net.unfolded(&images, stage.slot).unwrap();
                let fast = net.stage_map(&images, &stage.name).unwrap();
                assert_eq!(fast.dims(), plain.dims(), "{arch:?} {}", stage.name);
                let difference = largest_difference(&plain, &fast);
                assert!(difference < 1e-4, "{arch:?} {}: {difference}", stage.name);
            }
        }
    }

    #[test]
    fn a_stage_that_the_net_does_not_have_is_refused_by_name() {
        let net = build(Arch::EfficientnetLite0, HeadKind::Linear, 2, 0).unwrap();
        let images = Tensor::zeros((1, 3, 64, 64), DType::F32, &candle_core::Device::Cpu).unwrap();
        assert_eq!(
            net.stage_map(&images, "blocks.2").unwrap().dims(),
            [1, 40, 8, 8]
        );
        let refused = net.stage_map(&images, "layer4").unwrap_err().to_string();
        assert!(refused.contains("blocks.6, conv_head"), "{refused}");
    }
}
