//! Collecting in the window: forms, progress, unreadable files, failures.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::web_server::{self, Reply, WebServer};
use crate::window::{
    ClickAt as _, Window, empty_project, small_project, snapshot, wait_until, window, window_with,
    write_image,
};
use cutting_room::catalog::import::ImportReport;
use cutting_room::catalog::{Catalog, Edit, Side};
use cutting_room::collect::{Collector, Origin, Request, Settings};
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use cutting_room::ui::action::Action;
use cutting_room::ui::app::AppOptions;
use cutting_room::ui::page::Page;
use eframe::egui::{DroppedFile, HoveredFile, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

/// Frames until `is_there`, at most half a minute: workers are waited for, not timed.
fn type_into(window: &mut Window<'_>, label: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, label).focus();
    window.run_steps(2);
    window
        .get_by_role_and_label(Role::TextInput, label)
        .type_text(text);
    window.run_steps(2);
}

fn scraped(folder: &Path) {
    write_image(&folder.join("elves/a.jpg"), 10);
    write_image(&folder.join("orcs/b.jpg"), 20);
    std::fs::write(folder.join("orcs/page.jpg"), "<html></html>").unwrap();
}

#[test]
fn an_empty_project_offers_both_ways_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&empty_project(folder.path())));
    assert!(window.query_by_label("Nothing collected yet").is_some());
    window.click_at(window.get_by_label("Add films…").rect());
    window.run_steps(3);
    assert!(
        window
            .query_by_role_and_label(Role::TextInput, "Path of a film")
            .is_some()
    );
    window.click_at(window.get_by_label("Add images…").rect());
    window.run_steps(3);
    assert!(
        window
            .query_by_role_and_label(Role::TextInput, "Path of a folder")
            .is_some()
    );
}

#[test]
fn a_folder_is_imported_and_its_unreadable_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("portraits");
    scraped(&images);
    let mut window = window(Some(&empty_project(folder.path())));
    window.click_at(window.get_by_label("Add images…").rect());
    window.run_steps(3);
    type_into(&mut window, "Path of a folder", images.to_str().unwrap());
    wait_until(&mut window, "the estimate", |window| {
        window.query_by_label("≈ 3 images · 2 classes").is_some()
    });
    window.click_at(window.get_by_label("use as a test set").rect());
    window.run_steps(2);
    window.click_at(window.get_by_label("Import the images").rect());
    wait_until(&mut window, "the warning", |window| {
        window.query_by_label("1 file could not be read").is_some()
    });
    // Rows take their places while the import's last rows come in.
    wait_until(&mut window, "the end of the import", |window| {
        let mut news = window.query_all_by_label_contains("2 images added");
        news.next().is_some()
    });
    window.run_steps(3);
    window.click_at(window.get_by_label("Show names and reasons").rect());
    window.run_steps(3);
    assert!(window.query_by_label_contains("orcs/page.jpg").is_some());

    let snapshot = snapshot(&window);
    assert_eq!(snapshot.images.len(), 2);
    assert!(snapshot.sources[0].is_test);
    assert_eq!(snapshot.sources[0].name, "portraits");
}

#[test]
fn dropped_folders_fill_the_form() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("portraits");
    scraped(&images);
    let mut window = window(Some(&small_project(folder.path())));
    let app = window.state_mut().as_mut().unwrap();
    app.act(Action::Collect(vec![images.clone()]));
    wait_until(&mut window, "the form", |window| {
        let role = Role::TextInput;
        let field = window.query_by_role_and_label(role, "Path of a folder");
        field.is_some()
    });
    let field = window.get_by_role_and_label(Role::TextInput, "Path of a folder");
    assert_eq!(field.value().as_deref(), images.to_str());
}

