//! What leaves the program: folders that other programs read, and that this one reads again.

#![expect(clippy::print_stdout, reason = "what was measured is told")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::Value;

use crate::program::{Answer, Scratch, kill, sample, with_two_films};
use crate::python::{answer, python_with};

/// All names in the scratch folder, for whoever says that nothing was left there.
fn names(scratch: &Scratch) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(scratch.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !["cache", "config", "data"].contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

/// Two films and the portraits, a linked pair of scenes, whole scenes in validation, and some decisions.
pub fn decided() -> Scratch {
    let scratch = with_two_films();
    let portraits = sample("portraits");
    scratch.ok([
        "import-images",
        "project",
        portraits.to_str().unwrap(),
        "--source",
        "portraits",
    ]);
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let of = |film: &str| -> Vec<String> {
        let scenes = scenes["scenes"].as_array().unwrap().iter();
        let scenes = scenes.filter(|scene| scene["film"] == film);
        scenes
            .map(|scene| scene["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let (elves, undead) = (of("elves"), of("undead"));
    scratch.ok(["group", "project", "--link", &elves[0], &elves[2]]);
    scratch.ok([
        "split", "project", "--valid", &elves[0], &elves[1], &undead[1],
    ]);
    let rejected = "000000.jpg";
    scratch.ok([
        "decide", "project", "--reject", "--source", "undead", "--paths", rejected,
    ]);
    let kept = "000024.jpg";
    scratch.ok([
        "decide", "project", "--keep", "--source", "elves", "--paths", kept,
    ]);
    scratch
}

/// Of the scenes with images that are not rejected: whose images they are, on which side, and with which others they are linked.
fn scenes(scratch: &Scratch, project: &str) -> BTreeMap<Vec<String>, (String, usize)> {
    let catalog = cutting_room::catalog::Catalog::open_read_only(
        &cutting_room::project::Project::open(&scratch.path(project)).unwrap(),
    );
    let snapshot = catalog.unwrap().snapshot().unwrap();
    let mut found = BTreeMap::new();
    for scene in &snapshot.scenes {
        let images = snapshot.images_of_scene(scene.id).into_iter();
        let images =
            images.filter(|image| image.decision != cutting_room::catalog::Decision::Reject);
        let mut hashes: Vec<String> = images.map(|image| image.hash.clone()).collect();
        hashes.sort();
        let linked = snapshot
            .scenes
            .iter()
            .filter(|other| scene.group.is_some() && other.group == scene.group);
        if !hashes.is_empty() {
            found.insert(hashes, (scene.side.name().to_owned(), linked.count()));
        }
    }
    found
}

#[test]
fn image_folders_come_in_elsewhere_with_the_same_split_scenes_groups_and_decisions() {
    let scratch = decided();
    let before = scratch.json(["split", "project", "--json"]);
    for (out, more) in [("copies", &["--copy"] as &[&str]), ("links", &[])] {
        let export = ["export", "project", "--to", "imagefolder", out, "--json"];
        let made = scratch.json(export.iter().chain(more));
        assert_eq!(made["split_hash"], before["hash"]);
        let images = made["images"].as_u64().unwrap();
        assert_eq!(
            images + 3,
            made["files"].as_array().unwrap().len() as u64,
            "{made}"
        );
        let first = scratch.path(out).join("train/elves");
        let first = fs::read_dir(first).unwrap().next().unwrap().unwrap();
        assert_eq!(first.file_type().unwrap().is_symlink(), out == "links");

        let other = format!("other {out}");
        scratch.ok(["new", &other]);
        let imported = scratch.ok(["import-images", &other, out, "--json"]);
        let report = &imported.json()["imported"][0];
        assert_eq!(report["added"], images, "{report}");
        assert_eq!(report["unreadable"], 0, "{imported:#?}");
        let after = scratch.json(["split", &other, "--json"]);
        for key in ["hash", "train", "valid", "classes"] {
            assert_eq!(after[key], before[key], "{key}");
        }
        assert_eq!(scenes(&scratch, &other), scenes(&scratch, "project"));

        // What is decided here afterwards is not undone by the next import.
        let valid = after["valid_scenes"][0].as_str().unwrap();
        scratch.ok(["split", &other, "--valid", valid]);
        let moved = scratch.json(["split", &other, "--json"]);
        let again = scratch.json(["import-images", &other, out, "--json"]);
        assert_eq!(again["imported"][0]["added"], 0);
        assert_eq!(scratch.json(["split", &other, "--json"]), moved);
        let undone = scratch.ok(["undo", &other]);
        assert!(undone.stdout.contains("validation"), "{undone:#?}");
    }
    let other = cutting_room::project::Project::open(&scratch.path("other copies")).unwrap();
    let other = cutting_room::catalog::Catalog::open_read_only(&other).unwrap();
    let kept = other.snapshot().unwrap().images.into_iter();
    let kept = kept.filter(|image| image.decision == cutting_room::catalog::Decision::Keep);
    assert_eq!(kept.count(), 1);
}

#[test]
fn a_random_split_of_single_images_is_random_elsewhere_too() {
    let scratch = Scratch::new();
    let portraits = sample("portraits");
    scratch.ok(["new", "project"]);
    scratch.ok(["import-images", "project", portraits.to_str().unwrap()]);
    scratch.ok(["split", "project", "--random", "0.3", "--seed", "1"]);
    let before = scratch.json(["split", "project", "--json"]);
    assert_eq!(before["mode"], "random");
    scratch.ok(["export", "project", "--to", "imagefolder", "out", "--copy"]);

    scratch.ok(["new", "other"]);
    let told = scratch.ok(["import-images", "other", "out", "--json"]);
    assert!(told.stderr.contains("split at random"), "{told:#?}");
    assert_eq!(told.json()["imported"][0]["unreadable"], 0, "{told:#?}");
    let after = scratch.json(["split", "other", "--json"]);
    for key in ["mode", "hash", "train", "valid"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    let said = scratch.ok(["split", "other"]);
    assert!(said.stdout.contains("better than it is"), "{said:#?}");

    // Among other images the same draw would give other sides, so these keep theirs.
    let more = scratch.path("more/elves");
    fs::create_dir_all(&more).unwrap();
    let gray = image::RgbImage::from_pixel(40, 30, image::Rgb([90; 3]));
    gray.save(more.join("gray.png")).unwrap();
    scratch.ok(["new", "mixed"]);
    scratch.ok(["import-images", "mixed", "more"]);
    scratch.ok(["import-images", "mixed", "out"]);
    let mixed = scratch.json(["split", "mixed", "--json"]);
    assert_eq!(mixed["mode"], "scenes");
    assert_eq!(mixed["valid"], before["valid"]);
}

#[test]
fn a_random_split_that_cuts_scenes_is_not_exported() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--random", "0.3", "--seed", "1"]);
    let before = names(&scratch);
    let said = scratch.fails(["export", "project", "--to", "imagefolder", "out"]);
    assert!(
        said.contains("cuts scenes") && said.contains("split PROJECT --suggest"),
        "{said}"
    );
    assert_eq!(names(&scratch), before);
}

#[test]
fn what_is_also_measured_on_lies_where_no_training_finds_it() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.3", "--seed", "1"]);
    let valid = scratch.json(["split", "project", "--json"])["valid_scenes"][0].clone();
    let scenes = scratch.json(["scenes", "project", "--json"]);
    let scene = scenes["scenes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|scene| scene["id"] == valid);
    let scene = scene.unwrap();
    let film = scene["film"].as_str().unwrap();
    let first = scene["first_frame"].as_u64().unwrap().div_ceil(24) * 24;
    let folder = scratch.path("web").join(scene["class"].as_str().unwrap());
    fs::create_dir_all(&folder).unwrap();
    let frame = format!("project/frames/{film}/{first:06}.jpg");
    fs::copy(scratch.path(&frame), folder.join("found.jpg")).unwrap();
    scratch.ok(["import-images", "project", "web"]);
    let before = scratch.json(["split", "project", "--json"]);
    assert_eq!(before["twins"].as_array().unwrap().len(), 1, "{before}");

    let made = scratch.ok(["export", "project", "--to", "imagefolder", "out", "--json"]);
    assert!(made.stderr.contains("twins"), "{made:#?}");
    let twins: Vec<Value> = made.json()["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file.as_str().unwrap().starts_with("twins/"))
        .cloned()
        .collect();
    assert_eq!(twins.len(), 1, "{made:#?}");
    scratch.ok(["new", "other"]);
    scratch.ok(["import-images", "other", "out"]);
    let after = scratch.json(["split", "other", "--json"]);
    assert_eq!(
        (&after["hash"], after["twins"].as_array().unwrap().len()),
        (&before["hash"], 1)
    );
}

#[test]
fn classes_have_the_same_numbers_on_both_sides_and_what_is_left_out_is_said() {
    let scratch = with_two_films();
    let portraits = sample("portraits");
    scratch.ok(["import-images", "project", portraits.to_str().unwrap()]);
    // Drakes are portraits alone, and those are all in training.
    scratch.ok(["split", "project", "--valid", "elves:1", "undead:1"]);
    let rejected = ["000000.jpg", "000024.jpg"];
    scratch.ok([
        "decide",
        "project",
        "--reject",
        "--source",
        "elves",
        "--paths",
        rejected[0],
        rejected[1],
    ]);
    let made = scratch.ok(["export", "project", "--to", "imagefolder", "out"]);
    assert!(
        made.stderr.contains("rejected: not exported: 2 images"),
        "{made:#?}"
    );
    assert!(
        made.stderr.contains("valid: no image of drakes"),
        "{made:#?}"
    );
    let classes = |side: &str| {
        let entries = fs::read_dir(scratch.path("out").join(side)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(classes("valid"), ["drakes", "elves", "undead"]);
    assert_eq!(classes("train"), classes("valid"));
}

/// A short training on the films; returns the run's id.
pub fn train(scratch: &Scratch) -> String {
    let run = scratch.ok([
        "train", "project", "--epochs", "1", "--size", "96", "--batch", "16",
    ]);
    run.stdout.trim().to_owned()
}

pub fn probs(document: &Value) -> Vec<BTreeMap<String, f64>> {
    let rows = document["predictions"].as_array().unwrap().iter();
    rows.map(|row| serde_json::from_value(row["probs"].clone()).unwrap())
        .collect()
}

#[test]
fn a_bundle_predicts_as_its_run_and_refuses_once_it_is_changed() {
    let scratch = decided();
    let run = train(&scratch);
    scratch.ok(["evaluate", "project", &run]);
    let made = scratch.json([
        "export", "project", &run, "--to", "bundle", "demo", "--json",
    ]);
    let files: Vec<&str> = made["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f.as_str().unwrap())
        .collect();
    for file in [
        "model.safetensors",
        "preprocessing.json",
        "goldens.json",
        "goldens/15.png",
        "model-card.md",
        "model-card.json",
        "predict.py",
    ] {
        assert!(files.contains(&file), "{file} in {files:?}");
    }
    let card: Value =
        serde_json::from_str(&fs::read_to_string(scratch.path("demo/model-card.json")).unwrap())
            .unwrap();
    let row = &scratch.json(["runs", "project", "--json"])["runs"][0];
    for key in ["accuracy", "interval", "contaminated"] {
        assert_eq!(card[key], row[key], "{key}");
    }
    assert_eq!(card["split_hash"], row["run"]["split_hash"]);
    assert_eq!(card["data_version"], row["run"]["data_version"]);
    assert_eq!(card["sets"][0]["set"], "valid");
    assert!(!card["per_class"].as_array().unwrap().is_empty());

    let images: Vec<String> = ["elves", "undead"]
        .iter()
        .map(|class| {
            sample(&format!("portraits/{class}/002.jpg"))
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let of_run = ["predict", "project", &run, &images[0], &images[1], "--json"];
    let of_bundle = [
        "predict", "--bundle", "demo", &images[0], &images[1], "--json",
    ];
    let run_says = scratch.json(of_run);
    let bundle = scratch.ok(of_bundle);
    assert!(
        bundle.stderr.contains("checked by 16 images"),
        "{bundle:#?}"
    );
    let bundle_says = bundle.json();
    assert_eq!(probs(&bundle_says), probs(&run_says));
    assert_eq!(bundle_says["bundle"]["checked"], 16);

    if let Some(python) = python_with(&["torch", "timm", "numpy", "PIL"]) {
        let said = answer(
            &python,
            [
                scratch.path("demo/predict.py").as_os_str(),
                "--json".as_ref(),
                images[0].as_ref(),
                images[1].as_ref(),
            ],
        );
        let off = most_apart(&probs(&said), &probs(&run_says));
        println!("PyTorch with pillow, portraits: probabilities differ by at most {off:.1e}");
        assert!(off < 0.02, "{said}");
    }

    let weights = scratch.path("demo/model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    // The upper bits of mantissas: the header and the values end where a value does.
    let middle = bytes.len() / 8 * 4;
    for at in (middle..bytes.len()).step_by(4) {
        bytes[at + 2] ^= 0x40;
    }
    fs::write(&weights, bytes).unwrap();
    let said = scratch.fails(["predict", "--bundle", "demo", &images[0]]);
    assert!(
        said.contains("model.safetensors is not as it was")
            && said.contains("export the run again"),
        "{said}"
    );
    // Without the sums, as in a bundle of an older version, the images tell.
    fs::remove_file(scratch.path("demo/SHA256SUMS")).unwrap();
    let said = scratch.fails(["predict", "--bundle", "demo", &images[0]]);
    assert!(said.contains("does not answer as it did"), "{said}");
    let described = scratch.path("demo/preprocessing.json");
    let text = fs::read_to_string(&described).unwrap();
    for (was, is) in [
        ("\"size\": ", "\"size\": 9999999"),
        ("\"std\": [", "\"std\": [0.0, 0.0, 0.0], \"old\": ["),
    ] {
        fs::write(&described, text.replacen(was, is, 1)).unwrap();
        let said = scratch.fails(["predict", "--bundle", "demo", &images[0]]);
        assert!(said.contains("description of the net's input"), "{said}");
    }
    let said = scratch.fails(["predict", "--bundle", "project", &images[0]]);
    assert!(said.contains("it is no bundle"), "{said}");
}

pub fn most_apart(a: &[BTreeMap<String, f64>], b: &[BTreeMap<String, f64>]) -> f64 {
    let pairs = a
        .iter()
        .zip(b)
        .flat_map(|(a, b)| a.iter().map(|(class, prob)| (prob - b[class]).abs()));
    pairs.fold(0.0, f64::max)
}

/// Waits for the folder that is being filled.
fn until_it_is_filled(scratch: &Scratch, child: &mut Child) {
    for _ in 0..6000 {
        if names(scratch)
            .iter()
            .any(|name| name.starts_with(".export-"))
        {
            return;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended before");
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("nothing was filled");
}

#[test]
fn a_cancelled_export_leaves_nothing_and_what_a_killed_one_leaves_is_swept() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let run = train(&scratch);
    let before = names(&scratch);
    let export = ["export", "project", &run, "--to", "bundle", "out"];

    let mut child = scratch.start(export);
    until_it_is_filled(&scratch, &mut child);
    let interrupted = Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status();
    assert!(interrupted.unwrap().success());
    let answer: Answer = child.wait_with_output().unwrap().into();
    assert_eq!(answer.code, Some(130), "{answer:#?}");
    assert_eq!(names(&scratch), before);

    let mut child = scratch.start(export);
    until_it_is_filled(&scratch, &mut child);
    kill(child);
    assert_eq!(names(&scratch).len(), before.len() + 1);
    scratch.ok(export);
    let mut after = before;
    after.insert(0, "out".to_owned());
    after.sort();
    assert_eq!(names(&scratch), after);
}

#[test]
fn an_export_replaces_nothing_and_leaves_nothing_half_made() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let run = train(&scratch);
    fs::create_dir_all(scratch.path("mine/elves")).unwrap();
    fs::write(scratch.path("mine/notes.txt"), "mine").unwrap();
    fs::copy(
        sample("portraits/elves/002.jpg"),
        scratch.path("mine/elves/a.jpg"),
    )
    .unwrap();
    scratch.ok(["import-images", "project", "mine", "--in-place"]);
    fs::write(scratch.path("a file"), "mine").unwrap();
    std::os::unix::fs::symlink("gone", scratch.path("a link")).unwrap();
    let before = names(&scratch);
    for (out, why) in [
        ("mine", "the folder is not empty"),
        ("mine/elves/out", "would be in that of mine"),
        ("a file", "a file is there"),
        ("project/runs/out", "among those of a project"),
        ("project", "the folder is not empty"),
        ("nowhere/out", "no such file or folder"),
        ("a file/out", "a file is there where a folder"),
        ("a link", "a link is there that leads nowhere"),
        (&"n".repeat(300), "choose a shorter one"),
        #[cfg(target_os = "linux")]
        ("/proc/out", "choose another place"),
    ] {
        for to in ["bundle", "imagefolder"] {
            let said = scratch.fails(["export", "project", &run, "--to", to, out]);
            assert!(said.contains(why), "{out}: {said}");
        }
    }
    let said = scratch.fails([
        "export",
        "project",
        "20200101-000000-s1",
        "--to",
        "onnx",
        "out",
    ]);
    assert!(
        said.contains("there is no run") && said.contains(&run),
        "{said}"
    );
    fs::remove_file(
        scratch
            .path("project/runs")
            .join(&run)
            .join("best.safetensors"),
    )
    .unwrap();
    let said = scratch.fails(["export", "project", &run, "--to", "onnx", "out"]);
    assert!(said.contains("are missing"), "{said}");
    let frame = fs::read_dir(scratch.path("project/frames/elves"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    fs::remove_file(frame.path()).unwrap();
    let said = scratch.fails(["export", "project", "--to", "imagefolder", "out", "--copy"]);
    assert!(
        said.contains("is gone") && said.contains("put the file back"),
        "{said}"
    );
    assert_eq!(names(&scratch), before);
    assert!(Path::new(&scratch.path("mine/notes.txt")).is_file());
}
