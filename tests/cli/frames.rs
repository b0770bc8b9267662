//! A person says that the images of a folder are frames, or single images, whatever their names suggest.

use image::{Rgb, RgbImage};

use crate::program::Scratch;

/// Three shots of four frames.
fn frame(number: u32) -> RgbImage {
    let shot = number / 4;
    RgbImage::from_fn(64, 36, |x, y| {
        let cell = (x / 8 + 8 * (y / 9)) * (shot * 37 + 11);
        Rgb([(cell % 251) as u8, (cell % 83) as u8, (number % 4) as u8])
    })
}

#[test]
fn frames_of_a_folder_are_switched_off_and_on_and_undone() {
    let scratch = Scratch::with_project();
    std::fs::create_dir_all(scratch.path("shots/elves")).unwrap();
    for number in 0..12 {
        let name = format!("shots/elves/scene{:05}.png", 1 + number * 50);
        frame(number).save(scratch.path(&name)).unwrap();
    }
    scratch.ok(["import-images", "project", "shots", "--in-place"]);
    let scenes = || {
        let document = scratch.json(["scenes", "project", "--json"]);
        document["scenes"].as_array().unwrap().len()
    };
    assert_eq!(scenes(), 3);
    let off = ["frames", "project", "--source", "shots", "--off", "--json"];
    let document = scratch.json(off);
    assert_eq!(
        document["done"],
        "Took the images of shots for single images"
    );
    assert_eq!(document["sources"][0]["frames"], 0);
    assert_eq!(scenes(), 0);
    assert_eq!(scratch.json(off)["done"], serde_json::Value::Null);
    // What comes in again is asked no more.
    scratch.ok(["import-images", "project", "shots", "--in-place"]);
    assert_eq!(scenes(), 0);
    let on = scratch
        .ok(["frames", "project", "--source", "shots"])
        .stdout;
    assert!(on.contains("for frames of films, with 3 scenes"), "{on}");
    assert_eq!(scenes(), 3);
    scratch.ok(["undo", "project"]);
    scratch.ok(["undo", "project"]);
    assert_eq!(scenes(), 3, "as they were suggested");
    let error = scratch.fails(["frames", "project", "--source", "none"]);
    assert!(error.contains("shots"), "{error}");
}
