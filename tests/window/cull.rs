//! Culling by keyboard and mouse: what the keys do to the catalog.

use crate::window::{
    ClickAt as _, Window, empty_project, many_classes, small_project, snapshot, window, window_with,
};
use cutting_room::catalog::Decision::{self, Keep, Reject, Undecided};
use cutting_room::catalog::import::{ImportImages, Layout, NewImage, Placement};
use cutting_room::catalog::{Catalog, Edit};
use cutting_room::project::Project;
use cutting_room::ui::app::AppOptions;
use cutting_room::ui::page::Page;
use eframe::egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;

/// The small project's images: drakes 0-5 (scenes of three), elves 6-11, portraits 12-13.
fn open(folder: &tempfile::TempDir) -> Window<'static> {
    window(Some(&small_project(folder.path())))
}

fn press(window: &mut Window<'_>, keys: &[Key]) {
    for key in keys {
        window.key_press(*key);
        window.run_steps(3);
    }
}

fn decided(window: &Window<'_>, wanted: Decision) -> Vec<usize> {
    decisions(window)
        .iter()
        .enumerate()
        .filter(|(_, decision)| **decision == wanted)
        .map(|(place, _)| place)
        .collect()
}

fn decisions(window: &Window<'_>) -> Vec<Decision> {
    let images = snapshot(window).images;
    images.iter().map(|image| image.decision).collect()
}

#[test]
fn an_empty_project_says_where_to_go_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&empty_project(folder.path())));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    window.run_steps(3);
    window.click_at(window.get_by_label("Go to Collect").rect());
    window.run_steps(3);
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Collect);
}

#[test]
fn keys_decide_and_advance_without_a_click_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    press(
        &mut window,
        &[Key::X, Key::K, Key::D, Key::X, Key::A, Key::A, Key::U],
    );
    // X on 0, K on 1, D skips 2, X on 3, back from 4 to 2, U there.
    assert_eq!(decided(&window, Reject), [0, 3]);
    assert_eq!(decided(&window, Keep), [1]);
    assert!(window.query_by_label("drakes 000000 rejected").is_some());
    assert!(window.query_by_label("drakes 000012 kept").is_some());
}

#[test]
fn another_filter_keeps_the_cursor_in_view() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings");
    std::fs::create_dir_all(&settings).unwrap();
    // One image to a row, one row in view.
    std::fs::write(settings.join("window.toml"), "cell_size = 480.0").unwrap();
    let mut window = window_with(AppOptions {
        project: Some(small_project(folder.path())),
        settings_dir: Some(settings),
    });
    press(&mut window, &[Key::D; 6]);
    let cursor = "elves 000000 undecided";
    assert!(window.query_by_label(cursor).is_some());
    // As far down as the view was scrolled there is another elf now.
    window.click_at(window.get_by_label("class elves").rect());
    window.run_steps(4);
    assert!(window.query_by_label(cursor).is_some());
    press(&mut window, &[Key::X]);
    assert_eq!(decided(&window, Reject), [6]);
}

#[test]
fn shift_takes_the_whole_scene_in_one_undo() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    press(&mut window, &[Key::D]);
    window.key_press_modifiers(Modifiers::SHIFT, Key::X);
    window.run_steps(3);
    assert_eq!(decided(&window, Reject), [0, 1, 2]);
    // The cursor stands behind the scene.
    press(&mut window, &[Key::K]);
    assert_eq!(decided(&window, Keep), [3]);
    for _ in 0..2 {
        window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.run_steps(3);
    }
    assert_eq!(decided(&window, Undecided).len(), 14);
}

#[test]
fn a_selection_by_mouse_and_space_is_decided_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    window.click_at(window.get_by_label("drakes 000024 undecided").rect());
    window.run_steps(2);
    window.click_at_with(
        window.get_by_label("elves 000000 undecided").rect(),
        Modifiers::SHIFT,
    );
    window.run_steps(2);
    window.click_at_with(
        window.get_by_label("drakes 000036 undecided").rect(),
        Modifiers::COMMAND,
    );
    window.run_steps(2);
    press(&mut window, &[Key::ArrowLeft, Key::Space, Key::K]);
    // 2..=6 by Shift, without 3 by Ctrl, without 2 by Space.
    assert_eq!(decided(&window, Keep), [4, 5, 6]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert!(decided(&window, Keep).is_empty());
}

