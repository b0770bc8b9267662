//! The evaluate page: measured at a click, from a cell of the matrix to its images, and from an image to a decision.

use std::path::Path;

use crate::answering_run::{RUN, write_answering_run, write_weights};
use crate::runs::{finished_run, suggest_split, write_run};
use crate::window::{
    ClickAt as _, Window, drop_files, empty_project, has, small_project, snapshot, wait_for,
    wait_until, window, write_image,
};
use cutting_room::catalog::{Catalog, Decision, Edit};
use cutting_room::dataset::Split;
use cutting_room::evaluate::Predictions;
use cutting_room::project::Project;
use cutting_room::ui::page::Page;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

fn open(root: &Path) -> Window<'static> {
    let mut window = window(Some(root));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num5);
    window.run_steps(3);
    window
}

/// Two films of two scenes; whatever a run of this project sees, it takes for drakes.
fn measured(root: &Path) -> Window<'static> {
    suggest_split(root);
    write_run(root, RUN, &finished_run(0.75));
    write_weights(root, |_| 0.0, [9.0, -9.0]);
    let mut window = open(root);
    wait_for(&mut window, "Not measured yet");
    window.click_at(window.get_by_label("Measure on Validation").rect());
    wait_for(&mut window, "Confusion");
    window
}

#[test]
fn an_empty_project_leads_to_train() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&empty_project(folder.path()));
    assert!(window.query_by_label("Nothing to evaluate yet").is_some());
    window.click_at(window.get_by_label("Go to Train").rect());
    window.run_steps(3);
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Train);
}

#[test]
fn a_cell_of_the_matrix_opens_its_images_and_escape_all() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut window = measured(&root);
    let images = |window: &Window<'_>| {
        window
            .query_all_by_label_contains("taken for drakes 100")
            .count()
    };
    let all = snapshot(&window).images.len();
    assert!(
        all > 6 && images(&window) == 3,
        "{} of {all}",
        images(&window)
    );
    assert!(has(&window, "50.0 %"), "half of the six are drakes");
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    assert!(has(&window, "Explain this image"));
    window.click_at(window.get_by_label("3 of drakes taken for drakes").rect());
    window.run_steps(3);
    assert_eq!(images(&window), 0);
    assert!(has(&window, "drakes: right"));
    // What was selected is not among them, and is not to be rejected unseen.
    assert!(has(&window, "Click an image to correct"));
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert_eq!(images(&window), 3);
    window.click_at(window.get_by_label("Only wrong ones").rect());
    window.run_steps(3);
    assert!(!has(&window, "drakes: right") && images(&window) == 3);
    for (table, expected) in [
        ("Scenes", "Show images of elves:"),
        ("Sources", "Show images of elves"),
        ("Calibration", "Reliability diagram"),
        ("Shortcuts", "Hide the figures"),
    ] {
        window.click_at(window.get_by_label(table).rect());
        window.run_steps(3);
        assert!(has(&window, expected), "{table}");
    }
}

#[test]
fn a_mistake_is_rejected_by_key_and_the_number_says_that_the_data_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut window = measured(&root);
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    window.key_press(Key::X);
    window.run_steps(3);
    let rejected = |window: &Window<'_>| {
        let images = snapshot(window).images;
        let rejected = images
            .iter()
            .filter(|image| image.decision == Decision::Reject);
        rejected.count()
    };
    assert_eq!(rejected(&window), 1);
    wait_for(&mut window, "have changed since: measure again");
    window.click_at(window.get_by_label("Measure again").rect());
    let project = Project::open(&root).unwrap();
    wait_until(&mut window, "a new measurement", |_| {
        let measured = Predictions::read(&project, RUN, "valid").unwrap();
        measured.images.len() == 5
    });
    wait_until(&mut window, "a current number", |window| {
        !has(window, "have changed since")
    });
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(rejected(&window), 0);
}

#[test]
fn training_goes_on_from_here_and_an_image_opens_on_explain() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut window = measured(&root);
    window.key_press(Key::ArrowRight);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Explain);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num5);
    window.run_steps(3);
    window.click_at(window.get_by_label("Train on from here").rect());
    window.run_steps(3);
    assert_eq!(window.state().as_ref().unwrap().page(), Page::Train);
    assert!(has(&window, &format!("from {RUN}")));
}

