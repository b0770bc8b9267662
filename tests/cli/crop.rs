//! Borders cut off wherever images are looked at: the numbers of a run are those of files without the border, no file is
//! changed, and undo takes it back.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage, imageops};
use serde_json::{Value, json};

use crate::program::{Scratch, shared};

const BORDER: u32 = 6;
/// The drawings are a little alike.
const TRAIN: [&str; 9] = [
    "train",
    "project",
    "--json",
    "--allow-leaks",
    "--size",
    "64",
    "--epochs",
    "2",
    "--batch",
];

/// Detail everywhere, so that no side looks like a border.
fn drawing(seed: u8) -> RgbImage {
    RgbImage::from_fn(120, 90, |x, y| {
        let wave = |a: u32, b: u32| ((x * a + y * b + u32::from(seed) * 31) % 97) as u8;
        Rgb([60 + wave(7, 5), 70 + wave(3, 11), 50 + wave(13, 2)])
    })
}

fn framed(image: &RgbImage) -> RgbImage {
    let mut whole = RgbImage::new(image.width() + 2 * BORDER, image.height() + 2 * BORDER);
    imageops::replace(&mut whole, image, i64::from(BORDER), i64::from(BORDER));
    whole
}

/// Two classes on two sides; those of one of them with a black frame around each image, or the same files without.
fn project(has_border: bool) -> Scratch {
    let scratch = Scratch::with_project();
    for side in ["train", "valid"] {
        for number in 0..8 {
            let seed = number + if side == "train" { 0 } else { 100 };
            let elf = drawing(seed);
            let elf = if has_border { framed(&elf) } else { elf };
            for (class, image) in [("elves", elf), ("orcs", drawing(seed + 50))] {
                let folder = scratch.path("found").join(side).join(class);
                fs::create_dir_all(&folder).unwrap();
                image.save(folder.join(format!("{number}.png"))).unwrap();
            }
        }
    }
    scratch.ok(["import-images", "project", "found", "--in-place"]);
    scratch
}

fn train(scratch: &Scratch) -> String {
    let trained = scratch.json([&TRAIN[..], &["8"]].concat());
    trained["run"].as_str().unwrap().to_owned()
}

fn weights(scratch: &Scratch, run: &str) -> Vec<u8> {
    let run = scratch.path("project/runs").join(run);
    fs::read(run.join("best.safetensors")).unwrap()
}

fn run_toml(scratch: &Scratch, run: &str) -> toml::Table {
    let path = scratch.path("project/runs").join(run).join("run.toml");
    fs::read_to_string(path).unwrap().parse().unwrap()
}

fn predict(scratch: &Scratch, run: &str, path: &Path) -> Value {
    let path = path.to_str().unwrap();
    let document = scratch.json(["predict", "project", run, path, "--json"]);
    document["predictions"][0].clone()
}

#[test]
fn a_run_on_cropped_images_is_the_run_on_files_without_the_border() {
    let (bordered, plain) = (project(true), project(false));
    let before = weights(&bordered, &train(&bordered));
    let files = |scratch: &Scratch| fs::read(scratch.path("found/train/elves/0.png")).unwrap();
    let file = files(&bordered);

    let document = bordered.json(["crop-borders", "project", "--json"]);
    let side = json!(BORDER);
    assert_eq!(
        document["sources"],
        json!([{
            "source": "found", "crop": "measured", "images": 32, "cropped": 16, "unmeasured": 0,
            "insets": {"left": side, "top": side, "right": side, "bottom": side},
        }])
    );
    assert_eq!(document["done"], "Cropped the measured borders of found");
    assert_eq!(files(&bordered), file, "the file stays as it is");
    let again = bordered.json(["crop-borders", "project", "--json"]);
    assert_eq!(again["done"], Value::Null);

    let (run, reference) = (train(&bordered), train(&plain));
    let cropped = weights(&bordered, &run);
    assert!(cropped == weights(&plain, &reference), "the same pixels");
    assert!(cropped != before);
    let toml = run_toml(&bordered, &run);
    assert_eq!(toml["crop"]["outside"].as_str(), Some("measured"));
    assert_eq!(toml["crop"]["sources"][0]["images"].as_integer(), Some(16));
    assert!(!run_toml(&plain, &reference).contains_key("crop"));

    // An image of the project, and one from elsewhere, whose border goes by itself.
    let outside = bordered.path("outside.png");
    framed(&drawing(200)).save(&outside).unwrap();
    let smaller = plain.path("outside.png");
    drawing(200).save(&smaller).unwrap();
    let own = |scratch: &Scratch| scratch.path("found/valid/elves/3.png");
    for (with, without) in [(own(&bordered), own(&plain)), (outside.clone(), smaller)] {
        let found = predict(&bordered, &run, &with);
        assert_eq!(
            found["probs"],
            predict(&plain, &reference, &without)["probs"]
        );
        assert_eq!(found["crop"]["left"], side, "{found}");
    }
    let map = |scratch: &Scratch, run: &str, path: &Path| {
        let (png, raw) = (scratch.path("map.png"), scratch.path("map.npy"));
        let path = path.to_str().unwrap();
        let files = [png.to_str().unwrap(), raw.to_str().unwrap()];
        scratch.ok([
            "explain", "project", run, path, "--out", files[0], "--raw", files[1],
        ]);
        (
            cutting_room::media::decode::decode_file(&png)
                .unwrap()
                .into_image(),
            fs::read(&raw).unwrap(),
        )
    };
    let (drawn, raw) = map(&bordered, &run, &own(&bordered));
    assert_eq!(drawn.dimensions(), (120, 90), "what was looked at");
    assert!((drawn, raw) == map(&plain, &reference, &own(&plain)));
    let evaluated = |scratch: &Scratch, run: &str| {
        let evaluated = scratch.json(["evaluate", "project", run, "--json"]);
        (
            evaluated["accuracy"].clone(),
            evaluated["confusion"].clone(),
        )
    };
    assert_eq!(evaluated(&bordered, &run), evaluated(&plain, &reference));

    // What was cropped then and is not now is said.
    bordered.ok(["crop-borders", "project", "--off"]);
    let doubted = bordered.ok(["evaluate", "project", &run]);
    assert!(doubted.stderr.contains("cropped otherwise"), "{doubted:#?}");
}

