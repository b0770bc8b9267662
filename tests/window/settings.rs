//! The settings page: each change holds at once and is written, keys are bound by pressing them, caches are cleared, and a report
//! can be copied.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::window::{
    ClickAt as _, Window, has, small_project, snapshot, wait_for, wait_until, window_with,
};
use cutting_room::catalog::Decision;
use cutting_room::ui::app::AppOptions;
use cutting_room::ui::page::Page;
use eframe::egui::{Key, Modifiers, OutputCommand, Role};
use egui_kittest::kittest::Queryable as _;

struct Story {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Story {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = small_project(folder.path());
        Self { folder, root }
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("settings")
    }

    fn file(&self) -> PathBuf {
        self.dir().join("settings.toml")
    }

    fn written(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.dir()).unwrap();
        std::fs::write(self.dir().join(name), text).unwrap();
    }

    fn window(&self) -> Window<'_> {
        window_with(AppOptions {
            project: Some(self.root.clone()),
            settings_dir: Some(self.dir()),
        })
    }
}

fn page(window: &Window<'_>) -> Page {
    window.state().as_ref().unwrap().page()
}

fn go(window: &mut Window<'_>, modifiers: Modifiers, key: Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(4);
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(4);
}

/// Presses the button of the shortcut with this name and then the key.
fn bind(window: &mut Window<'_>, shortcut: &str, key: Key) {
    let label = format!("{shortcut}: ");
    window.get_by_label_contains(&label).scroll_to_me();
    window.run_steps(8);
    window.click_at(window.get_by_label_contains(&label).rect());
    window.run_steps(3);
    window.key_press(key);
    window.run_steps(4);
}

fn decided(window: &Window<'_>, decision: Decision) -> usize {
    let images = snapshot(window).images;
    images
        .iter()
        .filter(|image| image.decision == decision)
        .count()
}

#[test]
fn the_gear_and_its_key_lead_there_and_back() {
    let story = Story::new();
    let mut window = story.window();
    let before = page(&window);
    let gear = window.get_by_role_and_label(Role::Button, "Settings");
    window.click_at(gear.rect());
    window.run_steps(3);
    assert_eq!(page(&window), Page::Settings);
    go(&mut window, Modifiers::COMMAND, Key::Comma);
    assert_eq!(page(&window), before);
    go(&mut window, Modifiers::COMMAND, Key::Comma);
    assert_eq!(page(&window), Page::Settings);

    let mut without = window_with(AppOptions::default());
    go(&mut without, Modifiers::COMMAND, Key::Comma);
    assert_eq!(page(&without), Page::Settings);
    assert!(has(&without, "Reset all keys"));
}

#[test]
fn the_theme_of_an_older_version_is_taken_over_and_another_is_written() {
    let story = Story::new();
    story.write("window.toml", "theme = \"light\"\n");
    let mut window = story.window();
    assert!(!window.ctx.global_style().visuals.dark_mode);
    assert!(story.written().contains("theme = \"light\""));
    go(&mut window, Modifiers::COMMAND, Key::Comma);
    click(&mut window, "Dark");
    assert!(window.ctx.global_style().visuals.dark_mode);
    assert_eq!(story.written().trim(), "theme = \"dark\"");
    drop(window);
    // The older file still says light, and does not count any more.
    assert!(story.window().ctx.global_style().visuals.dark_mode);
}

#[test]
fn a_key_is_bound_by_pressing_it_and_holds_everywhere() {
    let story = Story::new();
    story.write("settings.toml", "# my keys\n");
    let mut window = story.window();
    go(&mut window, Modifiers::COMMAND, Key::Comma);
    bind(&mut window, "Reject and advance (Cull)", Key::Q);
    let written = story.written();
    assert!(written.starts_with("# my keys\n"), "{written}");
    assert!(written.contains("cull_reject = \"Q\""), "{written}");

    go(&mut window, Modifiers::COMMAND, Key::Num2);
    window.key_press(Key::X);
    window.run_steps(3);
    assert_eq!(decided(&window, Decision::Reject), 0);
    window.key_press(Key::Q);
    window.run_steps(3);
    assert_eq!(decided(&window, Decision::Reject), 1);
    // The sheet of keys knows.
    window.key_press(Key::F1);
    window.run_steps(3);
    assert!(window.query_by_label("Q").is_some());
    window.key_press(Key::Escape);
    window.run_steps(3);
    drop(window);

    let mut again = story.window();
    go(&mut again, Modifiers::COMMAND, Key::Num2);
    again.key_press(Key::Q);
    again.run_steps(3);
    assert_eq!(decided(&again, Decision::Reject), 2);
    go(&mut again, Modifiers::COMMAND, Key::Comma);
    click(&mut again, "Reset all keys");
    assert!(story.written().contains("cull_reject = \"X\""));
    assert!(has(&again, "Reject and advance (Cull): X"));
}

