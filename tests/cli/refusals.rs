//! What a new user gets wrong: each is named in one line with its remedy, and nothing is changed or left behind.

use std::fs;
use std::path::PathBuf;

use cutting_room::catalog::Catalog;
use cutting_room::dataset::Split;
use cutting_room::project::Project;

use crate::program::{Scratch, sample, with_two_films};

const SHORT: [&str; 6] = ["--epochs", "1", "--size", "64", "--batch", "32"];

#[test]
fn what_cannot_be_imported_is_called_what_it_is() {
    let scratch = Scratch::with_project();
    fs::write(scratch.path("list.txt"), "one, two").unwrap();
    let refused = scratch.fails(["import-images", "project", "list.txt"]);
    assert!(
        refused.contains("it is a file; name the folder"),
        "{refused}"
    );
    fs::create_dir(scratch.path("nothing")).unwrap();
    let refused = scratch.fails(["import-images", "project", "nothing"]);
    assert!(
        refused.contains("no file in it that could be an image"),
        "{refused}"
    );
    // The project itself is never taken in.
    let refused = scratch.fails(["import-images", "project", "project"]);
    assert!(refused.contains("no file in it"), "{refused}");

    fs::write(scratch.path("text.mp4"), "this is no film\n").unwrap();
    fs::write(scratch.path("page.mkv"), "<!DOCTYPE html><html>404</html>").unwrap();
    for (film, word) in [
        ("text.mp4", "it is a text file"),
        ("page.mkv", "it is a web page"),
    ] {
        let answer = scratch.run(["import-film", "project", film]);
        assert!(answer.stderr.contains(word), "{}", answer.stderr);
        assert!(
            answer.stderr.contains("download the film again"),
            "{}",
            answer.stderr
        );
    }
}

#[test]
fn images_of_other_formats_and_hidden_ones_are_named() {
    let scratch = Scratch::with_project();
    let folder = scratch.path("found/elves");
    fs::create_dir_all(&folder).unwrap();
    let good = sample("portraits/elves/002.jpg");
    fs::copy(&good, folder.join("good.jpg")).unwrap();
    fs::copy(&good, folder.join(".hidden.jpg")).unwrap();
    fs::write(folder.join("._good.jpg"), b"\0\x05\x16\x07").unwrap();
    fs::write(folder.join("scan.jp2"), b"\0\0\0\x0cjP  \r\n\x87\n....").unwrap();
    let image = image::RgbImage::new(8, 8);
    image.save(folder.join("raw.tif")).unwrap();
    fs::rename(folder.join("raw.tif"), folder.join("DSC_1.NEF")).unwrap();
    let answer = scratch.json(["import-images", "project", "found", "--json"]);
    assert_eq!(answer["imported"][0]["added"], 1);
    assert_eq!(answer["imported"][0]["unreadable"], 2);
    let warnings = answer["warnings"].to_string();
    for word in ["JPEG 2000", "raw images of cameras", "1 image left out"] {
        assert!(warnings.contains(word), "{word}: {warnings}");
    }
}

#[test]
fn a_seed_without_chance_is_wrong_usage() {
    let scratch = Scratch::with_project();
    let answer = scratch.run(["split", "project", "--seed", "5"]);
    assert_eq!(answer.code, Some(2), "{}", answer.stderr);
    assert!(answer.stderr.contains("--suggest"), "{}", answer.stderr);
}

#[test]
fn a_lost_project_file_is_made_anew() {
    let scratch = with_two_films();
    fs::remove_file(scratch.path("project/project.toml")).unwrap();
    let refused = scratch.fails(["scenes", "project"]);
    assert!(refused.contains("cutting-room restore"), "{refused}");
    scratch.ok(["restore", "project"]);
    assert!(!scratch.ok(["scenes", "project"]).stdout.is_empty());
}

#[test]
fn the_same_film_under_another_name_says_so() {
    let scratch = Scratch::with_project();
    let film = sample("films/drakes.mp4");
    fs::copy(&film, scratch.path("first.mp4")).unwrap();
    fs::copy(&film, scratch.path("second.mp4")).unwrap();
    scratch.ok(["import-film", "project", "first.mp4", "--every", "48"]);
    let again = scratch.json([
        "import-film",
        "project",
        "second.mp4",
        "--every",
        "48",
        "--json",
    ]);
    let report = &again["imported"][0];
    assert_eq!(
        (&report["added"], &report["source"]),
        (&0.into(), &"first".into())
    );
    let before = report["same_film"].as_str().unwrap();
    assert!(before.ends_with("first.mp4"), "{before}");
}

