//! The window's frame: pages, keys that work everywhere, start page, failures on cards.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::time::{Duration, Instant};

use crate::window::{
    ClickAt as _, Window, empty_project, small_project, snapshot, window, window_with,
};
use cutting_room::catalog::{Catalog, Decision};
use cutting_room::project::Project;
use cutting_room::ui::app::AppOptions;
use cutting_room::ui::page::Page;
use egui_kittest::kittest::Queryable as _;

use eframe::egui::{Event, Key, Modifiers};

fn page(window: &Window<'_>) -> Page {
    window.state().as_ref().unwrap().page()
}

fn decisions(window: &Window<'_>) -> Vec<Decision> {
    let images = snapshot(window).images;
    images.iter().map(|image| image.decision).collect()
}

#[test]
fn every_page_opens_by_rail_and_by_key() {
    let folder = tempfile::tempdir().unwrap();
    for root in [empty_project(folder.path()), small_project(folder.path())] {
        let mut window = window(Some(&root));
        for (number, name) in ["Collect", "Cull", "Split", "Train", "Evaluate", "Explain"]
            .into_iter()
            .enumerate()
        {
            window.click_at(
                window
                    .get_by_role_and_label(eframe::egui::Role::Button, name)
                    .rect(),
            );
            window.run_steps(3);
            assert_eq!(page(&window).name(), name);
            let keys = [
                Key::Num1,
                Key::Num2,
                Key::Num3,
                Key::Num4,
                Key::Num5,
                Key::Num6,
            ];
            let key = keys[5 - number];
            window.key_press_modifiers(Modifiers::COMMAND, key);
            window.run_steps(3);
            assert_eq!(page(&window), Page::RAIL[5 - number]);
        }
    }
}

#[test]
fn an_edit_is_announced_and_undone_by_its_toast_and_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    let before = decisions(&window);
    window.key_press(Key::X);
    window.run_steps(3);
    assert_ne!(decisions(&window), before);
    // One Undo stands in the top bar as an icon, the other in the toast.
    let buttons = window.get_all_by_role_and_label(eframe::egui::Role::Button, "Undo");
    let in_toast = buttons.last().unwrap().rect();
    window.click_at(in_toast);
    window.run_steps(3);
    assert_eq!(decisions(&window), before);

    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    window.run_steps(3);
    assert_ne!(decisions(&window), before);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(decisions(&window), before);
}

#[test]
fn a_toast_offers_undo_only_while_its_edit_is_the_last_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    let undo_buttons = |window: &Window<'_>| {
        window
            .get_all_by_role_and_label(eframe::egui::Role::Button, "Undo")
            .count()
    };
    let without_toast = undo_buttons(&window);
    window.key_press(Key::X);
    window.run_steps(3);
    window.key_press(Key::K);
    window.run_steps(3);
    assert_eq!(undo_buttons(&window), without_toast + 1);
    // The toast of the second edit would now undo the first.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(undo_buttons(&window), without_toast);
}

#[test]
fn undo_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let mut first = window(Some(&root));
    let before = decisions(&first);
    first.key_press(Key::K);
    first.run_steps(3);
    drop(first);
    let mut second = window(Some(&root));
    assert_ne!(decisions(&second), before);
    second.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    second.run_steps(3);
    assert_eq!(decisions(&second), before);
}

#[test]
fn the_question_mark_shows_all_keys_and_escape_hides_them() {
    let mut window = window(None);
    window.event(Event::Text("?".to_owned()));
    window.run_steps(3);
    assert!(
        window
            .query_by_label("Leave the loupe, select none")
            .is_some()
    );
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(
        window
            .query_by_label("Leave the loupe, select none")
            .is_none()
    );
}

#[test]
fn without_a_project_the_start_page_makes_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(None);
    assert_eq!(page(&window), Page::Start);
    window.click_at(window.get_by_label("Cull").rect());
    window.run_steps(3);
    assert_eq!(page(&window), Page::Start);

    for (label, text) in [
        ("Name of the project", "orcs"),
        (
            "Folder for the project",
            folder.path().to_str().expect("a plain path"),
        ),
    ] {
        let field = window.get_by_role_and_label(eframe::egui::Role::TextInput, label);
        field.focus();
        window.run_steps(2);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window
            .get_by_role_and_label(eframe::egui::Role::TextInput, label)
            .type_text(text);
        window.run_steps(2);
    }
    window.click_at(window.get_by_label("Make the project").rect());
    window.run_steps(4);
    assert_eq!(page(&window), Page::Collect);
    assert!(Project::open(&folder.path().join("orcs")).is_ok());
}

#[test]
fn a_project_that_cannot_be_opened_is_a_card_that_goes_away() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(folder.path()));
    assert_eq!(page(&window), Page::Start);
    assert!(
        window
            .query_by_label("The project could not be opened")
            .is_some()
    );
    assert!(window.query_by_label("Copy details").is_some());
    window.click_at(window.get_by_label("Dismiss").rect());
    window.run_steps(3);
    assert!(
        window
            .query_by_label("The project could not be opened")
            .is_none()
    );
}

#[test]
fn a_damaged_catalog_is_restored_from_its_card() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let project = Project::open(&root).unwrap();
    drop(Catalog::open(&project).unwrap());
    std::fs::write(project.catalog_path(), "no database").unwrap();
    let mut window = window(Some(&root));
    assert_eq!(page(&window), Page::Start);
    window.click_at(window.get_by_label("Restore the last backup").rect());
    window.run_steps(4);
    assert_eq!(page(&window), Page::Cull);
    assert!(
        window
            .query_by_label("The project could not be opened")
            .is_none()
    );
}

#[test]
fn a_project_that_is_open_elsewhere_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let _holder = Project::open(&root).unwrap().lock().unwrap();
    let window = window(Some(&root));
    assert!(
        window
            .query_by_label_contains("open in another window or command")
            .is_some()
    );
}

