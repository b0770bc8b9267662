//! A net on its device: moving it there, and running its backbone.

use candle_core::{Device, Storage, Tensor};

use super::Net;
use super::placement::Placement;
use crate::error::{Error, Result};
use crate::model::autograd::{Recording, from_planes, to_planes};
use crate::model::param::moved;
use crate::model::parameters::Trainable;
use crate::model::{Freeze, Mode};
use crate::ops::compute::Target;
use crate::ops::contiguous;
use crate::ops::geometry::MapSize;
use crate::ops::norm::Moments;

impl Net {
    /// The same net on the device that `target` names; its variables are new ones.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a device without an engine; [`Error::Tensor`] if it cannot be used or has no room for the net.
    pub fn on(mut self, target: &Target) -> Result<Self> {
        for param in &mut self.backbone_params {
            param.var = moved(&param.var, &target.device)?;
        }
        self.head.move_to(&target.device)?;
        self.placement = match &target.device {
            Device::Cpu => Placement::Cpu,
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => Placement::Gpu(crate::model::cuda_autograd::Gpu::new(
                device,
                target.element,
            )?),
            other => {
                return Err(Error::Invalid(format!(
                    "there is no engine for {:?}; train with --device cpu",
                    other.location()
                )));
            }
        };
        Ok(self)
    }

    /// What runs the backbone: features of different engines differ in the last digits.
    pub(crate) fn engine(&self) -> String {
        match &self.placement {
            Placement::Cpu => "cpu".to_owned(),
            #[cfg(feature = "cuda")]
            Placement::Gpu(gpu) => gpu.to_string(),
        }
    }

    pub(crate) fn device(&self) -> &Device {
        // Every net has parameters, and all of them are in one place.
        self.backbone_params
            .first()
            .map_or(&Device::Cpu, |param| param.var.device())
    }

    /// How a pass is made that leads to gradients of the backbone; `None` if none of them are wanted.
    pub(super) fn recording(&self, mode: Mode) -> Option<Recording> {
        let (trainable, by_batch) = match (mode, self.freeze) {
            (Mode::Train, Freeze::Nothing) => (Trainable::Everything, true),
            (Mode::Train, Freeze::Statistics) => (Trainable::Everything, false),
            // A backbone without normalisations is then frozen whole.
            (Mode::Train, Freeze::BackboneExceptNorms) if !self.backbone.statistics.is_empty() => {
                (Trainable::Norms, true)
            }
            (Mode::Eval, _) | (Mode::Train, Freeze::Backbone | Freeze::BackboneExceptNorms) => {
                return None;
            }
        };
        Some(Recording {
            trainable,
            by_batch,
        })
    }

    /// The last map, without a graph.
    pub(super) fn evaluated(&self, images: &Tensor) -> Result<Tensor> {
        match &self.placement {
            Placement::Cpu => self.map_of(images, self.backbone.last_slot()),
            #[cfg(feature = "cuda")]
            Placement::Gpu(gpu) => {
                let params = self.flat_params()?;
                Ok(gpu.evaluate(&self.backbone, &self.running(), (&params, images))?)
            }
        }
    }

    /// The map in `slot`, by the plan for images of that size; in main memory.
    pub(super) fn map_of(&self, images: &Tensor, slot: usize) -> Result<Tensor> {
        let (n, _, height, width) = images.dims4()?;
        let Some(plan) = self.inference_net()?.plan(MapSize { height, width }, slot) else {
            return self.unfolded(images, slot);
        };
        let images = images.contiguous()?;
        let (storage, layout) = images.storage_and_layout();
        let Storage::Cpu(storage) = &*storage else {
            return Err(candle_core::Error::Msg("the images are not in main memory".into()).into());
        };
        let maps = plan.run(contiguous(storage, layout)?);
        let (channels, height, width) = plan.output();
        let shape = (n, channels, height, width);
        Ok(Tensor::from_vec(maps, shape, &Device::Cpu)?)
    }

    /// [`Net::map_of`] by the steps that training takes.
    pub(in crate::model) fn unfolded(&self, images: &Tensor, slot: usize) -> Result<Tensor> {
        let pass = self.pass();
        let mut params = self.pool.take(self.backbone.param_len);
        self.gather(&mut params)?;
        let parameters = pass.parameters(&params, false);
        let image = from_planes(images, &self.pool)?;
        let map = self.backbone.map_until(parameters, image, slot, &self.pool);
        let shape = (map.n, map.channels, map.height, map.width);
        let planes = to_planes(&map);
        self.pool.put(map.data);
        self.pool.put(params);
        Ok(Tensor::from_vec(planes, shape, &Device::Cpu)?)
    }

    /// The last map of a training pass, and the batch's moments if it is normalised by them.
    pub(super) fn recorded(
        &self,
        images: &Tensor,
        recording: Recording,
    ) -> Result<(Tensor, Vec<Moments>)> {
        match &self.placement {
            Placement::Cpu => {
                let image = from_planes(images, &self.pool)?;
                let mut params = self.pool.take(self.backbone.param_len);
                self.gather(&mut params)?;
                Ok(self.pass().record(params, image, recording)?)
            }
            #[cfg(feature = "cuda")]
            Placement::Gpu(gpu) => {
                let params = self.flat_params()?;
                let running = self.running();
                Ok(gpu.record(&self.backbone, &running, (&params, images), recording)?)
            }
        }
    }

    /// All parameters of the backbone one after the other, on the GPU.
    #[cfg(feature = "cuda")]
    fn flat_params(&self) -> Result<Tensor> {
        let parts = self
            .backbone_params
            .iter()
            .map(|param| param.var.as_detached_tensor().flatten_all())
            .collect::<candle_core::Result<Vec<_>>>()?;
        Ok(Tensor::cat(&parts, 0)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Arch, Classifier as _, HeadKind, Mode, build};

    #[test]
    fn evaluating_again_and_again_holds_no_more_memory() {
        let net = build(Arch::default(), HeadKind::Linear, 2, 0).unwrap();
        let images = Tensor::zeros((9, 3, 32, 32), candle_core::DType::F32, &Device::Cpu).unwrap();
        // One thread, because how many buffers are needed at once depends on how the parts of a batch meet.
        let one = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        let held: Vec<usize> = one.install(|| {
            (0..30)
                .map(|_| {
                    net.features(&images, Mode::Eval).unwrap();
                    net.pool.idle_floats()
                })
                .collect()
        });
        // A map of each batch would be 300,000 floats by now.
        assert!(held[29] < held[2] + 60_000, "{held:?}");
    }
}
