//! Images cropped to their character wherever they are looked at: the numbers of a run are those of files of just that part, no
//! file is changed, and undo takes it back.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage, imageops};
use serde_json::{Value, json};

use crate::program::{Scratch, with_two_films};

/// Where the character is in each image.
const LEFT: u32 = 40;
const TOP: u32 = 25;
const SIZE: [u32; 2] = [120, 90];
/// The drawings are a little alike.
const TRAIN: [&str; 10] = [
    "train",
    "project",
    "--json",
    "--allow-leaks",
    "--size",
    "64",
    "--epochs",
    "2",
    "--batch",
    "8",
];

fn drawing(seed: u8) -> RgbImage {
    RgbImage::from_fn(SIZE[0], SIZE[1], |x, y| {
        let wave = |a: u32, b: u32| ((x * a + y * b + u32::from(seed) * 31) % 97) as u8;
        Rgb([60 + wave(7, 5), 70 + wave(3, 11), 50 + wave(13, 2)])
    })
}

/// In a room that is another one for each class, so that cropping makes a difference.
fn in_a_room(character: &RgbImage, wall: u8) -> RgbImage {
    let mut room = RgbImage::from_fn(220, 160, |x, y| {
        Rgb([wall, ((x * 3) % 200) as u8, ((y * 5 + x) % 180) as u8])
    });
    imageops::replace(&mut room, character, i64::from(LEFT), i64::from(TOP));
    room
}

/// Two classes on two sides, of characters in rooms or of the characters alone.
fn project(has_rooms: bool) -> Scratch {
    let scratch = Scratch::with_project();
    for side in ["train", "valid"] {
        for number in 0..8 {
            let seed = number + if side == "train" { 0 } else { 100 };
            for (class, wall) in [("elves", 30), ("orcs", 220)] {
                let image = drawing(seed + wall / 4);
                let image = if has_rooms {
                    in_a_room(&image, wall)
                } else {
                    image
                };
                let folder = scratch.path("found").join(side).join(class);
                fs::create_dir_all(&folder).unwrap();
                image.save(folder.join(format!("{number}.png"))).unwrap();
            }
        }
    }
    scratch.ok(["import-images", "project", "found", "--in-place"]);
    scratch
}

/// The box of every image, and one of a file that is not there.
fn boxes(scratch: &Scratch) {
    let [width, height] = SIZE;
    let mut table = "path,x,y,w,h\nelsewhere.png,1,2,30,40\n".to_owned();
    for side in ["train", "valid"] {
        for class in ["elves", "orcs"] {
            for number in 0..8 {
                let path = format!("{side}/{class}/{number}.png");
                table += &[
                    path,
                    [LEFT, TOP, width, height].map(|n| n.to_string()).join(","),
                ]
                .join(",");
                table.push('\n');
            }
        }
    }
    fs::write(scratch.path("boxes.csv"), table).unwrap();
}

fn train(scratch: &Scratch) -> String {
    let trained = scratch.json(TRAIN);
    trained["run"].as_str().unwrap().to_owned()
}

fn weights(scratch: &Scratch, run: &str) -> Vec<u8> {
    let run = scratch.path("project/runs").join(run);
    fs::read(run.join("best.safetensors")).unwrap()
}

fn probs(scratch: &Scratch, run: &str, path: &Path) -> Value {
    let path = path.to_str().unwrap();
    let document = scratch.json(["predict", "project", run, path, "--json"]);
    document["predictions"][0]["probs"].clone()
}