/// The process of a window that was closed in the middle of a job lives on for a moment.
#[test]
fn a_project_that_is_still_being_closed_elsewhere_opens_when_it_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let holder = Project::open(&root).unwrap().lock().unwrap();
    holder.mark_leaving();
    let began = Instant::now();
    let mut window = window(Some(&root));
    window.run_steps(3);
    assert!(began.elapsed() < Duration::from_secs(5), "nobody waits");
    let has_session = |window: &Window<'_>| window.state().as_ref().unwrap().session().is_some();
    assert!(!has_session(&window));
    assert!(
        window
            .query_by_label_contains("still being closed")
            .is_some()
    );
    assert!(window.query_by_label_contains("open in another").is_none());
    drop(holder);
    window.run_steps(3);
    assert!(has_session(&window));
}

#[test]
fn recent_projects_are_remembered_and_can_be_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let settings = folder.path().join("settings");
    drop(window_with(AppOptions {
        project: Some(root.clone()),
        settings_dir: Some(settings.clone()),
    }));
    let again = AppOptions {
        project: None,
        settings_dir: Some(settings),
    };
    let mut window = window_with(again);
    window.click_at(window.get_by_label("Open small project").rect());
    window.run_steps(4);
    assert_eq!(page(&window), Page::Cull);
    window.click_at(window.get_by_label("Start").rect());
    window.run_steps(3);
    window.click_at(
        window
            .get_by_label("Take small project off this list")
            .rect(),
    );
    window.run_steps(3);
    assert!(window.query_by_label("Open small project").is_none());
    assert!(root.is_dir());
}

#[test]
fn the_theme_button_goes_round() {
    let mut window = window(None);
    assert!(window.ctx.global_style().visuals.dark_mode);
    window.click_at(window.get_by_label("Theme").rect());
    window.run_steps(3);
    assert!(!window.ctx.global_style().visuals.dark_mode);
}

#[test]
fn panel_widths_are_remembered_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = AppOptions {
        project: Some(small_project(folder.path())),
        settings_dir: Some(folder.path().join("settings")),
    };
    let width_of_search = |window: &Window<'_>| {
        let field = window
            .get_by_role_and_label(eframe::egui::Role::TextInput, "Search path, class, source");
        field.rect().width()
    };
    let mut first = window_with(options.clone());
    let narrow = width_of_search(&first);
    // The facets' right edge, dragged by hand.
    let field =
        first.get_by_role_and_label(eframe::egui::Role::TextInput, "Search path, class, source");
    let edge = eframe::egui::pos2(field.rect().right() + 12.0, 400.0);
    first.drag_at(edge);
    first.run_steps(2);
    first.hover_at(edge + eframe::egui::vec2(80.0, 0.0));
    first.run_steps(2);
    first.drop_at(edge + eframe::egui::vec2(80.0, 0.0));
    first.run_steps(8);
    let wide = width_of_search(&first);
    assert!(wide > narrow + 60.0, "{narrow} {wide}");
    drop(first);
    let again = window_with(options);
    assert!((width_of_search(&again) - wide).abs() < 2.0);
}

#[test]
fn tab_goes_from_left_to_right() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    let mut places = Vec::new();
    for _ in 0..60 {
        window.key_press(Key::Tab);
        window.run_steps(2);
        let focused = window
            .get_all_by(|node| node.is_focused() && !node.is_hidden())
            .next()
            .map(|node| node.rect());
        places.extend(focused);
    }
    let width = 1280.0;
    // The rail, the top bar, then the facets, the bar over the grid and the inspector.
    let below = |rect: &eframe::egui::Rect| rect.top() > 40.0 && rect.bottom() < 688.0;
    let first_after = |left: f32, from: usize| {
        let mut rest = places.iter().enumerate().skip(from);
        rest.find(|(_, rect)| below(rect) && rect.left() > left)
            .map(|(place, _)| place)
    };
    let facets = first_after(72.0, 0).unwrap();
    let order = first_after(72.0 + 224.0 + 100.0, facets).unwrap();
    let inspector = first_after(width - 256.0, order).unwrap();
    assert!(facets < order && order < inspector, "{places:?}");
    assert!(
        places[order].right() < width - 256.0,
        "the middle comes before the inspector: {places:?}"
    );
    let top: Vec<f32> = places
        .iter()
        .filter(|rect| rect.bottom() <= 48.0)
        .map(eframe::egui::Rect::left)
        .collect();
    assert!(top.len() >= 2 && top[0] < top[1], "{places:?}");
}

#[test]
fn start_says_what_is_left_to_do_in_each_project() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings");
    let options = |project: Option<std::path::PathBuf>| AppOptions {
        project,
        settings_dir: Some(settings.clone()),
    };
    let mut first = window_with(options(Some(small_project(folder.path()))));
    first.key_press(Key::X);
    first.run_steps(8);
    drop(first);
    let window = window_with(options(None));
    assert!(window.query_by_label_contains("13 undecided").is_some());
    assert!(window.query_by_label_contains("no run yet").is_some());
}

#[test]
fn a_maximized_window_comes_back_maximized() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings");
    let options = AppOptions {
        project: Some(small_project(folder.path())),
        settings_dir: Some(settings.clone()),
    };
    let mut window = window_with(options);
    for _ in 0..8 {
        let id = eframe::egui::ViewportId::ROOT;
        let viewport = window.input_mut().viewports.entry(id).or_default();
        viewport.maximized = Some(true);
        window.run_steps(1);
    }
    drop(window);
    let stored = std::fs::read_to_string(settings.join("window.toml")).unwrap();
    assert!(stored.contains("is_maximized = true"), "{stored}");
}