#[test]
fn what_is_typed_into_the_file_holds_in_the_open_window() {
    let story = Story::new();
    story.write("settings.toml", "theme = \"dark\"\n");
    let mut window = story.window();
    assert!(window.ctx.global_style().visuals.dark_mode);
    story.write("settings.toml", "theme = \"light\"\ndevice = \"gpu\"\n");
    window.run_steps(8);
    assert!(has(&window, "The settings file was changed"));
    assert!(has(&window, "auto, cpu, cuda or cuda:N"));
    assert!(!window.ctx.global_style().visuals.dark_mode);
}

#[test]
fn a_key_that_is_taken_is_refused_with_its_owner() {
    let story = Story::new();
    let mut window = story.window();
    go(&mut window, Modifiers::COMMAND, Key::Comma);
    bind(&mut window, "Reject and advance (Cull)", Key::K);
    wait_for(&mut window, "K is taken by “Keep and advance” (Cull)");
    assert!(has(&window, "Reject and advance (Cull): X"));
    assert!(!story.file().exists());
    // A key of every page, too: it is not done, but refused.
    bind(&mut window, "Reject and advance (Cull)", Key::F1);
    wait_for(&mut window, "F1 is taken by “Show or hide all keys”");
    bind(&mut window, "Reject and advance (Cull)", Key::ArrowLeft);
    wait_for(&mut window, "Left moves everywhere");
    bind(&mut window, "Reject and advance (Cull)", Key::Escape);
    assert!(has(&window, "Reject and advance (Cull): X"));
    assert_eq!(page(&window), Page::Settings);
}

#[test]
fn what_does_not_count_is_said_on_a_card_and_the_rest_counts() {
    let story = Story::new();
    story.write(
        "settings.toml",
        "theme = \"light\"\n[keys]\ncull_keep = \"X\"\ncull_pin = \"Y\"\n",
    );
    let mut window = story.window();
    assert!(!window.ctx.global_style().visuals.dark_mode);
    assert!(has(&window, "X is taken by “Reject and advance” (Cull)"));
    click(&mut window, "Dismiss");
    go(&mut window, Modifiers::COMMAND, Key::Comma);
    assert!(has(&window, "Pin or unpin (Cull): Y"));
    assert!(has(&window, "Keep and advance (Cull): K"));
}

fn files_below(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files_below(&path) } else { 1 }
        })
        .sum()
}

#[test]
fn caches_are_cleared_but_for_the_last_of_an_image() {
    let story = Story::new();
    let mut window = story.window();
    let thumbnails = story.root.join("cache/thumbnails");
    let all = snapshot(&window).images.len();
    wait_until(&mut window, "every thumbnail", |_| {
        files_below(&thumbnails) == all
    });
    std::fs::remove_file(&snapshot(&window).images[0].path).unwrap();
    let features = story.root.join("cache/features/a.features");
    std::fs::create_dir_all(features.parent().unwrap()).unwrap();
    std::fs::write(&features, "features").unwrap();
    go(&mut window, Modifiers::COMMAND, Key::Comma);
    wait_for(&mut window, "8 B in use");
    click(&mut window, "Clear caches");
    wait_for(&mut window, "Caches cleared");
    assert!(!features.exists());
    assert_eq!(files_below(&thumbnails), 1);
}

#[test]
fn diagnostics_are_copied_from_the_page_and_from_a_card() {
    let story = Story::new();
    story.write("settings.toml", "theme = \"blue\"\n");
    let mut window = story.window();
    // The card of the theme that does not count.
    let copied = copy_diagnostics(&mut window);
    assert!(copied.starts_with("Cutting Room "), "{copied}");
    assert!(copied.contains("ffmpeg"), "{copied}");
    assert!(
        copied.contains("Error\nAn entry of the settings without effect"),
        "{copied}"
    );
    click(&mut window, "Dismiss");
    go(&mut window, Modifiers::COMMAND, Key::Comma);
    let copied = copy_diagnostics(&mut window);
    assert!(!copied.contains("Error\n"), "{copied}");
    assert!(has(&window, "Diagnostics copied"));
}

fn copy_diagnostics(window: &mut Window<'_>) -> String {
    window.click_at(window.get_by_label("Copy diagnostics").rect());
    let began = Instant::now();
    loop {
        let commands = window.output().platform_output.commands.iter();
        let mut copied = commands.filter_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        if let Some(text) = copied.next_back() {
            return text;
        }
        assert!(
            began.elapsed() < Duration::from_mins(2),
            "nothing is copied"
        );
        std::thread::sleep(Duration::from_millis(10));
        window.run_steps(1);
    }
}
