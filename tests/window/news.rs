//! "What's new": nothing at the first start, a quiet line after an update, and the changelog whenever it is asked for.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::{Path, PathBuf};

use crate::window::{ClickAt as _, Window, has, small_project, window_with};
use cutting_room::ui::app::AppOptions;
use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;

const LINE: &str = "new since you were last here";

fn open(project: Option<PathBuf>, settings: &Path) -> Window<'static> {
    window_with(AppOptions {
        project,
        settings_dir: Some(settings.to_path_buf()),
    })
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(3);
}

/// As if the last start had been with a program whose newest section had another heading.
fn forget_news(settings: &Path) {
    let file = settings.join("window.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| {
        if line.starts_with("seen_news") {
            "seen_news = \"2026-11-26\"".to_owned()
        } else {
            line.to_owned()
        }
    });
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
}

#[test]
fn a_first_start_has_no_news_an_update_has_and_they_go_when_dismissed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings");
    assert!(!has(&open(None, &settings), LINE));
    drop(open(Some(small_project(folder.path())), &settings));
    assert!(!has(&open(None, &settings), LINE));

    forget_news(&settings);
    let mut window = open(None, &settings);
    assert!(has(&window, LINE));
    click(&mut window, "Dismiss what's new");
    assert!(!has(&window, LINE));
    drop(window);
    assert!(!has(&open(None, &settings), LINE));
}

#[test]
fn the_changelog_is_read_in_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings");
    drop(open(Some(small_project(folder.path())), &settings));
    forget_news(&settings);
    let mut window = open(None, &settings);
    click(&mut window, "What's new");
    assert!(!has(&window, LINE), "it counts as seen");
    assert!(has(&window, "2026-11-26"), "older sections are there, too");
    assert!(has(&window, "guide"), "the newest one is unfolded");
    assert!(!has(&window, "vob"), "older ones are folded");
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(!has(&window, "2026-11-26"));
    // And from the menu, at any time.
    click(&mut window, "Help");
    click(&mut window, "What's new");
    assert!(has(&window, "2026-11-26"));
}
