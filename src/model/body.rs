//! A body as a list of layers and steps, run forward and backward over [`Feature`]s.
//!
//! candle's tape would keep a normalised copy of every map and add every gradient to a tensor of zeros (CANDLE.md part
//! 3: 10 to 15 % of a step), so a body runs its own backward pass; to candle it is one operation ([`super::tape`]).
//! Rule: a map with a normalisation pending on it has exactly one reader; whatever is read twice is joined first.

use std::ops::Range;

use rayon::prelude::*;

use super::layer::{InputGradient, Layer, Numbers, Trainable, Wishes};
use crate::ops::feature::{Feature, Gradient, Sums, activate};
use crate::ops::norm::Moments;
use crate::ops::scratch::BufferPool;

/// Slots number the maps; slot 0 is the picture.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Conv {
        layer: usize,
        input: usize,
        output: usize,
    },
    /// Applies what is pending on `main`, and adds `skip`.
    Join {
        main: usize,
        skip: Option<usize>,
        output: usize,
    },
}

#[derive(Debug, Default)]
pub struct Body {
    pub layers: Vec<Layer>,
    pub steps: Vec<Step>,
    /// Length of the flat parameters and of the running statistics.
    pub param_len: usize,
    pub statistics_len: usize,
    slots: usize,
}

/// What a forward pass leaves behind.
pub struct Forward {
    pub output: Feature,
    /// All maps by slot, if they were kept for the backward pass.
    pub maps: Vec<Option<Feature>>,
    /// Moments of the batch by layer; empty unless normalised by batch.
    pub moments: Vec<Moments>,
}

/// Rows of one piece of an element-wise pass, in values.
const PIECE: usize = 65_536;

impl Body {
    /// A body whose slot 0, the picture, exists.
    pub fn new() -> Self {
        Self {
            slots: 1,
            ..Self::default()
        }
    }

    /// Appends a layer reading `input`; returns the slot of its output. Its ranges are filled in here.
    pub fn conv(&mut self, input: usize, mut layer: Layer) -> usize {
        let channels = layer.window.out_channels;
        layer.weight = self.param_range(layer.window.weight_len());
        layer.gamma = self.param_range(channels);
        layer.beta = self.param_range(channels);
        layer.statistics = self.statistics_len..self.statistics_len + channels;
        self.statistics_len += channels;
        self.layers.push(layer);
        let output = self.slot();
        self.steps.push(Step::Conv {
            layer: self.layers.len() - 1,
            input,
            output,
        });
        output
    }

    pub fn join(&mut self, main: usize, skip: Option<usize>) -> usize {
        let output = self.slot();
        self.steps.push(Step::Join { main, skip, output });
        output
    }

    fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    fn param_range(&mut self, len: usize) -> Range<usize> {
        self.param_len += len;
        self.param_len - len..self.param_len
    }

    /// Runs all steps. `keep`: hold every map for [`Body::backward`]; otherwise each is given back after its last reader.
    pub fn forward(
        &self,
        numbers: Numbers<'_>,
        picture: Feature,
        keep: bool,
        pool: &BufferPool,
    ) -> Forward {
        let mut maps: Vec<Option<Feature>> = vec![None; self.slots];
        maps[0] = Some(picture);
        let mut moments = Vec::new();
        let mut last = 0;
        for (index, step) in self.steps.iter().enumerate() {
            let (inputs, output) = step.slots();
            let map = match *step {
                Step::Conv { layer, input, .. } => {
                    let layer = &self.layers[layer];
                    let (map, of_batch) = layer.forward(numbers, maps[input].as_ref(), pool);
                    moments.extend(of_batch);
                    map
                }
                Step::Join { main, skip, .. } => join(
                    maps[main].as_ref(),
                    skip.and_then(|s| maps[s].as_ref()),
                    pool,
                ),
            };
            maps[output] = Some(map);
            last = output;
            if !keep {
                for input in inputs.into_iter().flatten() {
                    if !self.is_read_after(index, input)
                        && let Some(map) = maps[input].take()
                    {
                        pool.put(map.data);
                    }
                }
            }
        }
        let output = maps[last].take().unwrap_or_else(Feature::empty);
        Forward {
            output,
            maps: if keep { maps } else { Vec::new() },
            moments,
        }
    }

    fn is_read_after(&self, index: usize, slot: usize) -> bool {
        self.steps[index + 1..]
            .iter()
            .any(|step| step.slots().0.contains(&Some(slot)))
    }