#[test]
fn weights_that_are_no_numbers_and_weights_that_are_gone_are_named() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let trained = scratch.json([&["train", "project", "--json"], &SHORT[..]].concat());
    let run = trained["run"].as_str().unwrap();
    let image = sample("portraits/elves/002.jpg");
    let image = image.to_str().unwrap();
    let refused = scratch.fails(["explain", "project", run, image, "--out", "none/x.png"]);
    assert!(refused.contains("check the spelling of"), "{refused}");
    assert!(
        refused.contains("none") && !refused.contains(".tmp-"),
        "{refused}"
    );

    let best = scratch
        .path("project/runs")
        .join(run)
        .join("best.safetensors");
    let mut bytes = fs::read(&best).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&best, &bytes).unwrap();
    for command in [
        vec!["evaluate", "project", run],
        vec!["predict", "project", run, image],
    ] {
        let refused = scratch.fails(command);
        assert!(refused.contains("are no numbers"), "{refused}");
    }
    fs::remove_file(&best).unwrap();
    let refused = scratch.fails(["evaluate", "project", run]);
    assert!(refused.contains("put best.safetensors back"), "{refused}");
}

#[test]
fn without_the_images_of_a_side_no_run_is_made() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let frames = scratch.path("project/frames");
    fs::rename(&frames, scratch.path("elsewhere")).unwrap();
    for work in ["train", "find-lr"] {
        let refused = scratch.fails([&[work, "project"], &SHORT[..]].concat());
        assert!(
            refused.contains("training images are gone") && refused.contains("put them back"),
            "{refused}"
        );
    }
    let runs = fs::read_dir(scratch.path("project/runs")).unwrap();
    assert_eq!(runs.count(), 0, "no run failed, because none began");
    fs::rename(scratch.path("elsewhere"), &frames).unwrap();
    scratch.ok([&["train", "project"], &SHORT[..]].concat());
}

/// The files of the validation side.
fn validation_files(scratch: &Scratch) -> Vec<PathBuf> {
    let project = Project::open(&scratch.path("project")).unwrap();
    let catalog = Catalog::open_read_only(&project).unwrap();
    let split = Split::of(&catalog.snapshot().unwrap()).unwrap();
    split.valid.into_iter().map(|sample| sample.path).collect()
}

#[test]
fn a_class_without_files_is_not_trained_and_a_partial_measurement_says_so() {
    let scratch = with_two_films();
    scratch.ok(["split", "project", "--suggest", "0.25", "--seed", "1"]);
    let train = [&["train", "project"], &SHORT[..]].concat();
    let frames = scratch.path("project/frames");
    let class = fs::read_dir(&frames).unwrap().next().unwrap().unwrap();
    fs::rename(class.path(), scratch.path("elsewhere")).unwrap();
    let refused = scratch.fails(&train);
    assert!(
        refused.contains("training images of class")
            && refused.contains("are gone")
            && refused.contains("import the film"),
        "{refused}"
    );
    fs::rename(scratch.path("elsewhere"), class.path()).unwrap();

    let files = validation_files(&scratch);
    let gone = files.len() / 2;
    assert!(gone > 0, "{files:?}");
    for file in &files[..gone] {
        fs::remove_file(file).unwrap();
    }
    let (measured, of) = (files.len() - gone, files.len());
    let trained = scratch.ok(&train);
    let said = format!("{measured} of {of} validation images measured");
    assert!(trained.stderr.contains(&said), "{trained:#?}");
    let runs = scratch.json(["runs", "project", "--json"]);
    let caveat = runs["runs"][0]["caveats"][0].as_str().unwrap();
    assert!(
        caveat.starts_with(&said) && caveat.contains(&format!("{gone} could not be read")),
        "{caveat}"
    );
    let listed = scratch.ok(["runs", "project"]).stdout;
    assert!(listed.contains(&said), "{listed}");

    let run = trained.stdout.trim();
    let evaluation = scratch.json(["evaluate", "project", run, "--json"]);
    assert_eq!(
        (&evaluation["n"], &evaluation["unreadable"]),
        (&measured.into(), &gone.into())
    );
    let text = scratch.ok(["evaluate", "project", run]).stdout;
    let said = format!("{measured} of {of} images measured, {gone} file");
    assert!(text.contains(&said), "{text}");
}
