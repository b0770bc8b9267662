//! Our nets against torchvision's, on any device, from weights and images that formulas give.
//!
//! The figures are in `goldens/torchvision.json`; `goldens/make_torchvision.py` made them and says the formulas.

#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    dead_code,
    reason = "a story that cannot be set up has failed; each test program uses its own part of this"
)]

use std::path::Path;

use candle_core::{Device, Tensor};
use clap::ValueEnum as _;
use cutting_room::explain::cam::grad_cam_of;
use cutting_room::model::weights::State;
use cutting_room::model::{Arch, Classifier as _, Freeze, HeadKind, Mode, Net};
use cutting_room::ops::compute::Target;
use cutting_room::ops::loss::cross_entropy;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    arch: String,
    logits: Vec<f32>,
    logits_norm: f32,
    classes: Vec<u32>,
    cam_shape: [usize; 2],
    cam: Vec<f32>,
    loss: f32,
    gradient_norms: std::collections::BTreeMap<String, f32>,
    running_mean: std::collections::BTreeMap<String, Vec<f32>>,
}

fn golden(arch: Arch) -> Golden {
    let all: Vec<Golden> =
        serde_json::from_str(include_str!("../goldens/torchvision.json")).unwrap();
    all.into_iter()
        .find(|golden| Arch::from_str(&golden.arch, true) == Ok(arch))
        .unwrap()
}

const SHAPE: (usize, usize, usize, usize) = (3, 3, 96, 160);

pub fn images() -> Tensor {
    let count = SHAPE.0 * SHAPE.1 * SHAPE.2 * SHAPE.3;
    let values = (0..count).map(|i| {
        let i = i as f64;
        ((0.05 * i).sin() + 0.5 * (0.0031 * i).sin()) as f32
    });
    Tensor::from_iter(values, &Device::Cpu)
        .unwrap()
        .reshape(SHAPE)
        .unwrap()
}

pub fn targets() -> Vec<u32> {
    (0..SHAPE.0 as u32)
        .map(|row| (7 * row + 3) % 1000)
        .collect()
}

/// torchvision's name of one of our tensors.
fn torch_name(arch: Arch, name: &str) -> String {
    match arch {
        Arch::Densenet121 | Arch::Squeezenet11 | Arch::EfficientnetLite0 => name.to_owned(),
        _ => name.replace("classifier.", "fc."),
    }
}

/// `formula`: of the index and the number of the tensor.
pub fn net(arch: Arch, target: &Target, formula: fn(u64, u64) -> f64) -> Net {
    let blank = Net::blank(arch, HeadKind::Linear, 1000, 0).unwrap();
    let mut tensors: Vec<(String, Tensor)> = blank
        .state()
        .unwrap()
        .into_iter()
        .map(|(name, tensor)| (torch_name(arch, &name), tensor))
        .collect();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let state: State = tensors
        .into_iter()
        .enumerate()
        .map(|(t, (name, tensor))| {
            let filled = fill(&name, &tensor, |i| formula(i, t as u64));
            (name, filled)
        })
        .collect();
    let net = Net::imagenet(arch, &state, Path::new("test")).unwrap();
    net.on(target).unwrap()
}

fn wave(i: u64, t: u64) -> f64 {
    (0.1 * (i % 10007 + 1) as f64 + t as f64).sin()
}

pub fn noise(i: u64, t: u64) -> f64 {
    const BITS: u64 = 1 << 32;
    let bits = (i * 2_654_435_761 + (t + 1) * 97_531) % BITS;
    let bits = bits ^ (bits >> 16);
    let bits = (bits * 668_265_263) % BITS;
    let bits = bits ^ (bits >> 13);
    (bits as f64 / f64::from(1u32 << 31) - 1.0) * 3f64.sqrt()
}