#[test]
fn a_film_that_is_none_says_so_before_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("notes.mp4");
    std::fs::write(&film, "no film").unwrap();
    let mut window = window(Some(&empty_project(folder.path())));
    window.click_at(window.get_by_label("Add films…").rect());
    window.run_steps(3);
    type_into(&mut window, "Path of a film", film.to_str().unwrap());
    window.key_press(Key::Enter);
    window.run_steps(2);
    wait_until(&mut window, "the reason", |window| {
        window.query_by_label_contains("ffmpeg").is_some()
    });
    assert!(
        window
            .get_by_label("Import the film")
            .accesskit_node()
            .is_disabled()
    );
    window.click_at(window.get_by_label("Take notes.mp4 off the list").rect());
    window.run_steps(2);
    assert!(window.query_by_label("notes.mp4").is_none());
}

#[test]
fn a_failed_import_is_a_card_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("portraits");
    scraped(&images);
    let mut window = window(Some(&empty_project(folder.path())));
    window.click_at(window.get_by_label("Add images…").rect());
    window.run_steps(3);
    type_into(&mut window, "Path of a folder", images.to_str().unwrap());
    wait_until(&mut window, "the estimate", |window| {
        window.query_by_label_contains("≈ 3").is_some()
    });
    // Gone between the look and the import.
    std::fs::remove_dir_all(&images).unwrap();
    window.click_at(window.get_by_label("Import the images").rect());
    wait_until(&mut window, "the card", |window| {
        window.query_by_label("Copy details").is_some()
    });
    // A panel takes its height from its first frame.
    window.run_steps(3);
    window.click_at(window.get_by_label("Dismiss").rect());
    wait_until(&mut window, "its end", |window| {
        window.query_by_label("Copy details").is_none()
    });
}

#[test]
fn a_source_becomes_a_test_set_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    window.run_steps(3);
    window.click_at(window.get_by_label("elves is a test set").rect());
    window.run_steps(3);
    assert!(snapshot(&window).source_named("elves").unwrap().is_test);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert!(!snapshot(&window).source_named("elves").unwrap().is_test);
}

#[test]
fn all_images_of_a_source_change_their_class_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    window.run_steps(3);
    window.click_at(window.get_by_label("Class of drakes").rect());
    window.run_steps(3);
    window.click_at(window.get_by_role_and_label(Role::Button, "elves").rect());
    window.run_steps(3);
    let snapshot = snapshot(&window);
    let elves = snapshot.class_named("elves");
    let drakes = snapshot.source_named("drakes").unwrap().id;
    assert!(
        snapshot
            .images_of_source(drakes)
            .iter()
            .all(|image| image.class == elves)
    );
}

#[test]
fn a_source_is_removed_from_its_menu_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    window.run_steps(3);
    let before = snapshot(&window).images;
    window.click_at(window.get_by_label("More for drakes").rect());
    window.run_steps(3);
    window.click_at(window.get_by_label("Remove from the project").rect());
    window.run_steps(3);
    assert!(snapshot(&window).source_named("drakes").is_none());
    assert!(window.query_by_label("More for drakes").is_none());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(snapshot(&window).images, before);
    // The step before is the import of the scraped images.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert!(snapshot(&window).source_named("portraits").is_none());
}

#[test]
fn the_menu_of_a_folder_says_whether_its_images_are_frames() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    window.run_steps(3);
    let scenes = |window: &Window<'_>| {
        let snapshot = snapshot(window);
        let portraits = snapshot.source_named("portraits").unwrap().id;
        snapshot.scenes_of_source(portraits).len()
    };
    assert_eq!(scenes(&window), 0);
    for (label, count) in [("Frames of films", 2), ("Single images", 0)] {
        window.click_at(window.get_by_label("More for portraits").rect());
        window.run_steps(3);
        window.click_at(window.get_by_label(label).rect());
        window.run_steps(3);
        assert_eq!(scenes(&window), count, "{label}");
    }
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(scenes(&window), 2);
    assert!(window.query_by_label("2 images · 2 scenes").is_some());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(scenes(&window), 0);
}