#[test]
fn facets_filter_and_count_and_edits_reach_only_what_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    window.click_at(window.get_by_label("class elves").rect());
    window.run_steps(3);
    assert!(window.query_by_label("drakes 000000 undecided").is_none());
    assert!(window.query_by_label("6 of 14 images").is_some());
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    press(&mut window, &[Key::X]);
    assert_eq!(decided(&window, Reject), [6, 7, 8, 9, 10, 11]);

    window.click_at(window.get_by_label("decision undecided").rect());
    window.run_steps(3);
    window.click_at(window.get_by_label("Show all images").rect());
    window.run_steps(3);
    assert!(window.query_by_label("drakes 000000 undecided").is_some());
}

#[test]
fn number_keys_set_the_class() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    window.click_at(window.get_by_label("portraits 000 undecided").rect());
    window.run_steps(2);
    press(&mut window, &[Key::Num2]);
    let snapshot = snapshot(&window);
    let class = snapshot.images[12]
        .class
        .and_then(|class| snapshot.class_name(class));
    assert_eq!(class, Some("elves"));
}

#[test]
fn typing_in_a_field_decides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    window
        .get_by_role_and_label(Role::TextInput, "Search path, class, source")
        .focus();
    window.run_steps(2);
    window.event(Event::Text("x".to_owned()));
    press(&mut window, &[Key::X, Key::K, Key::Num1]);
    assert_eq!(decided(&window, Undecided).len(), 14);
}

#[test]
fn the_loupe_opens_culls_and_closes_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    press(&mut window, &[Key::Enter]);
    assert!(
        window
            .query_by_label_contains("Loupe: 000000.jpg")
            .is_some()
    );
    press(&mut window, &[Key::X, Key::Z]);
    assert!(
        window
            .query_by_label_contains("Loupe: 000012.jpg")
            .is_some()
    );
    assert_eq!(decided(&window, Reject), [0]);
    press(&mut window, &[Key::Escape]);
    assert!(window.query_by_label_contains("Loupe:").is_none());
    assert!(window.query_by_label("drakes 000012 undecided").is_some());
}

#[test]
fn a_image_can_be_explained_from_the_grid() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    press(&mut window, &[Key::H]);
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Explain);
}

#[test]
fn images_whose_files_are_gone_do_not_stop_the_culling() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    std::fs::remove_dir_all(root.join("frames")).unwrap();
    let mut window = window(Some(&root));
    press(&mut window, &[Key::X, Key::Enter, Key::X]);
    assert_eq!(decided(&window, Reject), [0, 1]);
}

#[test]
fn undo_brings_the_cursor_back_to_where_it_worked() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    press(&mut window, &[Key::D, Key::X, Key::End]);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    press(&mut window, &[Key::K]);
    assert_eq!(decided(&window, Keep), [1]);
}

#[test]
fn a_restart_begins_at_the_last_image() {
    let folder = tempfile::tempdir().unwrap();
    let options = AppOptions {
        project: Some(small_project(folder.path())),
        settings_dir: Some(folder.path().join("settings")),
    };
    let mut first = window_with(options.clone());
    press(&mut first, &[Key::D, Key::D, Key::D, Key::D]);
    first.run_steps(8);
    drop(first);
    let mut again = window_with(options);
    press(&mut again, &[Key::X]);
    assert_eq!(decided(&again, Reject), [4]);
}

#[test]
fn images_are_ordered_as_asked_and_the_cursor_goes_along() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    press(&mut window, &[Key::End]);
    window.click_at(window.get_by_label("Order of the images").rect());
    window.run_steps(3);
    window.click_at(window.get_by_label("By name").rect());
    window.run_steps(3);
    // The scraped 001.jpg was the last, and still is; before it stand the frames 000060.jpg now.
    press(&mut window, &[Key::ArrowLeft, Key::K]);
    assert_eq!(decided(&window, Keep), [11]);
}

