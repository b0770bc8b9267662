//! The explain page: without a run it leads to Train; what cannot be answered is said on a card.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use crate::answering_run::{RUN, write_answering_run, write_weights};
use crate::runs::{append_metrics, epoch, finished_run, suggest_split, write_run, write_run_with};
use crate::window::{
    ClickAt as _, Window, drop_files, empty_project, small_project, snapshot, wait_for, wait_until,
    window, write_image,
};
use cutting_room::catalog::Decision;
use cutting_room::explain::method::Method;
use cutting_room::project::Project;
use cutting_room::ui::page::Page;
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn open(root: &std::path::Path) -> Window<'static> {
    let mut window = window(Some(root));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
    window.run_steps(3);
    window
}

#[test]
fn an_empty_project_leads_to_train() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&empty_project(folder.path()));
    assert!(window.query_by_label("Nothing to explain yet").is_some());
    window.click_at(window.get_by_label("Go to Train").rect());
    window.run_steps(3);
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Train);
}

#[test]
fn a_better_epoch_is_answered_with_its_weights() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_run(&root, RUN, &[epoch(1, 0.5)]);
    write_weights(&root, |_| 0.0, [9.0, -9.0]);
    let mut window = open(&root);
    wait_for(&mut window, "Grad-CAM of drakes");
    write_weights(&root, |_| 0.0, [-9.0, 9.0]);
    append_metrics(&root, RUN, &[epoch(2, 0.75)]);
    wait_for(&mut window, "Grad-CAM of elves");
}

#[test]
fn an_image_that_the_run_was_trained_on_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    write_run_with(&root, RUN, &[], |info| info.contaminated = Some(0));
    let says = |expected: bool| {
        let mut window = open(&root);
        wait_for(&mut window, "Grad-CAM of");
        let mut said = window.query_all_by_label_contains("was trained on this image");
        assert_eq!(said.next().is_some(), expected);
    };
    let list = Project::open(&root)
        .unwrap()
        .run_dir(RUN)
        .join("trained-on.txt");
    let hashes: Vec<String> = snapshot(&open(&root))
        .images
        .into_iter()
        .map(|image| image.hash + "\n")
        .collect();
    std::fs::write(&list, "").unwrap();
    says(false);
    std::fs::write(&list, hashes.concat()).unwrap();
    says(true);
}

#[test]
fn a_map_of_zeros_says_that_no_region_speaks_for_the_class() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_run(&root, RUN, &finished_run(0.75));
    // No channel speaks for a class, or each against it.
    write_weights(&root, |_| -1.0, [9.0, -9.0]);
    let mut window = open(&root);
    wait_for(&mut window, "No region speaks for drakes");
}

#[test]
fn a_saved_image_is_named_after_its_film_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = open(&root);
    wait_for(&mut window, "Grad-CAM of ");
    window.click_at(window.get_by_label("Save PNG").rect());
    wait_for(&mut window, "Saved ");
    window.click_at(window.get_by_label("Save PNG").rect());
    wait_for(&mut window, "-2.png");
    let files = std::fs::read_dir(root.join("heatmaps").join(RUN)).unwrap();
    let mut names: Vec<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    let film = names[0].split('-').next().unwrap();
    assert!(["drakes", "elves"].contains(&film), "{names:?}");
    assert!(
        names.iter().any(|name| name.ends_with("-2.png")),
        "{names:?}"
    );
}

#[test]
fn several_dropped_images_are_a_list_and_one_is_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let paths = ["a.jpg", "b.jpg", "c.jpg"].map(|name| folder.path().join("asked").join(name));
    for (path, grey) in paths.iter().zip([10, 20, 30]) {
        write_image(path, grey);
    }
    let mut window = open(&root);
    drop_files(&mut window, &paths[..1]);
    wait_for(&mut window, "image a.jpg, Grad-CAM of ");
    assert!(window.query_by_label("b.jpg").is_none());
    drop_files(&mut window, &paths);
    wait_for(&mut window, "image a.jpg, Grad-CAM of ");
    assert!(window.query_by_label("3 images").is_some());
    window.key_press(Key::D);
    wait_for(&mut window, "image b.jpg, Grad-CAM of ");
    window.click_at(window.get_by_role_and_label(Role::Button, "c.jpg").rect());
    wait_for(&mut window, "image c.jpg, Grad-CAM of ");
    // A folder is for an import.
    drop_files(&mut window, &[folder.path().join("asked")]);
    window.run_steps(4);
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Collect);
}

