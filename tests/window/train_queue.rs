//! The queue of runs on the train page: one table, runs that are found, and a queue that goes on where it was.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::{Path, PathBuf};

use crate::runs::suggest_split;
use crate::window::{ClickAt as _, Window, has, small_project, wait_for, wait_until, window};
use eframe::egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn split_project(folder: &tempfile::TempDir) -> PathBuf {
    let root = small_project(folder.path());
    suggest_split(&root);
    root
}

/// With the queue's rows in sight, and images that are looked at quickly.
fn open(root: &Path) -> Window<'static> {
    let mut window = window(Some(root));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    window.run_steps(3);
    let size = window.get_by_role_and_label(Role::SpinButton, "Size");
    size.set_value_accesskit(64.0);
    window.run_steps(3);
    window.get_by_label("Queue of runs").click_accesskit();
    window.run_steps(15);
    window
}

fn write(window: &mut Window<'_>, label: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, label).focus();
    window.run_steps(2);
    window.event(Event::Text(text.to_owned()));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(2);
}

fn written(window: &Window<'_>, label: &str) -> Option<String> {
    let field = window.get_by_role_and_label(Role::TextInput, label);
    field.accesskit_node().value()
}

/// It may lie below what the window shows.
fn press(window: &mut Window<'_>, label: &str) {
    window.get_by_label(label).click_accesskit();
    window.run_steps(3);
}

fn count_runs(root: &Path) -> usize {
    std::fs::read_dir(root.join("runs")).unwrap().count()
}

fn shown_runs(window: &Window<'_>) -> usize {
    window.query_all_by_label_contains("Show run ").count()
}

#[test]
fn a_queue_trains_every_setting_into_one_table_whose_rows_lead_to_the_runs() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut window = open(&root);
    write(&mut window, "Seeds", "0, 1");
    write(&mut window, "Rates", "1e-4, 1e-2");
    assert!(has(&window, "4 runs; how long they take is known once"));
    press(&mut window, "Train the queue");
    let button = window.get_by_label("Train the queue");
    assert!(button.accesskit_node().is_disabled(), "one at a time");
    wait_for(&mut window, "Queue of 4 runs, finished");
    assert_eq!(count_runs(&root), 4);
    assert_eq!(shown_runs(&window), 4);
    for text in ["rate 1e-4", "rate 1e-2"] {
        assert!(has(&window, text), "{text}");
    }
    assert_eq!(window.query_all_by_label("2 of 2 runs done").count(), 2);
    // So few scenes say nothing of either.
    let verdicts = ["Too few scenes", "No setting is best"];
    assert!(verdicts.iter().any(|verdict| has(&window, verdict)));
    assert!(has(&window, "4 runs, about "), "the time of one is known");
    let first = window.query_all_by_label_contains("Show run ").next();
    let first = first.unwrap().rect();
    window.click_at(first);
    window.run_steps(3);
    assert!(has(&window, "Loss plot") && shown_runs(&window) == 0);
    drop(window);

    // Its table is there again, and knows what was deleted.
    let mut runs = std::fs::read_dir(root.join("runs")).unwrap();
    std::fs::remove_dir_all(runs.next().unwrap().unwrap().path()).unwrap();
    let mut window = open(&root);
    wait_for(&mut window, "Queue of 4 runs, finished");
    window
        .get_by_label("Queue of 4 runs, finished")
        .click_accesskit();
    wait_for(&mut window, "deleted");
    assert_eq!(shown_runs(&window), 3);
    assert!(window.query_by_label("Go on").is_none());
    assert_eq!(written(&window, "Seeds").as_deref(), Some("0, 1"));
    press(&mut window, "Train the queue");
    wait_until(&mut window, "all are trained", |window| {
        (count_runs(&root), shown_runs(window)) == (4, 4)
    });
}

#[test]
fn a_cancelled_queue_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut window = open(&root);
    press(&mut window, "Train stage 1");
    wait_for(&mut window, ", finished");
    window
        .get_by_role_and_label(Role::ComboBox, "Stage")
        .focus();
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    press(&mut window, "2: everything");
    write(&mut window, "Seeds", "0, 1");
    press(&mut window, "Train the queue");
    wait_for(&mut window, "Show run ");
    press(&mut window, "Cancel");
    wait_for(&mut window, "Queue of 2 runs, cancelled");
    assert!(has(&window, "Cancelled before its end."));
    assert!(!has(&window, "goes on") && !has(&window, "waiting"));
    drop(window);

    let mut window = open(&root);
    wait_for(&mut window, "Queue of 2 runs, cut off");
    assert!(has(&window, "not begun"));
    press(&mut window, "Go on");
    wait_for(&mut window, "Queue of 2 runs, finished");
    assert_eq!(shown_runs(&window), 2);
    assert_eq!(count_runs(&root), 3, "the one that was cut off is resumed");
}

#[test]
fn a_queue_that_is_cancelled_before_it_has_learned_anything_leaves_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let root = split_project(&folder);
    let mut window = open(&root);
    press(&mut window, "Train the queue");
    wait_for(&mut window, "running");
    press(&mut window, "Cancel");
    wait_for(&mut window, "Queue of 1 run, c");
    let is_left = shown_runs(&window) > 0;
    assert_eq!(count_runs(&root), usize::from(is_left));
}

#[test]
fn what_cannot_be_queued_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open(&split_project(&folder));
    let button = |window: &Window<'_>| window.get_by_label("Train the queue").rect();
    let is_disabled = |window: &Window<'_>| {
        let button = window.get_by_label("Train the queue");
        button.accesskit_node().is_disabled()
    };
    assert!(!is_disabled(&window));
    let before = button(&window);
    write(&mut window, "Rates", "-1");
    let said = "A learning rate of -1 cannot be used; it must be above 0 and at most 1";
    assert!(has(&window, said));
    write(&mut window, "Sizes", "64, many");
    assert!(has(&window, "“many” is no size"));
    assert!(is_disabled(&window));
    assert_eq!(button(&window), before);
}
