//! A body as a list of layers and steps, run forward and backward over [`Feature`]s.
//!
//! candle's tape would keep a normalised copy of every map and add every gradient to a tensor of zeros (CANDLE.md part
//! 3: 10 to 15 % of a step), so a body runs its own backward pass; to candle it is one operation ([`super::tape`]).
//! Rule: a map with a normalisation pending on it has exactly one reader; whatever is read twice is joined first.

use std::ops::Range;

use super::layer::{InputGradient, Layer, Numbers, ParamGradients, Trainable, Wishes};
use crate::ops::act::Act;
use crate::ops::feature::{Feature, Gradient};
use crate::ops::max_pool::PoolWindow;
use crate::ops::norm::Moments;
use crate::ops::scratch::BufferPool;
use crate::ops::{join, max_pool};

/// Slots number the maps; slot 0 is the picture.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    Conv {
        layer: usize,
        input: usize,
        output: usize,
    },
    /// `act(main + skip)`, after what is pending on each.
    Join {
        main: usize,
        skip: Option<usize>,
        act: Act,
        output: usize,
    },
    MaxPool {
        input: usize,
        window: PoolWindow,
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

    pub fn join(&mut self, main: usize, skip: Option<usize>, act: Act) -> usize {
        let output = self.slot();
        self.steps.push(Step::Join {
            main,
            skip,
            act,
            output,
        });
        output
    }

    pub fn max_pool(&mut self, input: usize, window: PoolWindow) -> usize {
        let output = self.slot();
        self.steps.push(Step::MaxPool {
            input,
            window,
            output,
        });
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
            let Some(input) = inputs[0].and_then(|slot| maps[slot].as_ref()) else {
                continue;
            };
            let map = match *step {
                Step::Conv { layer: index, .. } => {
                    let layer = &self.layers[index];
                    let ready = numbers.ready.get(index).and_then(Option::as_ref);
                    let (map, of_batch) = layer.forward(numbers, ready, input, pool);
                    moments.extend(of_batch);
                    map
                }
                Step::Join { skip, act, .. } => {
                    let skip = skip.and_then(|slot| maps[slot].as_ref());
                    join::join(input, skip, act, pool)
                }
                Step::MaxPool { window, .. } => max_pool::forward(input, window, pool),
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

    pub(super) fn is_read_after(&self, index: usize, slot: usize) -> bool {
        self.steps[index + 1..]
            .iter()
            .any(|step| step.slots().0.contains(&Some(slot)))
    }

    /// The gradients of all layers' parameters from the `gradient` of the output (`(n, h, w, C)`). `maps` are those of the forward pass; they are given back to the pool on the way.
    pub fn backward(
        &self,
        numbers: Numbers<'_>,
        mut maps: Vec<Option<Feature>>,
        gradient: Vec<f32>,
        trainable: Trainable,
        pool: &BufferPool,
    ) -> Vec<ParamGradients> {
        let mut of_layers = vec![ParamGradients::default(); self.layers.len()];
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
                    let Some(map) = maps[output].take() else {
                        continue;
                    };
                    let (own, used) = self.layers[layer].backward(
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
                        pool,
                    );
                    of_layers[layer] = own;
                    gradients[input] = used;
                    pool.put(map.data);
                    pool.put(upstream.data);
                }
                Step::Join {
                    main, skip, act, ..
                } => {
                    let mut data = upstream.data;
                    if let Some(map) = maps[output].take() {
                        join::stop_at_activation(&mut data, &map.data, act);
                        pool.put(map.data);
                    }
                    if let Some((skip, map)) = skip.and_then(|s| Some((s, maps[s].as_ref()?))) {
                        gradients[skip] = Some(if map.pending.is_some() {
                            join::pass_on(join::copy(&data, pool), map)
                        } else {
                            join::add_to(gradients[skip].take(), &data, pool)
                        });
                    }
                    gradients[main] = maps[main].as_ref().map(|map| join::pass_on(data, map));
                }
                Step::MaxPool { input, window, .. } => {
                    gradients[input] = maps[input]
                        .as_ref()
                        .map(|map| max_pool::backward(map, window, &upstream.data, pool));
                    pool.put(upstream.data);
                    if let Some(map) = maps[output].take() {
                        pool.put(map.data);
                    }
                }
            }
        }
        of_layers
    }
}

impl Step {
    /// Slots read, slot written.
    pub(super) fn slots(&self) -> ([Option<usize>; 2], usize) {
        match *self {
            Self::Conv { input, output, .. } | Self::MaxPool { input, output, .. } => {
                ([Some(input), None], output)
            }
            Self::Join {
                main, skip, output, ..
            } => ([Some(main), skip], output),
        }
    }
}