#[test]
fn a_class_is_renamed_excluded_and_merged_from_its_menu() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    window.run_steps(3);
    let elves = snapshot(&window).class_named("elves").unwrap();
    window.click_at(window.get_by_label("Class elves, 6 images").rect());
    window.run_steps(3);
    let field = window.get_by_role_and_label(Role::TextInput, "Name of elves");
    field.focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    let field = window.get_by_role_and_label(Role::TextInput, "Name of elves");
    field.type_text("night elves");
    window.run_steps(1);
    window.key_press(Key::Enter);
    window.run_steps(4);
    assert_eq!(snapshot(&window).class_named("night elves"), Some(elves));

    window.click_at(window.get_by_label("Class night elves, 6 images").rect());
    window.run_steps(3);
    window.click_at(window.get_by_label("Exclude from training").rect());
    window.run_steps(4);
    assert!(snapshot(&window).excluded.contains(&elves));

    window.click_at(
        window
            .get_by_label("Class night elves, 6 images, excluded")
            .rect(),
    );
    window.run_steps(3);
    window.click_at(window.get_by_label_contains("Merge into").rect());
    window.run_steps(4);
    window.click_at(window.get_by_label("Merge night elves into drakes").rect());
    window.run_steps(4);
    assert_eq!(snapshot(&window).class_named("night elves"), None);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(snapshot(&window).class_named("night elves"), Some(elves));

    window.click_at(
        window
            .get_by_label("Class night elves, 6 images, excluded")
            .rect(),
    );
    window.run_steps(3);
    window.click_at(window.get_by_label("Drop the class night elves").rect());
    window.run_steps(4);
    assert_eq!(snapshot(&window).class_named("night elves"), None);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(3);
    assert_eq!(snapshot(&window).class_named("night elves"), Some(elves));
}

#[test]
fn what_is_dropped_finds_its_form_and_what_is_nothing_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (films, singles) = (folder.path().join("films"), folder.path().join("found"));
    std::fs::create_dir(&films).unwrap();
    crate::common::three_scene_film(&films.join("drakes.mp4"));
    write_image(&singles.join("a.jpg"), 10);
    write_image(&singles.join("b.jpg"), 20);
    std::fs::write(folder.path().join("notes.txt"), "no film").unwrap();
    let mut window = window(Some(&empty_project(folder.path())));
    let app = window.state_mut().as_mut().unwrap();
    app.act(Action::Collect(vec![
        films,
        singles.join("a.jpg"),
        folder.path().join("notes.txt"),
        singles.join("b.jpg"),
    ]));
    wait_until(&mut window, "the film of the folder", |window| {
        window.query_by_label("drakes.mp4").is_some()
    });
    let refused = window.query_by_label_contains("notes.txt: ");
    assert!(refused.is_some(), "it blocks nothing and says why");
    window.click_at(window.get_by_label("Add images…").rect());
    window.run_steps(3);
    assert!(window.query_by_label("2 images").is_some());
    window.click_at(window.get_by_label("Import the images").rect());
    wait_until(&mut window, "the two images", |window| {
        snapshot(window).images.len() == 2
    });
    assert_eq!(snapshot(&window).sources[0].name, "found");
}

/// Otherwise the name that was given up would come back with the film.
#[test]
fn a_film_that_is_there_already_is_offered_under_its_present_class() {
    let folder = tempfile::tempdir().unwrap();
    let root = empty_project(folder.path());
    let film = folder.path().join("drakes.mp4");
    crate::common::three_scene_film(&film);
    let mut window = window(Some(&root));
    let offer = |window: &mut Window<'_>| {
        let app = window.state_mut().as_mut().unwrap();
        app.act(Action::Collect(vec![film.clone()]));
        wait_until(window, "the form", |window| {
            let button = "Import the film";
            window
                .query_by_role_and_label(Role::Button, button)
                .is_some()
        });
        let field = window.get_by_role_and_label(Role::TextInput, "Class of drakes.mp4");
        field.value().unwrap_or_default()
    };
    assert_eq!(offer(&mut window), "drakes");
    window.click_at(
        window
            .get_by_role_and_label(Role::Button, "Import the film")
            .rect(),
    );
    wait_until(&mut window, "its frames", |window| {
        !snapshot(window).images.is_empty()
    });
    drop(window);
    let mut catalog = Catalog::open(&Project::open(&root).unwrap()).unwrap();
    let class = catalog.snapshot().unwrap().classes[0].0;
    let name = "dragons".to_owned();
    catalog.edit(&Edit::RenameClass { class, name }).unwrap();
    drop(catalog);
    let mut window = crate::window::window(Some(&root));
    assert_eq!(offer(&mut window), "dragons");
}

