//! Long names, many classes and little room: nothing overlaps, nothing leaves the window, and the work stays in view.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::Path;

use crate::runs::{finished_run, suggest_split, write_run};
use crate::window::{Window, small_project, window, write_image};
use cutting_room::catalog::import::{ImportImages, Layout, NewImage, Placement};
use cutting_room::catalog::{Catalog, Edit};
use cutting_room::project::Project;
use eframe::egui::{self, Key, Modifiers, Role, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const LONG: &str = "The_Peoples_S01E01_a_very_long_title_of_an_episode_1080p_x265-GROUP";
/// 1440 x 900 with Ctrl+Plus six times.
const ENLARGED: egui::Vec2 = vec2(900.0, 562.0);

/// A folder with an image of each class.
fn import(catalog: &mut Catalog, folder: &Path, is_test: bool, classes: &[String]) {
    let import = ImportImages {
        folder: folder.to_path_buf(),
        source: folder.file_name().unwrap().to_string_lossy().into_owned(),
        placement: Placement::InPlace,
        is_test,
        layout: Layout::default(),
    };
    let images: Vec<NewImage> = classes
        .iter()
        .enumerate()
        .map(|(number, class)| {
            let origin = format!("{class}/{number:03}.jpg");
            let path = folder.join(&origin);
            NewImage {
                hash: write_image(&path, 20 + number as u8),
                path,
                origin,
                class: Some(class.clone()),
                width: 64,
                height: 36,
                ..NewImage::default()
            }
        })
        .collect();
    catalog.insert_images(&import, &images).unwrap();
}

/// Two films, one of a class with a long name, and 40 classes of scraped images.
fn crowded(folder: &Path) -> Window<'static> {
    let root = small_project(folder);
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    let source = catalog.snapshot().unwrap().sources[0].id;
    let class = LONG.to_owned();
    catalog
        .edit(&Edit::SetSourceClass { source, class })
        .unwrap();
    let classes: Vec<String> = (0..40)
        .map(|number| format!("a people whose name is long, number {number:02}"))
        .collect();
    import(&mut catalog, &folder.join("many"), false, &classes);
    drop(catalog);
    let mut window = window(Some(&root));
    window.set_size(ENLARGED);
    window.run_steps(4);
    window
}

fn go(window: &mut Window<'_>, key: Key) {
    window.key_press_modifiers(Modifiers::COMMAND, key);
    window.run_steps(6);
}

fn rect(window: &Window<'_>, label: &str) -> egui::Rect {
    window.get_by_label(label).rect()
}

#[test]
fn a_source_of_a_class_with_a_long_name_keeps_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = crowded(folder.path());
    go(&mut window, Key::Num1);
    let parts = ["Class of drakes", "drakes is a test set", "More for drakes"];
    let [class, test, more] = parts.map(|label| rect(&window, label));
    // Those of the first source, drakes.
    let facts = window
        .get_all_by_label_contains("6 images · 2 scenes")
        .next()
        .map(|node| node.rect())
        .unwrap();
    assert!(facts.right() <= class.left(), "{facts:?} {class:?}");
    assert!(class.right() <= test.left() && test.right() <= more.left());
    assert!(more.right() <= ENLARGED.x, "{more:?}");

    // Tab goes the same way.
    let mut focused: Vec<String> = Vec::new();
    for _ in 0..60 {
        window.key_press(Key::Tab);
        window.run_steps(2);
        let node = window
            .get_all_by(|node| node.is_focused() && !node.is_hidden())
            .next();
        focused.extend(node.and_then(|node| node.accesskit_node().label()));
    }
    let places = parts.map(|part| focused.iter().position(|label| label == part));
    assert!(places.iter().all(Option::is_some), "{focused:?}");
    assert!(places.is_sorted(), "{focused:?}");
}

#[test]
fn many_problems_of_the_split_leave_the_films_in_view() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = crowded(folder.path());
    go(&mut window, Key::Num3);
    let block = rect(&window, "scene drakes:1, 3 frames, train");
    let filmstrip = window
        .get_by_role_and_label(Role::Button, "Put into validation")
        .rect();
    assert!(block.top() + 40.0 < filmstrip.top(), "{block:?}");
}

#[test]
fn the_words_of_an_empty_page_stay_inside_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = crowded(folder.path());
    go(&mut window, Key::Num4);
    let form = window.get_by_label("Learning rate").rect();
    let words = window.get_by_label_contains("The net keeps what").rect();
    assert!(words.left() > form.right(), "{words:?}");
    assert!(words.right() <= ENLARGED.x, "{words:?}");
}

#[test]
fn the_sheet_of_keys_fits_into_an_enlarged_window() {
    let mut window = window(None);
    window.set_size(ENLARGED);
    window.event(egui::Event::Text("?".to_owned()));
    window.run_steps(4);
    let close = rect(&window, "Close");
    assert!(
        close.bottom() < ENLARGED.y && close.left() > 0.0,
        "{close:?}"
    );
}

#[test]
fn all_keys_are_seen_at_once_where_there_is_room() {
    for size in [vec2(1280.0, 720.0), vec2(2560.0, 1440.0)] {
        let mut window = window(None);
        window.set_size(size);
        window.event(egui::Event::Text("?".to_owned()));
        window.run_steps(4);
        let close = rect(&window, "Close");
        for last in [
            "Leave the loupe, select none",
            "Worst leak into training",
            "Next method",
            "Pinned images epoch by epoch",
            "Show or hide what is found",
        ] {
            let row = rect(&window, last);
            assert!(row.bottom() < close.top(), "{size:?} {last}: {row:?}");
            // As far from the edge as what begins a row.
            let edge = size.x - close.left();
            assert!(row.right() <= edge, "{size:?} {last}: {row:?}");
        }
    }
}

#[test]
fn the_inspector_stays_in_an_enlarged_window() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = crowded(folder.path());
    go(&mut window, Key::Num2);
    for button in ["Keep", "Reject", "Clear"] {
        let area = rect(&window, button);
        assert!(area.right() < ENLARGED.x, "{button}: {area:?}");
        assert!(area.bottom() < ENLARGED.y, "{button}: {area:?}");
    }
}

#[test]
fn a_run_keeps_its_buttons_and_plots_in_an_enlarged_window() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_run(&root, "20261123-101500-s1", &finished_run(0.75));
    let mut window = window(Some(&root));
    window.set_size(ENLARGED);
    go(&mut window, Key::Num4);
    let runs = rect(&window, "Runs").left();
    let uses = rect(&window, "Use its settings");
    assert!(uses.right() < runs, "{uses:?} {runs}");
    for plot in ["Loss plot", "Accuracy plot", "Learning rate plot"] {
        let area = rect(&window, plot);
        assert!(
            area.right() < runs && area.width() > 100.0,
            "{plot} {area:?}"
        );
    }
    let [loss, accuracy] = ["Loss plot", "Accuracy plot"].map(|plot| rect(&window, plot));
    assert!(loss.bottom() < accuracy.top(), "below one another");
}

#[test]
fn a_class_that_only_a_test_set_has_is_no_row_of_the_split() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    let classes = ["goblins".to_owned(), "elves".to_owned()];
    import(&mut catalog, &folder.path().join("tests"), true, &classes);
    drop(catalog);
    let mut window = window(Some(&root));
    go(&mut window, Key::Num3);
    assert!(window.query_by_label_contains("elves, train 6").is_some());
    assert!(window.query_by_label_contains("goblins").is_none());
}
