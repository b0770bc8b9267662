//! The window without a display: projects to open in it and a harness that drives it by accessible labels.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "each test binary uses its own part of this"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cutting_room::catalog::import::{
    ImportFilm, ImportImages, Layout, NewFilm, NewImage, Placement,
};
use cutting_room::catalog::{Catalog, Snapshot};
use cutting_room::media::scene::{SceneSpan, Transition};
use cutting_room::media::video::{ExtractOptions, Extracted, FilmInfo, Frame};
use cutting_room::project::Project;
use cutting_room::ui::app::{App, AppOptions};
use eframe::egui::{DroppedFile, DroppedFileHandle, Event, Modifiers, PointerButton, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use image::{Rgb, RgbImage};

/// A busy machine and a debug build need long for what a network looks at.
const PATIENCE: Duration = Duration::from_mins(6);

pub type Window<'a> = Harness<'a, Option<App>>;

/// Of 1280 x 720 points, with `project` open; settings go nowhere.
pub fn window<'a>(project: Option<&Path>) -> Window<'a> {
    window_with(AppOptions {
        project: project.map(Path::to_path_buf),
        settings_dir: None,
    })
}

pub fn window_with<'a>(options: AppOptions) -> Window<'a> {
    let mut harness = Harness::builder()
        .with_size([1280.0, 720.0])
        .with_max_steps(32)
        .build_ui_state(
            move |ui, app: &mut Option<App>| match app {
                // Fonts are set when the app is made and are there from the next frame on, as in the real window.
                None => *app = Some(App::new(ui.ctx(), options.clone())),
                Some(app) => {
                    app.logic(&ui.ctx().clone());
                    app.ui(ui);
                }
            },
            None,
        );
    harness.run_steps(3);
    harness
}

/// Whether something is called so, or has this in its name.
pub fn has(window: &Window<'_>, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

/// Paints frame after frame until something [`has`] this label.
pub fn wait_for(window: &mut Window<'_>, label: &str) {
    wait_until(window, label, |window| has(window, label));
}

/// Paints frame after frame, for workers beside them, until it is so.
pub fn wait_until(window: &mut Window<'_>, what: &str, is_so: impl Fn(&Window<'_>) -> bool) {
    let started = Instant::now();
    while !is_so(window) {
        assert!(started.elapsed() < PATIENCE, "{what:?} never came");
        std::thread::sleep(Duration::from_millis(20));
        window.run_steps(1);
    }
    window.run_steps(2);
}

/// Clicks of the pointer whose press and release fall into the frame that `rect` was read from.
///
/// A click of `egui_kittest` is three frames long, and what a worker found in between may move the layout from under it.
pub trait ClickAt {
    fn click_at_with(&mut self, rect: Rect, modifiers: Modifiers);

    fn click_at(&mut self, rect: Rect) {
        self.click_at_with(rect, Modifiers::NONE);
    }
}

impl ClickAt for Window<'_> {
    fn click_at_with(&mut self, rect: Rect, modifiers: Modifiers) {
        let pos = rect.center();
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers,
        };
        let events = [
            Event::ModifiersChanged(modifiers),
            Event::PointerMoved(pos),
            button(true),
            button(false),
        ];
        self.input_mut().events.extend(events);
        self.run_steps(1);
        let released = Event::ModifiersChanged(Modifiers::NONE);
        self.input_mut().events.push(released);
    }
}

pub fn snapshot(window: &Window<'_>) -> Snapshot {
    let app = window.state().as_ref().expect("made in the first frame");
    Snapshot::clone(app.session().expect("a project is open").snapshot())
}

/// Files let go over the window; they are taken in with the next frame.
pub fn drop_files(window: &mut Window<'_>, paths: &[PathBuf]) {
    let files = paths.iter().cloned().map(Dropped);
    let dropped = &mut window.input_mut().dropped_files;
    dropped.extend(files.map(|file| Arc::new(file) as DroppedFileHandle));
}

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

/// A project with nothing in it.
pub fn empty_project(folder: &Path) -> PathBuf {
    let root = folder.join("empty project");
    Project::create(&root).unwrap();
    root
}

