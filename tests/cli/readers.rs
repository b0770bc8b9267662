//! What other programs read of an export: image folders, nets, the course of runs. Each test says "skipped" without its program.

#![expect(clippy::print_stdout, reason = "what was measured is told")]

use std::fs;

use serde_json::Value;

use crate::export::{decided, most_apart, probs, train};
use crate::nets::{TRAIN, resnet_18};
use crate::program::{sample, with_two_films};
use crate::python::{answer, python_with, script};

/// How many images of each class another program has found on each side, against what the split says.
fn assert_found(found: &Value, split: &Value, reader: &str) {
    for side in ["train", "valid"] {
        for class in split["classes"].as_array().unwrap() {
            let name = class["class"].as_str().unwrap();
            let count = found[side][name].as_u64().unwrap_or_default();
            assert_eq!(
                count,
                class[side].as_u64().unwrap(),
                "{reader}: {side} {name}"
            );
        }
    }
}

#[test]
fn hugging_faces_datasets_reads_the_image_folders() {
    let Some(python) = python_with(&["datasets", "PIL"]) else {
        return;
    };
    let scratch = decided();
    let split = scratch.json(["split", "project", "--json"]);
    scratch.ok(["export", "project", "--to", "imagefolder", "out"]);
    let arguments = [
        script("datasets_reads.py"),
        scratch.path("out"),
        scratch.path("hf"),
    ];
    let found = answer(&python, arguments);
    for (ours, theirs) in [("train", "train"), ("valid", "validation")] {
        let labels = found[theirs]["labels"].as_array().unwrap();
        assert_eq!(
            labels.len() as u64,
            split[ours].as_u64().unwrap(),
            "{found}"
        );
        for class in split["classes"].as_array().unwrap() {
            let count = labels
                .iter()
                .filter(|label| **label == class["class"])
                .count();
            assert_eq!(count as u64, class[ours].as_u64().unwrap(), "{class}");
        }
    }
    assert!(found["train"]["scenes"].to_string().contains("elves:"));
}

#[test]
fn torchvision_reads_the_image_folders() {
    let Some(python) = python_with(&["torchvision"]) else {
        return;
    };
    let scratch = decided();
    let split = scratch.json(["split", "project", "--json"]);
    scratch.ok(["export", "project", "--to", "imagefolder", "out"]);
    let found = answer(
        &python,
        [script("torchvision_reads.py"), scratch.path("out")],
    );
    assert_found(&found, &split, "torchvision");
}

#[test]
fn fastai_reads_the_image_folders() {
    let Some(python) = python_with(&["fastai.vision.all"]) else {
        return;
    };
    let scratch = decided();
    let split = scratch.json(["split", "project", "--json"]);
    scratch.ok(["export", "project", "--to", "imagefolder", "out"]);
    let found = answer(&python, [script("fastai_reads.py"), scratch.path("out")]);
    assert_found(&found, &split, "fastai");
}

#[test]
fn ultralytics_reads_the_image_folders_and_takes_valid_for_validation() {
    let Some(python) = python_with(&["ultralytics", "torchvision"]) else {
        return;
    };
    let scratch = decided();
    let split = scratch.json(["split", "project", "--json"]);
    scratch.ok(["export", "project", "--to", "imagefolder", "out"]);
    let found = answer(
        &python,
        [script("ultralytics_reads.py"), scratch.path("out")],
    );
    assert_found(&found, &split, "Ultralytics");
    let classes = split["classes"].as_array().unwrap().iter();
    let classes: Vec<&Value> = classes.map(|class| &class["class"]).collect();
    assert_eq!(found["names"].as_array().unwrap().len(), classes.len());
}

#[test]
fn a_resnet_predicts_in_torchvision_as_its_run() {
    let Some(python) = python_with(&["torch", "torchvision", "numpy", "PIL"]) else {
        return;
    };
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let weights = resnet_18(&scratch, |_| {});
    let weights = ["--weights", weights.to_str().unwrap()];
    for head in [&[] as &[&str], &["--preset", "fastai"]] {
        let run = scratch.ok(TRAIN.iter().chain(&weights).chain(head));
        let run = run.stdout.trim();
        let out = format!("bundle {}", head.len());
        scratch.ok(["export", "project", run, "--to", "bundle", &out]);
        // A PNG of the size that is seen: nothing is decoded or scaled otherwise.
        let image = scratch.path(&out).join("goldens/00.png");
        let image = image.to_str().unwrap();
        let ours = scratch.json(["predict", "--bundle", &out, image, "--json"]);
        let program = scratch.path(&out).join("predict.py");
        let said = answer(&python, [program.to_str().unwrap(), "--json", image]);
        let off = most_apart(&probs(&said), &probs(&ours));
        println!("ResNet-18, {head:?}, in torchvision: probabilities differ by at most {off:.1e}");
        assert!(off < 1e-4, "{said}");
    }
}

