//! An exponential moving average of the weights, which is often better than the last ones (Polyak and Juditsky 1992).
//!
//! `shadow = d * shadow + (1 - d) * weights` after each step of the optimizer, with `d = min(decay, (1 + t) / (10 + t))`
//! at step `t`, so that the first weights soon lose their influence (TensorFlow's `ExponentialMovingAverage` with
//! `num_updates`). Running statistics are a moving average already and stay the net's own.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::{Device, Tensor};

use crate::error::Result;
use crate::model::weights::{State, find};
use crate::model::{Net, Param};

pub(crate) struct WeightAverage {
    decay: f64,
    slots: Vec<(Param, Vec<f32>)>,
}

impl WeightAverage {
    /// Begins with the weights as they are.
    pub fn new(params: Vec<Param>, decay: f64) -> Result<Self> {
        let slots = params
            .into_iter()
            .map(|param| {
                let shadow = param.var.flatten_all()?.to_vec1()?;
                Ok((param, shadow))
            })
            .collect::<Result<_>>()?;
        Ok(Self { decay, slots })
    }

    /// Moves the average towards the weights after the optimizer's step number `step`.
    pub fn update(&mut self, step: u64) -> Result<()> {
        let keep = decay_at(self.decay, step) as f32;
        for (param, shadow) in &mut self.slots {
            let values: Vec<f32> = param.var.flatten_all()?.to_vec1()?;
            for (shadow, value) in shadow.iter_mut().zip(values) {
                *shadow = keep * *shadow + (1.0 - keep) * value;
            }
        }
        Ok(())
    }

    /// Exchanges weights and average.
    pub fn swap(&mut self) -> Result<()> {
        for (param, shadow) in &mut self.slots {
            let values: Vec<f32> = param.var.flatten_all()?.to_vec1()?;
            let shape = param.var.shape().clone();
            let shadow = std::mem::replace(shadow, values);
            param.set(&Tensor::from_vec(shadow, shape, &Device::Cpu)?)?;
        }
        Ok(())
    }

    /// Sets the averaged weights in a copy of the net.
    pub fn write_to(&self, copy: &Net) -> Result<()> {
        let own: BTreeMap<&str, &Vec<f32>> = self
            .slots
            .iter()
            .map(|(param, shadow)| (param.name.as_str(), shadow))
            .collect();
        for param in copy.variables() {
            if let Some(shadow) = own.get(param.name.as_str()) {
                let shape = param.var.shape().clone();
                param.set(&Tensor::from_slice(shadow, shape, &Device::Cpu)?)?;
            }
        }
        Ok(())
    }

    /// By name, `ema.NAME`.
    pub fn state(&self) -> Result<State> {
        let mut state = State::new();
        for (param, shadow) in &self.slots {
            let shape = param.var.shape().clone();
            let tensor = Tensor::from_vec(shadow.clone(), shape, &Device::Cpu)?;
            state.insert(format!("ema.{}", param.name), tensor);
        }
        Ok(state)
    }

    /// Restores what [`WeightAverage::state`] returned; `path` is for messages.
    ///
    /// # Errors
    /// As [`find`].
    pub fn load_state(&mut self, state: &State, path: &Path) -> Result<()> {
        for (param, shadow) in &mut self.slots {
            let name = format!("ema.{}", param.name);
            let tensor = find(state, (&name, &[]), param.var.dims(), path)?;
            *shadow = tensor.flatten_all()?.to_vec1()?;
        }
        Ok(())
    }
}

fn decay_at(decay: f64, step: u64) -> f64 {
    let t = step as f64;
    decay.min((1.0 + t) / (10.0 + t))
}

#[cfg(test)]
mod tests {
    use candle_core::Var;

    use super::*;
    use crate::model::Role;

    #[test]
    fn the_first_steps_forget_the_start_quickly() {
        assert!((decay_at(0.999, 1) - 2.0 / 11.0).abs() < 1e-12);
        assert!((decay_at(0.999, 90) - 0.91).abs() < 1e-12);
        assert_eq!(decay_at(0.9, 1000), 0.9);
    }

    #[test]
    fn swapping_twice_gives_the_weights_back_and_the_average_is_the_golden_one() {
        let var = Var::from_slice(&[0f32], 1, &Device::Cpu).unwrap();
        let param = Param {
            name: "w".into(),
            var: var.clone(),
            group: 2,
            role: Role::Weight,
        };
        let mut average = WeightAverage::new(vec![param], 0.5).unwrap();
        let value = || var.to_vec1::<f32>().unwrap()[0];
        for step in 1..=2 {
            let weights = Tensor::from_slice(&[step as f32], 1, &Device::Cpu).unwrap();
            var.set(&weights).unwrap();
            average.update(step).unwrap();
        }
        // d: 2/11, 3/12: 9/11, then 0.25 * 9/11 + 0.75 * 2.
        average.swap().unwrap();
        assert!((value() - 1.704_545_5).abs() < 1e-6, "{}", value());
        average.swap().unwrap();
        assert_eq!(value(), 2.0);
    }
}
