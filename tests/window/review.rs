//! Scanning in the window, and deciding on what was found.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use crate::runs::suggest_split;
use crate::window::{
    ClickAt as _, Window, has, small_project, snapshot, wait_for, wait_until, window,
};
use cutting_room::catalog::Decision::{Keep, Reject, Undecided};
use cutting_room::catalog::import::{ImportImages, Layout, Placement};
use cutting_room::catalog::{Catalog, Edit};
use cutting_room::curate::{Kind, scan};
use cutting_room::dataset::Split;
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use eframe::egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use image::{Rgb, RgbImage, imageops};
use std::path::{Path, PathBuf};

/// Smooth shapes that no two seeds share.
fn drawing(seed: u8) -> RgbImage {
    RgbImage::from_fn(160, 120, |x, y| {
        let mut value = 0.0;
        for k in 1..7_u8 {
            let random = blake3::hash(&[seed, k]);
            let [a, b, c, ..] = random.as_bytes().map(f64::from);
            value += (f64::from(x) * a / 2000.0 + f64::from(y) * b / 2000.0 + c).sin();
        }
        let is_edge = (x / 20 + y / 15 + u32::from(seed)).is_multiple_of(3);
        let value = 100.0 + 18.0 * value + if is_edge { 40.0 } else { 0.0 };
        Rgb([value, value * 0.8, 255.0 - value].map(|v| v.clamp(0.0, 255.0) as u8))
    })
}

/// Ten good images in two classes, two dark ones, an exact copy and a smaller version, and a file that is no image.
fn junk_project(folder: &Path) -> PathBuf {
    let found = folder.join("found");
    for class in ["elves", "orcs"] {
        std::fs::create_dir_all(found.join(class)).unwrap();
    }
    for seed in 0..5 {
        drawing(seed)
            .save(found.join(format!("elves/{seed}.png")))
            .unwrap();
        drawing(seed + 5)
            .save(found.join(format!("orcs/{seed}.png")))
            .unwrap();
    }
    for (name, seed, part) in [("black", 20, 30), ("dark", 21, 7)] {
        let mut image = drawing(seed);
        for pixel in image.pixels_mut() {
            *pixel = Rgb(pixel.0.map(|value| value / part));
        }
        image.save(found.join(format!("orcs/{name}.png"))).unwrap();
    }
    std::fs::copy(found.join("elves/0.png"), found.join("elves/same.png")).unwrap();
    imageops::thumbnail(&drawing(1), 120, 90)
        .save(found.join("elves/version.jpg"))
        .unwrap();
    std::fs::write(found.join("orcs/page.jpg"), "<!doctype html><html>404").unwrap();
    let root = folder.join("junk");
    let project = Project::create(&root).unwrap();
    let import = ImportImages {
        folder: found,
        source: "found".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    Catalog::open(&project)
        .unwrap()
        .import_images(&project, &import, &Progress::silent())
        .unwrap();
    root
}

fn press(window: &mut Window<'_>, keys: &[Key]) {
    for key in keys {
        window.key_press(*key);
        window.run_steps(3);
    }
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(3);
}

fn rejected(window: &Window<'_>) -> Vec<String> {
    let images = snapshot(window).images.into_iter();
    let rejected = images.filter(|image| image.decision == Reject);
    rejected.map(|image| image.origin).collect()
}

/// Scanned before by the command line, without a network, and with the review open.
fn scanned(folder: &tempfile::TempDir) -> Window<'static> {
    let root = junk_project(folder.path());
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    scan(&mut catalog, Kind::ALL, &Progress::silent()).unwrap();
    drop(catalog);
    let mut window = window(Some(&root));
    click(&mut window, "Review");
    wait_for(&mut window, "review dark");
    window
}

#[test]
fn a_scan_is_started_where_there_is_nothing_to_review_and_brings_the_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let root = junk_project(folder.path());
    let mut scanned = window(Some(&root));
    let window = &mut scanned;
    click(window, "Review");
    wait_for(window, "Scan 14 images");
    click(window, "Scan 14 images");
    wait_for(window, "review dark");
    wait_for(window, "Read 13 images");
    for kind in ["corrupt", "exact-duplicate", "near-duplicate", "dark"] {
        let label = format!("review {kind}");
        assert!(window.query_by_label(&label).is_some(), "{kind}");
    }
    assert!(window.query_by_label("review border").is_none());
    // Files that are no images are listed with what is wrong.
    click(window, "review corrupt");
    assert!(window.query_by_label("found: orcs/page.jpg").is_some());

    click(window, "Images");
    assert!(window.query_by_label("finding dark").is_some());
    assert!(
        window.query_by_label("finding corrupt").is_none(),
        "no image"
    );
    click(window, "finding dark");
    assert!(window.query_by_label("2 of 14 images").is_some());
    assert!(
        window
            .query_by_label("Remove filter finding Dark")
            .is_some()
    );

    // What the network tells is lost with the cache, and that is said.
    drop(scanned);
    std::fs::remove_dir_all(root.join("cache/features")).unwrap();
    let mut window = crate::window::window(Some(&root));
    wait_for(&mut window, "for outliers, mislabelled");
    click(&mut window, "Scan");
    wait_until(&mut window, "its features are there again", |window| {
        !has(window, "for outliers, mislabelled") && !has(window, "Scanning: ")
    });
}

