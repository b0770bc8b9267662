//! Crops to the character: proposed from the menu of a source, reviewed in Cull, dragged in the loupe, one undo each.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

use std::path::{Path, PathBuf};

use crate::window::{ClickAt as _, Window, has, snapshot, wait_for, window};
use cutting_room::catalog::import::{ImportFilm, ImportImages, Layout, NewFilm, Placement};
use cutting_room::catalog::{Catalog, CharacterCrop, CropOrigin};
use cutting_room::media::scene::{SceneSpan, Transition};
use cutting_room::media::video::{ExtractOptions, Extracted, FilmInfo, Frame};
use cutting_room::progress::Progress;
use cutting_room::project::Project;
use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, Role};
use egui_kittest::kittest::Queryable as _;
use image::{Rgb, RgbImage};

const WIDTH: u32 = 256;
const HEIGHT: u32 = 160;

/// A figure of 24 x 40 pixels that walks through a room.
fn frame(number: u32) -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |column, row| {
        let left = 20 + 34 * number;
        let is_figure = (left..left + 24).contains(&column) && (60..100).contains(&row);
        let stripe = 60 + (column / 12 % 2 * 30) as u8;
        Rgb(if is_figure {
            [230, 200, 40]
        } else {
            [stripe; 3]
        })
    })
}

/// A film of one scene with six frames, and a folder of two images.
fn project(folder: &Path) -> PathBuf {
    let root = folder.join("walk");
    let project = Project::create(&root).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    let frames = project.frames_dir().join("walk");
    std::fs::create_dir_all(&frames).unwrap();
    let frames = (0..6_u32).map(|number| {
        let path = frames.join(format!("{number:06}.png"));
        frame(number).save(&path).unwrap();
        Frame {
            number: u64::from(number),
            time_secs: f64::from(number),
            path,
            width: WIDTH,
            height: HEIGHT,
            hash: format!("{number:064x}"),
        }
    });
    let film = NewFilm {
        import: ImportFilm {
            film: PathBuf::from("walk.mp4"),
            class: Some("elves".to_owned()),
            extract: ExtractOptions::default(),
        },
        name: "walk".to_owned(),
        fingerprint: "walk".to_owned(),
        placed: std::sync::Arc::default(),
        was_cancelled: false,
        extracted: Extracted {
            info: FilmInfo {
                frame_count: 6,
                ..FilmInfo::default()
            },
            frames: frames.collect(),
            scenes: vec![SceneSpan {
                first_frame: 0,
                last_frame: 5,
                transition: Transition::Start,
            }],
            broken: None,
        },
    };
    catalog.insert_film(&film).unwrap();
    let found = folder.join("found");
    std::fs::create_dir_all(&found).unwrap();
    for number in 0..2 {
        frame(number + 2)
            .save(found.join(format!("{number}.png")))
            .unwrap();
    }
    let import = ImportImages {
        folder: found,
        source: "found".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    catalog
        .import_images(&project, &import, &Progress::silent())
        .unwrap();
    root
}

fn click(window: &mut Window<'_>, label: &str) {
    window.click_at(window.get_by_label(label).rect());
    window.run_steps(3);
}

fn press(window: &mut Window<'_>, key: Key, modifiers: Modifiers) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(3);
}

fn crops(window: &Window<'_>) -> Vec<Option<CharacterCrop>> {
    let images = snapshot(window).images;
    images.iter().map(|image| image.character).collect()
}

fn count(window: &Window<'_>) -> usize {
    crops(window).iter().flatten().count()
}

fn drag(window: &mut Window<'_>, from: Pos2, to: Pos2) {
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let steps = [
        Event::PointerMoved(from),
        button(from, true),
        Event::PointerMoved(from.lerp(to, 0.5)),
        Event::PointerMoved(to),
        button(to, false),
    ];
    for event in steps {
        window.event(event);
        window.run_steps(1);
    }
    window.run_steps(2);
}

fn corner(window: &Window<'_>, name: &str) -> Pos2 {
    let label = format!("Character crop: {name}");
    window.get_by_label(&label).rect().center()
}

/// What moves in the film is proposed.
fn proposed(folder: &Path) -> Window<'static> {
    let mut window = window(Some(&project(folder)));
    click(&mut window, "Collect");
    click(&mut window, "More for walk");
    click(&mut window, "Propose character crops");
    wait_for(&mut window, "6 of 6 crops of walk proposed");
    click(&mut window, "Cull");
    wait_for(&mut window, "6 character crops proposed, 6 of them here");
    window
}