/// Names of the saved files, sorted.
fn saved(root: &std::path::Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(root.join("heatmaps").join(RUN)) else {
        return Vec::new();
    };
    let mut names: Vec<String> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Clicks a button of the save row, and waits until the file is whole: only then can the next one be saved.
fn save(window: &mut Window<'_>, root: &std::path::Path, button: &str) {
    let before = saved(root).len();
    window.click_at(window.get_by_label(button).rect());
    // The click is taken in with one frame, and the next one shows it.
    window.run_steps(2);
    wait_until(window, button, |window| {
        let is_free = !window.get_by_label(button).accesskit_node().is_disabled();
        is_free && saved(root).len() > before
    });
}

/// Score-CAM takes seconds: asked for the next method, it is stopped.
#[test]
fn every_method_explains_and_is_saved_under_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = open(&root);
    wait_for(&mut window, "Grad-CAM of ");
    for method in Method::ALL.into_iter().skip(1) {
        window.key_press(Key::M);
        window.run_steps(2);
        if !method.is_slow() {
            wait_for(&mut window, &format!(", {} of ", method.title()));
            save(&mut window, &root, "Save PNG");
        }
    }
    window
        .get_by_role_and_label(Role::ComboBox, "Method")
        .scroll_to_me();
    window.run_steps(3);
    window.click_at(
        window
            .get_by_role_and_label(Role::ComboBox, "Method")
            .rect(),
    );
    window.run_steps(3);
    window.click_at(
        window
            .get_by_role_and_label(Role::Button, "Grad-CAM")
            .rect(),
    );
    wait_for(&mut window, ", Grad-CAM of ");
    let names = saved(&root);
    assert_eq!(names.len(), Method::ALL.len() - 2, "{names:?}");
    for method in Method::ALL
        .into_iter()
        .skip(1)
        .filter(|method| !method.is_slow())
    {
        let ending = format!("{}.png", method.file_suffix());
        assert!(names.iter().any(|name| name.ends_with(&ending)), "{ending}");
    }
}

#[test]
fn two_classes_stand_side_by_side_or_as_their_difference_on_any_layer() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = open(&root);
    wait_for(&mut window, ", Grad-CAM of ");
    window.click_at(
        window
            .get_by_role_and_label(Role::ComboBox, "Beside it")
            .rect(),
    );
    window.run_steps(3);
    let other = ["drakes", "elves"]
        .into_iter()
        .find(|name| window.query_by_role_and_label(Role::Button, name).is_some())
        .unwrap();
    window.click_at(window.get_by_role_and_label(Role::Button, other).rect());
    wait_for(&mut window, &format!("Grad-CAM of {other}, "));
    let both = window.query_all_by_label_contains("image ").any(|node| {
        let label = node.accesskit_node().label().unwrap_or_default();
        label.contains("Grad-CAM of drakes") && label.contains("Grad-CAM of elves")
    });
    assert!(both, "one image says both classes");
    window.click_at(window.get_by_label("A − B").rect());
    wait_for(&mut window, "Difference: orange speaks more for");
    save(&mut window, &root, "Save PNG");
    save(&mut window, &root, "Save NPY");
    let names = saved(&root);
    assert!(
        names[0].contains("-against-") && names[1].contains("-against-"),
        "{names:?}"
    );
    window.key_press(Key::L);
    window.run_steps(3);
    wait_for(&mut window, "blocks.6");
    save(&mut window, &root, "Save sheet");
    assert!(saved(&root).iter().any(|name| name.starts_with("sheet-")));
}

#[test]
fn a_map_is_checked_by_hiding_and_the_run_is_audited_in_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = open(&root);
    wait_for(&mut window, ", Grad-CAM of ");
    window
        .get_by_label("Hide the hottest region")
        .scroll_to_me();
    window.run_steps(4);
    window.click_at(window.get_by_label("Hide the hottest region").rect());
    wait_for(&mut window, "Hiding it costs more than");
    assert!(
        window
            .query_all_by_label_contains("Hiding the hottest first: area")
            .next()
            .is_some()
    );
    window.get_by_label("Audit the border").scroll_to_me();
    window.run_steps(4);
    window.click_at(window.get_by_label("Audit the border").rect());
    wait_for(&mut window, "Flips");
    assert!(root.join("runs").join(RUN).join("audit.json").is_file());
}

#[test]
fn the_train_page_explains_validation_images_by_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = open(&root);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    window.run_steps(3);
    wait_for(&mut window, "Explain an image taken for ");
}

#[test]
fn a_run_without_weights_is_a_card_and_the_page_stays_usable() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_run(&root, "20261123-101500-s1", &finished_run(0.75));
    let mut window = open(&root);
    wait_for(&mut window, "Copy details");
    assert!(window.query_by_label_contains("Explaining").is_some());
    window.click_at(window.get_by_label("Dismiss").rect());
    window.run_steps(3);
    assert!(window.query_by_label("Copy details").is_none());
    // Rejecting works without any answer.
    window.key_press(Key::X);
    window.run_steps(3);
    let rejected = snapshot(&window)
        .images
        .iter()
        .filter(|image| image.decision == Decision::Reject)
        .count();
    assert_eq!(rejected, 1);
}
