//! The whole job by the command line: films to heatmaps, every answer in its documented shape.

use std::fs;

use crate::program::{Scratch, sample, with_two_films};
use cutting_room::catalog::Catalog;
use cutting_room::evaluate::Predictions;
use cutting_room::project::Project;
use serde_json::Value;

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// What `evaluate` left with the run about validation.
fn stored_predictions(scratch: &Scratch, run: &str) -> Predictions {
    let project = Project::open(&scratch.path("project")).unwrap();
    Predictions::read(&project, run, "valid").unwrap()
}

/// Both films whole scenes out, one short stage; returns the run's id.
fn train(scratch: &Scratch) -> String {
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let answer = scratch.ok([
        "train", "project", "--epochs", "1", "--size", "96", "--batch", "16",
    ]);
    let id = answer.stdout.trim().to_owned();
    assert_eq!(
        answer.stdout.lines().count(),
        1,
        "the id alone: {answer:#?}"
    );
    assert!(
        scratch
            .path("project/runs")
            .join(&id)
            .join("best.safetensors")
            .is_file()
    );
    id
}

#[test]
fn films_become_scenes_that_split_and_decide_by_name() {
    let scratch = with_two_films();
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let scenes = scenes["scenes"].as_array().unwrap();
    assert!(scenes.len() >= 18, "{} scenes", scenes.len());
    let first = &scenes[0];
    for key in [
        "id",
        "film",
        "class",
        "first_frame",
        "last_frame",
        "images",
        "group",
        "split",
    ] {
        assert!(keys(first).contains(&key), "{key} in {first}");
    }
    assert_eq!(first["id"], "elves:1");
    assert_eq!(
        (&first["film"], &first["class"]),
        (&"elves".into(), &"elves".into())
    );

    let number = scenes.last().unwrap()["number"].to_string();
    let split = scratch.json(["split", "project", "--json", "--valid", "elves:2", &number]);
    assert_eq!(split["mode"], "scenes");
    let last = scenes.last().unwrap()["id"].as_str().unwrap();
    assert_eq!(split["valid_scenes"], serde_json::json!(["elves:2", last]));
    assert!(split["valid"].as_u64().unwrap() > 0);
    assert_eq!(split["hash"].as_str().unwrap().len(), 16);

    // The same scenes, the same hash, in whatever order they are given.
    let again = scratch.json(["split", "project", "--valid", last, "elves:2", "--json"]);
    assert_eq!(split["hash"], again["hash"]);
    let none = scratch.json(["split", "project", "--valid", "elves:3", "--json"]);
    assert_ne!(split["hash"], none["hash"]);
    let problems = none["problems"].to_string();
    assert!(
        problems.contains("undead has no image in validation"),
        "{problems}"
    );
}

#[test]
fn stage_2_goes_on_with_the_preset_of_its_stage_1() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let short = ["--epochs", "1", "--size", "64", "--batch", "32"];
    let train = |more: &[&str]| {
        let answer = scratch.ok([&["train", "project"], &short[..], more].concat());
        answer.stdout.trim().to_owned()
    };
    let recorded = |id: &str| {
        let text = fs::read_to_string(scratch.path("project/runs").join(id).join("run.toml"));
        text.unwrap()
    };
    let modern = train(&[]);
    assert!(recorded(&modern).contains("preset = \"modern\""));
    let post = train(&["--preset", "fastai"]);
    assert!(recorded(&post).contains("preset = \"fastai\""));
    let fine = train(&["--stage", "2", "--from", &post]);
    assert!(recorded(&fine).contains("preset = \"fastai\""));
    let config: toml::Table = recorded(&fine).parse().unwrap();
    assert_eq!(config["config"]["lr_range"].to_string(), "[0.00001, 0.001]");

    let refused = ["--stage", "2", "--from", &modern, "--preset", "fastai"];
    let message = scratch.fails([&["train", "project"], &short[..], &refused].concat());
    assert!(message.contains("leave the preset out"), "{message}");

    // A run of an earlier version has no preset in it, and the post's head.
    let path = scratch.path("project/runs").join(&post).join("run.toml");
    fs::write(&path, recorded(&post).replace("preset = \"fastai\"\n", "")).unwrap();
    let old = scratch.json(["evaluate", "project", &post, "--json"]);
    assert!(old["n"].as_u64().unwrap() > 0);
}

