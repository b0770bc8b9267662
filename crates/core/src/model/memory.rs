//! How much memory a pass through a backbone takes, worked out from shapes alone, without running it.
//!
//! The steps of [`Backbone::forward`] and [`Backbone::backward`] are gone through with lengths in place of maps and a ledger in
//! place of the [`crate::ops::scratch::BufferPool`], which decides what is used again: its rule is what makes the
//! difference between the sum of all maps and what is really taken.

use std::collections::BTreeMap;

use super::Arch;
use super::backbone::{Backbone, Step};
use super::preprocess::InputSize;

/// What a pass takes, in floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassMemory {
    /// Forward, all maps kept, and back.
    pub training: usize,
    /// Forward, each map given back after its last reader.
    pub evaluation: usize,
}

impl Arch {
    /// Of a pass over `n` images of `size`, beside the parameters.
    pub fn pass_memory(self, n: usize, size: InputSize) -> PassMemory {
        let backbone = self.backbone();
        let image = Shape {
            height: size.height as usize,
            width: size.width as usize,
            channels: 3,
        };
        let shapes = backbone.shapes(image);
        let lens: Vec<usize> = shapes.iter().map(|shape| n * shape.len()).collect();
        PassMemory {
            training: backbone.training_floats(&lens),
            evaluation: backbone.evaluation_floats(&lens),
        }
    }

    /// Parameters of the backbone.
    pub fn backbone_params(self) -> usize {
        self.backbone().param_len
    }
}

#[derive(Clone, Copy)]
struct Shape {
    height: usize,
    width: usize,
    channels: usize,
}

impl Shape {
    fn len(self) -> usize {
        self.height * self.width * self.channels
    }
}

impl Backbone {
    /// Of each slot's map.
    fn shapes(&self, image: Shape) -> Vec<Shape> {
        let mut shapes = vec![image; self.steps.len() + 1];
        for step in &self.steps {
            let Shape {
                height,
                width,
                channels,
            } = step.inputs().next().map_or(image, |slot| shapes[slot]);
            shapes[step.output()] = match step {
                Step::Conv { layer, .. } => {
                    let window = &self.layers[*layer].window;
                    let extent = window.extent(height, width);
                    Shape {
                        height: extent.out_height,
                        width: extent.out_width,
                        channels: window.out_channels,
                    }
                }
                Step::Residual { .. } => Shape {
                    height,
                    width,
                    channels,
                },
                Step::Concat { inputs, .. } => Shape {
                    height,
                    width,
                    channels: inputs.iter().map(|&slot| shapes[slot].channels).sum(),
                },
                Step::Pool { window, .. } => Shape {
                    height: window.output(height),
                    width: window.output(width),
                    channels,
                },
            };
        }
        shapes
    }

    fn evaluation_floats(&self, lens: &[usize]) -> usize {
        let mut ledger = Ledger::default();
        let mut maps: Vec<Option<usize>> = vec![None; lens.len()];
        maps[0] = Some(ledger.take(lens[0]));
        for (index, step) in self.steps.iter().enumerate() {
            let output = step.output();
            maps[output] = Some(ledger.take(lens[output]));
            for input in step.inputs() {
                if !self.is_read_after(index, input) {
                    ledger.put_some(maps[input].take());
                }
            }
        }
        ledger.total
    }

