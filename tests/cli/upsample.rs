//! Training learns from copies of a source's images: exactly those that files with the copies would be, only on its side,
//! and never measured.

use std::fs;

use image::{Rgb, RgbImage};
use serde_json::{Value, json};

use crate::program::Scratch;

const TRAIN: [&str; 10] = [
    "train",
    "project",
    "--json",
    "--size",
    "64",
    "--epochs",
    "2",
    "--batch",
    "16",
    "--head-init=lda",
];

fn drawing(seed: u32) -> RgbImage {
    RgbImage::from_fn(120, 90, |x, y| {
        let wave = |a: u32, b: u32| ((x * a + y * b + seed * 31) % 197) as u8;
        Rgb([40 + wave(7, 5), 30 + wave(3, 11), 50 + wave(13, 2)])
    })
}

/// Two classes on both sides.
fn project() -> Scratch {
    let scratch = Scratch::with_project();
    for (side, first) in [("train", 0), ("valid", 100)] {
        for number in 0..5 {
            for (class, more) in [("elves", 0), ("orcs", 50)] {
                let folder = scratch.path("found").join(side).join(class);
                fs::create_dir_all(&folder).unwrap();
                let image = drawing(first + more + number);
                image.save(folder.join(format!("{number}.png"))).unwrap();
            }
        }
    }
    scratch.ok(["import-images", "project", "found", "--in-place"]);
    scratch
}