#[test]
fn one_film_that_is_none_does_not_block_the_others_and_the_field_keeps_the_focus() {
    let folder = tempfile::tempdir().unwrap();
    let (film, notes) = (
        folder.path().join("drakes.mp4"),
        folder.path().join("x.mp4"),
    );
    crate::common::three_scene_film(&film);
    std::fs::write(&notes, "no film").unwrap();
    let mut window = window(Some(&empty_project(folder.path())));
    window.click_at(window.get_by_label("Add films…").rect());
    window.run_steps(3);
    type_into(&mut window, "Path of a film", film.to_str().unwrap());
    window.key_press(Key::Enter);
    window.run_steps(3);
    let field = window.get_by_role_and_label(Role::TextInput, "Path of a film");
    assert!(field.accesskit_node().is_focused(), "for the next path");
    field.type_text(notes.to_str().unwrap());
    window.run_steps(2);
    window.key_press(Key::Enter);
    wait_until(&mut window, "both answers", |window| {
        window.query_by_label("Import 1 of 2 films").is_some()
    });
    window.click_at(window.get_by_label("Import 1 of 2 films").rect());
    wait_until(&mut window, "its frames", |window| {
        !snapshot(window).images.is_empty()
    });
    let left = window.query_by_label("Take x.mp4 off the list");
    assert!(left.is_some(), "with its reason");
}

#[test]
fn a_folder_with_a_split_is_offered_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let images = folder.path().join("faces");
    for (seed, side) in ["train", "val", "test"].into_iter().enumerate() {
        for class in ["elves", "orcs"] {
            let seed = seed as u8 * 40 + class.len() as u8;
            write_image(&images.join(side).join(class).join("a.jpg"), seed);
        }
    }
    let root = empty_project(folder.path());
    let mut window = window(Some(&root));
    window.click_at(window.get_by_label("Add images…").rect());
    window.run_steps(3);
    type_into(&mut window, "Path of a folder", images.to_str().unwrap());
    wait_until(&mut window, "the split", |window| {
        window
            .query_by_label("train, val and test hold a split")
            .is_some()
    });
    assert!(window.query_by_label("≈ 6 images · 2 classes").is_some());
    window.click_at(window.get_by_label("Import the images").rect());
    wait_until(&mut window, "both sources", |window| {
        let snapshot = snapshot(window);
        snapshot.images.len() == 6 && snapshot.sources.len() == 2
    });
    let snapshot = snapshot(&window);
    assert!(snapshot.source_named("faces test").unwrap().is_test);
    assert_eq!(snapshot.classes.len(), 2);
    let valid = snapshot
        .images
        .iter()
        .filter(|image| image.side == Some(Side::Valid));
    assert_eq!(valid.count(), 2);
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    window.run_steps(3);
    assert!(
        window
            .query_by_label("Split by the folders they came from")
            .is_some()
    );
}

#[test]
fn missing_files_are_marked_at_their_source() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    std::fs::remove_file(folder.path().join("found/000.jpg")).unwrap();
    let mut window = window(Some(&root));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    wait_until(&mut window, "the mark", |window| {
        let mark = "1 of 2 images has no file any more: put it back, or import again";
        window.query_by_label(mark).is_some()
    });
    let films = window.query_all_by_label_contains("The film is not there any more");
    assert_eq!(films.count(), 2);
}

