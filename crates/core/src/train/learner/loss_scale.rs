//! Dynamic loss scaling (Micikevicius et al. 2018): gradients of f16 feature maps underflow unless the loss is scaled up.
//!
//! The loss is multiplied before the backward pass and the gradients are divided after it. If one of them is not finite,
//! the factor was too large: the batch is skipped and the factor halved; after many finite batches it is doubled again.

use candle_core::Tensor;
use candle_core::backprop::GradStore;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::model::Param;
use crate::ops::device::Element;

/// As in fastai and PyTorch.
const FIRST: f64 = 65_536.0;
const LARGEST: f64 = 16_777_216.0;
/// Finite batches in a row after which a larger factor is tried (PyTorch: `growth_interval`).
const GROWTH_INTERVAL: u32 = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LossScale {
    factor: f64,
    /// In a row.
    #[serde(alias = "sound")]
    finite_batches: u32,
}

impl LossScale {
    /// Only f16 needs one: f32 and bf16 reach down to 1e-38.
    pub fn for_element(element: Element) -> Option<Self> {
        (element == Element::F16).then_some(Self {
            factor: FIRST,
            finite_batches: 0,
        })
    }

    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Divides the gradients of `params`; false if they overflowed and must not be used.
    pub fn unscale(&mut self, gradients: &mut GradStore, params: &[Param]) -> Result<bool> {
        let mut sums = Vec::with_capacity(params.len());
        for param in params {
            if let Some(gradient) = gradients.get(&param.var) {
                // One infinity or NaN makes the mean of the magnitudes one.
                sums.push(gradient.abs()?.mean_all()?);
                let unscaled = (gradient / self.factor)?;
                gradients.insert(&param.var, unscaled);
            }
        }
        let is_finite = sums.is_empty()
            || Tensor::stack(&sums, 0)?
                .mean_all()?
                .to_scalar::<f32>()?
                .is_finite();
        self.update(is_finite);
        Ok(is_finite)
    }

    fn update(&mut self, is_finite: bool) {
        if !is_finite {
            // Below 1 it would only make things worse; a net that overflows there has diverged, and its loss says so.
            self.factor = (self.factor / 2.0).max(1.0);
            self.finite_batches = 0;
            return;
        }
        self.finite_batches += 1;
        if self.finite_batches == GROWTH_INTERVAL {
            self.factor = (self.factor * 2.0).min(LARGEST);
            self.finite_batches = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;
    use crate::model::Role;

    #[test]
    fn the_factor_is_halved_at_once_and_doubled_slowly() {
        assert_eq!(LossScale::for_element(Element::Bf16), None);
        let mut scale = LossScale::for_element(Element::F16).unwrap();
        scale.update(false);
        assert_eq!(scale.factor(), FIRST / 2.0);
        for _ in 0..GROWTH_INTERVAL {
            assert_eq!(scale.factor(), FIRST / 2.0);
            scale.update(true);
        }
        assert_eq!(scale.factor(), FIRST);
        (0..100).for_each(|_| scale.update(false));
        assert_eq!(scale.factor(), 1.0);
    }

    #[test]
    fn gradients_are_unscaled_or_refused() {
        let param = Param {
            name: "w".into(),
            var: Var::new(&[3f32, 4.0], &Device::Cpu).unwrap(),
            group: 2,
            role: Role::Weight,
        };
        let params = [param];
        let mut scale = LossScale::for_element(Element::F16).unwrap();
        let mut gradients_of = |steepness: f64| {
            let loss = (params[0].var.as_tensor() * steepness).unwrap();
            let loss = (loss.sum_all().unwrap() * scale.factor()).unwrap();
            let mut gradients = loss.backward().unwrap();
            let is_finite = scale.unscale(&mut gradients, &params).unwrap();
            let gradient = gradients.get(&params[0].var).unwrap();
            (is_finite, gradient.to_vec1::<f32>().unwrap())
        };
        assert_eq!(gradients_of(0.5), (true, vec![0.5, 0.5]));
        assert!(!gradients_of(1e36).0);
        assert_eq!(scale.factor(), FIRST / 2.0);
    }
}
