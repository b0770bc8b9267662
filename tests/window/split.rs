//! The split page: whole scenes change sides, by pointer and by keyboard, and come back by undo.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use crate::runs::suggest_split;
use crate::window::{
    ClickAt as _, Window, empty_project, single_images_project, small_project, snapshot, wait_for,
    window,
};
use cutting_room::catalog::import::{ImportImages, Layout, NewImage, Placement};
use cutting_room::catalog::{Catalog, Side};
use cutting_room::dataset::Split;
use cutting_room::project::Project;
use cutting_room::ui::page::Page;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

/// Drakes and elves, two scenes of three frames each.
fn open(folder: &tempfile::TempDir) -> Window<'static> {
    let mut window = window(Some(&small_project(folder.path())));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    window.run_steps(3);
    window
}

fn press(window: &mut Window<'_>, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(3);
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(3);
}

/// Film and number of each validation scene.
fn valid_scenes(window: &Window<'_>) -> Vec<(String, u32)> {
    let snapshot = snapshot(window);
    let valid = snapshot
        .scenes
        .iter()
        .filter(|scene| scene.side == Side::Valid);
    let mut named: Vec<(String, u32)> = valid
        .map(|scene| {
            let film = snapshot.source(scene.source).unwrap();
            (film.name.clone(), scene.index + 1)
        })
        .collect();
    named.sort();
    named
}

#[test]
fn an_empty_project_leads_to_collect() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&empty_project(folder.path())));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    assert!(window.query_by_label("No scenes yet").is_some());
    click(&mut window, "Go to Collect");
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Collect);
}

#[test]
fn a_click_moves_a_whole_scene_and_undo_brings_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    let before = "drakes, train 6 images in 2 scenes, valid 0 images in 0 scenes";
    assert!(window.query_by_label(before).is_some());
    click(&mut window, "scene drakes:2, 3 frames, train");
    let block = window.query_by_label("scene drakes:2, 3 frames, valid");
    assert!(block.is_some());
    let after = "drakes, train 3 images in 1 scene, valid 3 images in 1 scene";
    assert!(window.query_by_label(after).is_some());
    assert_eq!(valid_scenes(&window), [("drakes".to_owned(), 2)]);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(valid_scenes(&window).is_empty());
}

#[test]
fn the_keyboard_alone_can_split() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    // The cursor begins on the first scene of the first film.
    press(&mut window, Modifiers::NONE, Key::ArrowRight);
    press(&mut window, Modifiers::NONE, Key::V);
    assert_eq!(valid_scenes(&window), [("drakes".to_owned(), 2)]);
    // Down into the next film; from its second scene with Shift to its first: both at once.
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::SHIFT, Key::ArrowLeft);
    assert!(window.query_all_by_label("2 scenes").next().is_some());
    press(&mut window, Modifiers::NONE, Key::V);
    let expected = [("drakes", 2), ("elves", 1), ("elves", 2)];
    assert_eq!(
        valid_scenes(&window),
        expected.map(|(film, scene)| (film.to_owned(), scene))
    );
    press(&mut window, Modifiers::NONE, Key::V);
    assert_eq!(valid_scenes(&window), [("drakes".to_owned(), 2)]);
}

#[test]
fn a_click_with_shift_gives_all_up_to_there_the_same_side() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    click(&mut window, "scene drakes:2, 3 frames, train");
    window.click_at_with(
        window.get_by_label("scene elves:2, 3 frames, train").rect(),
        Modifiers::SHIFT,
    );
    window.run_steps(3);
    assert_eq!(valid_scenes(&window).len(), 3);
}

#[test]
fn a_proposal_leaves_no_class_without_validation_and_can_be_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    assert!(window.query_by_label("No validation scene in").is_some());
    click(&mut window, "Suggest");
    assert_eq!(valid_scenes(&window).len(), 2, "one a class");
    assert!(window.query_by_label("No validation scene in").is_none());
    click(&mut window, "Clear");
    assert!(valid_scenes(&window).is_empty());
}

#[test]
fn a_random_split_says_so_until_a_scene_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    click(&mut window, "Random, to compare…");
    assert!(window.query_by_label("Random split").is_some());
    // How many of its frames are on which side is chance.
    window.click_at(
        window
            .get_by_label_contains("scene elves:1, 3 frames")
            .rect(),
    );
    window.run_steps(3);
    assert!(window.query_by_label("Random split").is_none());
    assert_eq!(valid_scenes(&window), [("elves".to_owned(), 1)]);
    click(&mut window, "Random, to compare…");
    click(&mut window, "Back to scenes");
    assert!(window.query_by_label("Random split").is_none());
}

/// Two classes of scraped images, no film.
#[test]
fn images_without_scenes_are_split_by_chance_and_the_way_leads_on_to_train() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&single_images_project(folder.path())));
    press(&mut window, Modifiers::COMMAND, Key::Num4);
    click(&mut window, "Go to Split");
    let title = "These images come in no scenes";
    assert!(window.query_by_label(title).is_some());
    click(&mut window, "Split by chance");
    assert!(
        window
            .query_by_label("20.0 % in validation, by chance")
            .is_some()
    );
    click(&mut window, "Go to Train");
    assert!(window.query_by_label("Train stage 1").is_some());
    press(&mut window, Modifiers::COMMAND, Key::Z);
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    assert!(window.query_by_label(title).is_some());
}