    /// The gradient of all parameters, flat, from the `gradient` of the output (`(n, h, w, C)`). What is not trainable
    /// stays 0. `maps` are those of the forward pass; they are given back to the pool on the way.
    pub fn backward(
        &self,
        numbers: Numbers<'_>,
        mut maps: Vec<Option<Feature>>,
        gradient: Vec<f32>,
        trainable: Trainable,
        pool: &BufferPool,
    ) -> Vec<f32> {
        let mut flat = vec![0f32; self.param_len];
        let mut gradients: Vec<Option<Gradient>> = vec![None; self.slots];
        gradients[self.slots - 1] = Some(Gradient {
            data: gradient,
            sums: None,
        });
        for step in self.steps.iter().rev() {
            let (_, output) = step.slots();
            let Some(upstream) = gradients[output].take() else {
                continue;
            };
            match *step {
                Step::Conv { layer, input, .. } => {
                    let (layer, Some(map)) = (&self.layers[layer], maps[output].take()) else {
                        continue;
                    };
                    let used = layer.backward(
                        numbers,
                        (&maps[input], &map, &upstream),
                        Wishes {
                            trainable,
                            input: match gradients[input].take() {
                                _ if input == 0 => InputGradient::Unwanted,
                                None => InputGradient::Fresh,
                                Some(so_far) => InputGradient::AddTo(so_far),
                            },
                        },
                        &mut flat,
                        pool,
                    );
                    gradients[input] = used;
                    pool.put(map.data);
                    pool.put(upstream.data);
                }
                Step::Join { main, skip, .. } => {
                    if let Some(skip) = skip {
                        gradients[skip] =
                            Some(add_to(gradients[skip].take(), &upstream.data, pool));
                    }
                    gradients[main] = maps[main].as_ref().map(|map| masked(upstream.data, map));
                    if let Some(map) = maps[output].take() {
                        pool.put(map.data);
                    }
                }
            }
        }
        flat
    }
}

impl Step {
    /// Slots read, slot written.
    fn slots(&self) -> ([Option<usize>; 2], usize) {
        match *self {
            Self::Conv { input, output, .. } => ([Some(input), None], output),
            Self::Join { main, skip, output } => ([Some(main), skip], output),
        }
    }
}

/// `main` with its pending normalisation applied, plus `skip`.
fn join(main: Option<&Feature>, skip: Option<&Feature>, pool: &BufferPool) -> Feature {
    let Some(main) = main else {
        return Feature::empty();
    };
    let mut data = pool.take(main.data.len());
    let piece = (PIECE / main.channels.max(1)).max(1) * main.channels;
    data.par_chunks_mut(piece)
        .enumerate()
        .for_each(|(index, data)| {
            let range = index * piece..index * piece + data.len();
            activate(main.pending.as_ref(), data, &main.data[range.clone()]);
            if let Some(skip) = skip {
                for (sum, &value) in data.iter_mut().zip(&skip.data[range]) {
                    *sum += value;
                }
            }
        });
    Feature {
        data,
        pending: None,
        ..*main
    }
}

/// The gradient of a joined map, passed on to the map itself.
fn masked(mut data: Vec<f32>, map: &Feature) -> Gradient {
    let Some(pending) = &map.pending else {
        return Gradient { data, sums: None };
    };
    let channels = map.channels;
    let piece = (PIECE / channels.max(1)).max(1) * channels;
    let mut sums = vec![0f32; data.len().div_ceil(piece) * 2 * channels];
    data.par_chunks_mut(piece)
        .zip(map.data.par_chunks(piece))
        .zip(sums.par_chunks_mut(2 * channels))
        .for_each(|((g, y), sums)| pending.mask(g, y, sums));
    Gradient {
        data,
        sums: Some(Sums::combine(&sums, channels)),
    }
}

fn add_to(so_far: Option<Gradient>, more: &[f32], pool: &BufferPool) -> Gradient {
    let mut data = if let Some(gradient) = so_far {
        let mut data = gradient.data;
        data.par_chunks_mut(PIECE)
            .zip(more.par_chunks(PIECE))
            .for_each(|(sum, more)| {
                for (sum, more) in sum.iter_mut().zip(more) {
                    *sum += more;
                }
            });
        data
    } else {
        let mut data = pool.take(more.len());
        data.copy_from_slice(more);
        data
    };
    data.truncate(more.len());
    Gradient { data, sums: None }
}
