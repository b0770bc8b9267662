//! Pinned images: chosen with a key or a button, watched below the plots, turned back epoch by epoch, and saved as a GIF.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::Path;

use crate::answering_run::{RUN, write_answering_run};
use crate::runs::suggest_split;
use crate::window::{
    ClickAt as _, Window, has, small_project, snapshot, wait_for, wait_until, window,
};
use cutting_room::catalog::Catalog;
use cutting_room::pins::Pins;
use cutting_room::project::Project;
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable as _;

fn go(window: &mut Window<'_>, page: Key) {
    window.key_press_modifiers(Modifiers::COMMAND, page);
    window.run_steps(3);
}

fn pins(root: &Path) -> Pins {
    let project = Project::open(root).unwrap();
    Pins::read(&Catalog::open_read_only(&project).unwrap())
}

/// What the run said after its two epochs: first that it is the one class, then the other.
fn write_history(root: &Path, image: i64) {
    let row = |epoch: u32, probs: [f32; 2]| {
        format!(
            "{{\"epoch\":{epoch},\"image\":{image},\"probs\":{probs:?},\"size\":[2,1],\"map\":[0.0,1.0],\"region\":[0.0,0.0,1.0,1.0]}}\n"
        )
    };
    let file = Project::open(root).unwrap().run_dir(RUN).join("pins.jsonl");
    std::fs::write(file, row(1, [0.75, 0.25]) + &row(2, [0.125, 0.875])).unwrap();
}

fn gifs(root: &Path) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(root.join("heatmaps").join(RUN)) else {
        return Vec::new();
    };
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "gif"))
        .collect();
    names.sort();
    names
}

#[test]
fn an_image_is_pinned_in_explain_and_in_cull_and_the_project_remembers_it() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = window(Some(&root));
    go(&mut window, Key::Num6);
    wait_for(&mut window, "Grad-CAM of ");
    window.key_press(Key::P);
    window.run_steps(3);
    assert_eq!(pins(&root).images().len(), 1);
    window.click_at(window.get_by_role_and_label(Role::Button, "Unpin").rect());
    window.run_steps(3);
    assert!(pins(&root).images().is_empty());
    go(&mut window, Key::Num2);
    window.key_press(Key::ArrowRight);
    window.key_press(Key::P);
    window.run_steps(3);
    let pinned = pins(&root).images().to_vec();
    assert_eq!(pinned.len(), 1);
    let is_known = snapshot(&window).image(pinned[0]).is_some();
    assert!(is_known);
}

#[test]
fn pinned_images_are_turned_back_epoch_by_epoch_and_saved_over_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    suggest_split(&root);
    write_answering_run(&root);
    let mut window = window(Some(&root));
    go(&mut window, Key::Num6);
    wait_for(&mut window, "Grad-CAM of ");
    window.key_press(Key::P);
    window.run_steps(3);
    write_history(&root, pins(&root).images()[0].0);
    go(&mut window, Key::Num4);
    wait_for(&mut window, "Pinned images");
    wait_for(&mut window, "by the best net, of epoch 2");
    wait_for(&mut window, "Epoch of the pinned images");
    window.key_press(Key::ArrowLeft);
    wait_for(&mut window, "taken for elves 88 %");
    window.key_press(Key::ArrowLeft);
    wait_for(&mut window, "taken for drakes 75 %");
    assert!(
        has(&window, "after epoch 1 to "),
        "the way of the probability"
    );
    for count in [1, 2] {
        window.click_at(window.get_by_label("Save GIF").rect());
        window.run_steps(3);
        window.click_at(window.get_by_label("All pinned images").rect());
        wait_until(&mut window, "a GIF", |window| {
            gifs(&root).len() == count && !has(window, "Saving")
        });
    }
    assert_eq!(gifs(&root), ["pins-2.gif", "pins.gif"]);
    window.get_by_label("Unpin this image").click_accesskit();
    wait_for(&mut window, "Validation images");
    assert!(pins(&root).images().is_empty());
}
