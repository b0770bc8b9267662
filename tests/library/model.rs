//! Stories of the net: it computes what PyTorch computes, keeps what it should keep, and trains what it should train.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use std::path::{Path, PathBuf};

use candle_core::{D, Device, Tensor, Var};
use cutting_room::model::weights::{self, Precision, State};
use cutting_room::model::{Arch, Classifier as _, Freeze, HeadKind, Mode, Net, build};
use cutting_room::ops::loss::cross_entropy;
use cutting_room::rng::Stream;

const ARCH: Arch = Arch::EfficientnetLite0;

/// `shared/`, or `None` with a word on what is skipped.
fn shared(file: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CUTTING_ROOM_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = root.join(file);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no {file} in the shared folder");
    None
}

fn imagenet(state: &State) -> Net {
    Net::imagenet(ARCH, state, Path::new("test")).unwrap()
}

fn largest_difference(a: &Tensor, b: &Tensor) -> f32 {
    let difference = (a - b).unwrap().abs().unwrap();
    difference
        .flatten_all()
        .unwrap()
        .max(0)
        .unwrap()
        .to_scalar()
        .unwrap()
}

fn top_classes(logits: &Tensor) -> Vec<u32> {
    logits.argmax(D::Minus1).unwrap().to_vec1().unwrap()
}

/// An image-like input that a formula gives.
fn waves(n: usize, size: usize) -> Tensor {
    let values = (0..n * 3 * size * size)
        .map(|i| ((i as f32) * 0.05).sin() + 0.5 * (i as f32 * 0.0031).sin());
    Tensor::from_iter(values, &Device::Cpu)
        .unwrap()
        .reshape((n, 3, size, size))
        .unwrap()
}

#[test]
fn logits_equal_pytorch_to_a_thousandth() {
    let (Some(golden), Some(file)) = (
        shared("goldens/efficientnet-lite0.safetensors"),
        shared("models/efficientnet-lite0-imagenet.safetensors"),
    ) else {
        return;
    };
    let golden = weights::load(&golden).unwrap();
    let net = imagenet(&weights::load(&file).unwrap());
    let features = net.features(&golden["input"], Mode::Eval).unwrap();
    let mean = features.mean((2, 3)).unwrap();
    assert!(largest_difference(&mean, &golden["features_mean"]) < 1e-3);
    let logits = net.head(&features, None).unwrap();
    let worst = largest_difference(&logits, &golden["logits"]);
    assert!(worst < 1e-3, "logits are off by {worst}");

    let half = imagenet(&weights::embedded(ARCH).unwrap());
    let half_logits = half
        .head(&half.features(&golden["input"], Mode::Eval).unwrap(), None)
        .unwrap();
    assert_eq!(top_classes(&half_logits), top_classes(&golden["logits"]));
}

#[test]
fn embedded_weights_name_the_golden_image_as_pytorch_does() {
    // tests/goldens/lite0.safetensors: the first image of shared/goldens as bytes, with PyTorch's numbers for f32 weights.
    let bytes = std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/lite0.safetensors"),
    )
    .unwrap();
    let golden = weights::read(&bytes, Path::new("golden")).unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let normalization = ARCH.input_normalization();
    let (mean, std) = (normalization.mean[0], normalization.std[0]);
    let pixels = file.tensor("input_bytes").unwrap();
    let values = pixels
        .data()
        .iter()
        .map(|&byte| (f32::from(byte) / 255.0 - mean) / std);
    let input = Tensor::from_iter(values, &Device::Cpu)
        .unwrap()
        .reshape((1, 3, 224, 224))
        .unwrap();
    let net = imagenet(&weights::embedded(ARCH).unwrap());
    let features = net.features(&input, Mode::Eval).unwrap();
    let logits = net.head(&features, None).unwrap();
    assert_eq!(top_classes(&logits), top_classes(&golden["logits"]));
    // Half precision keeps 11 bits, and a hundred layers add up.
    let worst = largest_difference(&features.mean((2, 3)).unwrap(), &golden["features_mean"]);
    assert!(worst < 0.05, "features are off by {worst}");
    let worst = largest_difference(&logits, &golden["logits"]);
    assert!(worst < 0.1, "logits are off by {worst}");
}

/// A net of any architecture whose backbone has drawn weights, small enough that deep ones stay finite on running statistics.
fn drawn(arch: Arch) -> Net {
    let net = Net::blank(arch, HeadKind::Fastai, 3, 1).unwrap();
    for (number, param) in net.variables().into_iter().enumerate() {
        if param.var.rank() == 4 {
            let fan_in = param.var.elem_count() / param.var.dim(0).unwrap();
            let std = 0.5 * (2.0 / fan_in as f64).sqrt();
            let mut stream = Stream::new(7, &[number as u64]);
            let values: Vec<f32> = (0..param.var.elem_count())
                .map(|_| (std * stream.normal()) as f32)
                .collect();
            let values = Tensor::from_vec(values, param.var.shape(), &Device::Cpu).unwrap();
            param.var.set(&values).unwrap();
        }
    }
    net
}

