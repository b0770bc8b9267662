//! A stage 1 whose head starts from its closed form, through every command that meets its runs.

use std::fs;

use serde_json::Value;

use crate::program::{Scratch, with_two_films};

const TRAIN: [&str; 8] = [
    "train",
    "project",
    "--size",
    "64",
    "--epochs",
    "2",
    "--head-init",
    "lda",
];

fn events(scratch: &Scratch, run: &str) -> Vec<Value> {
    let metrics = scratch.path("project/runs").join(run).join("metrics.jsonl");
    let text = fs::read_to_string(metrics).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_head_in_closed_form_is_the_same_every_time_and_goes_through_every_command() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let first = scratch.ok(TRAIN).stdout.trim().to_owned();
    // It is the default.
    let second = scratch.ok(&TRAIN[..6]).stdout.trim().to_owned();
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
    assert_eq!(epochs, 2);

    let evaluated = scratch.json(["evaluate", "project", &first, "--json"]);
    assert!(evaluated["accuracy"].as_f64().unwrap() > 0.6, "{evaluated}");
    let image = "project/frames/elves/000000.jpg";
    scratch.ok(["explain", "project", &first, image, "--out", "heat.png"]);
    // It sees what its start saw: nothing is said of size and fit.
    let fine = scratch.json([
        "train", "project", "--stage", "2", "--from", &first, "--epochs", "1", "--batch", "16",
        "--json",
    ]);
    assert_eq!(fine["contaminated"], 0);
    let written = scratch
        .path("project/runs")
        .join(fine["run"].as_str().unwrap())
        .join("run.toml");
    let written = fs::read_to_string(written).unwrap();
    assert!(
        written.contains("size = 64") && written.contains("fit = \"keep\""),
        "{written}"
    );
}

#[test]
fn images_may_grow_half_way_in_either_stage() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let grow = ["--size", "32,64", "--epochs", "2", "--batch", "16"];
    let head = scratch.ok([&["train", "project"], &grow[..]].concat());
    let head = head.stdout.trim();
    let fine = [
        &["train", "project", "--stage", "2", "--from", head],
        &grow[..],
    ]
    .concat();
    let fine = scratch.ok(fine).stdout.trim().to_owned();
    for run in [head, &fine] {
        let written = scratch.path("project/runs").join(run).join("run.toml");
        let written = fs::read_to_string(written).unwrap();
        assert!(written.contains("size = \"32,64\""), "{written}");
        // It is measured in the size that it ends with.
        let evaluated = scratch.json(["evaluate", "project", run, "--json"]);
        let runs = scratch.json(["runs", "project", "--json"]);
        let mut rows = runs["runs"].as_array().unwrap().iter();
        let row = rows.find(|row| row["id"] == run).unwrap();
        assert_eq!(row["accuracy"], evaluated["accuracy"]);
    }
    let error = scratch.fails(["train", "project", "--size", "64,32", "--epochs", "2"]);
    assert!(error.contains("the size of the later epochs"), "{error}");
}

#[test]
fn only_a_new_linear_head_has_a_closed_form() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let error = scratch.fails(TRAIN.into_iter().chain(["--preset", "fastai"]));
    assert!(error.contains("choose `modern`"), "{error}");
    let error = scratch.fails(TRAIN.into_iter().chain(["--from", "a-run"]));
    assert!(error.contains("comes with the run"), "{error}");
    assert_eq!(
        fs::read_dir(scratch.path("project/runs")).unwrap().count(),
        0
    );
}
