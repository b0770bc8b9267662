//! The guide of a first project: called from the help menu, ticked off by what happens, and dismissed for good.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::Path;

use crate::answering_run::{RUN, write_weights};
use crate::runs::{finished_run, suggest_split, write_run};
use crate::window::{
    ClickAt as _, Window, drop_files, empty_project, has, small_project, wait_for, window_with,
    write_image,
};
use cutting_room::progress::Progress;
use cutting_room::ui::app::AppOptions;
use cutting_room::ui::page::Page;
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;

fn open(root: &Path, settings: &Path) -> Window<'static> {
    window_with(AppOptions {
        project: Some(root.to_path_buf()),
        settings_dir: Some(settings.to_path_buf()),
    })
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(3);
}

fn call(window: &mut Window<'_>) {
    click(window, "Help");
    click(window, "Guide to a first project");
}

fn page(window: &Window<'_>) -> Page {
    window.state().as_ref().unwrap().page()
}

#[test]
fn the_guide_is_called_leads_to_pages_and_stays_dismissed() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let settings = folder.path().join("settings");
    let mut window = open(&root, &settings);
    assert!(!has(&window, "Guide:"), "only the sample has it unasked");
    call(&mut window);
    assert!(has(&window, "Guide: 1 of 8 steps done"), "there are images");
    assert!(has(&window, "Reject an image"));
    assert!(has(&window, "on this page"));
    window.key_press(Key::X);
    window.run_steps(3);
    assert!(has(&window, "Guide: 2 of 8 steps done"));
    // The decision is what counts, not that it was made once.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert!(has(&window, "Guide: 1 of 8 steps done"));

    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    window.run_steps(3);
    click(&mut window, "Go to Cull");
    assert_eq!(page(&window), Page::Cull);
    click(&mut window, "Show all steps");
    assert!(has(&window, "Bring in films and images: done"));
    click(&mut window, "Question the split: to do");
    assert_eq!(page(&window), Page::Split);

    click(&mut window, "Close the guide");
    assert!(!has(&window, "Guide:"));
    drop(window);
    let mut again = open(&root, &settings);
    assert!(!has(&again, "Guide:"));
    call(&mut again);
    assert!(has(&again, "Guide: 1 of 8 steps done"));
}

#[test]
fn the_guide_is_offered_with_the_first_project_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings");
    // The sample was looked at before, and is not one's own.
    let sample = folder.path().join("sample");
    cutting_room::sample::prepare(&sample, &Progress::silent()).unwrap();
    drop(open(&sample, &settings));
    let mut window = window_with(AppOptions {
        project: None,
        settings_dir: Some(settings),
    });
    for (label, text) in [
        ("Name of the project", "orcs"),
        ("Folder for the project", folder.path().to_str().unwrap()),
    ] {
        let field = window.get_by_role_and_label(Role::TextInput, label);
        field.focus();
        window.run_steps(2);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window
            .get_by_role_and_label(Role::TextInput, label)
            .type_text(text);
        window.run_steps(2);
    }
    click(&mut window, "Make the project");
    assert!(has(&window, "Guide: 0 of 8 steps done"));
    assert!(has(&window, "Bring in films and images"));
}

#[test]
fn an_empty_project_asks_for_images_first() {
    let folder = tempfile::tempdir().unwrap();
    let root = empty_project(folder.path());
    let mut window = open(&root, &folder.path().join("settings"));
    call(&mut window);
    assert!(has(&window, "Guide: 0 of 8 steps done"));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num5);
    window.run_steps(3);
    // The page has a button of its own to Train.
    click(&mut window, "Go to Collect");
    assert_eq!(page(&window), Page::Collect);
}

#[test]
fn steps_are_done_by_what_happens_and_stay_done_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let settings = folder.path().join("settings");
    suggest_split(&root);
    write_run(&root, RUN, &finished_run(0.75));
    // Whatever this run sees, it takes for drakes.
    write_weights(&root, |_| 0.0, [9.0, -9.0]);
    let mut window = open(&root, &settings);
    call(&mut window);
    click(&mut window, "Show all steps");
    wait_for(&mut window, "Train stage 1: done");

    window.key_press_modifiers(Modifiers::COMMAND, Key::Num5);
    wait_for(&mut window, "Not measured yet");
    click(&mut window, "Measure on Validation");
    wait_for(&mut window, "Confusion");
    assert!(has(&window, "Open a mistake: to do"));
    // Wrong ones come first.
    window.key_press(Key::ArrowRight);
    window.run_steps(4);
    assert!(has(&window, "Open a mistake: done"));

    assert!(has(&window, "See where it looked: to do"));
    window.key_press(Key::Enter);
    window.run_steps(3);
    wait_for(&mut window, "Grad-CAM of");
    assert!(has(&window, "See where it looked: done"));
    assert!(has(&window, "Try your own image: to do"));
    let own = folder.path().join("own.png");
    write_image(&own, 99);
    drop_files(&mut window, &[own]);
    window.run_steps(3);
    wait_for(&mut window, "Try your own image: done");
    drop(window);

    let mut again = open(&root, &settings);
    click(&mut again, "Show all steps");
    for step in [
        "Open a mistake",
        "See where it looked",
        "Try your own image",
    ] {
        assert!(has(&again, &format!("{step}: done")), "{step}");
    }
    assert!(has(&again, "Let the checks look: to do"));
}

#[test]
fn a_scan_ticks_off_the_checks() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut window = open(&root, &folder.path().join("settings"));
    call(&mut window);
    click(&mut window, "Show all steps");
    wait_for(&mut window, "not scanned");
    click(&mut window, "Scan");
    wait_for(&mut window, "Let the checks look: done");
}