fn first_step_reaches_everything(mut net: Net, freeze: Freeze) {
    let arch = net.arch();
    net.set_frozen(freeze);
    let features = net.features(&waves(4, 64), Mode::Train).unwrap();
    let logits = net
        .head(&features, Some(&mut Stream::new(1, &[2])))
        .unwrap();
    let loss = cross_entropy(&logits, &[0, 1, 2, 0], 0.1)
        .unwrap()
        .mean_all()
        .unwrap();
    let gradients = net.backward(&loss).unwrap();
    let trainable = net.trainable();
    assert!(!trainable.is_empty());
    for param in &trainable {
        let gradient = gradients.get(param.var.as_tensor());
        let gradient = gradient
            .unwrap_or_else(|| panic!("{arch:?} {freeze:?}: {} has no gradient", param.name));
        assert_eq!(gradient.dims(), param.var.dims());
        let values: Vec<f32> = gradient.flatten_all().unwrap().to_vec1().unwrap();
        assert!(
            values.iter().all(|value| value.is_finite()),
            "{arch:?} {freeze:?}: {} is not finite",
            param.name
        );
        let is_dead_by_nature = param.name.ends_with("bias") && !param.name.starts_with("head.8");
        assert!(
            is_dead_by_nature || values.iter().any(|value| *value != 0.0),
            "{arch:?} {freeze:?}: {} is dead",
            param.name
        );
    }
    let reached = net
        .variables()
        .iter()
        .filter(|param| gradients.get(param.var.as_tensor()).is_some())
        .count();
    assert_eq!(reached, trainable.len(), "{arch:?} {freeze:?}");
}

const FREEZES: [Freeze; 4] = [
    Freeze::Backbone,
    Freeze::BackboneExceptNorms,
    Freeze::Statistics,
    Freeze::Nothing,
];

#[test]
fn one_step_gives_every_trainable_tensor_a_finite_gradient_and_only_those() {
    for freeze in FREEZES {
        let net = build(ARCH, HeadKind::Fastai, 3, 1).unwrap();
        first_step_reaches_everything(net, freeze);
    }
}

#[test]
fn so_does_one_step_of_every_other_architecture() {
    for arch in Arch::ALL {
        for freeze in FREEZES {
            first_step_reaches_everything(drawn(arch), freeze);
        }
    }
}

#[test]
fn a_frozen_backbone_keeps_its_statistics_and_a_trained_one_moves_them() {
    let mut net = build(ARCH, HeadKind::Fastai, 2, 1).unwrap();
    let before = net.state().unwrap();
    net.features(&waves(2, 64), Mode::Train).unwrap();
    assert_eq!(
        largest_difference(
            &before["bn1.running_mean"],
            &net.state().unwrap()["bn1.running_mean"]
        ),
        0.0
    );
    net.set_frozen(Freeze::BackboneExceptNorms);
    net.features(&waves(2, 64), Mode::Train).unwrap();
    assert!(
        largest_difference(
            &before["bn1.running_mean"],
            &net.state().unwrap()["bn1.running_mean"]
        ) > 0.0
    );
}

#[test]
fn a_backbone_learning_on_its_statistics_keeps_them_and_has_the_gradient_of_evaluation() {
    let mut net = build(ARCH, HeadKind::Linear, 2, 1).unwrap();
    net.set_frozen(Freeze::Statistics);
    let before = net.state().unwrap();
    let energy = |net: &Net, mode| {
        let features = net.features(&waves(2, 64), mode).unwrap();
        features.sqr().unwrap().mean_all().unwrap()
    };
    let gain = net
        .variables()
        .into_iter()
        .find(|param| param.name == "bn1.weight")
        .unwrap()
        .var;
    let gradients = net.backward(&energy(&net, Mode::Train)).unwrap();
    let gradient: Vec<f32> = gradients.get(&gain).unwrap().to_vec1().unwrap();
    let after = net.state().unwrap();
    assert!(before.iter().all(|(name, tensor)| {
        let difference = tensor.sub(&after[name]).unwrap().abs().unwrap();
        difference.sum_all().unwrap().to_scalar::<f32>().unwrap() <= 0.0
    }));

    // Along the gradient itself, so that single channels' rounding drowns.
    let values: Vec<f32> = gain.to_vec1().unwrap();
    let square: f32 = gradient.iter().map(|g| g * g).sum();
    let at = |step: f32| {
        let moved: Vec<f32> = values
            .iter()
            .zip(&gradient)
            .map(|(v, g)| v + step * g / square.sqrt())
            .collect();
        gain.set(&Tensor::new(moved, &Device::Cpu).unwrap())
            .unwrap();
        energy(&net, Mode::Eval).to_scalar::<f32>().unwrap()
    };
    let slope = (at(1e-3) - at(-1e-3)) / 2e-3;
    assert!(
        (slope - square.sqrt()).abs() < 0.02 * square.sqrt(),
        "slope {slope}, gradient {}",
        square.sqrt()
    );
}

