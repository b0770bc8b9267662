//! Adam with decoupled weight decay over layer groups; gradients of several batches can be accumulated into one step.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use super::schedule::{Rates, group_rates};
use crate::error::{Error, Result};
use crate::model::weights::{State, find};
use crate::model::{Param, Role};
use crate::ops::adamw::{self, AdamStep};

/// fastai's numbers.
const BETA2: f64 = 0.99;
const EPS: f64 = 1e-8;
const WEIGHT_DECAY: f64 = 0.01;
/// First layers, later layers, head.
const GROUPS: usize = 3;

/// A tensor that is trained and its two moments.
#[derive(Debug)]
struct Slot {
    param: Param,
    m: Vec<f32>,
    v: Vec<f32>,
    /// Gradients of batches held for a later step, summed over their pictures; empty if there are none.
    held: Vec<f32>,
    weight_decay: f64,
}

#[derive(Debug)]
pub(super) struct Optimizer {
    slots: Vec<Slot>,
    /// Highest rate of each group.
    rates: Vec<f64>,
    step: u64,
    /// Pictures whose gradients are held.
    held_images: usize,
}

/// Where a run's optimizer stands, beside its tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Steps {
    pub done: u64,
    /// Pictures whose gradients wait for the next step.
    pub held_images: usize,
}

impl Optimizer {
    /// `bounds`: highest rates of the first layers and of the head. `decays_norms`: norms and biases are decayed too.
    pub fn new(params: Vec<Param>, [low, high]: [f64; 2], decays_norms: bool) -> Self {
        let slots = params
            .into_iter()
            .map(|param| {
                let len = param.var.elem_count();
                let is_decayed = decays_norms || param.role == Role::Weight;
                Slot {
                    weight_decay: if is_decayed { WEIGHT_DECAY } else { 0.0 },
                    param,
                    m: vec![0.0; len],
                    v: vec![0.0; len],
                    held: Vec::new(),
                }
            })
            .collect();
        Self {
            slots,
            rates: group_rates(low, high, GROUPS),
            step: 0,
            held_images: 0,
        }
    }

    pub fn steps(&self) -> Steps {
        Steps {
            done: self.step,
            held_images: self.held_images,
        }
    }

    /// The head's rate at this point of the schedule.
    pub fn head_lr(&self, rates: Rates) -> f64 {
        self.rates.last().copied().unwrap_or_default() * rates.lr_fraction
    }

    /// Keeps the mean gradient of `images` pictures for the next step.
    ///
    /// # Errors
    /// As [`Optimizer::step`].
    pub fn hold(&mut self, gradients: &GradStore, images: usize) -> Result<()> {
        for slot in &mut self.slots {
            let gradient: Vec<f32> = gradient_of(gradients, &slot.param)?
                .flatten_all()?
                .to_vec1()?;
            slot.held.resize(gradient.len(), 0.0);
            for (sum, value) in slot.held.iter_mut().zip(gradient) {
                *sum += value * images as f32;
            }
        }
        self.held_images += images;
        Ok(())
    }

    /// One step along the mean gradient of `images` pictures and of those that are held.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a trainable tensor got no gradient (it would silently stay as it is), or at the first step
    /// one that is not finite; the weights are then as before.
    pub fn step(&mut self, gradients: &GradStore, images: usize, rates: Rates) -> Result<()> {
        if self.step == 0 {
            self.check_finite(gradients)?;
        }
        self.step += 1;
        let all_images = (self.held_images + images) as f32;
        for slot in &mut self.slots {
            let fresh = gradient_of(gradients, &slot.param)?;
            // With nothing held the gradient is taken as it is, to the last bit.
            let gradient = if slot.held.is_empty() {
                fresh.clone()
            } else {
                let mut sum: Vec<f32> = fresh.flatten_all()?.to_vec1()?;
                for (value, held) in sum.iter_mut().zip(&slot.held) {
                    *value = (*value * images as f32 + held) / all_images;
                }
                slot.held.clear();
                Tensor::from_vec(sum, fresh.shape(), fresh.device())?
            };
            let highest = self.rates.get(usize::from(slot.param.group));
            let step = AdamStep {
                lr: highest.copied().unwrap_or_default() * rates.lr_fraction,
                beta1: rates.momentum,
                beta2: BETA2,
                eps: EPS,
                weight_decay: slot.weight_decay,
                step: self.step,
            };
            adamw::update_tensor(
                &slot.param.var,
                &gradient,
                (&mut slot.m, &mut slot.v),
                &step,
            )?;
        }
        self.held_images = 0;
        Ok(())
    }

    fn check_finite(&self, gradients: &GradStore) -> Result<()> {
        for slot in &self.slots {
            let gradient: Vec<f32> = gradient_of(gradients, &slot.param)?
                .flatten_all()?
                .to_vec1()?;
            if !gradient.iter().all(|value| value.is_finite()) {
                return Err(Error::Invalid(format!(
                    "the first gradient of {} is not finite, so nothing could be learned; are the weights it starts from sound?",
                    slot.param.name
                )));
            }
        }
        Ok(())
    }

