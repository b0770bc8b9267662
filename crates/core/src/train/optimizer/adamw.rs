//! Adam with decoupled weight decay over layer groups; gradients of several batches can be accumulated into one step.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::weights::{State, find};
use crate::model::{Param, Role};
use crate::ops::adamw::{self, AdamStep, Moments};
use crate::train::schedule::one_cycle::{Rates, group_rates};

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
    moments: Moments,
    /// Gradients accumulated for a later step, summed over their images.
    accumulated: Option<Tensor>,
    weight_decay: f64,
}

#[derive(Debug)]
pub(crate) struct AdamW {
    slots: Vec<Slot>,
    /// Highest rate of each group.
    rates: Vec<f64>,
    step: u64,
    /// Images whose gradients are accumulated.
    accumulated_images: usize,
}

/// An optimizer's progress, beside its tensors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Steps {
    pub done: u64,
    /// Images whose gradients are accumulated for the next step.
    #[serde(alias = "held_images")]
    pub accumulated_images: usize,
}

/// Accumulated gradients by parameter, summed over `images` images.
pub(crate) struct Accumulated {
    gradients: Vec<Option<Tensor>>,
    images: usize,
}

impl AdamW {
    /// `bounds`: highest rates of the first layers and of the head. `decays_norms`: norms and biases are decayed too.
    ///
    /// # Errors
    /// [`Error::Tensor`] if the device has no memory for the moments.
    pub fn new(params: Vec<Param>, [low, high]: [f64; 2], decays_norms: bool) -> Result<Self> {
        let mut slots = Vec::with_capacity(params.len());
        for param in params {
            let is_decayed = decays_norms || param.role == Role::Weight;
            slots.push(Slot {
                weight_decay: if is_decayed { WEIGHT_DECAY } else { 0.0 },
                moments: Moments::zeros(param.var.as_tensor())?,
                param,
                accumulated: None,
            });
        }
        Ok(Self {
            slots,
            rates: group_rates(low, high, GROUPS),
            step: 0,
            accumulated_images: 0,
        })
    }

    pub fn steps(&self) -> Steps {
        Steps {
            done: self.step,
            accumulated_images: self.accumulated_images,
        }
    }

    /// To be restored if a batch fails halfway.
    pub fn accumulated(&self) -> Accumulated {
        let gradients = self.slots.iter().map(|slot| slot.accumulated.clone());
        Accumulated {
            gradients: gradients.collect(),
            images: self.accumulated_images,
        }
    }

    pub fn set_accumulated(&mut self, accumulated: Accumulated) {
        for (slot, gradient) in self.slots.iter_mut().zip(accumulated.gradients) {
            slot.accumulated = gradient;
        }
        self.accumulated_images = accumulated.images;
    }

    /// The head's rate at this point of the schedule.
    pub fn head_lr(&self, rates: Rates) -> f64 {
        self.rates.last().copied().unwrap_or_default() * rates.lr_fraction
    }

    /// Adds the mean gradient of `images` images to what the next step is along.
    ///
    /// # Errors
    /// As [`AdamW::step`].
    pub fn accumulate(&mut self, gradients: &GradStore, images: usize) -> Result<()> {
        for slot in &mut self.slots {
            let more = (gradient_of(gradients, &slot.param)? * images as f64)?;
            slot.accumulated = Some(match slot.accumulated.take() {
                Some(sum) => (sum + more)?,
                None => more,
            });
        }
        self.accumulated_images += images;
        Ok(())
    }

    /// One step along the mean gradient of `images` images and of the accumulated ones.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a trainable tensor got no gradient (it would silently stay as it is), or at the first step
    /// one that is not finite; the weights are then as before.
    pub fn step(&mut self, gradients: &GradStore, images: usize, rates: Rates) -> Result<()> {
        if self.step == 0 {
            self.check_finite(gradients)?;
        }
        self.step += 1;
        let all_images = (self.accumulated_images + images) as f64;
        for slot in &mut self.slots {
            let fresh = gradient_of(gradients, &slot.param)?;
            // With nothing accumulated the gradient is taken as it is, to the last bit.
            let gradient = match slot.accumulated.take() {
                None => fresh.clone(),
                Some(sum) => (((fresh * images as f64)? + sum)? / all_images)?,
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
            adamw::update_tensor(&slot.param.var, &gradient, &mut slot.moments, &step)?;
        }
        self.accumulated_images = 0;
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

    /// Moments by name, `m.NAME` and `v.NAME`, and `g.NAME` while gradients are accumulated.
    pub fn state(&self) -> Result<State> {
        let mut state = BTreeMap::new();
        for slot in &self.slots {
            let [m, v] = slot.moments.to_tensors(slot.param.var.shape())?;
            let accumulated = slot.accumulated.as_ref();
            let accumulated = accumulated.map(|g| g.to_device(&Device::Cpu)).transpose()?;
            for (kind, tensor) in [("m", Some(m)), ("v", Some(v)), ("g", accumulated)] {
                if let Some(tensor) = tensor {
                    state.insert(format!("{kind}.{}", slot.param.name), tensor);
                }
            }
        }
        Ok(state)
    }

    /// Restores what [`AdamW::state`] and [`AdamW::steps`] returned; `path` is for messages.
    ///
    /// # Errors
    /// As [`find`].
    pub fn load_state(&mut self, state: &State, steps: Steps, path: &Path) -> Result<()> {
        for slot in &mut self.slots {
            let var = &slot.param.var;
            let saved = |kind: &str| {
                let name = format!("{kind}.{}", slot.param.name);
                find(state, (&name, &[]), var.dims(), path)
            };
            slot.moments.load([saved("m")?, saved("v")?])?;
            if steps.accumulated_images > 0 {
                slot.accumulated = Some(saved("g")?.to_device(var.device())?);
            }
        }
        self.step = steps.done;
        self.accumulated_images = steps.accumulated_images;
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

    fn optimizer(var: &Var) -> AdamW {
        let param = Param {
            name: "w".into(),
            var: var.clone(),
            group: 2,
            role: Role::Weight,
        };
        AdamW::new(vec![param], [0.1, 0.1], true).unwrap()
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
        let [split, at_once] = &mut optimizers;
        split
            .accumulate(&gradients(&parts, &[1.0, 2.0, 3.0]), 3)
            .unwrap();
        assert_eq!(
            split.steps(),
            Steps {
                done: 0,
                accumulated_images: 3
            }
        );
        let saved = (split.state().unwrap(), split.steps());
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
                accumulated_images: 0
            }
        );
        let value = |var: &Var| var.to_vec1::<f32>().unwrap()[0];
        assert_eq!(value(&parts), value(&whole));
        assert_ne!(value(&parts), 1.0);
    }
}
