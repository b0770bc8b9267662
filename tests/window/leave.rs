//! Leaving a project in which something is running: asked first, and never waited for.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::window::{ClickAt as _, Window, empty_project, small_project, wait_until, window};
use cutting_room::ui::action::Action;
use eframe::egui::{Key, Role, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::Queryable as _;

fn project_of(window: &Window<'_>) -> PathBuf {
    let app = window.state().as_ref().unwrap();
    app.session().unwrap().project().root().to_path_buf()
}

fn act(window: &mut Window<'_>, action: Action) {
    window.state_mut().as_mut().unwrap().act(action);
    window.run_steps(3);
}

/// A window in which a film of many minutes is being imported.
fn busy_window<'a>(folder: &Path, root: &Path) -> Window<'a> {
    let film = folder.join("long.mp4");
    crate::common::ffmpeg(
        &[
            "-f",
            "lavfi",
            "-i",
            "color=green:s=640x360:r=25:d=1500",
            "-preset",
            "ultrafast",
        ],
        &film,
    );
    let mut window = window(Some(root));
    act(&mut window, Action::Collect(vec![film]));
    wait_until(&mut window, "the form", |window| {
        window
            .query_by_role_and_label(Role::Button, "Import the film")
            .is_some()
    });
    window.click_at(
        window
            .get_by_role_and_label(Role::Button, "Import the film")
            .rect(),
    );
    wait_until(&mut window, "the import", |window| {
        let app = window.state().as_ref().unwrap();
        let jobs = app.session().unwrap().jobs();
        jobs.iter().any(|job| job.progress.done > 100)
    });
    window
}

#[test]
fn opening_another_project_asks_before_it_cancels_what_is_running() {
    let folder = tempfile::tempdir().unwrap();
    let first = empty_project(folder.path()).canonicalize().unwrap();
    let second = small_project(folder.path()).canonicalize().unwrap();
    let mut window = busy_window(folder.path(), &first);

    act(&mut window, Action::OpenProject(second.clone()));
    assert!(window.query_by_label("Leave this project?").is_some());
    assert_eq!(project_of(&window), first);
    window.click_at(window.get_by_label("Stay").rect());
    window.run_steps(3);
    assert!(window.query_by_label("Leave this project?").is_none());
    act(&mut window, Action::OpenProject(second.clone()));
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.query_by_label("Leave this project?").is_none());
    assert_eq!(project_of(&window), first);

    act(&mut window, Action::OpenProject(second.clone()));
    window.click_at(window.get_by_label("Cancel them and leave").rect());
    let asked = Instant::now();
    window.run_steps(3);
    assert_eq!(project_of(&window), second);
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );

    // The first one is free again once its import has ended, and nothing is asked where nothing runs.
    act(&mut window, Action::OpenProject(first.clone()));
    wait_until(&mut window, "the first project", |window| {
        project_of(window) == first
    });
}

/// The person presses the window's close button.
fn press_close(window: &mut Window<'_>) {
    let viewports = &mut window.input_mut().viewports;
    let root = viewports.entry(ViewportId::ROOT).or_default();
    root.events.push(ViewportEvent::Close);
    window.run_steps(1);
    let viewports = &mut window.input_mut().viewports;
    viewports
        .entry(ViewportId::ROOT)
        .or_default()
        .events
        .clear();
}

fn commands(window: &Window<'_>) -> Vec<ViewportCommand> {
    let root = window.output().viewport_output.get(&ViewportId::ROOT);
    root.map(|root| root.commands.clone()).unwrap_or_default()
}

#[test]
fn closing_asks_then_hides_at_once_and_ends_when_the_jobs_have() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = busy_window(folder.path(), &empty_project(folder.path()));

    press_close(&mut window);
    assert!(commands(&window).contains(&ViewportCommand::CancelClose));
    window.run_steps(1);
    window.click_at(window.get_by_label("Cancel them and close").rect());
    let asked = Instant::now();
    // The click is seen when the button is let go.
    while !commands(&window).contains(&ViewportCommand::Visible(false)) {
        window.step();
        assert!(asked.elapsed() < Duration::from_secs(1));
    }
    assert!(commands(&window).contains(&ViewportCommand::Close));
    press_close(&mut window);
    assert!(asked.elapsed() < Duration::from_secs(1));
    let app = window.state().as_ref().unwrap();
    assert!(app.session().is_none(), "the project is being left");
    wait_until(&mut window, "the end", |window| {
        commands(window).contains(&ViewportCommand::Close)
    });
    press_close(&mut window);
    assert!(!commands(&window).contains(&ViewportCommand::CancelClose));
}
