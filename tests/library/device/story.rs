//! Whole backbones on any machine, forward and back: every step, layer and gradient, against the CPU's engine.

use cutting_room::model::Role;
use cutting_room::model::backbone::{Backbone, PoolKind};
use cutting_room::model::batch_norm::BatchNorm;
use cutting_room::model::device_backbone::DevicePass;
use cutting_room::model::layer::Layer;
use cutting_room::model::parameters::{ParamGradients, Parameters, Running, Trainable};
use cutting_room::ops::act::Act;
use cutting_room::ops::device::{Element, Engine, Machine, Memory as _};
use cutting_room::ops::feature::Feature;
use cutting_room::ops::geometry::{Padding, PoolWindow, Window};
use cutting_room::ops::scratch::BufferPool;
use cutting_room::rng::Stream;

fn layer(window: Window, act: Act) -> Layer {
    let names = ["conv".to_owned(), "norm".to_owned()];
    Layer::new(names, window, act, (1e-3, 0))
}

fn window(channels: (usize, usize), kernel: usize, stride: usize, padding: Padding) -> Window {
    Window {
        in_channels: channels.0,
        out_channels: channels.1,
        kernel: (kernel, kernel),
        stride,
        padding,
        groups: 1,
    }
}

/// A stem with a pool, a residual block with a convolution in its skip and groups, and one without.
pub fn residual() -> Backbone {
    let mut backbone = Backbone::new();
    let even = |p| Padding::Even(p, p);
    let stem = backbone.conv(0, layer(window((3, 8), 7, 2, even(3)), Act::Relu));
    let pool = PoolWindow {
        kernel: 3,
        stride: 2,
        padding: 1,
        is_ceil: false,
    };
    let stem = backbone.pool(stem, PoolKind::Max, pool);
    let inner = backbone.conv(stem, layer(window((8, 8), 1, 1, even(0)), Act::Relu));
    let grouped = Window {
        groups: 2,
        ..window((8, 8), 3, 2, even(1))
    };
    let inner = backbone.conv(inner, layer(grouped, Act::Relu));
    let main = backbone.conv(inner, layer(window((8, 12), 1, 1, even(0)), Act::None));
    let skip = backbone.conv(stem, layer(window((8, 12), 1, 2, even(0)), Act::None));
    let block = backbone.residual(main, Some(skip), Act::Relu);
    let main = backbone.conv(block, layer(window((12, 12), 3, 1, even(1)), Act::Relu));
    let main = backbone.conv(main, layer(window((12, 12), 3, 1, even(1)), Act::None));
    backbone.residual(main, Some(block), Act::Relu);
    backbone
}

/// Uneven padding, depthwise convolutions of both strides, a linear skip, ReLU6.
pub fn mobile() -> Backbone {
    let mut backbone = Backbone::new();
    let same = Padding::Same;
    let depthwise = |channels, kernel, stride| Window {
        groups: channels,
        ..window((channels, channels), kernel, stride, same)
    };
    let stem = backbone.conv(0, layer(window((3, 8), 3, 2, same), Act::Relu6));
    let deep = backbone.conv(stem, layer(depthwise(8, 3, 2), Act::Relu6));
    let thin = backbone.conv(deep, layer(window((8, 6), 1, 1, same), Act::None));
    let block = backbone.residual(thin, None, Act::None);
    let wide = backbone.conv(block, layer(window((6, 18), 1, 1, same), Act::Relu6));
    let deep = backbone.conv(wide, layer(depthwise(18, 5, 1), Act::Relu6));
    let thin = backbone.conv(deep, layer(window((18, 6), 1, 1, same), Act::None));
    let block = backbone.residual(thin, Some(block), Act::None);
    // A dense convolution with uneven padding whose input wants its gradient.
    let head = backbone.conv(block, layer(window((6, 10), 3, 2, same), Act::Relu6));
    backbone.residual(head, None, Act::None);
    backbone
}

/// Biases without normalisations, maps side by side, a pool with ceil mode.
pub fn fire() -> Backbone {
    let mut backbone = Backbone::new();
    let biased = |window| Layer::biased("conv".to_owned(), window, Act::Relu, 0);
    let even = |p| Padding::Even(p, p);
    let pool = PoolWindow {
        kernel: 3,
        stride: 2,
        padding: 0,
        is_ceil: true,
    };
    let stem = backbone.conv(0, biased(window((3, 8), 3, 2, even(0))));
    let stem = backbone.pool(stem, PoolKind::Max, pool);
    let squeezed = backbone.conv(stem, biased(window((8, 4), 1, 1, even(0))));
    let squeezed = backbone.residual(squeezed, None, Act::None);
    let narrow = backbone.conv(squeezed, biased(window((4, 6), 1, 1, even(0))));
    let wide = backbone.conv(squeezed, biased(window((4, 10), 3, 1, even(1))));
    backbone.concat(&[narrow, wide]);
    backbone
}