/// A file as the system's desktop hands it over.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_on(window: &mut Window<'_>, path: &Path) {
    window.input_mut().hovered_files = vec![HoveredFile {
        path: Some(path.to_path_buf()),
        ..HoveredFile::default()
    }];
    window.run_steps(2);
    let input = window.input_mut();
    input.hovered_files.clear();
    input.dropped_files = vec![Arc::new(Dropped(path.to_path_buf()))];
    window.run_steps(1);
    window.input_mut().dropped_files.clear();
    window.run_steps(3);
}

#[test]
fn a_project_dropped_on_start_opens_and_a_film_on_any_page_comes_to_collect() {
    let folder = tempfile::tempdir().unwrap();
    let root = small_project(folder.path());
    let film = folder.path().join("orcs.mp4");
    crate::common::three_scene_film(&film);
    let mut window = window(None);
    drop_on(&mut window, &root);
    assert_eq!(snapshot(&window).sources.len(), 3);
    let page = |window: &Window<'_>| window.state().as_ref().unwrap().page();
    assert_eq!(page(&window), Page::Cull);
    drop_on(&mut window, &film);
    assert_eq!(page(&window), Page::Collect);
    wait_until(&mut window, "the film", |window| {
        window
            .query_by_label("Take orcs.mp4 off the list")
            .is_some()
    });
    // A project is no material for another one.
    drop_on(&mut window, &root);
    wait_until(&mut window, "the reason", |window| {
        let reason = "this is a project, not material for one";
        window.query_by_label_contains(reason).is_some()
    });
}

/// A list with an image of elves, one of orcs, and a page.
fn list_of_images(folder: &Path, server: &WebServer) -> PathBuf {
    let mut list = "url,class,licence,author,page\n".to_owned();
    for (number, class) in [(1, "elves"), (2, "orcs"), (3, "orcs")] {
        let path = format!("/{number}.png");
        server.route(&path, Reply::ok(web_server::image(number, 300, 300)));
        let url = server.url(&path);
        writeln!(list, "{url},{class},CC BY 4.0,Ann,https://a.org/{number}").unwrap();
    }
    server.route("/3.png", Reply::ok("<html></html>"));
    let path = folder.join("list.csv");
    std::fs::write(&path, list).unwrap();
    path
}

#[test]
fn the_form_for_the_web_collects_and_lists_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = WebServer::start();
    let list = list_of_images(folder.path(), &server);
    let mut window = window(Some(&empty_project(folder.path())));
    window.click_at(window.get_by_label("From the web…").rect());
    window.run_steps(3);
    let is_disabled = |window: &Window<'_>| {
        let button = window.get_by_label("Collect the images");
        button.accesskit_node().is_disabled()
    };
    assert!(is_disabled(&window), "nothing to look for");
    type_into(&mut window, "Keywords", "red fox");
    assert!(!is_disabled(&window));
    window.click_at(window.get_by_label("A list of addresses").rect());
    window.run_steps(3);
    assert!(is_disabled(&window));
    type_into(&mut window, "Path of a list", list.to_str().unwrap());
    window.click_at(window.get_by_label("Collect the images").rect());
    // Addresses on this computer are nothing that a list may name.
    wait_until(&mut window, "the end", |window| {
        let label = "3 addresses without an image";
        window.query_by_label(label).is_some()
    });
    wait_until(&mut window, "the summary", |window| {
        let mut news = window.query_all_by_label_contains("0 images taken into web, 3 refused");
        news.next().is_some()
    });
    window.click_at(window.get_by_label("Show names and reasons").rect());
    window.run_steps(3);
    assert!(window.query_by_label_contains("/3.png").is_some());
    assert!(server.asked().is_empty());
}

