//! What of the image speaks for a class: the gradient of its logit, pixel by pixel.

use candle_core::{Device, Tensor, Var};

use super::Net;
use crate::error::{Error, Result};
use crate::model::autograd::{from_planes, to_planes};
use crate::ops::act::Backward;
use crate::ops::feature::Feature;

impl Net {
    /// The gradient of the raw logit of `class` with respect to `images` (`(N, 3, H, W)`, normalised, and so is the result), on
    /// running statistics; by `rule` at every ReLU, the head's included. The net must be in main memory.
    ///
    /// # Errors
    /// [`Error::Tensor`] for another shape, or if there is no such class.
    pub fn input_gradient(&self, images: &Tensor, class: usize, rule: Backward) -> Result<Tensor> {
        let pass = self.pass();
        let mut params = self.pool.take(self.backbone.param_len);
        self.gather(&mut params)?;
        let parameters = pass.parameters(&params, false);
        let image = from_planes(images, &self.pool)?;
        let (n, channels, height, width) = images.dims4()?;
        let forward = self.backbone.forward(parameters, image, true, &self.pool);
        let gradient = self.map_gradient(&forward.output, class, rule)?;
        self.pool.put(forward.output.data);
        let values =
            self.backbone
                .input_gradient(parameters, forward.maps, gradient.data, rule, &self.pool);
        self.pool.put(params);
        let Some(data) = values else {
            return Err(Error::Invalid(
                "the class does not depend on the image, so nothing can be shown; train the run again".into(),
            ));
        };
        let gradient = Feature {
            data,
            n,
            height,
            width,
            channels,
            pending: None,
        };
        let planes = to_planes(&gradient);
        self.pool.put(gradient.data);
        Ok(Tensor::from_vec(planes, images.shape(), &Device::Cpu)?)
    }

    /// The gradient of the logit with respect to the last `map`.
    pub(super) fn map_gradient(
        &self,
        map: &Feature,
        class: usize,
        rule: Backward,
    ) -> Result<Feature> {
        let shape = (map.n, map.channels, map.height, map.width);
        let map = Var::from_vec(to_planes(map), shape, &Device::Cpu)?;
        let logits = self.head.forward(&map, None, rule)?;
        let gradients = logits.narrow(1, class, 1)?.sum_all()?.backward()?;
        let gradient = match gradients.get(&map) {
            Some(gradient) => gradient.clone(),
            None => map.zeros_like()?,
        };
        Ok(from_planes(&gradient, &self.pool)?)
    }
}