#[test]
fn a_run_on_cropped_images_is_the_run_on_files_of_just_that_part() {
    let (rooms, alone) = (project(true), project(false));
    let before = weights(&rooms, &train(&rooms));
    let file = fs::read(rooms.path("found/train/elves/0.png")).unwrap();
    boxes(&rooms);
    let proposed = rooms.ok([
        "crop-character",
        "project",
        "--boxes",
        "boxes.csv",
        "--margin",
        "0",
    ]);
    assert!(
        proposed
            .stdout
            .contains("found: 32 of 32 proposed (32 from a list of boxes)")
            && proposed.stdout.contains("Nothing is cropped yet"),
        "{proposed:#?}"
    );
    assert!(
        proposed
            .stderr
            .contains("1 of its paths match no image and were left out: elsewhere.png"),
        "{proposed:#?}"
    );
    let document = rooms.json(["crop-character", "project", "--accept", "--json"]);
    assert_eq!(
        document,
        json!({
            "sources": [{
                "source": "found", "images": 32, "cropped": 32, "proposed": 0,
                "by_motion": 0, "by_heatmap": 0, "by_boxes": 0,
            }],
            "unknown": [],
            "done": "Cropped 32 images of found to the character",
        })
    );
    let unchanged = fs::read(rooms.path("found/train/elves/0.png")).unwrap();
    assert_eq!(unchanged, file, "the file stays as it is");

    let (run, reference) = (train(&rooms), train(&alone));
    let cropped = weights(&rooms, &run);
    assert!(cropped == weights(&alone, &reference), "the same pixels");
    assert!(cropped != before);
    let path = rooms.path("project/runs").join(&run).join("run.toml");
    let toml: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    assert_eq!(toml["crop"]["characters"]["images"].as_integer(), Some(32));

    let own = |scratch: &Scratch| scratch.path("found/valid/elves/3.png");
    assert_eq!(
        probs(&rooms, &run, &own(&rooms)),
        probs(&alone, &reference, &own(&alone))
    );
    // Nobody knows where the character of another file is.
    let outside = rooms.path("outside.png");
    drawing(200).save(&outside).unwrap();
    let seen = rooms.ok(["predict", "project", &run, outside.to_str().unwrap()]);
    assert!(seen.stderr.contains("sees files from outside"), "{seen:#?}");
    let picture = rooms.path("seen.png");
    let [outside, picture] = [&outside, &picture].map(|path| path.to_str().unwrap());
    let seen = rooms.ok(["explain", "project", &run, outside, "--out", picture]);
    assert!(seen.stderr.contains("sees files from outside"), "{seen:#?}");
    let map = |scratch: &Scratch, run: &str, path: &Path| {
        let raw = scratch.path("map.npy");
        let files = [scratch.path("map.png"), path.to_path_buf()];
        let files = files.each_ref().map(|path| path.to_str().unwrap());
        let raw_path = raw.to_str().unwrap();
        scratch.ok([
            "explain", "project", run, files[1], "--out", files[0], "--raw", raw_path,
        ]);
        fs::read(&raw).unwrap()
    };
    assert!(map(&rooms, &run, &own(&rooms)) == map(&alone, &reference, &own(&alone)));

    // What was cropped then and is not now is said, and undo is one step.
    let undone = rooms.ok(["undo", "project"]).stdout;
    assert_eq!(
        undone.trim(),
        "Undone: cropped 32 images of found to the character"
    );
    let doubted = rooms.ok(["evaluate", "project", &run]);
    assert!(doubted.stderr.contains("cropped otherwise"), "{doubted:#?}");
    rooms.ok(["redo", "project"]);
    let off = rooms.json(["crop-character", "project", "--off", "--json"]);
    assert_eq!(
        off["done"],
        "Stopped cropping 32 images of found to the character"
    );
    assert_eq!(off["sources"][0]["proposed"], 32, "they can be taken again");
}

#[test]
fn crops_are_compared_with_whole_images_on_the_same_folds() {
    let scratch = project(true);
    let command = [
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
        "--compare-whole",
    ];
    let refused = scratch.fails(command);
    assert!(
        refused.contains("crop-character PROJECT --propose"),
        "{refused}"
    );
    boxes(&scratch);
    let mut accept = vec!["crop-character", "project", "--boxes", "boxes.csv"];
    accept.push("--accept");
    scratch.ok(accept);
    let compared = scratch.json([&command[..], &["--json"]].concat());
    let whole = &compared["whole"];
    assert_eq!(whole["cropped"], 32);
    let difference = compared["accuracy"].as_f64().unwrap() - whole["accuracy"].as_f64().unwrap();
    assert!((whole["difference"].as_f64().unwrap() - difference).abs() < 1e-9);
    assert!(
        whole["verdict"].as_str().unwrap().contains("noise"),
        "{whole}"
    );
    // Both are kept, apart from one another.
    let text = scratch.ok(command);
    assert!(!text.stderr.contains("fold 1 of 2:"), "{text:#?}");
    assert!(text.stdout.contains("32 images cropped to the character"));
    let plain = scratch.json([&command[..10], &["--json"]].concat());
    assert_eq!(plain["accuracy"], compared["accuracy"]);
    assert!(plain.get("whole").is_none());
}

