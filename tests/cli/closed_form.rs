//! The preset whose stage 1 is computed instead of learned, through every command that meets its runs.

use std::fs;

use serde_json::Value;

use crate::program::{Scratch, with_two_films};

const TRAIN: [&str; 8] = [
    "train", "project", "--preset", "lda", "--size", "64", "--fit", "keep",
];

fn events(scratch: &Scratch, run: &str) -> Vec<Value> {
    let metrics = scratch.path("project/runs").join(run).join("metrics.jsonl");
    let text = fs::read_to_string(metrics).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_computed_head_is_the_same_every_time_and_goes_through_every_command() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let first = scratch.ok(TRAIN).stdout.trim().to_owned();
    let second = scratch.ok(TRAIN).stdout.trim().to_owned();
    let weights = |run: &str| {
        fs::read(
            scratch
                .path("project/runs")
                .join(run)
                .join("best.safetensors"),
        )
        .unwrap()
    };
    assert!(weights(&first) == weights(&second));

    let events = events(&scratch, &first);
    let fitted: Vec<&Value> = events
        .iter()
        .filter(|event| event["kind"] == "head-fitted")
        .collect();
    assert_eq!(fitted.len(), 1);
    let temperature = fitted[0]["temperature"].as_f64().unwrap();
    assert!(temperature > 0.0 && fitted[0]["shrinkage"].as_f64().unwrap() > 0.0);
    let epochs = events
        .iter()
        .filter(|event| event["kind"] == "epoch")
        .count();
    assert_eq!(epochs, 1, "it is measured once, whatever --epochs says");

    let evaluated = scratch.json(["evaluate", "project", &first, "--json"]);
    assert!(evaluated["accuracy"].as_f64().unwrap() > 0.6, "{evaluated}");
    let image = "project/frames/elves/000000.jpg";
    scratch.ok(["explain", "project", &first, image, "--out", "heat.png"]);
    let fine = scratch.json([
        "train", "project", "--stage", "2", "--from", &first, "--epochs", "1", "--size", "64",
        "--fit", "keep", "--batch", "16", "--json",
    ]);
    assert_eq!(fine["contaminated"], 0);
}

#[test]
fn a_computed_head_has_no_learning_rate() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let error = scratch.fails(TRAIN.into_iter().chain(["--lr", "0.01"]));
    assert!(error.contains("no learning rate"), "{error}");
    let error = scratch.fails(["find-lr", "project", "--preset", "lda", "--size", "64"]);
    assert!(error.contains("no learning rate to find"), "{error}");
}