#[test]
fn missing_files_are_marked_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let wait_for = |window: &mut Window<'_>, label: &str| {
        let started = std::time::Instant::now();
        while window.query_by_label(label).is_none() {
            assert!(started.elapsed() < std::time::Duration::from_secs(20));
            window.run_steps(1);
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    };
    // Also where the cache still has the thumbnail.
    let thumbnails =
        cutting_room::media::thumbnail::ThumbnailCache::new(root.join("cache").join("thumbnails"));
    let frames = snapshot(&window(Some(&root))).images;
    for frame in &frames[..3] {
        thumbnails
            .load(&frame.path, &frame.hash, frame.recipe())
            .unwrap();
    }
    std::fs::remove_dir_all(root.join("frames").join("drakes")).unwrap();
    let mut window = window(Some(&root));
    wait_for(&mut window, "drakes 000000 undecided, file missing");
    wait_for(&mut window, "drakes 000060 undecided, file missing");
    assert!(window.query_by_label("elves 000000 undecided").is_some());
    press(&mut window, &[Key::Enter]);
    wait_for(&mut window, "Loupe: 000000.jpg undecided, file missing");
}

#[test]
fn forty_classes_are_found_singled_out_and_folded() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&many_classes(folder.path())));
    let class = |number: usize| format!("class a people whose name is long, number {number:02}");
    window
        .get_by_role_and_label(Role::TextInput, "Find a class")
        .focus();
    window.run_steps(2);
    window.event(Event::Text("NUMBER 37".to_owned()));
    window.run_steps(3);
    assert!(window.query_by_label(&class(36)).is_none());
    window.click_at(window.get_by_label(&class(37)).rect());
    window.run_steps(3);
    assert!(window.query_by_label("1 of 40 images").is_some());
    let chip = format!("Remove filter {}", class(37));
    assert!(window.query_by_label(&chip).is_some());

    // Another one alone, whatever was chosen.
    let field = window.get_by_role_and_label(Role::TextInput, "Find a class");
    field.focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text("number 0".to_owned()));
    window.run_steps(3);
    window.click_at_with(window.get_by_label(&class(3)).rect(), Modifiers::ALT);
    window.run_steps(3);
    assert!(window.query_by_label("1 of 40 images").is_some());
    assert!(window.query_by_label(&chip).is_none());

    window.click_at(window.get_by_label("Fold the values of class").rect());
    window.run_steps(3);
    assert!(window.query_by_label(&class(3)).is_none());
    window.click_at(window.get_by_label("Show the values of class").rect());
    window.run_steps(3);
    assert!(window.query_by_label(&class(3)).is_some());
}

#[test]
fn the_inspector_says_when_the_same_image_was_rejected_before() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let project = Project::open(&root).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let portrait = catalog.snapshot().unwrap().images[13].clone();
    let reject = Edit::SetDecision {
        images: vec![portrait.id],
        decision: Reject,
    };
    catalog.apply(&reject).unwrap();
    let import = ImportImages {
        folder: folder.path().join("found"),
        source: "once more".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    let again = NewImage {
        path: portrait.path,
        origin: "again.jpg".to_owned(),
        hash: portrait.hash,
        width: portrait.width,
        height: portrait.height,
        ..NewImage::default()
    };
    catalog.insert_images(&import, &[again]).unwrap();
    let day = catalog.snapshot().unwrap().images[14].decided.at.unwrap();
    drop(catalog);
    let mut window = window(Some(&root));
    press(&mut window, &[Key::D; 14]);
    assert_eq!(decided(&window, Reject), [13, 14]);
    let said = format!("You rejected this on {}", day.day());
    window.get_by_label(&said);
    // Decided again, it is no memory any more.
    press(&mut window, &[Key::K, Key::A, Key::D]);
    assert!(window.query_by_label(&said).is_none());
}