#[test]
fn single_images_are_rejected_or_called_fine_and_undo_goes_back_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = scanned(&folder);
    click(&mut window, "review dark");
    assert!(window.query_by_label("Review: orcs/black.png").is_some());
    assert!(window.query_by_label("0 of 2 decided").is_some());
    press(&mut window, &[Key::X]);
    assert_eq!(rejected(&window), ["orcs/black.png"]);
    assert!(window.query_by_label("Review: orcs/dark.png").is_some());
    press(&mut window, &[Key::K]);
    assert_eq!(snapshot(&window).dismissed.len(), 1);
    assert!(window.query_by_label("2 of 2 decided").is_some());
    assert!(window.query_by_label("Dark done").is_some());
    assert!(window.query_by_label("2/min").is_some());

    press(&mut window, &[Key::Z]);
    assert!(window.query_by_label("Review: orcs/dark.png").is_some());
    assert!(snapshot(&window).dismissed.is_empty());
    press(&mut window, &[Key::Z]);
    assert!(window.query_by_label("Review: orcs/black.png").is_some());
    assert!(rejected(&window).is_empty());

    // What is called fine is found no more, also not by its facet.
    press(&mut window, &[Key::ArrowRight, Key::K]);
    click(&mut window, "Images");
    wait_until(&mut window, "the findings", |window| {
        window.query_by_label("finding dark").is_some()
    });
    click(&mut window, "finding dark");
    wait_for(&mut window, "1 of 14 images");
}

#[test]
fn one_key_decides_a_group_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = scanned(&folder);
    click(&mut window, "review near-duplicate");
    assert!(window.query_by_label("elves/1.png stays").is_some());
    assert!(window.query_by_label("elves/version.jpg goes").is_some());
    // The other one stays if it is chosen, and the preview says so.
    press(&mut window, &[Key::Num2]);
    assert!(window.query_by_label("elves/1.png goes").is_some());
    press(&mut window, &[Key::Num1]);
    for (key, shown) in [
        (Key::S, "Swap: elves/1.png stays (Space)"),
        (Key::Space, "Swap: elves/version.jpg goes (Space)"),
        (
            Key::W,
            "Left elves/1.png stays, right elves/version.jpg goes",
        ),
        (Key::D, "Difference, four times enlarged: black is equal"),
    ] {
        press(&mut window, &[key]);
        wait_for(&mut window, shown);
    }
    press(&mut window, &[Key::Enter]);
    assert_eq!(rejected(&window), ["elves/version.jpg"]);
    assert!(window.query_by_label("Near-duplicates done").is_some());
    press(&mut window, &[Key::Z]);
    assert!(rejected(&window).is_empty());

    press(&mut window, &[Key::N]);
    assert_eq!(snapshot(&window).dismissed.len(), 1);
    assert!(rejected(&window).is_empty());
    wait_until(&mut window, "no more near-duplicates", |window| {
        window.query_by_label("review near-duplicate").is_none()
    });
}

#[test]
fn all_images_of_a_group_can_be_kept_or_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = scanned(&folder);
    click(&mut window, "review exact-duplicate");
    assert!(
        window.query_by_label("Not duplicates").is_none(),
        "they are"
    );
    press(&mut window, &[Key::B]);
    let kept = |window: &Window<'_>, wanted| {
        let images = snapshot(window).images;
        images
            .iter()
            .filter(|image| image.decision == wanted)
            .count()
    };
    assert_eq!(kept(&window, Keep), 2);
    press(&mut window, &[Key::Z]);
    assert_eq!(kept(&window, Undecided), 14);
    click(&mut window, "Reject all");
    assert_eq!(rejected(&window), ["elves/0.png", "elves/same.png"]);
}

