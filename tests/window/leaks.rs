//! Leak radar: the number follows every change of the split, and one key moves the scene that gives away the most.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use crate::runs::suggest_split;
use crate::window::{
    ClickAt as _, Window, has, small_project, snapshot, wait_for, wait_until, window,
};
use cutting_room::catalog::facts::{Fact, FactKind, FactValue};
use cutting_room::catalog::import::{ImportImages, Layout, Placement};
use cutting_room::catalog::query::SplitMode;
use cutting_room::catalog::{Catalog, ContentHash, Edit, Side};
use cutting_room::curate::Features;
use cutting_room::curate::signature::{GRID, Signature};
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use image::{Rgb, RgbImage};

fn press(window: &mut Window<'_>, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(3);
}

/// What a scan would keep of an image; images of one seed show the same.
fn signature(seed: u8) -> Vec<u8> {
    let cells: Vec<u8> = (0..GRID * GRID)
        .map(|cell| blake3::hash(&[seed, cell as u8, (cell / 256) as u8]).as_bytes()[0])
        .collect();
    let hash = u64::from(seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let signature = Signature {
        hash,
        middle_hash: !hash,
        grid: cells.into_boxed_slice().try_into().unwrap(),
    };
    signature.to_bytes()
}

/// Drakes and elves, two scenes of three frames each; the second scene of drakes shows what the first does. The second scenes are
/// in validation.
fn project_with_a_returning_shot(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let root = small_project(folder.path());
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    let snapshot = catalog.snapshot().unwrap();
    let mut facts = Vec::new();
    for (at, image) in snapshot.images.iter().enumerate() {
        let is_drake = snapshot.source(image.source).unwrap().name == "drakes";
        let value = FactValue::Bytes(signature(if is_drake { 1 } else { 2 + at as u8 }));
        let content = ContentHash::from_hex(&image.hash).unwrap();
        let kind = FactKind::Signature;
        facts.push(Fact {
            content,
            kind,
            value,
        });
    }
    catalog.insert_facts(&facts).unwrap();
    let second = snapshot.scenes.iter().filter(|scene| scene.index == 1);
    let scenes = second.map(|scene| scene.id).collect();
    catalog.apply(&Edit::SetValidScenes { scenes }).unwrap();
    root
}

#[test]
fn one_key_moves_the_scene_that_gives_away_the_most() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&project_with_a_returning_shot(&folder)));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    wait_for(&mut window, "Leaks 50.0 %");
    wait_for(&mut window, "has 3 images the same as in");
    assert!(window.query_by_label("Move it to training").is_some());

    press(&mut window, Modifiers::NONE, Key::M);
    let valid = |window: &Window<'_>| -> Vec<u32> {
        let snapshot = snapshot(window);
        let scenes = snapshot.scenes.iter();
        scenes
            .filter(|scene| scene.side == Side::Valid)
            .map(|scene| scene.index)
            .collect()
    };
    assert_eq!(valid(&window).len(), 1);
    wait_for(&mut window, "Leaks 0.0 %");
    assert!(window.query_by_label("Move it to training").is_none());
    // Nothing is left to move.
    press(&mut window, Modifiers::NONE, Key::M);
    assert_eq!(valid(&window).len(), 1);

    press(&mut window, Modifiers::COMMAND, Key::Z);
    wait_for(&mut window, "Leaks 50.0 %");
    window.click_at(window.get_by_label("Move it to training").rect());
    window.run_steps(3);
    assert_eq!(valid(&window).len(), 1);
}

#[test]
fn a_random_split_is_not_trained_on_until_the_form_allows_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    let mut window = window(Some(&root));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    window.click_at(window.get_by_label("Random, to compare…").rect());
    wait_for(&mut window, "Leaks 100.0 %");
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    let reason = "have a twin in training, so the accuracy would say nothing of other scenes";
    assert!(window.query_by_label_contains(reason).is_some());
    assert!(window.query_by_label("Go to Split").is_some());
    window.click_at(window.get_by_label("Train on a leaking split").rect());
    window.run_steps(3);
    assert!(window.query_by_label_contains(reason).is_none());
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(window.query_by_label("Train on a leaking split").is_none());
}

