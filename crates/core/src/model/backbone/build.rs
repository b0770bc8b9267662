//! How an architecture writes its backbone down, layer by layer.

use super::{Backbone, BackboneParam, PoolKind, Stage, Step};
use crate::model::Role;
use crate::model::batch_norm::BatchNorm;
use crate::model::layer::{After, Layer};
use crate::model::parameters::ParamRange;
use crate::ops::act::Act;
use crate::ops::geometry::PoolWindow;

impl Backbone {
    /// A backbone whose slot 0, the image, exists.
    pub fn new() -> Self {
        Self {
            slots: 1,
            ..Self::default()
        }
    }

    /// Names the map in `slot`.
    pub fn stage(&mut self, name: impl Into<String>, slot: usize) {
        let name = name.into();
        self.stages.push(Stage { name, slot });
    }

    /// Appends a layer reading `input`; returns the slot of its output. Its ranges are filled in here.
    pub fn conv(&mut self, input: usize, mut layer: Layer) -> usize {
        let group = layer.group;
        let shape = layer.window.weight_shape().to_vec();
        let channels = layer.window.out_channels;
        layer.weight = self.param(format!("{}.weight", layer.conv), shape, Role::Weight, group);
        match &mut layer.after {
            After::Norm(norm) => self.place(norm, channels, group),
            After::Bias(bias, _) => {
                *bias = self.param(
                    format!("{}.bias", layer.conv),
                    vec![channels],
                    Role::Bias,
                    group,
                );
            }
            After::Nothing => {}
        }
        self.layers.push(layer);
        let output = self.slot();
        self.steps.push(Step::Conv {
            layer: self.layers.len() - 1,
            input,
            output,
        });
        output
    }

    pub fn residual(&mut self, main: usize, skip: Option<usize>, act: Act) -> usize {
        let output = self.slot();
        self.steps.push(Step::Residual {
            main,
            skip,
            act,
            output,
        });
        output
    }

    pub fn concat(&mut self, inputs: &[usize]) -> usize {
        self.push_concat(inputs, None)
    }

    /// The maps of `inputs`, `channels` together, with `norm` left pending on them. `group`: of its parameters.
    pub fn concat_norm(
        &mut self,
        inputs: &[usize],
        mut norm: BatchNorm,
        (channels, group): (usize, u8),
    ) -> usize {
        self.place(&mut norm, channels, group);
        self.push_concat(inputs, Some(norm))
    }

    fn push_concat(&mut self, inputs: &[usize], norm: Option<BatchNorm>) -> usize {
        let output = self.slot();
        self.steps.push(Step::Concat {
            inputs: inputs.to_vec(),
            norm,
            output,
        });
        output
    }

    pub fn pool(&mut self, input: usize, kind: PoolKind, window: PoolWindow) -> usize {
        let output = self.slot();
        self.steps.push(Step::Pool {
            input,
            kind,
            window,
            output,
        });
        output
    }

    fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    fn place(&mut self, norm: &mut BatchNorm, channels: usize, group: u8) {
        norm.gamma = self.param(
            format!("{}.weight", norm.name),
            vec![channels],
            Role::Gamma,
            group,
        );
        norm.beta = self.param(
            format!("{}.bias", norm.name),
            vec![channels],
            Role::Beta,
            group,
        );
        norm.statistics = self.statistics_len..self.statistics_len + channels;
        self.statistics_len += channels;
        self.statistics
            .push((norm.name.clone(), norm.statistics.clone()));
    }

    fn param(&mut self, name: String, shape: Vec<usize>, role: Role, group: u8) -> ParamRange {
        let len: usize = shape.iter().product();
        self.params.push(BackboneParam {
            name,
            shape,
            role,
            group,
        });
        self.param_len += len;
        ParamRange {
            index: self.params.len() - 1,
            flat: self.param_len - len..self.param_len,
        }
    }
}
