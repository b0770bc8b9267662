//! The same image on both sides is named before training, sits out, and one action settles it.

use std::fs;

use serde_json::Value;

use crate::program::{Scratch, with_two_films};
use cutting_room::catalog::Catalog;
use cutting_room::dataset::{Sample, Split};
use cutting_room::project::Project;

fn valid_samples(scratch: &Scratch) -> Vec<Sample> {
    let project = Project::open(&scratch.path("project")).unwrap();
    let snapshot = Catalog::open_read_only(&project).unwrap().snapshot();
    Split::of(&snapshot.unwrap()).unwrap().valid
}

fn twin_problem(split: &Value) -> Option<String> {
    let problems = split["problems"].as_array().unwrap().iter();
    let mut texts = problems.map(|text| text.as_str().unwrap().to_owned());
    texts.find(|text| text.contains("also in"))
}

#[test]
fn copied_validation_frames_sit_out_of_training() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let before = scratch.json(["split", "project", "--json"]);
    assert_eq!(twin_problem(&before), None);
    assert_eq!(before["twins"], serde_json::json!([]));

    // One as the same file, one as a PNG with the same pixels, and one that is new.
    let valid = valid_samples(&scratch);
    let folder = scratch.path("found/elves");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(&valid[0].path, folder.join("copy.jpg")).unwrap();
    let decoded = cutting_room::media::decode::decode_file(&valid[1].path).unwrap();
    decoded.save(folder.join("pixels.png")).unwrap();
    let mut other = decoded.clone();
    other.put_pixel(0, 0, image::Rgb([1, 2, 3]));
    other.save(folder.join("other.png")).unwrap();
    scratch.ok(["import-images", "project", "found", "--source", "found"]);

    let split = scratch.json(["split", "project", "--json"]);
    let problem = twin_problem(&split).unwrap();
    assert!(
        problem.starts_with("2 training images are also in validation"),
        "{problem}"
    );
    assert!(problem.contains("--reject-twins"), "{problem}");
    let twins = split["twins"].as_array().unwrap();
    assert_eq!(twins.len(), 2);
    for (twin, (name, is_same_file)) in twins
        .iter()
        .zip([("copy.jpg", true), ("pixels.png", false)])
    {
        assert!(twin["train"].as_str().unwrap().ends_with(name), "{twin}");
        assert_eq!(twin["is_same_file"], is_same_file);
        assert_eq!(twin["test_set"], Value::Null);
    }
    let train_n = before["train"].as_u64().unwrap() + 1;
    assert_eq!(split["train"], train_n, "the new one alone");

    let answer = scratch.ok([
        "train", "project", "--epochs", "1", "--size", "64", "--json",
    ]);
    assert!(
        answer.stderr.contains("2 training images are also in"),
        "{answer:#?}"
    );
    let trained = answer.json();
    assert_eq!(trained["twins_left_out"], 2);
    assert_eq!(
        (&trained["contaminated"], &trained["warnings"]),
        (&0.into(), &1.into())
    );
    let runs = scratch.json(["runs", "project", "--json"]);
    assert_eq!(runs["runs"][0]["run"]["train_n"], train_n);
    assert_eq!(runs["runs"][0]["warnings"], 1);

    // The action, and its undo.
    let settled = scratch.json(["split", "project", "--reject-twins", "--json"]);
    assert_eq!(twin_problem(&settled), None);
    assert_eq!(settled["train"], train_n);
    scratch.ok(["undo", "project"]);
    let undone = scratch.json(["split", "project", "--json"]);
    assert_eq!(twin_problem(&undone), Some(problem));
}

#[test]
fn images_of_a_test_set_are_not_trained_on_and_the_final_number_is_offered() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let project = Project::open(&scratch.path("project")).unwrap();
    let snapshot = Catalog::open_read_only(&project).unwrap().snapshot();
    let split = Split::of(&snapshot.unwrap()).unwrap();
    let train = ["train", "project", "--epochs", "1", "--size", "64"];
    let first = scratch.ok(train).stdout;
    let folder = scratch.path("held-out");
    for (number, sample) in split.train.iter().rev().take(3).enumerate() {
        let class = folder.join(&split.classes[sample.target as usize]);
        fs::create_dir_all(&class).unwrap();
        fs::copy(&sample.path, class.join(format!("{number}.jpg"))).unwrap();
    }
    scratch.ok([
        "import-images",
        "project",
        "held-out",
        "--source",
        "held-out",
        "--test",
    ]);
    let problem = twin_problem(&scratch.json(["split", "project", "--json"])).unwrap();
    assert!(
        problem.starts_with("3 training images are also in a test set"),
        "{problem}"
    );

    let evaluate = |run: &str| {
        scratch.json([
            "evaluate",
            "project",
            run.trim(),
            "--set",
            "held-out",
            "--json",
        ])
    };
    assert_eq!(evaluate(&first)["seen_in_training"], 3);
    let second = scratch.ok(train);
    assert!(second.stderr.contains("--set held-out"), "{second:#?}");
    assert_eq!(evaluate(&second.stdout)["seen_in_training"], 0);
}
