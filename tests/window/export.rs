//! Export…: from the evaluate page to a folder that another program reads, and never over something that is there.

use std::fs;
use std::path::Path;

use crate::answering_run::{RUN, write_answering_run};
use crate::runs::suggest_split;
use crate::window::{ClickAt as _, Window, has, small_project, wait_for, wait_until, window};
use cutting_room::export::bundle::Bundle;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

/// On Evaluate, with the form open.
fn open(root: &Path) -> Window<'static> {
    suggest_split(root);
    write_answering_run(root);
    let mut window = window(Some(root));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num5);
    window.run_steps(3);
    window.click_at(window.get_by_label("Export…").rect());
    window.run_steps(3);
    assert!(has(&window, "Export for other programs"));
    window
}

/// Calls the new folder so.
fn name(window: &mut Window<'_>, text: &str) {
    let label = "Name of the new folder";
    window.get_by_label(label).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.get_by_label(label).type_text(text);
    window.run_steps(2);
}

#[test]
fn a_bundle_is_made_and_checks_itself() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut window = open(&root);
    window.click_at(window.get_by_label("Bundle").rect());
    window.run_steps(2);
    window.click_at(window.get_by_label("Export").rect());
    window.run_steps(2);
    assert!(
        !has(&window, "Export for other programs"),
        "the form is closed"
    );
    let out = root.join(format!("{RUN}-bundle"));
    wait_until(&mut window, "the bundle", |_| out.is_dir());
    wait_for(&mut window, "files in");
    assert!(Bundle::open(&out).unwrap().checked > 3);
    window.click_at(window.get_by_label_contains("Dismiss Export").rect());
    window.run_steps(3);
    assert!(!has(&window, "Dismiss Export"));
}

#[test]
fn images_go_into_folders_and_a_folder_that_is_not_empty_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    fs::create_dir_all(root.join("mine")).unwrap();
    fs::write(root.join("mine/notes.txt"), "mine").unwrap();
    let mut window = open(&root);
    window.click_at(window.get_by_label("Image folders").rect());
    window.run_steps(2);
    assert!(has(&window, "Copy the files"));
    name(&mut window, "mine");
    assert!(has(
        &window,
        "the folder is not empty; choose a new folder elsewhere"
    ));
    window.click_at(window.get_by_label("Export").rect());
    window.run_steps(2);
    assert!(has(&window, "Export for other programs"), "nothing began");
    name(&mut window, "faces");
    window.click_at(window.get_by_label("Export").rect());
    wait_for(&mut window, "images, split");
    assert!(root.join("faces/train/elves").is_dir());
    assert!(root.join("faces/cutting-room.json").is_file());
    assert_eq!(
        fs::read_to_string(root.join("mine/notes.txt")).unwrap(),
        "mine"
    );
}

#[test]
fn the_course_of_a_run_goes_to_tensorboard_and_a_page_asks_for_its_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut window = open(&root);
    window.get_by_label("TensorBoard").click();
    window.run_steps(2);
    let runtime = "Folder with onnxruntime-web; downloaded once if this is empty";
    assert!(!has(&window, runtime));
    window.get_by_label("Export").click();
    wait_for(&mut window, "files in");
    let out = root.join(format!("{RUN}-tensorboard")).join(RUN);
    let events = fs::read_dir(out).unwrap().next().unwrap().unwrap();
    assert!(events.file_name().to_string_lossy().contains("tfevents"));

    window.get_by_label("Export…").click();
    window.run_steps(3);
    window.get_by_label("Web page").click();
    window.run_steps(2);
    window.get_by_label(runtime).focus();
    window.run_steps(2);
    let nowhere = folder.path().join("nowhere");
    window
        .get_by_label(runtime)
        .type_text(nowhere.to_str().unwrap());
    window.run_steps(2);
    window.get_by_label("Export").click();
    wait_for(&mut window, "wasm.bundle.min.mjs cannot be read");
    assert!(!root.join(format!("{RUN}-site")).exists());
}

#[test]
fn escape_closes_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut window = open(&root);
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(!has(&window, "Export for other programs"));
}