#[test]
fn what_moves_is_proposed_and_a_run_is_asked_for_the_rest() {
    let scratch = with_two_films();
    let moved = scratch.json(["crop-character", "project", "--propose", "--json"]);
    let rows = moved["sources"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row["by_motion"] == row["proposed"] && row["cropped"] == 0)
    );
    assert_eq!(moved["done"], Value::Null);
    scratch.ok(["split", "project", "--suggest", "0.5"]);
    let trained = [&TRAIN[..], &["--time-budget", "0.00001"]].concat();
    let run = scratch.json(trained)["run"].as_str().unwrap().to_owned();
    let both = scratch.json([
        "crop-character",
        "project",
        "--propose",
        "--run",
        &run,
        "--film",
        "elves",
        "--json",
    ]);
    let row = &both["sources"][0];
    let count = |name: &str| row[name].as_u64().unwrap();
    assert_eq!(count("proposed"), count("by_motion") + count("by_heatmap"));
    assert!(count("proposed") <= count("images"));
}

#[test]
fn what_cannot_be_used_is_refused_in_one_line_and_changes_nothing() {
    let scratch = project(true);
    let refused = |arguments: &[&str]| {
        let command = [&["crop-character", "project"], arguments].concat();
        scratch.fails(command)
    };
    assert!(
        refused(&["--accept"]).contains("nothing is proposed; look for characters with --propose")
    );
    assert!(refused(&["--boxes", "nowhere.csv"]).contains("nowhere.csv"));
    for (table, said) in [
        ("path,x,y,w,h\ntrain/elves/0.png,1,2,three,4\n", "line 2"),
        ("nothing here", "line 1 has no columns path, x, y, w and h"),
        (
            "path,x,y,w,h\na.png,1,2,3,4\n",
            "none of the paths is an image of the project, such as a.png",
        ),
    ] {
        fs::write(scratch.path("boxes.csv"), table).unwrap();
        let text = refused(&["--boxes", "boxes.csv", "--accept"]);
        assert!(text.contains(said), "{text}");
        assert_eq!(text.trim().lines().count(), 1, "{text}");
    }
    assert!(refused(&["--propose", "--run", "no-run"]).contains("no-run"));
    assert!(refused(&["--propose", "--film", "elves"]).contains("the project has: found"));
    for wrong in [
        &[][..],
        &["--propose", "--off"],
        &["--run", "x", "--accept"],
        &["--propose", "--margin", "3"],
    ] {
        let command = [&["crop-character", "project"], wrong].concat();
        assert_eq!(scratch.run(command).code, Some(2), "{wrong:?}");
    }
    let nothing = scratch.ok(["crop-character", "project", "--off"]).stdout;
    assert!(nothing.contains("Nothing to change"), "{nothing}");
    let still = scratch
        .ok(["crop-character", "project", "--propose"])
        .stdout;
    assert!(
        still.contains("No box is sure enough to be proposed"),
        "{still}"
    );
}

#[test]
fn image_folders_carry_the_crops_into_another_project() {
    let rooms = project(true);
    boxes(&rooms);
    let propose = [
        "crop-character",
        "project",
        "--boxes",
        "boxes.csv",
        "--margin",
        "0",
    ];
    rooms.ok(propose);
    rooms.ok(["crop-character", "project", "--accept"]);
    rooms.ok(["export", "project", "--to", "imagefolder", "out"]);
    let table = fs::read_to_string(rooms.path("out/train/metadata.csv")).unwrap();
    let right = 220 - LEFT - SIZE[0];
    let bottom = 160 - TOP - SIZE[1];
    let cut = format!(",{LEFT},{TOP},{right},{bottom}");
    assert!(
        table.lines().skip(1).all(|line| line.ends_with(&cut)),
        "{table}"
    );
    rooms.ok(["new", "other"]);
    rooms.ok(["import-images", "other", "out"]);
    let off = rooms.ok(["crop-character", "other", "--off"]);
    assert!(
        off.stdout.contains("Stopped cropping 32 images"),
        "{off:#?}"
    );
}