#[test]
fn heatmaps_lie_over_the_images_in_view() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = open(&root);
    wait_for(&mut window, "Not measured yet");
    window.click_at(window.get_by_label("Measure on Validation").rect());
    wait_for(&mut window, "Confusion");
    let painted = |window: &Window<'_>| {
        let textures = window.ctx.tex_manager();
        textures.read().num_allocated()
    };
    let before = painted(&window);
    window.key_press(Key::H);
    wait_until(&mut window, "heatmaps", |window| {
        painted(window) >= before + 6
    });
}

#[test]
fn shortcuts_are_searched_for_and_a_group_is_rejected_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = open(&root);
    wait_for(&mut window, "Not measured yet");
    window.click_at(window.get_by_label("Measure on Validation").rect());
    wait_for(&mut window, "Confusion");
    window.click_at(window.get_by_label("Shortcuts").rect());
    window.run_steps(3);
    assert!(has(&window, "Audit the border"));
    window.click_at(window.get_by_label("Hide the figures").rect());
    wait_for(&mut window, "Figures found by their motion in");
    let row = "Show images of drakes: the same without the figure";
    window.click_at(window.get_by_label(row).rect());
    window.run_steps(3);
    assert!(has(&window, "drakes: the same without the figure"));
    window.key_press(Key::Escape);
    window.run_steps(3);

    window.click_at(window.get_by_label("Group the heatmaps").rect());
    wait_for(&mut window, "images decided by");
    let groups = window.query_all_by_label_contains("images decided by");
    let first = groups.into_iter().next().unwrap().rect();
    window.click_at(first);
    window.run_steps(3);
    assert!(has(&window, "Reject all"));
    window.click_at(window.get_by_label("Reject all").rect());
    window.run_steps(3);
    let rejected = |window: &Window<'_>| {
        let images = snapshot(window).images;
        let rejected = images
            .iter()
            .filter(|image| image.decision == Decision::Reject);
        rejected.count()
    };
    assert!(rejected(&window) > 0);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(rejected(&window), 0, "one step");
    window.key_press_modifiers(Modifiers::SHIFT, Key::X);
    window.run_steps(3);
    assert!(rejected(&window) > 0, "by key");
    for kind in ["background", "clusters"] {
        let kept = root.join("runs").join(RUN).join("predictions");
        assert!(kept.join(format!("valid.{kind}.json")).is_file());
    }
}

#[test]
fn a_dropped_folder_is_measured_on() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_run(&root, RUN, &finished_run(0.75));
    write_weights(&root, |_| 0.0, [9.0, -9.0]);
    let set = folder.path().join("cosplay");
    for (class, grey) in [("drakes", 20), ("elves", 90), ("elves", 120)] {
        let path = set.join(class).join(format!("{grey}.jpg"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_image(&path, grey);
    }
    let mut window = open(&root);
    drop_files(&mut window, &[set]);
    wait_for(&mut window, "Measure on cosplay");
    window.click_at(window.get_by_label("Measure on cosplay").rect());
    wait_for(&mut window, "33.3 %");
    assert!(has(&window, "of 3 images"));
    assert!(has(&window, "elves: wrong, taken for drakes"));
}

#[test]
fn images_of_a_renamed_class_are_said_to_be_left_out_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_run(&root, RUN, &finished_run(0.75));
    write_weights(&root, |_| 0.0, [9.0, -9.0]);
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    let classes = catalog.snapshot().unwrap().classes;
    let &(class, _) = classes.iter().find(|(_, name)| name == "elves").unwrap();
    let name = "night folk".to_owned();
    catalog.apply(&Edit::RenameClass { class, name }).unwrap();
    drop(catalog);
    let said = "3 of 6 images are of classes that the run does not know: night folk (3).";
    let mut first = open(&root);
    wait_for(&mut first, "Not measured yet");
    first.click_at(first.get_by_label("Measure on Validation").rect());
    wait_for(&mut first, said);
    assert!(has(&first, "of 3 images"));
    drop(first);
    let mut second = open(&root);
    wait_for(&mut second, said);
}

#[test]
fn files_that_are_gone_are_counted_beside_the_accuracy() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_run(&root, RUN, &finished_run(0.75));
    write_weights(&root, |_| 0.0, [9.0, -9.0]);
    let catalog = Catalog::open_read_only(&Project::open(&root).unwrap()).unwrap();
    let split = Split::of(&catalog.snapshot().unwrap()).unwrap();
    for sample in split.valid.iter().take(2) {
        std::fs::remove_file(&sample.path).unwrap();
    }
    let mut window = open(&root);
    wait_for(&mut window, "Not measured yet");
    window.click_at(window.get_by_label("Measure on Validation").rect());
    wait_for(
        &mut window,
        "4 of 6 images measured, 2 files missing or damaged",
    );
}