#[test]
fn a_random_split_is_called_too_optimistic() {
    let scratch = with_two_films();
    let shown = scratch.ok(["split", "project", "--random", "0.2", "--seed", "3"]);
    assert!(
        shown.stdout.contains("looks better than it is"),
        "{shown:#?}"
    );
    let one = scratch.json([
        "split", "project", "--random", "0.2", "--seed", "3", "--json",
    ]);
    let other = scratch.json([
        "split", "project", "--random", "0.2", "--seed", "4", "--json",
    ]);
    assert_eq!(one["mode"], "random");
    assert_ne!(one["hash"], other["hash"]);
    let scenes = scratch.json(["scenes", "project", "--json"]);
    assert_eq!(scenes["scenes"][0]["split"], Value::Null);
}

#[test]
fn decisions_are_made_by_path_all_or_nothing_and_can_be_undone() {
    let scratch = with_two_films();
    let of_first_scene = || {
        scratch.json(["scenes", "project", "--json"])["scenes"][0]["images"]
            .as_u64()
            .unwrap()
    };
    let before = of_first_scene();
    let ambiguous = scratch.fails(["decide", "project", "--reject", "--paths", "000000.jpg"]);
    assert!(ambiguous.contains("--source"), "{ambiguous}");
    let unknown = scratch.fails([
        "decide",
        "project",
        "--reject",
        "--source",
        "elves",
        "--paths",
        "000000.jpg",
        "nonsense.jpg",
    ]);
    assert!(
        unknown.contains("nonsense.jpg") && !unknown.contains("000000"),
        "{unknown}"
    );
    assert_eq!(of_first_scene(), before, "nothing was applied");

    let done = scratch.json([
        "decide",
        "project",
        "--reject",
        "--paths",
        "frames/elves/000000.jpg",
        "--json",
    ]);
    assert_eq!(
        (&done["images"], &done["decision"]),
        (&1.into(), &"reject".into())
    );
    assert_eq!(of_first_scene(), before - 1);
    scratch.ok(["undo", "project"]);
    assert_eq!(of_first_scene(), before);
    scratch.ok(["redo", "project"]);
    assert_eq!(of_first_scene(), before - 1);
    assert!(
        scratch.path("project/frames/elves/000000.jpg").is_file(),
        "reject deletes nothing"
    );
}

