//! Borders cropped from the review of what a scan has found, and from the menu of a source; copies of its images.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::{Path, PathBuf};

use crate::window::{ClickAt as _, Window, snapshot, wait_for, window};
use cutting_room::catalog::import::{ImportImages, Layout, Placement};
use cutting_room::catalog::{Catalog, Crop};
use cutting_room::curate::{Kind, scan};
use cutting_room::media::border::Insets;
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use eframe::egui::{Key, Role};
use egui_kittest::kittest::Queryable as _;
use image::{Rgb, RgbImage};

/// Four images with a black frame of six pixels and four without, in two classes.
fn project(folder: &Path) -> PathBuf {
    let found = folder.join("found");
    for (class, border) in [("elves", 6), ("orcs", 0)] {
        std::fs::create_dir_all(found.join(class)).unwrap();
        for seed in 0..4_u32 {
            let image = RgbImage::from_fn(132, 102, |x, y| {
                if x < border || y < border || x >= 132 - border || y >= 102 - border {
                    return Rgb([0; 3]);
                }
                let wave = |a: u32, b: u32| ((x * a + y * b + seed * 31 + border) % 97) as u8;
                Rgb([60 + wave(7, 5), 70 + wave(3, 11), 50 + wave(13, 2)])
            });
            image
                .save(found.join(format!("{class}/{seed}.png")))
                .unwrap();
        }
    }
    let root = folder.join("framed");
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

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(3);
}

/// One Undo stands in the top bar as an icon, the other in the toast.
fn undo_in_toast(window: &mut Window<'_>) {
    let buttons = window.get_all_by_role_and_label(Role::Button, "Undo");
    let buttons: Vec<_> = buttons.collect();
    assert_eq!(buttons.len(), 2);
    let in_toast = buttons.last().unwrap().rect();
    window.click_at(in_toast);
    window.run_steps(3);
}

fn crop(window: &Window<'_>) -> (Option<Crop>, Vec<Insets>) {
    let snapshot = snapshot(window);
    let crops = snapshot.images.iter().map(|image| image.crop);
    (snapshot.sources[0].crop, crops.collect())
}

#[test]
fn one_key_in_the_review_of_borders_crops_those_of_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let root = project(folder.path());
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    scan(&mut catalog, &[Kind::Border], &Progress::silent()).unwrap();
    drop(catalog);
    let mut window = window(Some(&root));
    click(&mut window, "Review");
    wait_for(&mut window, "review border");
    click(&mut window, "review border");
    assert!(window.query_by_label("0 of 4 decided").is_some());
    assert!(window.query_by_label("Crop borders of found").is_some());
    window.key_press(Key::C);
    window.run_steps(3);
    let (chosen, crops) = crop(&window);
    assert_eq!(chosen, Some(Crop::Measured));
    assert_eq!(
        crops
            .iter()
            .filter(|crop| **crop == Insets::even(6))
            .count(),
        4
    );
    wait_for(&mut window, "Cropped the measured borders of found");
    wait_for(&mut window, "Border done");

    window.key_press(Key::Z);
    window.run_steps(3);
    assert_eq!(crop(&window).0, None);
    wait_for(&mut window, "0 of 4 decided");
}

#[test]
fn the_menu_of_a_source_measures_and_crops_and_its_toast_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&project(folder.path())));
    click(&mut window, "Collect");
    click(&mut window, "More for found");
    click(&mut window, "Measured borders");
    wait_for(&mut window, "4 of 8 images");
    assert_eq!(crop(&window).0, Some(Crop::Measured));
    wait_for(&mut window, "cropped: 6 px on each side");
    undo_in_toast(&mut window);
    assert_eq!(crop(&window).0, None);

    click(&mut window, "More for found");
    click(&mut window, "off each side");
    let (chosen, crops) = crop(&window);
    assert_eq!(chosen, Some(Crop::Pixels(20)));
    assert!(crops.iter().all(|crop| *crop == Insets::even(20)));
    click(&mut window, "More for found");
    click(&mut window, "Crop nothing");
    assert_eq!(crop(&window).0, None);
}

#[test]
fn a_source_is_upsampled_in_its_menu_and_its_copies_are_seen_in_the_inspector() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&project(folder.path())));
    click(&mut window, "Collect");
    click(&mut window, "More for found");
    click(&mut window, "Upsample with copies");
    wait_for(&mut window, "Upsampled found with copies of its images");
    wait_for(&mut window, "48 copies");
    click(&mut window, "Cull");
    window.key_press(Key::ArrowRight);
    wait_for(&mut window, "copy: Inverted");
    assert!(window.query_by_label("copy: Sigmoid").is_some());
    undo_in_toast(&mut window);
    assert!(window.query_by_label("copy: Inverted").is_none());
    assert!(!snapshot(&window).sources[0].is_upsampled);
}