/// The catalog with the images of one of the folders, under its name.
fn imported(project: &Project, folder: &tempfile::TempDir, name: &str) -> Catalog {
    let import = ImportImages {
        folder: folder.path().join(name),
        source: name.to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    let mut catalog = Catalog::open(project).unwrap();
    let quiet = Progress::silent();
    catalog.import_images(project, &import, &quiet).unwrap();
    catalog
}

/// Two classes of ten images in no scene, which nobody has looked at.
fn project_of_singles(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let root = folder.path().join("copies");
    let project = Project::create(&root).unwrap();
    for class in ["elves", "orcs"] {
        let out = folder.path().join("images").join(class);
        std::fs::create_dir_all(&out).unwrap();
        for at in 0..10_u8 {
            let shade = Rgb([at * 20, class.len() as u8 * 40, 90]);
            let image = RgbImage::from_pixel(32, 32, shade);
            let name = format!("{}.png", char::from(b'a' + at));
            image.save(out.join(name)).unwrap();
        }
    }
    let catalog = imported(&project, folder, "images");
    assert!(catalog.snapshot().unwrap().scenes.is_empty());
    root
}

/// As [`project_of_singles`], each of which shows the same as another one, as a scan found.
fn project_of_copies(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let root = project_of_singles(folder);
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    let snapshot = catalog.snapshot().unwrap();
    let images = snapshot.images.iter().enumerate();
    let facts: Vec<Fact> = images
        .map(|(at, image)| Fact {
            content: ContentHash::from_hex(&image.hash).unwrap(),
            kind: FactKind::Signature,
            value: FactValue::Bytes(signature(1 + at as u8 / 2)),
        })
        .collect();
    catalog.insert_facts(&facts).unwrap();
    root
}

#[test]
fn copies_among_single_images_are_known_to_both_pages_before_a_run_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&project_of_copies(&folder)));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    wait_for(&mut window, "No validation image in");
    assert!(!has(&window, "Fewer than two scenes in"));
    window.click_at(window.get_by_label("Split by chance").rect());
    wait_for(&mut window, "validation images have a twin in training");
    assert!(window.query_by_label("Move it to training").is_none());
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    wait_for(
        &mut window,
        "so the accuracy would say nothing of other scenes",
    );
    assert!(window.query_by_label("Train on a leaking split").is_some());
    window.click_at(window.get_by_label("Go to Split").rect());
    window.run_steps(3);
    window.click_at(window.get_by_label("Review copies in Cull").rect());
    // Nothing but their signatures is known of them.
    wait_for(&mut window, "Scan 20 images");
}

#[test]
fn images_that_nobody_compared_are_compared_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&project_of_singles(&folder)));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    wait_for(&mut window, "No validation image in");
    window.click_at(window.get_by_label("Split by chance").rect());
    wait_for(&mut window, "Split again");
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    wait_for(&mut window, "20 images not compared yet");
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    window.click_at(window.get_by_label("Compare them").rect());
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    wait_until(&mut window, "all are compared", |window| {
        !has(window, "not compared yet")
    });
    let after_a_while = |window: &mut Window<'_>| {
        for _ in 0..20 {
            std::thread::sleep(std::time::Duration::from_millis(20));
            window.run_steps(2);
        }
        let session = window.state().as_ref().unwrap().session().unwrap();
        session.jobs().iter().map(|view| view.id).max()
    };
    let last = after_a_while(&mut window);
    assert_eq!(after_a_while(&mut window), last, "searches go on and on");
}