/// Two films of two scenes with three frames each, and a folder of two scraped images without a class.
pub fn small_project(folder: &Path) -> PathBuf {
    let root = folder.join("small project");
    let project = Project::create(&root).unwrap();
    let mut catalog = Catalog::open(&project).unwrap();
    for (number, name) in ["drakes", "elves"].into_iter().enumerate() {
        catalog
            .insert_film(&film(&project, name, number as u8))
            .unwrap();
    }
    let import = ImportImages {
        folder: folder.join("found"),
        source: "portraits".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    let images: Vec<NewImage> = (0..2)
        .map(|number| {
            let origin = format!("{number:03}.jpg");
            let path = import.folder.join(&origin);
            let hash = write_image(&path, 200 + number);
            NewImage {
                path,
                origin,
                class: None,
                hash,
                width: 64,
                height: 36,
                ..NewImage::default()
            }
        })
        .collect();
    catalog.insert_images(&import, &images).unwrap();
    root
}

/// 40 classes with an image each.
pub fn many_classes(folder: &Path) -> PathBuf {
    let root = empty_project(folder);
    let project = Project::open(&root).unwrap();
    let import = ImportImages {
        folder: folder.join("many"),
        source: "many".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    let images: Vec<NewImage> = (0..40)
        .map(|number| {
            let class = format!("a people whose name is long, number {number:02}");
            let origin = format!("{class}/{number:03}.jpg");
            let path = import.folder.join(&origin);
            NewImage {
                hash: write_image(&path, number),
                path,
                origin,
                class: Some(class),
                width: 64,
                height: 36,
                ..NewImage::default()
            }
        })
        .collect();
    let mut catalog = Catalog::open(&project).unwrap();
    catalog.insert_images(&import, &images).unwrap();
    root
}

/// Ten scraped images in two classes, and no film.
pub fn single_images_project(folder: &Path) -> PathBuf {
    let root = folder.join("single images");
    let project = Project::create(&root).unwrap();
    let import = ImportImages {
        folder: folder.join("scraped"),
        source: "scraped".to_owned(),
        placement: Placement::InPlace,
        is_test: false,
        layout: Layout::default(),
    };
    let images: Vec<NewImage> = (0..10)
        .map(|number| {
            let class = if number < 5 { "drakes" } else { "elves" };
            let origin = format!("{class}/{number:03}.jpg");
            let path = import.folder.join(&origin);
            let hash = write_image(&path, number * 20);
            NewImage {
                path,
                origin,
                class: Some(class.to_owned()),
                hash,
                width: 64,
                height: 36,
                ..NewImage::default()
            }
        })
        .collect();
    let mut catalog = Catalog::open(&project).unwrap();
    catalog.insert_images(&import, &images).unwrap();
    root
}

fn film(project: &Project, name: &str, number: u8) -> NewFilm {
    let mut frames = Vec::new();
    for index in 0..6_u64 {
        let path = project
            .frames_dir()
            .join(name)
            .join(format!("{:06}.jpg", index * 12));
        let hash = write_image(&path, number * 100 + index as u8);
        frames.push(Frame {
            number: index * 12,
            time_secs: index as f64 * 0.5,
            path,
            width: 64,
            height: 36,
            hash,
        });
    }
    let scene = |first, transition| SceneSpan {
        first_frame: first,
        last_frame: first + 35,
        transition,
    };
    NewFilm {
        import: ImportFilm {
            film: PathBuf::from(format!("{name}.mp4")),
            class: Some(name.to_owned()),
            extract: ExtractOptions::default(),
        },
        name: name.to_owned(),
        fingerprint: name.to_owned(),
        extracted: Extracted {
            info: FilmInfo {
                width: 64,
                height: 36,
                frames_per_sec: 24.0,
                duration_secs: 3.0,
                frame_count: 72,
                codec: "h264".to_owned(),
            },
            frames,
            scenes: vec![scene(0, Transition::Start), scene(36, Transition::Cut)],
            broken: None,
        },
        placed: Arc::default(),
        was_cancelled: false,
    }
}

/// Returns a hash that stands for the content.
pub fn write_image(path: &Path, grey: u8) -> String {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(64, 36, Rgb([grey, 128, 255 - grey]))
        .save(path)
        .unwrap();
    format!("{grey:064x}")
}