#[test]
fn a_copied_validation_image_is_named_and_one_click_settles_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    let project = Project::open(&root).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let valid = Split::of(&catalog.snapshot().unwrap()).unwrap().valid;
    let twin = catalog
        .snapshot()
        .unwrap()
        .image(valid[0].image.unwrap())
        .cloned();
    let twin = twin.unwrap();
    let import = ImportImages {
        folder: folder.path().join("copies"),
        source: "copies".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    let copy = NewImage {
        path: twin.path,
        origin: "copy.jpg".to_owned(),
        class: Some("drakes".to_owned()),
        hash: twin.hash,
        width: twin.width,
        height: twin.height,
        ..NewImage::default()
    };
    catalog.insert_images(&import, &[copy]).unwrap();
    drop(catalog);

    let mut window = window(Some(&root));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    let problem = "1 training image also in validation";
    assert!(window.query_by_label(problem).is_some());
    click(&mut window, "Reject twins");
    assert!(window.query_by_label(problem).is_none());
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(window.query_by_label(problem).is_some());
}

#[test]
fn a_random_split_shows_itself_on_the_scenes() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut window = window(Some(&root));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    click(&mut window, "Suggest");
    let valid = window.query_all_by_label_contains(", 3 frames, valid");
    assert!(valid.count() > 0);
    click(&mut window, "Random, to compare…");
    // Not the sides that the scenes would have without it.
    for side in ["3 frames, valid", "3 frames, train"] {
        let scenes = window.query_all_by_label_contains(side);
        assert_eq!(scenes.count(), 0, "{side}");
    }
    let scenes: Vec<String> = window
        .query_all_by_label_contains("scene ")
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.contains(" train and "))
        .collect();
    assert_eq!(scenes.len(), 4, "{scenes:?}");
    let valid: usize = scenes
        .iter()
        .map(|label| {
            let (_, rest) = label.split_once(" train and ").unwrap();
            let (valid, _) = rest.split_once(' ').unwrap();
            valid.parse::<usize>().unwrap()
        })
        .sum();
    // A fifth of the twelve frames; the two scraped images have no class.
    assert_eq!(valid, 2);
}

#[test]
fn a_film_is_folded_and_unfolded_by_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    press(&mut window, Modifiers::COMMAND, Key::Num3);
    let scenes = |window: &Window<'_>, film: &str| {
        let label = format!("scene {film}:");
        window.query_all_by_label_contains(&label).count()
    };
    assert!(scenes(&window, "drakes") >= 2 && scenes(&window, "elves") >= 2);
    click(&mut window, "film elves");
    assert_eq!(scenes(&window, "elves"), 0);
    click(&mut window, "film elves");
    assert!(scenes(&window, "elves") >= 2);
}

/// The names of the scenes that are linked with others, as a screen reader hears them.
fn linked(window: &Window<'_>) -> usize {
    window
        .query_all_by_label_contains(", linked with 1 scene")
        .count()
}

#[test]
fn scenes_are_linked_and_separated_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    press(&mut window, Modifiers::NONE, Key::Home);
    press(&mut window, Modifiers::SHIFT, Key::ArrowRight);
    press(&mut window, Modifiers::NONE, Key::L);
    assert_eq!(linked(&window), 2);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(linked(&window), 0);
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(linked(&window), 2);
    // Whole groups change sides.
    press(&mut window, Modifiers::NONE, Key::Home);
    press(&mut window, Modifiers::NONE, Key::V);
    assert_eq!(valid_scenes(&window).len(), 2);
    press(&mut window, Modifiers::SHIFT, Key::L);
    assert_eq!(linked(&window), 0);
}

#[test]
fn a_scene_is_linked_with_the_one_that_it_is_dropped_on_and_picked_ones_by_button() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    let middle = |window: &Window<'_>, scene: &str| {
        let label = format!("scene {scene},");
        window.get_by_label_contains(&label).rect().center()
    };
    let (from, to) = (middle(&window, "drakes:1"), middle(&window, "elves:2"));
    window.drag_at(from);
    window.run_steps(2);
    window.hover_at(to);
    window.run_steps(2);
    window.drop_at(to);
    window.run_steps(3);
    assert_eq!(linked(&window), 2);
    assert!(valid_scenes(&window).is_empty(), "a drag is no click");
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(linked(&window), 0);
    press(&mut window, Modifiers::NONE, Key::Home);
    let block = window.get_by_label_contains("scene elves:1,").rect();
    window.click_at_with(block, Modifiers::COMMAND);
    window.run_steps(3);
    assert!(valid_scenes(&window).is_empty(), "picked, not moved");
    click(&mut window, "Link");
    assert_eq!(linked(&window), 2);
}

#[test]
fn alike_scenes_are_suggested_and_linked_in_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&folder);
    click(&mut window, "Find alike scenes");
    // The drakes' two scenes show one color; the elves' lie on both sides of a step of the histogram.
    wait_for(&mut window, "Link 1 likely pair");
    assert!(
        window
            .query_all_by_label_contains("Scene drakes:2, alike")
            .next()
            .is_some()
    );
    click(&mut window, "Link 1 likely pair");
    assert_eq!(linked(&window), 2);
    assert!(window.query_by_label("Link 1 likely pair").is_none());
}