#[test]
fn paths_are_read_from_stdin() {
    use std::io::Write as _;
    use std::process::Stdio;
    let scratch = with_two_films();
    let mut child = scratch
        .command([
            "decide", "project", "--keep", "--source", "elves", "--paths", "-", "--json",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"000000.jpg\r\n000024.jpg\n\n")
        .unwrap();
    let answer: crate::program::Answer = child.wait_with_output().unwrap().into();
    assert_eq!(answer.json()["images"], 2);
}

/// Explains by `method`, at 96 pixels; the values that were written.
fn raw_map(scratch: &Scratch, (run, image): (&str, &str), method: &str) -> Vec<u8> {
    let [out, raw] = ["png", "npy"].map(|ending| format!("{method}.{ending}"));
    let explained = scratch.json([
        "explain", "project", run, image, "--class", "elves", "--method", method, "--out", &out,
        "--raw", &raw, "--json",
    ]);
    assert_eq!(explained["method"], method);
    assert_eq!(explained["shape"], serde_json::json!([3, 96, 96]));
    let png = fs::read(scratch.path(&out)).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let raw = fs::read(scratch.path(&raw)).unwrap();
    assert_eq!(raw.len(), 128 + 4 * 3 * 96 * 96);
    let values = raw[128..].to_vec();
    assert!(values.iter().any(|&byte| byte != 0));
    values
}

/// What `train` says of a stage-2 run is what the list says of it.
fn assert_is_listed(scratch: &Scratch, trained: &Value) {
    let listed = scratch.json(["runs", "project", "--json"]);
    let listed = listed["runs"].as_array().unwrap();
    let listed = listed
        .iter()
        .find(|row| row["id"] == trained["run"])
        .unwrap();
    assert_eq!(listed["accuracy"], trained["accuracy"]);
    assert_eq!(listed["stage"], 2);
    assert!(listed["interval"].is_array(), "{listed}");
    assert_eq!(listed["is_random_split"], false);
}

/// The file beside the run gives the numbers that `evaluate` printed.
fn what_was_stored(scratch: &Scratch, run: &str, evaluation: &Value) {
    let stored = stored_predictions(scratch, run);
    assert_eq!(stored.info.best_epoch, Some(1));
    // Through text, as the program's answer went: serde_json reads some numbers one bit off.
    let project = Project::open(&scratch.path("project")).unwrap();
    let catalog = Catalog::open_read_only(&project).unwrap();
    let snapshot = catalog.snapshot().unwrap();
    let stored = serde_json::to_string(&stored.evaluation(&snapshot)).unwrap();
    let stored: Value = serde_json::from_str(&stored).unwrap();
    for key in ["confusion", "per_scene", "per_source", "most_confused"] {
        assert_eq!(stored[key], evaluation[key], "{key}");
    }
    assert_eq!(stored["interval"], evaluation["interval"]);
}

/// What `evaluate --tta` and `compare` say of a run that `evaluate` says `evaluation` of.
fn views_and_comparisons(scratch: &Scratch, run: &str, evaluation: &Value) {
    // The mean of several views is another number, the same whenever it is asked for, and leaves what is stored alone.
    let plain = scratch.json(["evaluate", "project", run, "--tta", "--json"]);
    let fastai = ["evaluate", "project", run, "--tta", "fastai-v1", "--json"];
    let fastai = [scratch.json(fastai), scratch.json(fastai)];
    assert_eq!(fastai[0], fastai[1]);
    for views in [&plain, &fastai[0]] {
        assert_eq!(views["n"], evaluation["n"]);
        assert_ne!(
            views["top_losses"][0]["loss"],
            evaluation["top_losses"][0]["loss"]
        );
    }
    assert_ne!(plain["calibration"], fastai[0]["calibration"]);
    assert_eq!(stored_predictions(scratch, run).info.best_epoch, Some(1));

    // A run does not differ from itself; the answer names its keys.
    let compared = scratch.json(["compare", "project", run, run, "--json"]);
    assert_eq!(
        (
            compared["difference"].as_f64(),
            compared["mcnemar_p"].as_f64()
        ),
        (Some(0.0), Some(1.0))
    );
    assert_eq!(compared["n"], evaluation["n"]);
    assert!(compared["interval"].is_array(), "{compared}");
    let verdict = compared["verdict"].as_str().unwrap();
    assert!(
        verdict.starts_with("within noise") || verdict.starts_with("too few scenes"),
        "{verdict}"
    );
    let refused = scratch.fails(["compare", "project", run, "nonsense"]);
    assert!(refused.contains("nonsense"), "{refused}");
}

#[test]
fn the_whole_job_from_films_to_heatmaps() {
    let scratch = with_two_films();
    let portraits = sample("portraits");
    let portraits = portraits.to_str().unwrap();
    let imported = scratch.json([
        "import-images",
        "project",
        portraits,
        "--source",
        "portraits",
        "--test",
        "--json",
    ]);
    let report = &imported["imported"][0];
    assert_eq!(
        report["unreadable"], 3,
        "page.jpg, empty.png, truncated.jpg: {imported}"
    );
    assert_eq!(report["added"], 19);
    let warned = imported["warnings"].to_string();
    for name in ["page.jpg", "empty.png", "truncated.jpg"] {
        assert!(warned.contains(name), "{name} in {warned}");
    }

    let run = train(&scratch);
    let evaluation = scratch.json(["evaluate", "project", &run, "--json"]);
    for key in [
        "accuracy",
        "interval",
        "n",
        "per_class",
        "confusion",
        "top_losses",
        "most_confused",
        "per_scene",
        "per_source",
        "calibration",
        "seen_in_training",
        "split_hash",
        "data_version",
    ] {
        assert!(keys(&evaluation).contains(&key), "{key} in {evaluation}");
    }
    let accuracy = evaluation["accuracy"].as_f64().unwrap();
    let interval = evaluation["interval"].as_array().unwrap();
    assert!(interval[0].as_f64().unwrap() <= accuracy && accuracy <= interval[1].as_f64().unwrap());
    what_was_stored(&scratch, &run, &evaluation);
    views_and_comparisons(&scratch, &run, &evaluation);
    let train_set = scratch.json(["evaluate", "project", &run, "--set", "train", "--json"]);
    assert!(train_set["n"].as_u64() > evaluation["n"].as_u64());

    // A source of the project and the same folder from outside: one image more or less, never another number.
    let source = scratch.json(["evaluate", "project", &run, "--set", "portraits", "--json"]);
    let folder = scratch.json(["evaluate", "project", &run, "--set", portraits, "--json"]);
    assert_eq!(source["accuracy"], folder["accuracy"]);
    assert_eq!(source["confusion"], folder["confusion"]);

    let image = sample("portraits/elves/002.jpg");
    let image = image.to_str().unwrap();
    let predicted = scratch.json(["predict", "project", &run, image, "--json"]);
    let row = &predicted["predictions"][0];
    let probs = row["probs"].as_object().unwrap();
    let sum: f64 = probs.values().map(|prob| prob.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-4, "{predicted}");
    assert_eq!(row["path"], image);

    let explained = scratch.json([
        "explain",
        "project",
        &run,
        image,
        "--class",
        "elves",
        "--out",
        "map.png",
        "--raw",
        "map.npy",
        "--opacity",
        "0.7",
        "--json",
    ]);
    assert_eq!(explained["explained"], "elves");
    let png = fs::read(scratch.path("map.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let npy = fs::read(scratch.path("map.npy")).unwrap();
    let shape = explained["shape"].as_array().unwrap();
    let cells = shape[0].as_u64().unwrap() * shape[1].as_u64().unwrap();
    assert_eq!((npy.len() as u64 - 128) / 4, cells);

    let raw = ["guided", "guided-grad-cam"].map(|method| raw_map(&scratch, (&run, image), method));
    assert_ne!(raw[0], raw[1]);

    let runs = scratch.json(["runs", "project", "--json"]);
    assert_eq!(runs["runs"][0]["id"], run);
    assert_eq!(runs["runs"][0]["status"], "finished");
    assert_eq!(runs["runs"][0]["stage"], 1);
    assert_eq!(runs["runs"][0]["is_random_split"], false);
    let interval = runs["runs"][0]["interval"].as_array().unwrap();
    assert!(interval[0].as_f64().unwrap() <= interval[1].as_f64().unwrap());

    let second = scratch.json([
        "train", "project", "--stage", "2", "--from", &run, "--epochs", "1", "--size", "96",
        "--batch", "8", "--json",
    ]);
    assert_ne!(second["run"], run.as_str());
    assert_is_listed(&scratch, &second);
}

#[test]
fn one_seed_gives_one_result() {
    let scratch = with_two_films();
    let log = |run: &str| {
        let text = fs::read_to_string(scratch.path("project/runs").join(run).join("metrics.jsonl"))
            .unwrap();
        let losses: Vec<f64> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter_map(|event| event["loss"].as_f64())
            .collect();
        assert!(!losses.is_empty());
        losses
    };
    let (one, other) = (train(&scratch), train(&scratch));
    assert_eq!(log(&one), log(&other));
}

#[test]
fn a_changed_split_is_said_when_a_run_is_measured_on_it() {
    let scratch = with_two_films();
    let run = train(&scratch);
    let quiet = scratch.ok(["evaluate", "project", &run]);
    assert!(!quiet.stderr.contains("split"), "{quiet:#?}");
    scratch.ok(["split", "project", "--valid", "elves:2", "undead:2"]);
    let warned = scratch.ok(["evaluate", "project", &run]);
    assert!(
        warned.stderr.contains("the split has changed"),
        "{warned:#?}"
    );
}

#[test]
fn predictions_that_cannot_be_stored_are_a_warning() {
    let scratch = with_two_films();
    let run = train(&scratch);
    let stored = scratch.ok(["evaluate", "project", &run]);
    assert!(!stored.stderr.contains("not stored"), "{stored:#?}");
    let folder = scratch.path("project/runs").join(&run).join("predictions");
    fs::remove_dir_all(&folder).unwrap();
    // As good as a folder without write permission, which would not stop root.
    fs::write(&folder, "").unwrap();
    let warned = scratch.ok(["evaluate", "project", &run]);
    assert!(warned.stderr.contains("not stored"), "{warned:#?}");
    assert_eq!(warned.stdout, stored.stdout);
}

#[test]
fn a_learning_rate_is_suggested_for_either_stage_and_nothing_is_left_behind() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25"]);
    let short = ["--size", "64", "--batch", "8"];
    let find = |more: &[&str]| {
        scratch.json([&["find-lr", "project", "--json"], &short[..], more].concat())
    };
    let found = find(&[]);
    let valley = found["valley"].as_f64().unwrap();
    assert!((1e-6..1.0).contains(&valley), "{found}");
    assert!(found["points"].as_array().unwrap().len() > 30, "{found}");
    assert_eq!(found, find(&[]), "the same seed gives the same numbers");
    assert!(
        std::fs::read_dir(scratch.path("project/runs"))
            .unwrap()
            .next()
            .is_none()
    );
    let run = scratch.ok([&["train", "project", "--epochs", "1"], &short[..]].concat());
    find(&["--stage", "2", "--from", run.stdout.trim()]);
    let table = scratch.ok([&["find-lr", "project"], &short[..]].concat());
    assert!(table.stdout.starts_with("valley"), "{table:#?}");
}