pub fn fill(name: &str, like: &Tensor, formula: impl Fn(u64) -> f64) -> Tensor {
    let count = like.elem_count();
    let fan_in = count / like.dims()[0];
    let values = (0..count).map(|i| {
        let u = formula(i as u64);
        let value = if like.rank() >= 2 {
            u * (2.0 / fan_in as f64).sqrt()
        } else if name.ends_with("running_mean") || name.ends_with("bias") {
            0.1 * u
        } else if name.ends_with("running_var") {
            1.0 + 0.2 * u * u
        } else {
            1.0 + 0.1 * u
        };
        value as f32
    });
    Tensor::from_iter(values, &Device::Cpu)
        .unwrap()
        .reshape(like.dims())
        .unwrap()
}

pub fn norm(tensor: &Tensor) -> f32 {
    let sum: f64 = tensor
        .flatten_all()
        .unwrap()
        .to_vec1::<f32>()
        .unwrap()
        .into_iter()
        .map(|v| f64::from(v).powi(2))
        .sum();
    sum.sqrt() as f32
}

/// Largest difference as a part of the largest wanted value.
pub fn relative(got: &[f32], want: &[f32]) -> f32 {
    assert!(got.len() >= want.len());
    let size = want.iter().fold(0f32, |size, v| size.max(v.abs()));
    got.iter()
        .zip(want)
        .fold(0f32, |most, (g, w)| most.max((g - w).abs()))
        / size.max(1e-12)
}

pub fn compare(arch: Arch, target: &Target) {
    let golden = golden(arch);
    evaluates_alike(arch, target, &golden);
    trains_alike(arch, target, &golden);
}

fn evaluates_alike(arch: Arch, target: &Target, golden: &Golden) {
    let net = net(arch, target, wave);
    let images = images();

    let features = net.features(&images, Mode::Eval).unwrap();
    let logits = net.head(&features, None).unwrap();
    let row: Vec<f32> = logits.get(0).unwrap().to_vec1().unwrap();
    assert!(relative(&row, &golden.logits) < 1e-3, "logits");
    assert!((norm(&logits) / golden.logits_norm - 1.0).abs() < 1e-3);
    assert_eq!(
        logits.argmax(1).unwrap().to_vec1::<u32>().unwrap(),
        golden.classes
    );

    let first = features.narrow(0, 0, 1).unwrap();
    let cam = grad_cam_of(&net, &first, golden.classes[0] as usize).unwrap();
    assert!(golden.cam.iter().any(|value| *value > 0.0));
    assert_eq!([cam.height, cam.width], golden.cam_shape);
    assert!(relative(&cam.values, &golden.cam) < 1e-3, "heatmap");
}

/// One step: the loss, the gradients, the running means; and nothing trainable is left out.
fn trains_alike(arch: Arch, target: &Target, golden: &Golden) {
    let mut net = net(arch, target, noise);
    net.set_frozen(Freeze::Nothing);
    let images = images();
    let features = net.features(&images, Mode::Train).unwrap();
    let logits = net.head(&features, None).unwrap();
    let loss = cross_entropy(&logits, &targets(), 0.0)
        .unwrap()
        .mean_all()
        .unwrap();
    let value: f32 = loss.to_scalar().unwrap();
    assert!(
        (value / golden.loss - 1.0).abs() < 1e-4,
        "loss {value}, not {}",
        golden.loss
    );
    let gradients = net.backward(&loss).unwrap();
    let mut compared = 0;
    for param in net.trainable() {
        let gradient = gradients
            .get(&param.var)
            .unwrap_or_else(|| panic!("{} got no gradient", param.name));
        let size = norm(gradient);
        assert!(size.is_finite(), "{} has the gradient {size}", param.name);
        if let Some(want) = golden.gradient_norms.get(&torch_name(arch, &param.name)) {
            assert!(
                (size / want - 1.0).abs() < 1e-2,
                "{}: {size}, not {want}",
                param.name
            );
            compared += 1;
        }
    }
    assert_eq!(compared, golden.gradient_norms.len());
    let state = net.state().unwrap();
    for (name, want) in &golden.running_mean {
        let got: Vec<f32> = state[name].to_vec1().unwrap();
        assert!(relative(&got, want) < 1e-3, "{name}");
    }
}