/// Maps that several concatenations read, each with a normalisation of its own, and a pool of means.
pub fn dense() -> Backbone {
    let mut backbone = Backbone::new();
    let even = |p| Padding::Even(p, p);
    let bare = |window| Layer::bare("conv".to_owned(), window, 0);
    let norm = || BatchNorm::new("norm".to_owned(), Act::Relu, 1e-3);
    let means = PoolWindow {
        kernel: 2,
        stride: 2,
        padding: 0,
        is_ceil: false,
    };
    let first = backbone.conv(0, bare(window((3, 6), 3, 2, even(1))));
    let seen = backbone.concat_norm(&[first], norm(), (6, 0));
    let inner = backbone.conv(seen, layer(window((6, 8), 1, 1, even(0)), Act::Relu));
    let second = backbone.conv(inner, bare(window((8, 4), 3, 1, even(1))));
    let seen = backbone.concat_norm(&[first, second], norm(), (10, 0));
    let inner = backbone.conv(seen, layer(window((10, 8), 1, 1, even(0)), Act::Relu));
    let third = backbone.conv(inner, bare(window((8, 4), 3, 1, even(1))));
    let seen = backbone.concat_norm(&[first, second, third], norm(), (14, 0));
    let thin = backbone.conv(seen, layer(window((14, 7), 1, 1, even(0)), Act::Relu));
    let pooled = backbone.pool(thin, PoolKind::Average, means);
    let last = backbone.concat_norm(&[pooled], norm(), (7, 0));
    backbone.residual(last, None, Act::None);
    backbone
}

struct Story {
    backbone: Backbone,
    params: Vec<f32>,
    running: Running,
    image: Feature,
    gradient: Vec<f32>,
}

/// Odd sizes, so that windows do not divide them.
const SIZE: [usize; 3] = [3, 37, 42];

impl Story {
    fn new(backbone: Backbone) -> Self {
        let mut stream = Stream::new(7, &[]);
        let mut draw = |len: usize, mean: f64, std: f64| -> Vec<f32> {
            (0..len)
                .map(|_| stream.normal().mul_add(std, mean) as f32)
                .collect()
        };
        let mut params = vec![0f32; backbone.param_len];
        let mut begin = 0;
        for param in &backbone.params {
            let len: usize = param.shape.iter().product();
            let fan_in = len / param.shape[0];
            let values = match param.role {
                Role::Weight => draw(len, 0.0, (2.0 / fan_in as f64).sqrt()),
                Role::Gamma => draw(len, 1.0, 0.1),
                Role::Bias | Role::Beta => draw(len, 0.1, 0.2),
            };
            params[begin..begin + len].copy_from_slice(&values);
            begin += len;
        }
        let running = Running {
            mean: draw(backbone.statistics_len, 0.0, 0.3),
            variance: draw(backbone.statistics_len, 0.0, 0.5)
                .iter()
                .map(|v| 1.0 + v.abs())
                .collect(),
        };
        let [n, height, width] = SIZE;
        let image = Feature {
            data: draw(n * height * width * 3, 0.2, 1.0),
            n,
            height,
            width,
            channels: 3,
            pending: None,
        };
        let parameters = Parameters {
            params: &params,
            running: &running,
            by_batch: false,
        };
        let out = backbone.forward(parameters, image.clone(), false, &BufferPool::default());
        let gradient = draw(out.output.data.len(), 0.0, 1.0);
        Self {
            backbone,
            params,
            running,
            image,
            gradient,
        }
    }

    /// Output, moments of the first and last layer, flat gradient.
    fn on_the_cpu(&self, by_batch: bool, trainable: Trainable) -> [Vec<f32>; 3] {
        let pool = BufferPool::default();
        let parameters = Parameters {
            params: &self.params,
            running: &self.running,
            by_batch,
        };
        let forward = self
            .backbone
            .forward(parameters, self.image.clone(), true, &pool);
        let moments = forward
            .moments
            .iter()
            .flat_map(|m| m.mean.iter().chain(&m.variance))
            .map(|&v| v as f32)
            .collect();
        let gradients = self.backbone.backward(
            parameters,
            forward.maps,
            self.gradient.clone(),
            trainable,
            &pool,
        );
        [
            cutting_room::model::autograd::to_planes(&forward.output),
            moments,
            self.flat(gradients),
        ]
    }