    /// Moments by name, `m.NAME` and `v.NAME`, and `g.NAME` while gradients are held.
    pub fn state(&self) -> Result<State> {
        let mut state = BTreeMap::new();
        for slot in &self.slots {
            for (kind, values) in [("m", &slot.m), ("v", &slot.v), ("g", &slot.held)] {
                if values.is_empty() {
                    continue;
                }
                let shape = slot.param.var.shape().clone();
                let tensor = Tensor::from_vec(values.clone(), shape, &Device::Cpu)?;
                state.insert(format!("{kind}.{}", slot.param.name), tensor);
            }
        }
        Ok(state)
    }

    /// Takes back what [`Optimizer::state`] and [`Optimizer::steps`] gave; `path` is for messages.
    ///
    /// # Errors
    /// As [`find`].
    pub fn load_state(&mut self, state: &State, steps: Steps, path: &Path) -> Result<()> {
        for slot in &mut self.slots {
            for (kind, values) in [
                ("m", &mut slot.m),
                ("v", &mut slot.v),
                ("g", &mut slot.held),
            ] {
                if kind == "g" && steps.held_images == 0 {
                    continue;
                }
                let name = format!("{kind}.{}", slot.param.name);
                let tensor = find(state, (&name, &[]), slot.param.var.dims(), path)?;
                *values = tensor.flatten_all()?.to_vec1()?;
            }
        }
        self.step = steps.done;
        self.held_images = steps.held_images;
        Ok(())
    }
}

fn gradient_of<'a>(gradients: &'a GradStore, param: &Param) -> Result<&'a Tensor> {
    gradients.get(&param.var).ok_or_else(|| {
        Error::Invalid(format!(
            "{} got no gradient and would never be trained; this is a fault of the program, please report it",
            param.name
        ))
    })
}

#[cfg(test)]
mod tests {
    use candle_core::Var;

    use super::*;

    fn optimizer(var: &Var) -> Optimizer {
        let param = Param {
            name: "w".into(),
            var: var.clone(),
            group: 2,
            role: Role::Weight,
        };
        Optimizer::new(vec![param], [0.1, 0.1], true)
    }

    /// Gradient of the mean of `x * w` over the samples: their mean.
    fn gradients(var: &Var, samples: &[f32]) -> GradStore {
        let x = Tensor::from_slice(samples, (samples.len(), 1), &Device::Cpu).unwrap();
        let loss = x
            .broadcast_mul(var.as_tensor())
            .unwrap()
            .mean_all()
            .unwrap();
        loss.backward().unwrap()
    }

    #[test]
    fn a_first_gradient_that_is_missing_or_not_finite_changes_nothing() {
        let rates = Rates {
            lr_fraction: 1.0,
            momentum: 0.9,
        };
        let var = || Var::from_slice(&[1f32], 1, &Device::Cpu).unwrap();
        let (known, other) = (var(), var());
        let mut of_known = optimizer(&known);
        let missing = of_known.step(&gradients(&other, &[1.0]), 1, rates);
        assert!(missing.unwrap_err().to_string().contains("no gradient"));
        let endless = of_known.step(&gradients(&known, &[f32::INFINITY]), 1, rates);
        assert!(endless.unwrap_err().to_string().contains("not finite"));
        assert_eq!(known.to_vec1::<f32>().unwrap(), [1.0]);
        assert_eq!(of_known.steps().done, 0);
    }

    #[test]
    fn accumulated_batches_step_along_the_mean_over_their_samples() {
        let rates = Rates {
            lr_fraction: 1.0,
            momentum: 0.9,
        };
        let var = || Var::from_slice(&[1f32], 1, &Device::Cpu).unwrap();
        let (parts, whole) = (var(), var());
        let mut optimizers = [optimizer(&parts), optimizer(&whole)];
        // Unequal batches: a mean over batches would be 3.5, the one over samples is 2.5.
        let [held, at_once] = &mut optimizers;
        held.hold(&gradients(&parts, &[1.0, 2.0, 3.0]), 3).unwrap();
        assert_eq!(
            held.steps(),
            Steps {
                done: 0,
                held_images: 3
            }
        );
        let saved = (held.state().unwrap(), held.steps());
        let mut resumed = optimizer(&parts);
        resumed
            .load_state(&saved.0, saved.1, Path::new(""))
            .unwrap();
        resumed.step(&gradients(&parts, &[4.0]), 1, rates).unwrap();
        at_once
            .step(&gradients(&whole, &[1.0, 2.0, 3.0, 4.0]), 4, rates)
            .unwrap();
        assert_eq!(
            resumed.steps(),
            Steps {
                done: 1,
                held_images: 0
            }
        );
        let value = |var: &Var| var.to_vec1::<f32>().unwrap()[0];
        assert_eq!(value(&parts), value(&whole));
        assert_ne!(value(&parts), 1.0);
    }
}
