//! A net as it is now, for whoever looks at it while it goes on learning.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use candle_core::Device;

use super::Net;
use super::placement::Placement;
use crate::error::Result;
use crate::model::autograd::GradientBuffer;
use crate::model::param::moved;
use crate::model::{Freeze, Param};

impl Net {
    /// The same net in main memory, which nothing changes any more. Parameters that are trained are copied; the others are
    /// shared, and under a frozen backbone what was folded and packed for predictions is, too.
    ///
    /// # Errors
    /// [`crate::Error::Tensor`] if there is no memory for it.
    pub fn frozen_copy(&self) -> Result<Self> {
        let trainable = self.trainable();
        let trained: BTreeSet<&str> = trainable.iter().map(|param| param.name.as_str()).collect();
        let copied = |param: &Param| -> Result<Param> {
            let is_shared = param.var.device().is_cpu() && !trained.contains(param.name.as_str());
            let var = if is_shared {
                param.var.clone()
            } else {
                moved(&param.var, &Device::Cpu)?
            };
            Ok(Param {
                var,
                ..param.clone()
            })
        };
        let folded = self
            .inference
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Ok(Self {
            arch: self.arch,
            backbone: Arc::clone(&self.backbone),
            backbone_params: self
                .backbone_params
                .iter()
                .map(copied)
                .collect::<Result<_>>()?,
            running: RwLock::new(self.running()),
            inference: RwLock::new(folded.filter(|_| self.freeze == Freeze::Backbone)),
            head: self.head.copy()?,
            freeze: Freeze::Backbone,
            pool: Arc::default(),
            gradient_buffer: GradientBuffer::default(),
            placement: Placement::Cpu,
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use crate::model::{Arch, Classifier as _, Freeze, HeadKind, Mode, Net, build};
    use crate::rng::Stream;

    fn logits(net: &Net) -> Vec<f32> {
        let mut stream = Stream::new(4, &[]);
        let values: Vec<f32> = (0..3 * 64 * 64).map(|_| stream.normal() as f32).collect();
        let images = Tensor::from_vec(values, (1, 3, 64, 64), &Device::Cpu).unwrap();
        let features = net.features(&images, Mode::Eval).unwrap();
        let logits = net.head(&features, None).unwrap();
        logits.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn a_copy_says_what_the_net_said_and_learning_does_not_reach_it() {
        for freeze in [
            Freeze::Backbone,
            Freeze::BackboneExceptNorms,
            Freeze::Nothing,
        ] {
            let mut net = build(Arch::default(), HeadKind::Fastai, 3, 1).unwrap();
            net.set_frozen(freeze);
            let before = logits(&net);
            let copy = net.frozen_copy().unwrap();
            assert_eq!(logits(&copy), before, "{freeze:?}");
            for param in net.trainable() {
                let moved = param.var.affine(0.5, 0.01).unwrap();
                param.var.set(&moved).unwrap();
            }
            assert_ne!(logits(&net), before, "{freeze:?}");
            assert_eq!(logits(&copy), before, "{freeze:?}");
        }
    }

    #[test]
    fn what_is_not_trained_is_shared() {
        let mut net = build(Arch::default(), HeadKind::Linear, 3, 1).unwrap();
        for (freeze, copied) in [(Freeze::Backbone, 2), (Freeze::Nothing, usize::MAX)] {
            net.set_frozen(freeze);
            let copy = net.frozen_copy().unwrap();
            let pairs = net.variables().into_iter().zip(copy.variables());
            let own = pairs.filter(|(a, b)| a.var.id() != b.var.id()).count();
            assert_eq!(own, copied.min(net.variables().len()), "{freeze:?}");
        }
    }
}