    fn training_floats(&self, lens: &[usize]) -> usize {
        let mut ledger = Ledger::default();
        let mut maps: Vec<Option<usize>> = lens.iter().map(|&len| Some(ledger.take(len))).collect();
        let last = lens.len() - 1;
        // The output is copied out, and its planes are what the graph keeps.
        ledger.add(lens[last]);
        let planes = 2 * lens[last];
        let mut gradients: Vec<Option<usize>> = vec![None; lens.len()];
        gradients[last] = Some(ledger.take(lens[last]));
        for step in self.steps.iter().rev() {
            let output = step.output();
            let Some(upstream) = gradients[output].take() else {
                continue;
            };
            let given_back = maps[output].take();
            match step {
                Step::Conv { input, .. } => {
                    // That of the image is not wanted.
                    if *input > 0 && gradients[*input].is_none() {
                        gradients[*input] = Some(ledger.take(lens[*input]));
                    }
                    ledger.put_some(given_back);
                    ledger.put(upstream);
                }
                Step::Residual { main, skip, .. } => {
                    ledger.put_some(given_back);
                    if let Some(skip) = *skip
                        && gradients[skip].is_none()
                    {
                        gradients[skip] = Some(ledger.take(lens[skip]));
                    }
                    gradients[*main] = Some(upstream);
                }
                Step::Concat { inputs, norm, .. } => {
                    let before = norm.as_ref().map(|_| ledger.take(lens[output]));
                    for &input in inputs {
                        if gradients[input].is_none() {
                            gradients[input] = Some(ledger.take(lens[input]));
                        }
                    }
                    ledger.put_some(before);
                    ledger.put_some(given_back);
                    ledger.put(upstream);
                }
                Step::Pool { input, .. } => {
                    gradients[*input] = Some(ledger.take(lens[*input]));
                    ledger.put(upstream);
                    ledger.put_some(given_back);
                }
            }
        }
        ledger.total + planes
    }
}

/// What a pool would have to get from the system.
#[derive(Default)]
struct Ledger {
    /// Idle buffers by capacity.
    idle: BTreeMap<usize, usize>,
    total: usize,
}

impl Ledger {
    /// The capacity of the buffer that is taken.
    fn take(&mut self, len: usize) -> usize {
        let fitting = self.idle.range(len..=2 * len).next();
        let Some(capacity) = fitting.map(|(&capacity, _)| capacity) else {
            self.total += len;
            return len;
        };
        if let Some(count) = self.idle.get_mut(&capacity) {
            *count -= 1;
            if *count == 0 {
                self.idle.remove(&capacity);
            }
        }
        capacity
    }

    fn put(&mut self, capacity: usize) {
        *self.idle.entry(capacity).or_default() += 1;
    }

    fn put_some(&mut self, capacity: Option<usize>) {
        if let Some(capacity) = capacity {
            self.put(capacity);
        }
    }

    /// A buffer from elsewhere that is put here.
    fn add(&mut self, len: usize) {
        self.total += len;
        self.put(len);
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use super::*;
    use crate::model::{Classifier as _, Freeze, HeadKind, Mode, Net};

    /// Floats that the net's own pool holds idle after a pass, all it ever took, in training and in evaluation; and those
    /// of the feature map.
    fn taken(arch: Arch, n: usize, size: usize) -> [usize; 3] {
        let mut net = Net::blank(arch, HeadKind::Linear, 2, 0).unwrap();
        let images =
            Tensor::zeros((n, 3, size, size), candle_core::DType::F32, &Device::Cpu).unwrap();
        net.unfolded(&images, net.last_slot()).unwrap();
        // In the pool, but counted with the parameters: their flat copy.
        let evaluation = net.idle_floats() - arch.backbone_params();
        net.release_memory();
        net.set_frozen(Freeze::Nothing);
        let features = net.features(&images, Mode::Train).unwrap();
        features.sum_all().unwrap().backward().unwrap();
        [net.idle_floats(), evaluation, features.elem_count()]
    }

    #[test]
    fn the_ledger_says_what_the_pool_takes() {
        for arch in Arch::ALL {
            let [training, evaluation, features] = taken(arch, 2, 64);
            let memory = arch.pass_memory(2, InputSize::square(64));
            // Not in the pool: the output's planes and their gradient, the image.
            let beside = 2 * features + 2 * 3 * 64 * 64;
            // In the pool, but counted with the parameters: their flat copy.
            let maps = training - arch.backbone_params();
            assert_eq!(memory.training - beside, maps, "{arch:?}");
            assert_eq!(memory.evaluation, evaluation, "{arch:?}");
        }
    }

    #[test]
    fn twice_the_images_take_twice_the_memory() {
        let one = Arch::Resnet50.pass_memory(8, InputSize::square(224));
        let two = Arch::Resnet50.pass_memory(16, InputSize::square(224));
        assert_eq!(two.training, 2 * one.training);
        // Mostly its maps: 75 MB an image.
        assert!(
            (15_000_000..20_000_000).contains(&(one.training / 8)),
            "{one:?}"
        );
    }
}