#[test]
fn proposals_are_looked_at_and_all_shown_are_cropped_in_one_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = proposed(folder.path());
    assert_eq!(count(&window), 0, "nothing is cropped by a machine");
    assert!(has(&window, "walk 000000 undecided, crop proposed"));
    click(&mut window, "Look at them");
    assert!(!has(&window, "found 0 undecided"));
    click(&mut window, "Crop the 6 images here");
    assert_eq!(count(&window), 6);
    assert!(
        crops(&window)
            .iter()
            .flatten()
            .all(|crop| crop.by == CropOrigin::Motion)
    );
    assert!(has(
        &window,
        "walk 000000 undecided, cropped to the character"
    ));
    assert!(!has(&window, "character crops proposed"), "none is left");
    press(&mut window, Key::Z, Modifiers::COMMAND);
    assert_eq!(count(&window), 0);
    wait_for(&mut window, "6 character crops proposed");

    // One by one, and a whole scene.
    press(&mut window, Key::C, Modifiers::NONE);
    assert_eq!(count(&window), 1);
    press(&mut window, Key::C, Modifiers::SHIFT);
    assert_eq!(count(&window), 6);
    press(&mut window, Key::Backspace, Modifiers::SHIFT);
    assert_eq!(count(&window), 0);
    click(&mut window, "Crop to this box");
    assert_eq!(count(&window), 1);
}

#[test]
fn the_box_in_the_loupe_is_dragged_by_a_corner_and_as_a_whole_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = proposed(folder.path());
    press(&mut window, Key::Enter, Modifiers::NONE);
    assert!(has(&window, "Loupe: 000000"));
    let from = corner(&window, "lower right corner");
    drag(&mut window, from, from + eframe::egui::vec2(60.0, 40.0));
    let larger = crops(&window)[0].unwrap();
    assert_eq!((larger.by, count(&window)), (CropOrigin::Hand, 1));
    let before = larger.part.fractions();
    let from = corner(&window, "box");
    drag(&mut window, from, from + eframe::egui::vec2(50.0, 0.0));
    let moved = crops(&window)[0].unwrap().part.fractions();
    assert!(moved[0] > before[0] && (moved[1] - before[1]).abs() < 1e-6);
    let width = |sides: [f64; 4]| sides[2] - sides[0];
    assert!(
        (width(moved) - width(before)).abs() < 1e-5,
        "{moved:?} {before:?}"
    );
    press(&mut window, Key::Z, Modifiers::COMMAND);
    assert_eq!(crops(&window)[0].unwrap(), larger);
    press(&mut window, Key::Backspace, Modifiers::NONE);
    assert_eq!(count(&window), 0);
    press(&mut window, Key::Z, Modifiers::COMMAND);
    press(&mut window, Key::Z, Modifiers::COMMAND);
    assert_eq!(count(&window), 0, "the drag was one step");
    assert!(has(&window, "Character crop: box"), "it is proposed again");
}

#[test]
fn an_image_without_a_proposal_gets_a_box_and_nothing_to_crop_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(Some(&project(folder.path())));
    assert!(
        !has(&window, "character crop"),
        "an empty line says nothing"
    );
    press(&mut window, Key::Backspace, Modifiers::NONE);
    wait_for(&mut window, "Nothing is cropped here");
    press(&mut window, Key::A, Modifiers::COMMAND);
    press(&mut window, Key::C, Modifiers::NONE);
    wait_for(&mut window, "No crops proposed here");
    press(&mut window, Key::Escape, Modifiers::NONE);
    press(&mut window, Key::C, Modifiers::NONE);
    assert_eq!(count(&window), 1);
    assert!(has(&window, "Character crop: upper left corner"));
    let undo = window.get_all_by_role_and_label(Role::Button, "Undo");
    assert!(undo.count() > 1, "the toast has one, too");
}
