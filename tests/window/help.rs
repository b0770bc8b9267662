//! Help beside numbers: a mark on each, that says what it means under the pointer, by a click and by the keyboard.

use crate::answering_run::{RUN, write_answering_run, write_weights};
use crate::runs::{finished_run, suggest_split, write_run, write_run_with};
use crate::window::{ClickAt as _, Window, has, small_project, wait_for, window};
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;

fn go(window: &mut Window<'_>, key: Key) {
    window.key_press_modifiers(Modifiers::COMMAND, key);
    window.run_steps(4);
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_role_and_label(Role::Button, label).rect());
    window.run_steps(3);
}

#[test]
fn a_mark_answers_to_click_keyboard_and_goes_away() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = window(Some(&root));
    go(&mut window, Key::Num4);
    wait_for(&mut window, "What is the loss?");
    let says = |window: &Window<'_>| has(window, "How improbable the true classes are");
    let advises = |window: &Window<'_>| has(window, "If the dots rise while the line falls");
    assert!(!says(&window));
    click(&mut window, "What is the loss?");
    assert!(says(&window) && advises(&window));
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(!says(&window));
    // By the keyboard, as Tab or a screen reader focuses it.
    window
        .get_by_role_and_label(Role::Button, "What is the loss?")
        .focus();
    window.run_steps(3);
    assert!(says(&window));
    click(&mut window, "What is the accuracy over the epochs?");
    assert!(!says(&window) && has(&window, "with the 95 % interval over whole scenes"));
}

#[test]
fn numbers_of_training_and_split_have_their_marks() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    write_run_with(&root, RUN, &[], |info| info.is_random_split = true);
    let mut window = window(Some(&root));
    go(&mut window, Key::Num4);
    wait_for(&mut window, "What is the loss?");
    for mark in [
        "What is counted on each side?",
        "What is the best accuracy?",
        "What is the 95 % interval?",
        "What is wrong with this accuracy?",
        "What is the learning rate over the steps?",
    ] {
        assert!(has(&window, mark), "{mark}");
    }
    go(&mut window, Key::Num3);
    wait_for(&mut window, "What is a leak?");
    assert!(has(&window, "What is counted on each side?"));
    go(&mut window, Key::Num6);
    wait_for(&mut window, "Grad-CAM of");
    for mark in [
        "What is the probability of a class?",
        "What is the raw value?",
    ] {
        assert!(has(&window, mark), "{mark}");
    }
}

#[test]
fn numbers_of_an_evaluation_have_their_marks() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_run(&root, RUN, &finished_run(0.75));
    write_weights(&root, |_| 0.0, [9.0, -9.0]);
    let mut window = window(Some(&root));
    go(&mut window, Key::Num5);
    wait_for(&mut window, "Not measured yet");
    click(&mut window, "Measure on Validation");
    wait_for(&mut window, "Confusion");
    for mark in [
        "What is the accuracy?",
        "What is an interval of too few scenes?",
        "What is the version of split and data?",
        "What is the confusion matrix?",
        "What is the confidence?",
        "What is precision, recall and F1?",
    ] {
        assert!(has(&window, mark), "{mark}");
    }
    for (table, mark) in [
        ("Scenes", "What is the count of a scene?"),
        ("Sources", "What is the count of a source?"),
        ("Calibration", "What is the calibration error?"),
        ("Shortcuts", "What is a group of heatmaps?"),
    ] {
        click(&mut window, table);
        assert!(has(&window, mark), "{mark}");
    }
}
