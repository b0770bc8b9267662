//! What labelling programs have exported comes in with its classes. `make_labels.py` beside the files made them.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::fs;
use std::path::Path;

use cutting_room::progress::Progress;

use crate::import::Scene;
use cutting_room::catalog::import::Placement;

/// Copies the files of an export into the scene's folder, all but `without`; returns name and class of each image then, and
/// what was warned of.
fn imported(export: &str, without: &str) -> (Vec<(String, String)>, Vec<String>) {
    let mut scene = Scene::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/labels");
    copy(&from.join(export), "", without, &scene);
    let request = scene.request(Placement::Copy);
    let progress = Progress::silent();
    let report = scene
        .catalog
        .import_images(&scene.project, &request, &progress)
        .unwrap();
    assert_eq!((report.added, report.unreadable), (6, 0));
    let snapshot = scene.snapshot();
    let mut images: Vec<(String, String)> = snapshot
        .images
        .iter()
        .map(|image| {
            let class = image.class.and_then(|class| snapshot.class_name(class));
            let name = image.origin.rsplit('/').next().unwrap();
            let name = name.trim_start_matches("0a1b2c3d-");
            (name.to_owned(), class.unwrap_or("-").to_owned())
        })
        .collect();
    images.sort();
    let warnings = progress.warnings().into_iter();
    (images, warnings.map(|warning| warning.message).collect())
}

fn copy(from: &Path, inside: &str, without: &str, scene: &Scene) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let place = format!("{inside}{name}");
        if path.is_dir() {
            copy(&path, &format!("{place}/"), without, scene);
        } else if name != without {
            scene.write(&place, &fs::read(&path).unwrap());
        }
    }
}

#[test]
fn classes_come_from_fiftyone_and_from_both_exports_of_label_studio() {
    let wanted: Vec<(String, String)> = ["elves", "undead", "elves", "undead", "elves", "-"]
        .iter()
        .enumerate()
        .map(|(number, class)| (format!("frame-{number}.png"), (*class).to_owned()))
        .collect();
    for (export, without) in [
        ("fiftyone", ""),
        ("label-studio", "json_min.json"),
        ("label-studio", "json.json"),
    ] {
        let (images, warnings) = imported(export, without);
        assert_eq!(images, wanted, "{export} without {without}");
        assert!(
            warnings.iter().any(|text| text.contains("for 1 image:")),
            "{warnings:?}"
        );
    }
}

#[test]
fn two_lists_of_labels_are_one_too_many() {
    let mut scene = Scene::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/labels");
    copy(&from.join("label-studio"), "", "", &scene);
    let request = scene.request(Placement::Copy);
    let refused = scene
        .catalog
        .import_images(&scene.project, &request, &Progress::silent());
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("leave one of them"), "{said}");
}
