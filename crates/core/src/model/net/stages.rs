//! What a class makes of the map of any stage: the map, and the gradient of the class's logit with respect to it.

use candle_core::{Device, Tensor};

use super::Net;
use crate::error::{Error, Result};
use crate::model::autograd::{from_planes, to_planes};
use crate::model::stage_gradient::StageGradient;
use crate::ops::act::Backward;
use crate::ops::feature::Feature;

/// A stage's map and the gradient of a class's raw logit with respect to it, both `(N, C, h, w)`.
#[derive(Clone, Debug)]
pub struct StageActivation {
    pub activation: Tensor,
    pub gradient: Tensor,
}

impl Net {
    /// Names of the maps that [`Net::activation_and_gradient`] gives, first to last; the last is that of
    /// [`crate::model::Classifier::features`].
    pub fn stages(&self) -> impl ExactSizeIterator<Item = &str> {
        self.backbone.stages.iter().map(|stage| stage.name.as_str())
    }

    /// The map of `stage`, and the gradient of the raw logit of `class` with respect to it, on running statistics.
    /// `images`: `(N, 3, H, W)`, normalised. The net must be in main memory.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such stage; [`Error::Tensor`] for another shape, or if there is no such class.
    pub fn activation_and_gradient(
        &self,
        images: &Tensor,
        class: usize,
        stage: &str,
    ) -> Result<StageActivation> {
        let stages = &self.backbone.stages;
        let Some(stage) = stages.iter().find(|known| known.name == stage) else {
            let names: Vec<&str> = self.stages().collect();
            return Err(Error::Invalid(format!(
                "{} has no layer {stage}; choose one of {}",
                self.arch.title(),
                names.join(", ")
            )));
        };
        let pass = self.pass();
        let mut params = self.pool.take(self.backbone.param_len);
        self.gather(&mut params)?;
        let parameters = pass.parameters(&params, false);
        let image = from_planes(images, &self.pool)?;
        let forward = self.backbone.forward(parameters, image, true, &self.pool);
        let gradient = self.map_gradient(&forward.output, class, Backward::Plain)?;
        let found = self.backbone.stage_gradient(
            parameters,
            forward.maps,
            gradient.data,
            stage.slot,
            &self.pool,
        );
        self.pool.put(params);
        let Some(StageGradient {
            activation,
            gradient,
        }) = found
        else {
            return Err(Error::Invalid(format!(
                "the class does not depend on layer {}, so nothing can be shown; train the run again",
                stage.name
            )));
        };
        Ok(StageActivation {
            activation: tensor(&activation)?,
            gradient: tensor(&gradient)?,
        })
    }
}

fn tensor(map: &Feature) -> Result<Tensor> {
    let shape = (map.n, map.channels, map.height, map.width);
    Ok(Tensor::from_vec(to_planes(map), shape, &Device::Cpu)?)
}