#[test]
fn a_saved_net_predicts_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    let mut net = build(ARCH, HeadKind::Fastai, 5, 1).unwrap();
    net.set_frozen(Freeze::Nothing);
    // A step in training mode moves all running statistics, so that they are tested too.
    let features = net.features(&waves(4, 64), Mode::Train).unwrap();
    net.head(&features, Some(&mut Stream::new(0, &[]))).unwrap();
    weights::save(&path, &net.state().unwrap(), Precision::F32).unwrap();

    let other = build(ARCH, HeadKind::Fastai, 5, 2).unwrap();
    other
        .load_state(&weights::load(&path).unwrap(), &path)
        .unwrap();
    let answer = |net: &Net| {
        net.head(&net.features(&waves(2, 96), Mode::Eval).unwrap(), None)
            .unwrap()
    };
    assert_eq!(largest_difference(&answer(&net), &answer(&other)), 0.0);

    let wrong = build(ARCH, HeadKind::Fastai, 4, 2).unwrap();
    let message = wrong
        .load_state(&weights::load(&path).unwrap(), &path)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("head.8") && message.contains("[5"),
        "{message}"
    );
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let mut net = build(ARCH, HeadKind::Fastai, 3, 1).unwrap();
            net.set_frozen(Freeze::Nothing);
            let features = net.features(&waves(3, 96), Mode::Train).unwrap();
            let loss = features.sqr().unwrap().mean_all().unwrap();
            let gradients = net.backward(&loss).unwrap();
            let stem = net
                .variables()
                .into_iter()
                .find(|p| p.name == "conv_stem.weight")
                .unwrap();
            let gradient = gradients.get(stem.var.as_tensor()).unwrap();
            gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn grad_cam_can_take_the_gradient_of_one_logit() {
    let net = build(ARCH, HeadKind::Fastai, 3, 1).unwrap();
    let features = net.features(&waves(1, 96), Mode::Eval).unwrap();
    let map = Var::from_tensor(&features).unwrap();
    let logits = net.head(map.as_tensor(), None).unwrap();
    let gradients = logits.get(0).unwrap().get(1).unwrap().backward().unwrap();
    let gradient = gradients.get(map.as_tensor()).unwrap();
    assert_eq!(gradient.dims(), &[1, 1280, 3, 3]);
    assert!(
        gradient
            .sqr()
            .unwrap()
            .sum_all()
            .unwrap()
            .to_scalar::<f32>()
            .unwrap()
            > 0.0
    );
}

#[test]
fn weights_of_pytorch_and_fastai_are_read_by_content() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    for name in ["plain.pth", "fastai.pth", "weights-of-21-letters.pth"] {
        let state = weights::load(&goldens.join(name)).unwrap();
        assert_eq!(
            state.keys().collect::<Vec<_>>(),
            ["bn1.bias", "conv1.weight"],
            "{name}"
        );
        let rows: Vec<Vec<f32>> = state["conv1.weight"].to_vec2().unwrap();
        assert_eq!(rows, [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]);
        assert_eq!(state["bn1.bias"].to_vec1::<f32>().unwrap(), [0.5, -1.0]);
    }
    let strided = weights::load(&goldens.join("channels-last.pth")).unwrap();
    let values =
        |name: &str| -> Vec<f32> { strided[name].flatten_all().unwrap().to_vec1().unwrap() };
    let kernel = &strided["module.conv1.weight"];
    assert_eq!(kernel.dims(), &[2, 3, 2, 4]);
    let counted: Vec<f32> = (0u8..48).map(f32::from).collect();
    assert_eq!(values("module.conv1.weight"), counted);
    assert_eq!(values("transposed"), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(values("slice"), [4.0, 5.0, 6.0]);
    let old = weights::load(&goldens.join("legacy.pth")).unwrap_err();
    assert!(old.to_string().contains("before 1.6"), "{old}");
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.pth");
    let whole = std::fs::read(goldens.join("plain.pth")).unwrap();
    std::fs::write(&broken, &whole[..whole.len() / 2]).unwrap();
    let text = weights::load(&broken).unwrap_err().to_string();
    assert!(text.contains("broken.pth"), "{text}");
}
