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

/// `train --weights` with a file of `name` and `content`; what it says, after it left nothing behind.
fn refused(scratch: &Scratch, file: &std::path::Path) -> String {
    let error = scratch.fails(
        TRAIN
            .into_iter()
            .chain(["--weights", file.to_str().unwrap()]),
    );
    let runs = std::fs::read_dir(scratch.path("project/runs")).map_or(0, Iterator::count);
    assert_eq!(runs, 0, "no run is left behind: {error}");
    error
}

#[test]
fn what_is_not_the_nets_weights_is_named_and_leaves_no_run() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let net = Net::blank(Arch::Resnet34, HeadKind::Linear, 1000, 0).unwrap();
    let file = scratch.path("resnet34.safetensors");
    save(&file, &net.state().unwrap(), Precision::F16).unwrap();
    let error = refused(&scratch, &file);
    assert!(error.contains("ResNet-34, not of ResNet-18"), "{error}");
    let whole = std::fs::read(&file).unwrap();
    for (name, content, word) in [
        (
            "pointer.pth",
            &b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"[..],
            "git lfs pull",
        ),
        ("page.pth", b"<!DOCTYPE html><html>404</html>", "web page"),
        ("half.safetensors", &whole[..whole.len() / 2], "cut off"),
        ("header.safetensors", &whole[..100], "cut off"),
        ("half.pth", b"PK\x03\x04\0\0\0\0", "cut off"),
        ("empty.pth", b"", "empty"),
    ] {
        let file = scratch.path(name);
        std::fs::write(&file, content).unwrap();
        let error = refused(&scratch, &file);
        assert!(error.contains(word), "{name}: {error}");
    }
}

#[test]
fn weights_that_a_wrapper_saved_are_read() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let file = resnet_18(&scratch, |state| {
        *state = std::mem::take(state)
            .into_iter()
            .map(|(name, tensor)| (format!("module._orig_mod.{name}"), tensor))
            .collect();
    });
    scratch.ok(TRAIN
        .into_iter()
        .chain(["--weights", file.to_str().unwrap()]));
}
