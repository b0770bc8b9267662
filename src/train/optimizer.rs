//! Adam with decoupled weight decay over layer groups; its moments can be saved.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};

use super::schedule::{Rates, group_rates};
use crate::error::{Error, Result};
use crate::model::Param;
use crate::model::weights::{State, find};
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
    weight_decay: f64,
}

#[derive(Debug)]
pub(super) struct Optimizer {
    slots: Vec<Slot>,
    /// Highest rate of each group.
    rates: Vec<f64>,
    step: u64,
}

impl Optimizer {
    /// `bounds`: highest rates of the first layers and of the head. `decays_norms`: norms and biases are decayed too.
    pub fn new(params: Vec<Param>, [low, high]: [f64; 2], decays_norms: bool) -> Self {
        let slots = params
            .into_iter()
            .map(|param| {
                let len = param.var.elem_count();
                let is_decayed = decays_norms || !param.is_norm_or_bias;
                Slot {
                    weight_decay: if is_decayed { WEIGHT_DECAY } else { 0.0 },
                    param,
                    m: vec![0.0; len],
                    v: vec![0.0; len],
                }
            })
            .collect();
        Self {
            slots,
            rates: group_rates(low, high, GROUPS),
            step: 0,
        }
    }

    pub fn steps_done(&self) -> u64 {
        self.step
    }

    /// The head's rate at this point of the schedule.
    pub fn head_lr(&self, rates: Rates) -> f64 {
        self.rates.last().copied().unwrap_or_default() * rates.lr_fraction
    }

    /// # Errors
    /// [`Error::Invalid`] at the first step if a trainable tensor got no gradient: it would silently stay as it is.
    pub fn step(&mut self, gradients: &GradStore, rates: Rates) -> Result<()> {
        self.step += 1;
        for slot in &mut self.slots {
            let Some(gradient) = gradients.get(&slot.param.var) else {
                return Err(Error::Invalid(format!(
                    "{} got no gradient and would never be trained; this is a fault of the program, please report it",
                    slot.param.name
                )));
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
            adamw::update_tensor(&slot.param.var, gradient, (&mut slot.m, &mut slot.v), &step)?;
        }
        Ok(())
    }

    /// Moments by name, `m.NAME` and `v.NAME`.
    pub fn state(&self) -> Result<State> {
        let mut state = BTreeMap::new();
        for slot in &self.slots {
            for (moment, values) in [("m", &slot.m), ("v", &slot.v)] {
                let shape = slot.param.var.shape().clone();
                let tensor = Tensor::from_vec(values.clone(), shape, &Device::Cpu)?;
                state.insert(format!("{moment}.{}", slot.param.name), tensor);
            }
        }
        Ok(state)
    }

    /// Takes back what [`Optimizer::state`] gave after `steps_done` steps; `path` is for messages.
    ///
    /// # Errors
    /// As [`find`].
    pub fn load_state(&mut self, state: &State, steps_done: u64, path: &Path) -> Result<()> {
        for slot in &mut self.slots {
            for (moment, values) in [("m", &mut slot.m), ("v", &mut slot.v)] {
                let name = format!("{moment}.{}", slot.param.name);
                let tensor = find(state, (&name, None), slot.param.var.dims(), path)?;
                *values = tensor.flatten_all()?.to_vec1()?;
            }
        }
        self.step = steps_done;
        Ok(())
    }
}