#[test]
fn the_form_for_the_web_takes_dates_and_remembers_the_contact() {
    let folder = tempfile::tempdir().unwrap();
    let project = empty_project(folder.path());
    let options = || AppOptions {
        project: Some(project.clone()),
        settings_dir: Some(folder.path().join("settings")),
    };
    let mut first = window_with(options());
    first.click_at(first.get_by_label("From the web…").rect());
    first.run_steps(3);
    let is_disabled = |window: &Window<'_>, label: &str| {
        window.get_by_label(label).accesskit_node().is_disabled()
    };
    assert!(is_disabled(&first, "Made from"), "Openverse knows no dates");
    first.click_at(first.get_by_label("A list of addresses").rect());
    first.run_steps(3);
    let list = folder.path().join("list.txt");
    std::fs::write(&list, "http://127.0.0.1:9/a.png\n").unwrap();
    type_into(&mut first, "Path of a list", list.to_str().unwrap());
    type_into(&mut first, "Class of the images", "elves");
    assert!(!is_disabled(&first, "Collect the images"));
    type_into(&mut first, "Made from", "201");
    assert!(is_disabled(&first, "Collect the images"), "no date");
    type_into(&mut first, "Made from", "9-05");
    assert!(!is_disabled(&first, "Collect the images"));
    type_into(&mut first, "Contact for servers", "me@example.org");
    first.click_at(first.get_by_label("Collect the images").rect());
    wait_until(&mut first, "the end", |window| {
        let label = "1 address without an image";
        window.query_by_label(label).is_some()
    });
    drop(first);

    let mut second = window_with(options());
    let app = second.state_mut().as_mut().unwrap();
    app.act(Action::Go(Page::Collect));
    second.run_steps(3);
    second.click_at(second.get_by_label("From the web…").rect());
    second.run_steps(3);
    let field = second.get_by_role_and_label(Role::TextInput, "Contact for servers");
    assert_eq!(field.value().as_deref(), Some("me@example.org"));
}

#[test]
fn the_inspector_says_where_an_image_is_from() {
    let folder = tempfile::tempdir().unwrap();
    let server = WebServer::start();
    let list = list_of_images(folder.path(), &server);
    let root = empty_project(folder.path());
    let project = Project::open(&root).unwrap();
    let settings = Settings {
        allowed: vec![server.authority()],
        interval: Duration::ZERO,
        ..Settings::default()
    };
    let request = Request::new(Origin::Urls(list));
    let mut catalog = Catalog::open(&project).unwrap();
    let collector = Collector::new(&catalog, &project, request, settings).unwrap();
    let import = collector.import().clone();
    let mut rows = ImportReport::default();
    let report = collector.run(&Progress::silent(), &mut |batch| {
        catalog.insert_fetched(&import, &batch.images, &batch.fetched, &mut rows)
    });
    assert_eq!(report.unwrap().taken, 2);
    drop(catalog);
    let mut window = window(Some(&root));
    window.run_steps(4);
    for label in ["From the web", "CC BY 4.0", "Ann", "Page", "Address"] {
        assert!(window.query_by_label(label).is_some(), "{label}");
    }
}

