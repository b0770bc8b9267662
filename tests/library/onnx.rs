//! Every net says the same as an ONNX model, run by ONNX Runtime.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a story that cannot be set up has failed, and what was measured is told"
)]

use std::fs;
use std::path::Path;

use crate::python::{answer, python_with, script};
use candle_core::{Device, Tensor};
use cutting_room::export::{Preprocessing, onnx};
use cutting_room::model::preprocess::{Fit, Preprocess};
use cutting_room::model::{Arch, Classifier as _, Freeze, HeadKind, Mode, Net, Role};
use cutting_room::predict::{Parts, Predictor};
use cutting_room::rng::Stream;

const CLASSES: usize = 5;
/// That the most probable class of must be the same.
const IMAGES: usize = 200;

/// A net of weights of noise, which keep the scale of the maps, with running statistics of their own; where they are inside
/// the program, of real ones.
fn noisy(arch: Arch, head: HeadKind) -> Net {
    let net = Net::blank(arch, head, CLASSES, 0).unwrap();
    let mut stream = Stream::new(3, &[]);
    for param in net.variables() {
        let len = param.var.elem_count();
        let fan_in = (len / param.var.dim(0).unwrap().max(1)).max(1) as f32;
        let (mean, std) = match param.role {
            Role::Weight => (0.0, (2.0 / fan_in).sqrt()),
            Role::Gamma => (0.7, 0.05),
            Role::Bias | Role::Beta => (0.0, 0.1),
        };
        let values = (0..len).map(|_| mean + std * stream.normal() as f32);
        let values = Tensor::from_iter(values.collect::<Vec<f32>>(), &Device::Cpu).unwrap();
        param
            .var
            .set(&values.reshape(param.var.shape()).unwrap())
            .unwrap();
    }
    let mut state = net.state().unwrap();
    for (name, tensor) in &mut state {
        let [low, high] = match name.rsplit('.').next() {
            Some("running_mean") => [-0.1, 0.1],
            Some("running_var") => [0.9, 1.1],
            _other => continue,
        };
        let values = (0..tensor.elem_count()).map(|_| stream.uniform(low, high) as f32);
        *tensor = Tensor::from_iter(values.collect::<Vec<f32>>(), &Device::Cpu).unwrap();
    }
    net.load_state(&state, Path::new("(noise)")).unwrap();
    if arch.has_embedded_weights() {
        net.load_embedded().unwrap();
    }
    net
}

/// Noise over a color of its own, so that images differ as images do.
fn images(n: usize, height: usize, width: usize) -> Tensor {
    let mut stream = Stream::new(4, &[n as u64]);
    let mut values = Vec::with_capacity(n * 3 * height * width);
    for _ in 0..n {
        for _channel in 0..3 {
            let [color, across, down] = [0; 3].map(|_| 2.0 * stream.normal() as f32);
            for y in 0..height {
                for x in 0..width {
                    let slope = across * x as f32 / width as f32 + down * y as f32 / height as f32;
                    values.push(color + slope + 0.5 * stream.normal() as f32);
                }
            }
        }
    }
    Tensor::from_vec(values, (n, 3, height, width), &Device::Cpu).unwrap()
}

/// The last maps of `images`.
fn features(net: &Net, images: &Tensor) -> Tensor {
    let n = images.dim(0).unwrap();
    let parts: Vec<Tensor> = (0..n)
        .step_by(25)
        .map(|first| {
            let part = images.narrow(0, first, 25.min(n - first)).unwrap();
            net.features(&part, Mode::Eval).unwrap()
        })
        .collect();
    Tensor::cat(&parts, 0).unwrap()
}