#[test]
fn the_checks_and_the_screen_know_what_is_cut_off_and_undo_brings_it_back() {
    let scratch = project(true);
    let borders = || {
        scratch.ok(["scan", "project", "--kind", "border"]);
        let found = scratch.json(["findings", "project", "--kind", "border", "--json"]);
        found["counts"]["border"].as_u64().unwrap()
    };
    let suspects = || {
        let screen = scratch.json(["screen", "project", "--json"]);
        let rows = screen["properties"].as_array().unwrap().iter();
        let border = rows
            .filter(|row| row["name"] == "border")
            .find(|row| row["p"].as_f64().unwrap() < 0.05);
        border.is_some()
    };
    assert_eq!((borders(), suspects()), (16, true));
    let text = scratch
        .ok(["crop-borders", "project", "--film", "found"])
        .stdout;
    assert!(
        text.contains("found: 6 px on each side (16 of 32 images)"),
        "{text}"
    );
    assert_eq!((borders(), suspects()), (0, false));
    let undone = scratch.ok(["undo", "project"]).stdout;
    assert_eq!(
        undone.trim(),
        "Undone: cropped the measured borders of found"
    );
    assert_eq!(borders(), 16);
    scratch.ok(["redo", "project"]);
    assert_eq!(borders(), 0);

    let text = scratch
        .ok(["crop-borders", "project", "--pixels", "20"])
        .stdout;
    assert!(
        text.contains("20 px on each side (32 images)")
            && text.contains("Cropped 20 pixels off each side of found; `undo` takes it back"),
        "{text}"
    );
    let off = scratch.json(["crop-borders", "project", "--off", "--json"]);
    assert_eq!(off["sources"][0]["crop"], Value::Null);
    assert_eq!(off["done"], "Stopped cropping found");
    let unknown = scratch.fails(["crop-borders", "project", "--film", "elves"]);
    assert!(unknown.contains("the project has: found"), "{unknown}");
    let wrong = scratch.run(["crop-borders", "project", "--off", "--pixels", "3"]);
    assert_eq!(wrong.code, Some(2));
}

#[test]
fn a_fixed_crop_is_that_of_every_image_and_a_run_keeps_to_its_own() {
    let scratch = project(true);
    scratch.ok(["crop-borders", "project", "--pixels", "10"]);
    let brief = [&TRAIN[..], &["8", "--time-budget", "0.00001"]].concat();
    let run = scratch.json(brief)["run"].as_str().unwrap().to_owned();
    let toml = run_toml(&scratch, &run);
    assert_eq!(toml["crop"]["outside"]["pixels"].as_integer(), Some(10));
    let version = toml["data_version"].as_str().unwrap().to_owned();
    let outside = scratch.path("outside.png");
    drawing(200).save(&outside).unwrap();
    assert_eq!(predict(&scratch, &run, &outside)["crop"]["top"], 10);

    // A run that goes on with other pixels would be another run.
    scratch.ok(["crop-borders", "project"]);
    let refused = scratch.fails(["resume", "project", &run]);
    assert!(refused.contains("cropped otherwise"), "{refused}");
    scratch.ok(["undo", "project"]);
    scratch.ok(["resume", "project", &run]);

    scratch.ok(["crop-borders", "project", "--off"]);
    let plain = run_toml(&scratch, &train(&scratch));
    assert_ne!(plain["data_version"].as_str(), Some(version.as_str()));
    assert_eq!(plain["split_hash"], toml["split_hash"], "the same images");
}

#[test]
fn the_planted_border_of_a_film_is_cropped_and_films_without_one_stay() {
    let Some(shared) = shared() else {
        eprintln!("skipped: the reference data is not here");
        return;
    };
    let scratch = Scratch::with_project();
    for film in ["merfolk", "elves"] {
        let file = shared.join(format!("data/films/{film}.mp4"));
        let file = file.to_str().unwrap();
        scratch.ok(["import-film", "project", file, "--every", "48"]);
    }
    let document = scratch.json(["crop-borders", "project", "--json"]);
    let rows = document["sources"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["source"] == name).unwrap();
    let (merfolk, elves) = (row("merfolk"), row("elves"));
    assert_eq!(
        (&elves["crop"], &elves["cropped"]),
        (&Value::Null, &json!(0))
    );
    assert_eq!(merfolk["crop"], "measured");
    assert_eq!(merfolk["cropped"], merfolk["images"], "dark scenes too");
    for side in ["left", "top", "right", "bottom"] {
        let lines = merfolk["insets"][side].as_u64().unwrap();
        assert!((2..=4).contains(&lines), "{merfolk}");
    }
}
