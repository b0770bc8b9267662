//! Our nets compute what torchvision's compute, on the CPU (tests/cuda.rs asks the same of a GPU); and what is
//! peculiar to some of them.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::collections::BTreeMap;
use std::path::Path;

use crate::reference::{self, images, net, noise, norm, relative, targets};
use candle_core::{DType, Device, Tensor};
use clap::ValueEnum as _;
use cutting_room::model::weights::State;
use cutting_room::model::{Arch, Classifier as _, Freeze, HeadKind, Mode, Net};
use cutting_room::ops::act::Backward;
use cutting_room::ops::compute::Target;
use cutting_room::ops::loss::cross_entropy;
use serde::Deserialize;

fn compare(arch: Arch) {
    reference::compare(arch, &Target::cpu());
}

#[test]
fn resnet_18_is_torchvisions() {
    compare(Arch::Resnet18);
}

#[test]
fn resnet_34_is_torchvisions() {
    compare(Arch::Resnet34);
}

#[test]
fn resnet_50_is_torchvisions() {
    compare(Arch::Resnet50);
}

#[test]
fn resnet_101_is_torchvisions() {
    compare(Arch::Resnet101);
}

#[test]
fn resnext_50_is_torchvisions() {
    compare(Arch::Resnext50);
}

#[test]
fn densenet_121_is_torchvisions() {
    compare(Arch::Densenet121);
}

#[test]
fn squeezenet_1_1_is_torchvisions() {
    compare(Arch::Squeezenet11);
}

/// What the file says of the gradient of a logit with respect to the first image.
#[derive(Deserialize)]
struct OfImage {
    arch: String,
    of_image: BTreeMap<String, Spread>,
}

/// A tensor by its norm and every 997th value.
#[derive(Deserialize)]
struct Spread {
    norm: f32,
    values: Vec<f32>,
}

fn leads_back_alike(arch: Arch, of_image: &BTreeMap<String, Spread>) {
    let net = net(arch, &Target::cpu(), noise);
    let image = images().narrow(0, 0, 1).unwrap();
    for (rule, name) in [(Backward::Plain, "plain"), (Backward::Guided, "guided")] {
        let want = &of_image[name];
        let gradient = net.input_gradient(&image, 3, rule).unwrap();
        assert_eq!(gradient.dims(), image.dims());
        let size = norm(&gradient);
        assert!(
            (size / want.norm - 1.0).abs() < 1e-2,
            "{arch:?}, {name}: {size}, not {}",
            want.norm
        );
        let values: Vec<f32> = gradient.flatten_all().unwrap().to_vec1().unwrap();
        let spread: Vec<f32> = values.into_iter().step_by(997).collect();
        let difference = relative(&spread, &want.values);
        assert!(difference < 1e-2, "{arch:?}, {name}: {difference}");
    }
}

#[test]
fn what_of_the_image_speaks_for_a_class_is_torchvisions() {
    let all: Vec<OfImage> =
        serde_json::from_str(include_str!("../goldens/torchvision.json")).unwrap();
    for golden in all {
        let arch = Arch::from_str(&golden.arch, true).unwrap();
        leads_back_alike(arch, &golden.of_image);
    }
}

/// Names of what gets a gradient.
fn trained_names(net: &Net) -> Vec<String> {
    let features = net.features(&images(), Mode::Train).unwrap();
    let logits = net.head(&features, None).unwrap();
    let loss = cross_entropy(&logits, &targets(), 0.0).unwrap();
    let gradients = net.backward(&loss.mean_all().unwrap()).unwrap();
    let with_gradient = net
        .variables()
        .into_iter()
        .filter(|param| gradients.get(&param.var).is_some());
    with_gradient.map(|param| param.name).collect()
}

#[test]
fn frozen_convolutions_leave_the_normalisations_or_nothing_to_train() {
    for (arch, has_norms) in [(Arch::Densenet121, true), (Arch::Squeezenet11, false)] {
        let mut net = net(arch, &Target::cpu(), noise);
        net.set_frozen(Freeze::BackboneExceptNorms);
        let names = trained_names(&net);
        let of_backbone = || names.iter().filter(|name| name.starts_with("features."));
        assert_eq!(of_backbone().count() > 0, has_norms, "{arch:?}");
        assert!(of_backbone().all(|name| name.contains("norm")));
        let expected: Vec<String> = net.trainable().into_iter().map(|p| p.name).collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn squeezenet_sees_thirteen_by_thirteen_cells_and_at_the_smallest_size_one() {
    let net = net(Arch::Squeezenet11, &Target::cpu(), noise);
    for (size, cells) in [(224, 13), (32, 1)] {
        let image = Tensor::ones((1, 3, size, size), DType::F32, &Device::Cpu).unwrap();
        let features = net.features(&image, Mode::Eval).unwrap();
        assert_eq!(features.dims(), [1, 512, cells, cells]);
    }
}

/// torchvision's file of 2017 has `norm.1` for `norm1`.
fn name_of_2017(name: &str) -> String {
    let mut name = name.to_owned();
    if name.contains("denselayer") {
        for module in ["norm", "conv"] {
            for number in ["1", "2"] {
                let (new, old) = (format!("{module}{number}."), format!("{module}.{number}."));
                name = name.replace(&new, &old);
            }
        }
    }
    name
}

fn name_in_fastai(name: &str) -> String {
    name.replace("features.", "0.0.")
}

#[test]
fn weights_under_their_older_names_are_taken_too() {
    type Renamed = fn(&str) -> String;
    let cases: [(Arch, Renamed); 3] = [
        (Arch::Densenet121, name_of_2017),
        (Arch::Densenet121, name_in_fastai),
        (Arch::Squeezenet11, name_in_fastai),
    ];
    for (arch, rename) in cases {
        let state = net(arch, &Target::cpu(), noise).state().unwrap();
        let renamed = state.iter().map(|(name, tensor)| (rename(name), tensor));
        let renamed: State = renamed
            .map(|(name, tensor)| (name, tensor.clone()))
            .collect();
        assert!(!state.keys().eq(renamed.keys()));
        let other = Net::blank(arch, HeadKind::Linear, 3, 1).unwrap();
        other.load_backbone(&renamed, Path::new("test")).unwrap();
        let after = other.state().unwrap();
        for (name, tensor) in state
            .iter()
            .filter(|(name, _)| name.starts_with("features"))
        {
            let difference = (tensor - &after[name]).unwrap();
            assert_eq!(norm(&difference), 0.0, "{name}");
        }
    }
}