    /// As a device has them: what is not computed is 0.
    fn flat(&self, gradients: ParamGradients) -> Vec<f32> {
        let params = self.backbone.params.iter().zip(gradients);
        params
            .flat_map(|(param, gradient)| {
                gradient.unwrap_or_else(|| vec![0.0; param.shape.iter().product()])
            })
            .collect()
    }

    fn on_a_device<M: Machine>(
        &self,
        machine: &M,
        element: Element,
        by_batch: bool,
        trainable: Trainable,
    ) -> [Vec<f32>; 3] {
        let engine = Engine { machine, element };
        let params = machine.upload(&self.params).unwrap();
        let running = (!by_batch).then_some(&self.running);
        let pass = DevicePass::new(&self.backbone, engine, params.ptr(), running).unwrap();
        let image = || {
            let planes = cutting_room::model::autograd::to_planes(&self.image);
            let planes = machine.upload(&planes).unwrap();
            let [n, height, width] = SIZE;
            engine
                .from_planes(planes.ptr(), [n, 3, height, width])
                .unwrap()
        };
        let download = |memory: &M::Memory, len: usize| {
            let mut values = vec![0f32; len];
            machine.download(memory, &mut values).unwrap();
            values
        };
        let (output, maps) = pass.forward(image(), true).unwrap();
        let planes = download(&engine.to_planes(&output).unwrap(), output.len());
        let moments = if by_batch {
            let moments = pass.moments(&maps).unwrap();
            assert!(moments.iter().all(|m| m.count > 0));
            moments
                .iter()
                .flat_map(|m| m.mean.iter().chain(&m.variance))
                .map(|&v| v as f32)
                .collect()
        } else {
            // What is not kept gives the same output.
            let (again, maps) = pass.forward(image(), false).unwrap();
            assert!(maps.iter().flatten().count() <= 1);
            let again = download(&engine.to_planes(&again).unwrap(), output.len());
            assert_eq!(again, planes);
            Vec::new()
        };
        // The gradient comes as the head gives it, in planes.
        let gradient = Feature {
            data: self.gradient.clone(),
            n: output.n,
            height: output.height,
            width: output.width,
            channels: output.channels,
            pending: None,
        };
        let gradient = machine
            .upload(&cutting_room::model::autograd::to_planes(&gradient))
            .unwrap();
        let sizes = [output.n, output.channels, output.height, output.width];
        let gradient = engine.from_planes(gradient.ptr(), sizes).unwrap();
        drop(output);
        let flat = pass.backward(maps, gradient.data, trainable).unwrap();
        [planes, moments, download(&flat, self.backbone.param_len)]
    }
}

/// Largest difference as a part of the largest wanted value; NaN is a difference.
fn difference(got: &[f32], want: &[f32]) -> f32 {
    assert_eq!(got.len(), want.len());
    let size = want.iter().fold(1e-6f32, |size, v| size.max(v.abs()));
    got.iter().zip(want).fold(0f32, |most, (g, w)| {
        let off = (g - w).abs() / size;
        if off > most || off.is_nan() {
            off
        } else {
            most
        }
    })
}

pub fn compare<M: Machine>(machine: &M, backbone: Backbone, element: Element, tolerance: f32) {
    let story = Story::new(backbone);
    for (by_batch, trainable) in [
        (false, Trainable::Everything),
        (true, Trainable::Everything),
        (true, Trainable::Norms),
    ] {
        let want = story.on_the_cpu(by_batch, trainable);
        let got = story.on_a_device(machine, element, by_batch, trainable);
        for (what, (got, want)) in ["output", "moments", "gradient"]
            .iter()
            .zip(got.iter().zip(&want))
        {
            let off = difference(got, want);
            assert!(
                off < tolerance,
                "{what} is off by {off} ({element:?}, by batch: {by_batch}, {trainable:?})"
            );
        }
        let frozen = story.backbone.layers[0].weight.flat.clone();
        let is_still = got[2][frozen].iter().all(|v| *v == 0.0);
        assert_eq!(is_still, trainable == Trainable::Norms);
        assert!(want[0].iter().any(|v| *v != 0.0), "nothing to compare");
    }
}