#[test]
fn the_onnx_model_and_the_weights_of_a_run_predict_in_python_as_it_does() {
    let Some(python) = python_with(&["onnxruntime", "numpy", "PIL"]) else {
        return;
    };
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let run = train(&scratch);
    scratch.ok(["export", "project", &run, "--to", "onnx", "onnx"]);
    scratch.ok(["export", "project", &run, "--to", "safetensors", "weights"]);
    let images: Vec<String> = ["elves", "undead", "drakes"]
        .iter()
        .map(|class| {
            sample(&format!("portraits/{class}/002.jpg"))
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let predict = ["predict", "project", &run, "--json"];
    let ours = scratch.json(predict.into_iter().chain(images.iter().map(String::as_str)));
    let mut folders = vec!["onnx"];
    if python_with(&["torch", "timm"]).is_some() {
        folders.push("weights");
    }
    for folder in folders {
        let program = scratch.path(folder).join("predict.py");
        let arguments = [program.to_str().unwrap(), "--json"].into_iter();
        let said = answer(&python, arguments.chain(images.iter().map(String::as_str)));
        let off = most_apart(&probs(&said), &probs(&ours));
        println!("{folder} in Python with pillow: probabilities differ by at most {off:.1e}");
        assert!(off < 0.02, "{folder}: {said}");
        for (said, ours) in said["predictions"]
            .as_array()
            .unwrap()
            .iter()
            .zip(ours["predictions"].as_array().unwrap())
        {
            assert_eq!(said["class"], ours["class"]);
        }
    }
}

#[test]
fn tensorboard_reads_the_course_of_runs() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let said = scratch.fails(["export", "project", "--to", "tensorboard", "events"]);
    assert!(said.contains("train one first"), "{said}");
    let first = train(&scratch);
    let second = scratch.ok([
        "train", "project", "--epochs", "2", "--size", "96", "--batch", "16", "--seed", "7",
    ]);
    let second = second.stdout.trim();
    let made = scratch.json([
        "export",
        "project",
        "--to",
        "tensorboard",
        "events",
        "--json",
    ]);
    assert_eq!(made["files"].as_array().unwrap().len(), 2, "{made}");
    let one = scratch.json([
        "export",
        "project",
        &first,
        "--to",
        "tensorboard",
        "one",
        "--json",
    ]);
    let files = one["files"].as_array().unwrap();
    assert_eq!(files.len(), 1, "{one}");
    assert!(
        files[0]
            .as_str()
            .unwrap()
            .starts_with(&format!("{first}/events.out.tfevents."))
    );
    let Some(python) = python_with(&["tensorboard"]) else {
        return;
    };
    let found = answer(
        &python,
        [script("tensorboard_reads.py"), scratch.path("events")],
    );
    for (run, epochs) in [(first.as_str(), 1), (second, 2)] {
        let lines =
            fs::read_to_string(scratch.path("project/runs").join(run).join("metrics.jsonl"));
        let lines = lines.unwrap();
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let (steps, ended): (Vec<Value>, Vec<Value>) = lines
            .filter(|line| ["step", "epoch"].contains(&line["kind"].as_str().unwrap()))
            .partition(|line| line["kind"] == "step");
        assert_eq!(ended.len(), epochs);
        for (tag, key, wanted) in [
            ("train/loss", "loss", &steps),
            ("train/learning_rate", "lr", &steps),
            ("valid/loss", "valid_loss", &ended),
            ("valid/accuracy", "accuracy", &ended),
        ] {
            let read = found[run][tag].as_array().unwrap();
            assert_eq!(read.len(), wanted.len(), "{run} {tag}");
            for (read, wanted) in read.iter().zip(wanted) {
                assert_eq!(read[0], wanted["step"], "{run} {tag}");
                let off = read[1].as_f64().unwrap() - wanted[key].as_f64().unwrap();
                assert!(off.abs() < 1e-6, "{run} {tag}: {read} {wanted}");
            }
        }
    }
}
