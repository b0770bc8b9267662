//! A recipe measured with every scene held out once: what it says, that it leaves no run, and that it goes on.

use std::fs;

use serde_json::Value;

use crate::program::{Scratch, with_two_films};

const SHORT: [&str; 10] = [
    "cross-validate",
    "project",
    "--folds",
    "2",
    "--size",
    "64",
    "--epochs",
    "1",
    "--batch",
    "8",
];

fn folder(scratch: &Scratch) -> std::path::PathBuf {
    let cache = scratch.path("project/cache/cross-validation");
    let mut found: Vec<_> = fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn every_scene_is_held_out_once_and_what_is_done_stays_done() {
    let scratch = with_two_films();
    let command = [&SHORT[..], &["--json"]].concat();
    let whole = scratch.json(command.clone());
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let images: u64 = scenes["scenes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|scene| scene["images"].as_u64().unwrap())
        .sum();
    assert_eq!(whole["n"], images);
    let of = |rows: &Value| -> u64 {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["n"].as_u64().unwrap()).sum()
    };
    assert_eq!(of(&whole["folds"]), images);
    assert_eq!(of(&whole["per_scene"]), images);
    assert_eq!(
        whole["per_scene"].as_array().unwrap().len(),
        scenes["scenes"].as_array().unwrap().len()
    );
    assert!(whole["stage_1"].is_null());
    let runs = scratch.json(["runs", "project", "--json"]);
    assert_eq!(runs["runs"].as_array().unwrap().len(), 0, "{runs}");

    // As after a kill in the middle of the second fold's line.
    let results = folder(&scratch).join("folds.jsonl");
    let text = fs::read_to_string(&results).unwrap();
    let first = text.lines().next().unwrap();
    fs::write(
        &results,
        format!("{first}\n{}", &text[first.len() + 1..][..20]),
    )
    .unwrap();
    let again = scratch.ok(command);
    assert!(!again.stderr.contains("fold 1 of 2:"), "{}", again.stderr);
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again, whole);
    assert_eq!(fs::read_to_string(&results).unwrap(), text);
}

#[test]
fn stage_2_is_measured_beside_the_stage_1_of_the_same_folds() {
    let scratch = with_two_films();
    let command = [&SHORT[..], &["--stage", "2", "--set", "elves", "--json"]].concat();
    let both = scratch.json(command);
    for accuracy in [&both["accuracy"], &both["stage_1"]["accuracy"]] {
        assert!((0.0..=1.0).contains(&accuracy.as_f64().unwrap()), "{both}");
    }
    let set = &both["sets"][0];
    assert_eq!(set["set"], "elves");
    assert!(set["stage_1_accuracy"].is_number() && set["n"].as_u64().unwrap() > 0);
    let text = scratch.ok([&SHORT[..], &["--stage", "2", "--set", "elves"]].concat());
    assert!(text.stdout.contains("stage 1 alone"), "{}", text.stdout);
}

#[test]
fn what_cannot_be_cross_validated_is_said_with_the_remedy() {
    let scratch = with_two_films();
    for (more, remedy) in [
        (["--folds", "1"], "choose 2 to 20"),
        (["--folds", "20"], "choose at most"),
        (["--repeats", "0"], "choose 1 to 20"),
        (["--from", "a-run"], "leave the run to start from out"),
        (["--set", "nonsense"], "whose sub-folders are classes"),
        (["--size", "7"], "choose 32"),
    ] {
        let size = ["cross-validate", "project", "--epochs", "1", "--batch", "8"];
        let error = scratch.fails([&size[..], &more].concat());
        assert!(error.contains(remedy), "{more:?}: {error}");
    }
}