#[test]
fn a_threshold_is_moved_remembered_and_reset() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = scanned(&folder);
    click(&mut window, "review dark");
    assert!(window.query_by_label("2 of 14 images").is_some());
    assert!(window.query_by_label("Histogram of dark").is_some());
    let slider = window.get_by_role_and_label(Role::Slider, "Threshold of dark");
    slider.set_value_accesskit(7.0);
    window.run_steps(3);
    wait_for(&mut window, "1 of 14 images");
    wait_for(&mut window, "0 of 1 decided");
    drop(window);
    let root = folder.path().join("junk");
    let mut window = crate::window::window(Some(&root));
    click(&mut window, "Review");
    wait_for(&mut window, "review dark");
    click(&mut window, "review dark");
    assert!(window.query_by_label("1 of 14 images").is_some());
    click(&mut window, "Reset");
    wait_for(&mut window, "2 of 14 images");
    wait_for(&mut window, "0 of 2 decided");
}

#[test]
fn a_swipe_fits_the_threshold_and_says_how_right_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = scanned(&folder);
    click(&mut window, "review dark");
    click(&mut window, "Is this bad?");
    wait_for(&mut window, "0 of 14");
    for _ in 0..14 {
        let is_black = window.query_by_label("Question: orcs/black.png").is_some();
        press(&mut window, &[if is_black { Key::X } else { Key::K }]);
    }
    wait_for(&mut window, "precision 100.0 %");
    press(&mut window, &[Key::Enter]);
    wait_for(&mut window, "1 of 14 images");
    assert!(rejected(&window).is_empty(), "a swipe decides nothing");
}

#[test]
fn the_inspector_says_what_was_found_and_shows_the_group() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = scanned(&folder);
    click(&mut window, "Images");
    click(&mut window, "found version undecided");
    assert!(window.query_by_label("Near-duplicates").is_some());
    click(&mut window, "group elves/1.png");
    assert!(window.query_by_label("Near-duplicates: the best").is_some());
    click(&mut window, "found dark undecided");
    click(&mut window, "Not too dark");
    assert_eq!(snapshot(&window).dismissed.len(), 1);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert!(snapshot(&window).dismissed.is_empty());
}

#[test]
fn the_grid_is_ordered_by_what_was_measured_and_searched_by_path_and_class() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = scanned(&folder);
    click(&mut window, "Images");
    click(&mut window, "Order of the images");
    click(&mut window, "Darkest first");
    press(&mut window, &[Key::Home, Key::X, Key::X]);
    assert_eq!(rejected(&window), ["orcs/black.png", "orcs/dark.png"]);
    let field = window.get_by_role_and_label(Role::TextInput, "Search path, class, source");
    field.focus();
    window.run_steps(2);
    window.event(Event::Text("ORC found 3".to_owned()));
    window.run_steps(3);
    assert!(window.query_by_label("1 of 14 images").is_some());
}

#[test]
fn the_overview_counts_and_opens_what_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&junk_project(folder.path())));
    click(&mut window, "Table");
    assert!(window.query_by_label("found elves: 7").is_some());
    click(&mut window, "Before → after");
    assert!(
        window.query_by_label("found elves: 7").is_some(),
        "nothing is rejected"
    );
    // What training learns from, with and without a balance: four elves and two orcs.
    click(&mut window, "Learned from");
    assert!(
        window
            .query_by_label_contains("no image is in validation")
            .is_some()
    );
    click(&mut window, "Before → after");
    click(&mut window, "found orcs: 7");
    assert!(window.query_by_label("7 of 14 images").is_some());
    assert!(window.query_by_label("Remove filter class orcs").is_some());
    let order = window.get_by_label("Order of the images");
    assert!(order.accesskit_node().role() == Role::ComboBox);
}

#[test]
fn the_table_shows_what_training_learns_from_before_and_after_a_balance() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    let snapshot = catalog.snapshot().unwrap();
    // Three frames of each film are trained on; two of the drakes' are rejected.
    let drakes = snapshot.source_named("drakes").unwrap().id;
    let trained = Split::of(&snapshot).unwrap().train;
    let of_drakes = trained
        .iter()
        .filter(|sample| sample.source == Some(drakes));
    let images = of_drakes
        .take(2)
        .filter_map(|sample| sample.image)
        .collect();
    let reject = Edit::SetDecision {
        images,
        decision: Reject,
    };
    catalog.apply(&reject).unwrap();
    drop(catalog);
    let mut window = window(Some(&root));
    press(&mut window, &[]);
    click(&mut window, "Table");
    click(&mut window, "Learned from");
    assert!(
        window
            .query_by_label("drakes drakes: 1, 25.0 % of what is learned from")
            .is_some()
    );
    click(&mut window, "Balance");
    click(&mut window, "classes");
    assert!(
        window
            .query_by_label("drakes drakes: 1, 50.0 % of what is learned from")
            .is_some()
    );
    assert!(
        window
            .query_by_label("elves elves: 3, 50.0 % of what is learned from")
            .is_some()
    );
}
