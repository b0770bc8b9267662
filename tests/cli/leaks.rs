//! Leak radar: what a split gives away is counted and named, training refuses it, and a run that was allowed to says so.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::program::{Scratch, sample, with_two_films};

const TRAIN: [&str; 9] = [
    "train", "project", "--json", "--preset", "lda", "--size", "64", "--fit", "keep",
];

fn quick(scratch: &Scratch) -> Value {
    scratch.json(["leaks", "project", "--quick", "--json"])
}

fn contamination(leaks: &Value) -> f64 {
    leaks["contamination"].as_f64().unwrap()
}

fn runs(scratch: &Scratch) -> Vec<Value> {
    let runs = scratch.json(["runs", "project", "--json"]);
    runs["runs"].as_array().unwrap().clone()
}

#[test]
fn a_random_split_is_refused_unless_told_and_whole_scenes_are_not() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--random", "0.25", "--seed", "3"]);
    let leaks = quick(&scratch);
    assert!(contamination(&leaks) > 0.9, "{leaks}");
    assert_eq!(leaks["is_leaking"], true);
    let twins = leaks["twins"].as_array().unwrap();
    let share = twins.len() as f64 / leaks["valid_images"].as_f64().unwrap();
    assert_eq!(share, contamination(&leaks));
    for twin in twins {
        assert_eq!(twin["evidence"], "time");
        assert_eq!(twin["valid_scene"], twin["train_scene"]);
        assert_ne!(twin["valid"], twin["train"]);
        let score = twin["score"].as_f64().unwrap();
        assert!(score > 0.0 && score < 1.0, "{twin}");
    }
    let text = scratch.ok(["leaks", "project", "--quick"]).stdout;
    assert!(text.starts_with("contamination "), "{text}");
    assert!(text.contains("Remedy: put whole scenes"), "{text}");

    let refused = scratch.fails(TRAIN);
    assert!(
        refused.contains("twin in training") && refused.contains("--allow-leaks"),
        "{refused}"
    );
    assert_eq!(runs(&scratch), [Value::Null; 0]);
    let left = fs::read_dir(scratch.path("project/runs")).map(Iterator::count);
    assert_eq!(left.unwrap_or_default(), 0, "nothing of the run is left");

    let trained = scratch.json([&TRAIN[..], &["--allow-leaks"]].concat());
    let [row] = &runs(&scratch)[..] else {
        panic!("one run");
    };
    assert_eq!(row["leaks"]["of"], leaks["valid_images"]);
    assert_eq!(row["leaks"]["twins"], twins.len());
    let says_so = |row: &Value| {
        let caveats = row["caveats"].as_array().unwrap().iter();
        caveats
            .filter_map(Value::as_str)
            .any(|text| text.starts_with("Leaking split"))
    };
    assert!(says_so(row), "{row}");
    let description = scratch
        .path("project/runs")
        .join(trained["run"].as_str().unwrap())
        .join("run.toml");
    let description = fs::read_to_string(description).unwrap();
    assert!(description.contains("[leaks]"), "{description}");

    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    assert_eq!(contamination(&quick(&scratch)), 0.0, "whole scenes");
    let listed = scratch.ok(["runs", "project"]).stdout;
    assert!(listed.contains("Leaking split"), "for good: {listed}");
    scratch.json(TRAIN);
    let rows = runs(&scratch);
    assert_eq!(rows[1]["leaks"], Value::Null);
    assert!(!says_so(&rows[1]), "{}", rows[1]);
}

#[test]
fn a_second_encode_of_a_film_on_the_other_side_is_found() {
    let scratch = with_two_films();
    let encode = scratch.path("again.mp4");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-i"])
        .arg(sample("films/elves.mp4"))
        .args(["-vf", "scale=360:-2", "-crf", "32"])
        .arg(&encode)
        .status();
    assert!(made.unwrap().success());
    scratch.ok([
        "import-film",
        "project",
        "again.mp4",
        "--every",
        "24",
        "--class",
        "elves",
    ]);
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let scenes = scenes["scenes"].as_array().unwrap();
    let of_film = |film: &str| -> Vec<&str> {
        let own = scenes.iter().filter(|scene| scene["film"] == film);
        own.map(|scene| scene["id"].as_str().unwrap()).collect()
    };
    let valid = of_film("again");
    let undead = of_film("undead")[0];
    let split = [&["split", "project", "--valid", undead], &valid[..]].concat();
    scratch.ok(split);
    let leaks = quick(&scratch);
    let twins = leaks["twins"].as_array().unwrap();
    let of_encode: Vec<&Value> = twins
        .iter()
        .filter(|twin| twin["valid_scene"].as_str().unwrap().starts_with("again:"))
        .collect();
    assert!(of_encode.iter().all(|twin| twin["evidence"] == "hash"));
    assert_eq!(of_encode.len(), twins.len(), "{leaks}");
    let images: u64 = scenes
        .iter()
        .filter(|scene| scene["film"] == "again")
        .map(|scene| scene["images"].as_u64().unwrap())
        .sum();
    let found = twins.len() as f64 / images as f64;
    assert!(found > 0.8, "{found} of {images}");
    let refused = scratch.fails(TRAIN);
    assert!(refused.contains("twin in training"), "{refused}");
    let text = scratch.ok(["leaks", "project", "--quick"]).stdout;
    assert!(text.contains("group project --link again:"), "{text}");
}

#[test]
fn the_honesty_meter_says_what_a_random_split_would_claim() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.3", "--seed", "1"]);
    let honesty = scratch.json(["honesty", "project", "--json"]);
    let accuracy = |of: &str| {
        let [low, high] = [0, 1].map(|at| honesty[of]["interval"][at].as_f64().unwrap());
        let accuracy = honesty[of]["accuracy"].as_f64().unwrap();
        assert!(low <= accuracy && accuracy <= high, "{honesty}");
        accuracy
    };
    assert!(accuracy("split") < accuracy("random"), "{honesty}");
    assert_eq!(honesty["is_random_split"], false);
    let text = scratch.ok(["honesty", "project"]).stdout;
    assert!(
        text.contains("random images") && text.contains("this split"),
        "{text}"
    );
    // The same features serve the radar.
    let leaks = scratch.json(["leaks", "project", "--json"]);
    assert!(leaks["least_cosine"].is_number(), "{leaks}");
}

#[test]
fn nothing_to_look_at_is_said_with_a_remedy() {
    let scratch = Scratch::with_project();
    for command in ["leaks", "honesty"] {
        let error = scratch.fails([command, "project"]);
        assert!(error.contains("import films"), "{command}: {error}");
    }
    let text = scratch.ok(["screen", "project"]).stdout;
    assert!(text.contains("Nothing to compare"), "{text}");
    let scratch = with_two_films();
    let error = scratch.fails(["leaks", "project"]);
    assert!(error.contains("split --suggest"), "{error}");
}