/// Logits of noise hardly differ from image to image; so that they can tell something they get a mean of 0 and a spread of 1.
fn spread(net: &Net, features: &Tensor) {
    let logits = net.head(features, None).unwrap();
    let mean = logits.mean_keepdim(0).unwrap();
    let centered = logits.broadcast_sub(&mean).unwrap();
    let std = centered
        .sqr()
        .unwrap()
        .mean_keepdim(0)
        .unwrap()
        .sqrt()
        .unwrap();
    let params = net.variables();
    let param = |field: &str| {
        let names = [format!("classifier.{field}"), format!("head.8.{field}")];
        params
            .iter()
            .find(|param| names.contains(&param.name))
            .unwrap()
    };
    let (weight, bias) = (param("weight"), param("bias"));
    let scale = std.recip().unwrap().squeeze(0).unwrap();
    let column = scale.reshape((CLASSES, 1)).unwrap();
    weight
        .var
        .set(&weight.var.broadcast_mul(&column).unwrap())
        .unwrap();
    let shifted = (bias.var.as_tensor() - mean.squeeze(0).unwrap()).unwrap();
    bias.var.set(&(shifted * scale).unwrap()).unwrap();
}

fn write(path: &Path, tensor: &Tensor) {
    let values = tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    fs::write(path, bytes).unwrap();
}

/// What every net is asked about, with files of it: many, and some of a size that no stride divides.
struct Questions {
    folder: tempfile::TempDir,
    images: [Tensor; 2],
}

impl Questions {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let images = [images(IMAGES, 64, 64), images(3, 97, 75)];
        for (number, images) in images.iter().enumerate() {
            write(&folder.path().join(format!("images{number}.f32")), images);
        }
        Self { folder, images }
    }
}

fn compare(python: &Path, questions: &Questions, arch: Arch, head: HeadKind) {
    let mut net = noisy(arch, head);
    net.set_frozen(Freeze::Nothing);
    // Each net looks at them once: this takes nearly all of the time.
    let maps = questions.images.each_ref().map(|it| features(&net, it));
    spread(&net, &maps[0]);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut cases = Vec::new();
    for (number, (images, features)) in questions.images.iter().zip(&maps).enumerate() {
        let logits = net.head(features, None).unwrap();
        for (name, tensor) in [("logits", &logits), ("features", features)] {
            write(&at(&format!("{name}{number}.f32")), tensor);
        }
        cases.push(serde_json::json!({
            "shape": images.dims(),
            "images": questions.folder.path().join(format!("images{number}.f32")),
            "logits": format!("logits{number}.f32"),
            "features": format!("features{number}.f32"),
        }));
    }
    fs::write(at("cases.json"), serde_json::to_string(&cases).unwrap()).unwrap();
    let parts = Parts {
        classes: (0..CLASSES).map(|class| format!("class {class}")).collect(),
        preprocess: Preprocess {
            size: 64,
            fit: Fit::Squish,
            normalization: arch.input_normalization(),
        },
        outside: None,
    };
    let predictor = Predictor::from_parts(net, parts);
    let preprocessing = Preprocessing::of(&predictor, "a run");
    let model = onnx::model(predictor.net(), &preprocessing).unwrap();
    fs::write(at("model.onnx"), model).unwrap();

    let arguments = [script("onnx_agrees.py"), folder.path().to_path_buf()];
    let found = answer(python, arguments);
    println!("{} with {head:?} head: {found}", arch.title());
    assert_eq!(found["images"], IMAGES + 3);
    assert_eq!(found["argmax_equal"], IMAGES + 3, "{arch:?}: {found}");
    assert!(
        found["logits"].as_f64().unwrap() < 1e-4,
        "{arch:?}: {found}"
    );
    assert!(
        found["features"].as_f64().unwrap() < 1e-4,
        "{arch:?}: {found}"
    );
}

#[test]
fn every_net_says_the_same_in_onnx_runtime() {
    let Some(python) = python_with(&["onnxruntime", "numpy"]) else {
        return;
    };
    let questions = Questions::new();
    for arch in Arch::ALL {
        compare(&python, &questions, arch, HeadKind::Linear);
    }
}

#[test]
fn fastais_head_says_the_same_in_onnx_runtime() {
    let Some(python) = python_with(&["onnxruntime", "numpy"]) else {
        return;
    };
    let questions = Questions::new();
    for arch in [Arch::EfficientnetLite0, Arch::Resnet18] {
        compare(&python, &questions, arch, HeadKind::Fastai);
    }
}
