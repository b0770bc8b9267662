//! A backbone as a list of layers and steps, run over [`Feature`]s; the backward pass is in [`super::backward`].
//!
//! candle's tape would keep a normalised copy of every map and add every gradient to a tensor of zeros
//! (measured: 10 to 15 % of a step), so a backbone runs its own backward pass; to candle it is one operation ([`super::autograd`]).
//! Rule: a map with a normalisation pending on it has exactly one reader. What is read twice is combined first; where
//! several readers normalise the same maps, each in its own way (DenseNet), each reads a concatenation of its own.

mod build;

use std::ops::Range;

use super::Role;
use super::batch_norm::BatchNorm;
use super::layer::Layer;
use super::parameters::Parameters;
use crate::ops::act::Act;
use crate::ops::feature::Feature;
use crate::ops::geometry::PoolWindow;
use crate::ops::norm::{self, Moments};
use crate::ops::scratch::BufferPool;
use crate::ops::{average_pool, concat, max_pool, residual};

/// Slots number the maps; slot 0 is the image.
#[derive(Clone, Debug)]
pub enum Step {
    Conv {
        layer: usize,
        input: usize,
        output: usize,
    },
    /// `act(main + skip)`, after what is pending on each.
    Residual {
        main: usize,
        skip: Option<usize>,
        act: Act,
        output: usize,
    },
    /// The maps side by side, after what is pending on each; then a normalisation of the whole.
    Concat {
        inputs: Vec<usize>,
        norm: Option<BatchNorm>,
        output: usize,
    },
    Pool {
        input: usize,
        kind: PoolKind,
        window: PoolWindow,
        output: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    Max,
    Average,
}

#[derive(Debug, Default)]
pub struct Backbone {
    pub layers: Vec<Layer>,
    pub steps: Vec<Step>,
    /// In their order in the flat parameters.
    pub params: Vec<BackboneParam>,
    /// Length of the flat parameters and of the running statistics.
    pub param_len: usize,
    pub statistics_len: usize,
    /// Name and place of every normalisation's statistics, in the order in which the steps normalise.
    pub statistics: Vec<(String, Range<usize>)>,
    /// In the order in which they are made; the last is the output.
    pub stages: Vec<Stage>,
    pub(super) slots: usize,
}

/// A map that the architecture gives a name to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its module's, as torchvision or timm name it: `layer3`, `blocks.4`, `features.denseblock2`, `features.7`.
    pub name: String,
    /// The map that module returns: finished, or (a dense block) raw, with the next module's normalisation pending.
    pub slot: usize,
}

/// A tensor of the flat parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackboneParam {
    pub name: String,
    pub shape: Vec<usize>,
    pub role: Role,
    pub group: u8,
}

/// What a forward pass leaves behind.
pub struct Forward {
    pub output: Feature,
    /// All maps by slot, if they were kept for the backward pass.
    pub maps: Vec<Option<Feature>>,
    /// Moments of the batch, in the order of [`Backbone::statistics`]; empty unless normalised by batch.
    pub moments: Vec<Moments>,
}

impl Backbone {
    /// Runs all steps. `keep`: hold every map for [`Backbone::backward`]; otherwise each is given back after its last reader.
    pub fn forward(
        &self,
        parameters: Parameters<'_>,
        image: Feature,
        keep: bool,
        pool: &BufferPool,
    ) -> Forward {
        let mut maps: Vec<Option<Feature>> = vec![None; self.slots];
        maps[0] = Some(image);
        let mut moments = Vec::new();
        let mut last = 0;
        for (index, step) in self.steps.iter().enumerate() {
            let Some((map, of_batch)) = self.run(step, parameters, &maps, pool) else {
                continue;
            };
            moments.extend(of_batch);
            last = step.output();
            maps[last] = Some(map);
            if !keep {
                for input in step.inputs() {
                    if !self.is_read_after(index, input)
                        && let Some(map) = maps[input].take()
                    {
                        pool.put(map.data);
                    }
                }
            }
        }
        let output = if keep {
            maps[last].clone()
        } else {
            maps[last].take()
        };
        Forward {
            output: output.unwrap_or_else(Feature::empty),
            maps: if keep { maps } else { Vec::new() },
            moments,
        }
    }

    /// The map one step makes, and the moments of the batch if it normalises by them.
    pub(super) fn run(
        &self,
        step: &Step,
        parameters: Parameters<'_>,
        maps: &[Option<Feature>],
        pool: &BufferPool,
    ) -> Option<(Feature, Option<Moments>)> {
        let read = |slot: usize| maps[slot].as_ref();
        let map = match step {
            Step::Conv { layer, input, .. } => {
                return Some(self.layers[*layer].forward(parameters, read(*input)?, pool));
            }
            Step::Residual {
                main, skip, act, ..
            } => residual::forward(read(*main)?, skip.and_then(read), *act, pool),
            Step::Concat { inputs, norm, .. } => {
                let parts: Vec<&Feature> = inputs.iter().filter_map(|&slot| read(slot)).collect();
                let mut map = concat::concat(&parts, pool);
                if let Some(norm) = norm {
                    let moments = parameters.by_batch.then(|| norm::moments(&map));
                    map.pending = Some(norm.pending(parameters, moments.as_ref()));
                    return Some((map, moments));
                }
                map
            }
            Step::Pool {
                input,
                kind,
                window,
                ..
            } => {
                let input = read(*input)?;
                match kind {
                    PoolKind::Max => max_pool::forward(input, *window, pool),
                    PoolKind::Average => average_pool::forward(input, *window, pool),
                }
            }
        };
        Some((map, None))
    }

    pub(super) fn is_read_after(&self, index: usize, slot: usize) -> bool {
        self.steps[index + 1..]
            .iter()
            .any(|step| step.inputs().any(|input| input == slot))
    }
}

impl Step {
    /// Slots read.
    pub fn inputs(&self) -> impl Iterator<Item = usize> {
        let (some, many): ([Option<usize>; 2], &[usize]) = match self {
            Self::Conv { input, .. } | Self::Pool { input, .. } => ([Some(*input), None], &[]),
            Self::Residual { main, skip, .. } => ([Some(*main), *skip], &[]),
            Self::Concat { inputs, .. } => ([None; 2], inputs),
        };
        some.into_iter().flatten().chain(many.iter().copied())
    }

    /// Slot written.
    pub fn output(&self) -> usize {
        match self {
            Self::Conv { output, .. }
            | Self::Residual { output, .. }
            | Self::Concat { output, .. }
            | Self::Pool { output, .. } => *output,
        }
    }
}