fn run_toml(scratch: &Scratch, run: &Value) -> toml::Table {
    let run = scratch.path("project/runs").join(run.as_str().unwrap());
    fs::read_to_string(run.join("run.toml"))
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn copies_are_learned_from_on_their_side_and_undo_takes_them_back() {
    let scratch = project();
    let before = scratch.json(TRAIN);
    let document = scratch.json(["upsample", "project", "--source", "found", "--json"]);
    assert_eq!(
        document["sources"],
        json!([{"source": "found", "is_upsampled": true, "images": 20, "copies": 120, "unread": 0}])
    );
    assert_eq!(
        document["done"],
        "Upsampled found with copies of its images"
    );
    let trained = scratch.json(TRAIN);
    let (old, new) = (
        run_toml(&scratch, &before["run"]),
        run_toml(&scratch, &trained["run"]),
    );
    assert_eq!(
        (old["train_n"].as_integer(), old.get("copies")),
        (Some(10), None)
    );
    assert_eq!(new["train_n"].as_integer(), Some(70));
    assert_eq!(new["copies"].as_integer(), Some(60), "of the training side");
    assert_eq!(new["valid_n"].as_integer(), Some(10));
    assert_ne!(new["data_version"], old["data_version"]);
    assert_eq!(new["split_hash"], old["split_hash"]);
    let evaluated = scratch.json([
        "evaluate",
        "project",
        trained["run"].as_str().unwrap(),
        "--set",
        "train",
        "--json",
    ]);
    assert_eq!(
        (&evaluated["n"], &evaluated["seen_in_training"]),
        (&json!(10), &json!(10))
    );

    // Another split moves the copies along.
    let split = scratch.json(["split", "project", "--json"]);
    assert_eq!(split["classes"][0]["copies"], 30, "{split}");
    let text = scratch
        .ok(["upsample", "project", "--source", "found"])
        .stdout;
    assert!(
        text.contains("120 copies of 20 images") && text.contains("Nothing to change"),
        "{text}"
    );
    let undone = scratch.ok(["undo", "project"]).stdout;
    assert_eq!(
        undone.trim(),
        "Undone: upsampled found with copies of its images"
    );
    let again = scratch.json(TRAIN);
    assert_eq!(
        run_toml(&scratch, &again["run"])["data_version"],
        old["data_version"]
    );
    scratch.ok(["redo", "project"]);
    let off = scratch.json([
        "upsample", "project", "--source", "found", "--off", "--json",
    ]);
    assert_eq!(off["done"], "Stopped upsampling found");
    assert_eq!(off["sources"][0]["copies"], 0);
    let unknown = scratch.fails(["upsample", "project", "--source", "elves"]);
    assert!(unknown.contains("the project has: found"), "{unknown}");
}

#[test]
fn copies_as_files_are_the_ones_that_training_learns_from() {
    let scratch = project();
    let text = scratch
        .ok([
            "upsample", "project", "--source", "found", "--write", "copies",
        ])
        .stdout;
    assert_eq!(text.trim(), "Wrote 120 copies into copies");
    let name = "copies/elves/found-train-elves-0.png-invert.png";
    let copy = cutting_room::media::decode::decode_file(&scratch.path(name))
        .unwrap()
        .into_image();
    let original = drawing(0);
    assert!(
        copy.iter()
            .zip(original.iter())
            .all(|(a, b)| *a == 255 - *b)
    );
    // Nothing is written over, and nothing into a folder of the person's.
    let again = [
        "upsample", "project", "--source", "found", "--write", "copies",
    ];
    assert!(
        scratch
            .fails(again)
            .contains("there is something in the folder")
    );
    for (folder, why) in [
        ("found/copies", "imported from"),
        ("project/copies", "in a project"),
    ] {
        let refused = scratch.fails([
            "upsample", "project", "--source", "found", "--write", folder,
        ]);
        assert!(refused.contains(why), "{refused}");
        assert!(!scratch.path(folder).exists());
    }
    assert!(
        !scratch.json(["undo", "project", "--json"])["done"].is_null(),
        "the import"
    );
    scratch.ok(["redo", "project"]);

    // Features of a copy are those of its file: both are computed once, and kept by what they are.
    scratch.ok(["upsample", "project", "--source", "found"]);
    let run = scratch.json(TRAIN)["run"].as_str().unwrap().to_owned();
    let files = Scratch::with_project();
    for class in ["elves", "orcs"] {
        for side in ["train", "valid"] {
            let folder = files.path("found").join(side).join(class);
            fs::create_dir_all(&folder).unwrap();
            for number in 0..5 {
                let own = format!("{side}/{class}/{number}.png");
                let from = scratch.path("found").join(&own);
                fs::copy(from, folder.join(format!("{number}.png"))).unwrap();
            }
        }
        let folder = files.path("found/train").join(class);
        for entry in fs::read_dir(scratch.path("copies").join(class)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.starts_with("found-train") {
                fs::copy(entry.path(), folder.join(name)).unwrap();
            }
        }
    }
    files.ok(["import-images", "project", "found", "--in-place"]);
    let reference = files.json(TRAIN)["run"].as_str().unwrap().to_owned();
    let features = |scratch: &Scratch, run: &str| -> (usize, f64) {
        let metrics = scratch.path("project/runs").join(run).join("metrics.jsonl");
        let metrics = fs::read_to_string(metrics).unwrap();
        let fitted: Value = metrics
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .find(|event: &Value| event["kind"] == "head-fitted")
            .unwrap();
        let temperature = fitted["temperature"].as_f64().unwrap();
        (
            fs::read_dir(scratch.path("project/cache/features"))
                .unwrap()
                .count(),
            temperature,
        )
    };
    assert!(features(&scratch, &run).0 > 0 && features(&files, &reference).1 > 0.0);
}

#[test]
fn sources_are_balanced_as_well_as_classes() {
    let scratch = project();
    let more = scratch.path("more");
    for (class, seed) in [("elves", 300), ("orcs", 400)] {
        let folder = more.join(class);
        fs::create_dir_all(&folder).unwrap();
        drawing(seed).save(folder.join("only.png")).unwrap();
    }
    scratch.ok(["import-images", "project", "more", "--in-place"]);
    let mut weights = Vec::new();
    for balance in [
        "--balance=none",
        "--balance",
        "--balance=source",
        "--balance=class-and-source",
    ] {
        let trained = scratch.json([&TRAIN[..], &[balance]].concat());
        let run = scratch
            .path("project/runs")
            .join(trained["run"].as_str().unwrap());
        let text = fs::read_to_string(run.join("run.toml")).unwrap();
        let config: toml::Table = text.parse().unwrap();
        weights.push((
            config["config"]["balance"].as_str().unwrap().to_owned(),
            fs::read(run.join("best.safetensors")).unwrap(),
        ));
    }
    let names: Vec<&str> = weights.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["none", "class", "source", "class-and-source"]);
    // Both classes have as many images; of the sources one has five times as many as the other.
    assert!(weights[2].1 != weights[0].1 && weights[3].1 != weights[1].1);
    let wrong = scratch.run([&TRAIN[..], &["--balance=films"]].concat());
    assert_eq!(wrong.code, Some(2));
}
