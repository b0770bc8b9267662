//! A net's tensors by name, to save it and to load another's.

use std::path::Path;

use candle_core::{Device, Tensor};

use super::Net;
use crate::error::Result;
use crate::model::parameters::Running;
use crate::model::weights::{self, State, find};

impl Net {
    /// A copy of all tensors by name, running statistics included.
    pub fn state(&self) -> Result<State> {
        let mut state = self.backbone_state()?;
        self.head.state(&mut state)?;
        Ok(state)
    }

    /// [`Net::state`] without the head.
    pub fn backbone_state(&self) -> Result<State> {
        let mut state = State::new();
        for param in &self.backbone_params {
            state.insert(param.name.clone(), param.values()?);
        }
        let running = self.running();
        for (norm, place) in &self.backbone.statistics {
            for (field, values) in [
                ("running_mean", &running.mean),
                ("running_var", &running.variance),
            ] {
                let values = values[place.clone()].to_vec();
                let len = values.len();
                let tensor = Tensor::from_vec(values, len, &Device::Cpu)?;
                state.insert(format!("{norm}.{field}"), tensor);
            }
        }
        Ok(state)
    }

    /// Takes all tensors from `state` (`path` is for messages). On error the net may hold some old and some new ones.
    ///
    /// # Errors
    /// [`Error::Weights`] if a tensor is missing, [`Error::WeightShape`] if one does not fit.
    pub fn load_state(&self, state: &State, path: &Path) -> Result<()> {
        self.load_backbone(state, path)?;
        self.head.load(state, self.arch, path)
    }

    /// Takes the backbone only, e.g. from another class list's run or from a file of ImageNet weights.
    ///
    /// # Errors
    /// As [`Net::load_state`].
    pub fn load_backbone(&self, state: &State, path: &Path) -> Result<()> {
        for param in &self.backbone_params {
            let others = self.arch.other_names(&param.name);
            let tensor = find(state, (&param.name, &others), param.var.dims(), path)?;
            param.set(tensor)?;
        }
        let mut running = Running::clone(&self.running());
        for (norm, place) in &self.backbone.statistics {
            for (field, values) in [
                ("running_mean", &mut running.mean),
                ("running_var", &mut running.variance),
            ] {
                let name = format!("{norm}.{field}");
                let others = self.arch.other_names(&name);
                let tensor = find(state, (&name, &others), &[place.len()], path)?;
                values[place.clone()].copy_from_slice(&tensor.to_vec1::<f32>()?);
            }
        }
        self.set_running(running);
        self.forget_copy();
        Ok(())
    }

    /// Takes the backbone that is inside the program.
    ///
    /// # Errors
    /// [`Error::NoWeights`] if there is none.
    pub fn load_embedded(&self) -> Result<()> {
        self.load_backbone(&weights::embedded(self.arch)?, Path::new("(embedded)"))
    }
}