#[test]
fn a_watched_folder_comes_in_by_itself_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let shots = folder.path().join("shots");
    std::fs::create_dir(&shots).unwrap();
    let project = empty_project(folder.path());
    let mut first = window(Some(&project));
    first.click_at(first.get_by_label("Watch a folder…").rect());
    first.run_steps(3);
    type_into(
        &mut first,
        "Path of a folder to watch",
        shots.to_str().unwrap(),
    );
    type_into(&mut first, "Class of all images", "elves");
    first.click_at(first.get_by_label("Watch the folder").rect());
    first.run_steps(3);
    first.get_by_label("Stop watching shots");
    write_image(&shots.join("a.jpg"), 10);
    wait_until(&mut first, "the first image", |window| {
        snapshot(window).images.len() == 1
    });
    wait_until(&mut first, "its count", |window| {
        window
            .query_by_label("1 image came into shots · class elves")
            .is_some()
    });
    drop(first);

    write_image(&shots.join("b.jpg"), 20);
    // On a disk that was taken out.
    let away = folder.path().join("away");
    std::fs::rename(&shots, &away).unwrap();
    let mut second = window(Some(&project));
    let app = second.state_mut().as_mut().unwrap();
    app.act(Action::Go(Page::Collect));
    wait_until(&mut second, "the problem", |window| {
        let mut problems = window.query_all_by_label_contains("it is looked for again");
        problems.next().is_some()
    });
    std::fs::rename(&away, &shots).unwrap();
    wait_until(&mut second, "the second image", |window| {
        snapshot(window).images.len() == 2
    });
    let all = snapshot(&second);
    assert!(
        all.images
            .iter()
            .all(|image| image.class == all.class_named("elves"))
    );
    second.click_at(second.get_by_label("Stop watching shots").rect());
    second.run_steps(3);
    assert!(second.query_by_label("Stop watching shots").is_none());
    drop(second);
    let third = window(Some(&project));
    assert!(
        third
            .state()
            .as_ref()
            .unwrap()
            .session()
            .unwrap()
            .watched()
            .is_empty()
    );
}

#[test]
fn several_folders_are_watched_at_once_each_with_its_class() {
    let folder = tempfile::tempdir().unwrap();
    let project = empty_project(folder.path());
    let shots = |name: &str| folder.path().join(name);
    for name in ["elves shots", "orcs shots"] {
        std::fs::create_dir_all(shots(name).join("inside")).unwrap();
    }
    let mut first = window(Some(&project));
    let watch = |window: &mut Window<'_>, path: &Path, class: &str| {
        window.click_at(window.get_by_label("Watch a folder…").rect());
        window.run_steps(3);
        let path = path.to_str().unwrap();
        type_into(window, "Path of a folder to watch", path);
        type_into(window, "Class of all images", class);
        window.click_at(window.get_by_label("Watch the folder").rect());
        window.run_steps(3);
    };
    watch(&mut first, &shots("elves shots"), "elves");
    watch(&mut first, &shots("orcs shots"), "orcs");
    // Its images would come in twice.
    watch(&mut first, &shots("orcs shots").join("inside"), "orcs");
    let said = "images would come in twice";
    assert!(first.query_all_by_label_contains(said).next().is_some());
    let watched = |window: &Window<'_>| {
        let session = window.state().as_ref().unwrap().session().unwrap();
        session.watched().len()
    };
    assert_eq!(watched(&first), 2);
    write_image(&shots("elves shots").join("a.jpg"), 10);
    write_image(&shots("orcs shots").join("a.jpg"), 20);
    wait_until(&mut first, "both images", |window| {
        snapshot(window).images.len() == 2
    });
    let all = snapshot(&first);
    let classes = ["elves shots", "orcs shots"].map(|source| {
        let source = all.source_named(source).unwrap().id;
        let class = all.images_of_source(source)[0].class.unwrap();
        all.class_name(class).unwrap()
    });
    assert_eq!(classes, ["elves", "orcs"]);
    first.click_at(first.get_by_label("Stop watching elves shots").rect());
    first.run_steps(3);
    assert_eq!(watched(&first), 1);
    drop(first);

    let mut second = window(Some(&project));
    let app = second.state_mut().as_mut().unwrap();
    app.act(Action::Go(Page::Collect));
    second.run_steps(3);
    assert!(second.query_by_label("Stop watching orcs shots").is_some());
    assert_eq!(watched(&second), 1);
}

#[test]
fn a_film_offers_denser_steps() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&small_project(folder.path())));
    let app = window.state_mut().as_mut().unwrap();
    app.act(Action::Go(Page::Collect));
    window.run_steps(4);
    window.click_at(window.get_by_label("More for drakes").rect());
    window.run_steps(3);
    window.click_at(window.get_by_label("Denser…").rect());
    window.run_steps(3);
    assert!(window.query_by_label_contains("Every 6 frames").is_some());
    assert!(window.query_by_label_contains("Every 3 frames").is_some());
}
