//! Every CAM on layers of every net against pytorch-grad-cam, on weights and an image that formulas give.
//!
//! The figures are in `goldens/cams.json`; `goldens/make_cams.py` made them and says the formulas.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::collections::BTreeMap;

use crate::reference::{net, noise, relative};
use candle_core::{Device, Tensor};
use clap::ValueEnum as _;
use cutting_room::explain::cam::{grad_cam, mean_cam};
use cutting_room::explain::eigen_cam::projection;
use cutting_room::explain::grad_cam_plus_plus::grad_cam_plus_plus;
use cutting_room::explain::layer_cam::layer_cam;
use cutting_room::explain::maps::{Maps, rectified};
use cutting_room::explain::score_cam::score_cam;
use cutting_room::model::{Arch, Classifier as _, Mode, Net};
use cutting_room::ops::compute::Target;
use cutting_room::progress::Progress;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    arch: String,
    /// By layer, then by method.
    layers: BTreeMap<String, BTreeMap<String, Spread>>,
}

/// A map by its shape, its norm and up to 64 of its values, evenly spread.
#[derive(Deserialize)]
struct Spread {
    shape: Vec<usize>,
    norm: f32,
    values: Vec<f32>,
}

const CLASS: usize = 3;
/// f32 against f64, through up to 152 layers.
const TOLERANCE: f32 = 1e-2;

fn image() -> Tensor {
    let values = (0..3 * 64 * 96).map(|i| {
        let i = f64::from(i);
        ((0.05 * i).sin() + 0.5 * (0.0031 * i).sin()) as f32
    });
    let image = Tensor::from_iter(values, &Device::Cpu).unwrap();
    image.reshape((1, 3, 64, 96)).unwrap()
}

/// `got` beside every value that the golden has of it.
fn difference(got: &[f32], want: &[f32]) -> f32 {
    let step = (got.len() / 64).max(1);
    let got: Vec<f32> = got.iter().copied().step_by(step).take(64).collect();
    assert_eq!(got.len(), want.len());
    relative(&got, want)
}

fn scores(net: &Net, images: &Tensor) -> cutting_room::Result<Vec<f32>> {
    let features = net.features(images, Mode::Eval)?;
    let logits = net.head(&features, None)?.narrow(1, CLASS, 1)?;
    Ok(logits.flatten_all()?.to_vec1()?)
}

fn compare(arch: Arch) {
    let all: Vec<Golden> = serde_json::from_str(include_str!("../goldens/cams.json")).unwrap();
    let golden = all
        .into_iter()
        .find(|golden| Arch::from_str(&golden.arch, true) == Ok(arch))
        .unwrap();
    let net = net(arch, &Target::cpu(), noise);
    let image = image();
    assert!(golden.layers.len() >= 2);
    for (layer, wanted) in &golden.layers {
        let map = net.stage_map(&image, layer).unwrap();
        let gradient = net.stage_gradient(&map, CLASS, layer).unwrap();
        let (maps, gradients) = (Maps::of(&map).unwrap(), Maps::of(&gradient).unwrap());
        assert_eq!(wanted["grad-cam"].shape, [maps.height, maps.width]);
        for (method, want) in wanted {
            // What is below 0 is cut by the package only when it scales.
            let cut = rectified(want.values.clone());
            let (got, values) = match method.as_str() {
                "grad-cam-mean" => {
                    let got = mean_cam(&maps, &gradients);
                    let norm = got.iter().map(|v| v * v).sum::<f32>().sqrt();
                    assert!((norm / want.norm - 1.0).abs() < TOLERANCE, "{layer}");
                    (got, want.values.clone())
                }
                "grad-cam" => (grad_cam(&maps, &gradients), cut),
                "grad-cam-plus-plus" => (grad_cam_plus_plus(&maps, &gradients), cut),
                "layer-cam" => (layer_cam(&maps, &gradients), cut),
                "score-cam" => {
                    let score = |images: &Tensor| scores(&net, images);
                    let got = score_cam(&maps, &image, score, &Progress::silent());
                    (got.unwrap(), cut)
                }
                "eigen-cam" => {
                    let got = projection(&maps);
                    let mirrored: Vec<f32> = got.iter().map(|value| -value).collect();
                    // The package's sign is arbitrary.
                    let is_same =
                        difference(&got, &want.values) < difference(&mirrored, &want.values);
                    (if is_same { got } else { mirrored }, want.values.clone())
                }
                other => panic!("{other} is no method"),
            };
            let found = difference(&got, &values);
            assert!(found < TOLERANCE, "{arch:?}, {layer}, {method}: {found}");
        }
    }
}

#[test]
fn resnet_18s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::Resnet18);
}

#[test]
fn resnet_34s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::Resnet34);
}

#[test]
fn resnet_50s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::Resnet50);
}

#[test]
fn resnet_101s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::Resnet101);
}

#[test]
fn resnet_152s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::Resnet152);
}

#[test]
fn resnext_50s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::Resnext50);
}

#[test]
fn densenet_121s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::Densenet121);
}

#[test]
fn squeezenet_1_1s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::Squeezenet11);
}

#[test]
fn efficientnet_lite0s_maps_are_those_of_pytorch_grad_cam() {
    compare(Arch::EfficientnetLite0);
}
