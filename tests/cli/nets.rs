//! Nets whose weights are not inside the program: a file is asked for, read, and not needed afterwards.

use std::path::PathBuf;

use candle_core::{Device, Tensor};
use cutting_room::model::weights::{Precision, State, save};
use cutting_room::model::{Arch, HeadKind, Net};

use crate::program::{Scratch, with_two_films};

/// Some ResNet-18; `spoil` may change it.
pub fn resnet_18(scratch: &Scratch, spoil: impl Fn(&mut State)) -> PathBuf {
    let net = Net::blank(Arch::Resnet18, HeadKind::Linear, 1000, 0).unwrap();
    let mut state = State::new();
    for (name, tensor) in net.state().unwrap() {
        let values = (0..tensor.elem_count()).map(|i| 0.05 * (i as f32 * 1.7).sin());
        let filled = if tensor.rank() == 4 {
            let filled = Tensor::from_iter(values, &Device::Cpu).unwrap();
            filled.reshape(tensor.dims()).unwrap()
        } else {
            tensor
        };
        state.insert(name, filled);
    }
    spoil(&mut state);
    let path = scratch.path("resnet18.safetensors");
    save(&path, &state, Precision::F32).unwrap();
    path
}

pub const TRAIN: [&str; 10] = [
    "train", "project", "--arch", "resnet18", "--epochs", "1", "--size", "64", "--batch", "16",
];

#[test]
fn a_resnet_is_trained_from_a_file_and_lives_on_without_it() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let error = scratch.fails(TRAIN);
    assert!(
        error.contains("ResNet-18") && error.contains("--weights"),
        "{error}"
    );

    let file = resnet_18(&scratch, |_| {});
    let file_text = file.to_str().unwrap();
    let run = scratch.ok(TRAIN.into_iter().chain(["--weights", file_text]));
    let run = run.stdout.trim();
    std::fs::remove_file(&file).unwrap();
    let evaluation = scratch.json(["evaluate", "project", run, "--json"]);
    assert!(evaluation["accuracy"].as_f64().is_some(), "{evaluation}");
    let fine = scratch.ok(TRAIN.into_iter().chain(["--stage", "2", "--from", run]));
    let image = "project/frames/elves/000000.jpg";
    scratch.ok([
        "explain",
        "project",
        fine.stdout.trim(),
        image,
        "--out",
        "heat.png",
    ]);
    assert!(scratch.path("heat.png").is_file());
}

#[test]
fn weights_that_do_not_fit_are_named_with_both_shapes() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let file = resnet_18(&scratch, |state| {
        let narrow = state["layer1.0.conv1.weight"].narrow(0, 0, 32).unwrap();
        state.insert("layer1.0.conv1.weight".into(), narrow.contiguous().unwrap());
    });
    let error = scratch.fails(
        TRAIN
            .into_iter()
            .chain(["--weights", file.to_str().unwrap()]),
    );
    for part in ["layer1.0.conv1.weight", "[32, 64, 3, 3]", "[64, 64, 3, 3]"] {
        assert!(error.contains(part), "{error}");
    }
}