#[test]
fn the_train_page_looks_for_leaks_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let root = project_of_copies(&folder);
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    let mode = SplitMode::Random {
        fraction: 0.3,
        seed: 0,
    };
    catalog.apply(&Edit::SetSplitMode { mode }).unwrap();
    drop(catalog);
    let mut window = window(Some(&root));
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    wait_for(
        &mut window,
        "so the accuracy would say nothing of other scenes",
    );
    window.click_at(window.get_by_label("Train on a leaking split").rect());
    window.run_steps(3);
    assert!(!has(&window, "so the accuracy would say nothing"));
}

#[test]
fn the_honesty_meter_shows_both_accuracies_until_the_split_changes() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    let mut window = window(Some(&root));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    window.click_at(window.get_by_label("Honesty meter").rect());
    wait_for(&mut window, "Random images");
    assert!(window.query_by_label("This split").is_some());
    let interval = "too few scenes for an interval";
    assert!(window.query_all_by_label(interval).next().is_some());
    window.click_at(window.get_by_label("Clear").rect());
    window.run_steps(3);
    assert!(window.query_by_label("This split").is_none());
    assert!(window.query_by_label("Honesty meter").is_none());
}

/// A folder with frames of two films: three scenes of four frames each, the second ones in validation.
fn project_of_frames(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let root = folder.path().join("frames project");
    let project = Project::create(&root).unwrap();
    for (film, first) in [("elves", 0_u64), ("orcs", 10)] {
        let out = folder.path().join("frames").join(film);
        std::fs::create_dir_all(&out).unwrap();
        for at in 0..12 {
            let noise = blake3::hash(&(first + at / 4).to_le_bytes());
            let image = RgbImage::from_fn(64, 36, |x, y| {
                let color = |at: u32| noise.as_bytes()[at as usize % 32];
                let cell = x / 8 + 8 * (y / 9);
                let is_actor = x / 4 == at as u32 && y > 18;
                let shade = if is_actor { 255 } else { color(cell) };
                Rgb([shade, color(cell + 7) / 2, shade / 3])
            });
            image
                .save(out.join(format!("scene{:05}.png", 1 + at * 50)))
                .unwrap();
        }
    }
    let mut catalog = imported(&project, folder, "frames");
    let snapshot = catalog.snapshot().unwrap();
    let valid = [1, 4].map(|at| snapshot.scenes[at].id).to_vec();
    catalog
        .apply(&Edit::SetValidScenes { scenes: valid })
        .unwrap();
    root
}

#[test]
fn frames_of_a_folder_have_their_rows_and_are_compared_by_features_once_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let root = project_of_frames(&folder);
    let mut window = window(Some(&root));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    assert!(has(&window, "frames · elves"));
    assert!(has(&window, "frames · orcs"));
    wait_for(&mut window, "24 images not compared by features yet.");
    window.click_at(window.get_by_label("Compare by features").rect());
    wait_until(&mut window, "the features are compared", |window| {
        let is_asked = window.query_by_label("Compare by features").is_some();
        !is_asked && !has(window, "Computing features…")
    });
    let project = Project::open(&root).unwrap();
    let known = Features::known(&project.cache_dir(), &snapshot(&window)).unwrap();
    assert!((0..24).all(|image| known.of(image).is_some()));
    assert!(has(&window, "Leaks "));
}

#[test]
fn what_was_not_compared_is_no_all_clear() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    let mut window = window(Some(&root));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    wait_for(&mut window, "Leaks not known (0 of 12 images compared)");
    assert!(!has(&window, "Leaks 0.0 %"));
    assert!(!has(&window, "No validation image has a twin in training."));
    assert!(has(&window, "Compare them"));
    let rect = |label: &str| {
        let mut named = window.query_all_by_label_contains(label);
        named.next().expect("it is there").rect()
    };
    let (share, missing) = (rect("Leaks not known"), rect("not compared by content"));
    assert!(!share.intersects(missing), "{share} {missing}");
}
