//! A film that changes under its name, an import that is cancelled half-way, and a very long film: nothing is mixed up.
#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed, and one that measures says what"
)]

use std::fs;
use std::path::PathBuf;

use crate::catalog_rows::{film, project};
use crate::common;
use cutting_room::Error;
use cutting_room::catalog::import::{ImportFilm, ImportReport};
use cutting_room::catalog::{Catalog, Decision, Edit, Side, Snapshot};
use cutting_room::media::video::{Every, ExtractOptions};
use cutting_room::progress::Progress;
use cutting_room::project::Project;

struct Story {
    folder: tempfile::TempDir,
    project: Project,
    catalog: Catalog,
}

impl Story {
    fn new() -> Self {
        let (folder, project) = project();
        let catalog = Catalog::open(&project).unwrap();
        Self {
            folder,
            project,
            catalog,
        }
    }

    fn film(&self) -> PathBuf {
        self.folder.path().join("film.mp4")
    }

    fn make(&self, source: &str, arguments: &[&str]) {
        let arguments = [&["-f", "lavfi", "-i", source], arguments].concat();
        common::ffmpeg(&arguments, &self.film());
    }

    fn request(&self, every: u32, width: Option<u32>) -> ImportFilm {
        ImportFilm {
            film: self.film(),
            class: None,
            extract: ExtractOptions {
                every: Every::Frames(every),
                width,
                height: None,
            },
        }
    }

    fn import(&mut self, every: u32) -> ImportReport {
        let request = self.request(every, None);
        self.catalog
            .import_film(&self.project, &request, &Progress::silent())
            .unwrap()
    }

    /// Cancelled once so many frames have been decoded.
    fn import_cancelled_at(&mut self, request: &ImportFilm, frames: u64) -> Progress {
        let progress = Progress::silent();
        let canceller = progress.clone();
        let result = std::thread::scope(|scope| {
            scope.spawn(move || {
                while canceller.state().done < frames {
                    std::thread::yield_now();
                }
                canceller.cancel();
            });
            self.catalog.import_film(&self.project, request, &progress)
        });
        assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
        progress
    }

    fn snapshot(&self) -> Snapshot {
        self.catalog.snapshot().unwrap()
    }

    fn reject(&mut self, frame: u64) {
        let snapshot = self.snapshot();
        let images = snapshot.images.iter();
        let image = images
            .filter(|image| image.frame == Some(frame))
            .map(|image| image.id);
        let reject = Edit::SetDecision {
            images: image.collect(),
            decision: Decision::Reject,
        };
        self.catalog.apply(&reject).unwrap();
    }
}

/// Frame numbers, and whether each row still shows the file that it was made from.
fn frames(snapshot: &Snapshot) -> Vec<u64> {
    let numbers = snapshot.images.iter().map(|image| {
        let bytes = fs::read(&image.path).unwrap();
        let hash = blake3::hash(&bytes).to_hex().to_string();
        assert_eq!(hash, image.hash, "{}", image.path.display());
        image.frame.unwrap()
    });
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_unstable();
    numbers
}

fn folders(project: &Project) -> Vec<String> {
    let entries = fs::read_dir(project.frames_dir()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_film_replaced_by_another_of_its_name_leaves_and_is_remembered() {
    let mut story = Story::new();
    story.make("testsrc2=s=160x90:r=25:d=8", &[]);
    assert_eq!(story.import(25).added, 8);
    story.reject(175);
    let long = fs::read(story.film()).unwrap();

    story.make("color=green:s=160x90:r=25:d=2", &[]);
    let report = story.import(25);
    assert_eq!((report.added, report.left), (2, 8));
    let said = report.summary();
    assert!(
        said.contains("another film than film, whose 8 frames left"),
        "{said}"
    );
    let after = story.snapshot();
    assert_eq!(frames(&after), [0, 25]);
    assert_eq!(after.sources.len(), 1);
    assert_eq!(
        after.class_name(after.images[0].class.unwrap()),
        Some("film")
    );

    story.catalog.undo().unwrap();
    let undone = story.snapshot();
    assert_eq!(frames(&undone), (0..200).step_by(25).collect::<Vec<_>>());
    assert_eq!(undone.sources[0].name, "film");
    story.catalog.redo().unwrap();
    assert_eq!(frames(&story.snapshot()), [0, 25]);

    // The long film comes back: it is the source it was, with what was decided, and the short one leaves.
    fs::write(story.film(), long).unwrap();
    let report = story.import(25);
    assert_eq!(
        (report.left, report.replaced.as_deref()),
        (2, Some("film-2"))
    );
    let back = story.snapshot();
    assert_eq!(back.images.len(), 8);
    assert_eq!(back.sources[0].name, "film");
    let rejected = back.images.iter();
    let rejected = rejected.filter(|image| image.decision == Decision::Reject);
    assert_eq!(
        rejected.map(|image| image.frame).collect::<Vec<_>>(),
        [Some(175)]
    );
}

#[test]
fn frames_beyond_the_end_of_a_film_that_was_cut_short_leave() {
    let mut story = Story::new();
    story.make("testsrc2=s=160x90:r=25:d=8", &["-g", "25", "-bf", "0"]);
    story.import(25);
    story.reject(25);
    let scenes: Vec<_> = story
        .snapshot()
        .scenes
        .iter()
        .map(|scene| scene.id)
        .collect();
    let valid = Edit::SetSide {
        scenes,
        side: Side::Valid,
    };
    story.catalog.apply(&valid).unwrap();
    let whole = story.folder.path().join("whole.mp4");
    fs::rename(story.film(), &whole).unwrap();
    let whole = whole.to_str().unwrap();
    common::ffmpeg(&["-i", whole, "-t", "3", "-c", "copy"], &story.film());

    let report = story.import(25);
    assert_eq!((report.already_there, report.left), (3, 5), "{report:?}");
    assert!(
        report
            .summary()
            .contains("5 frames beyond its new end left")
    );
    let after = story.snapshot();
    assert_eq!(frames(&after), [0, 25, 50]);
    assert_eq!(after.images[1].decision, Decision::Reject);
    assert_eq!(after.scenes[0].side, Side::Valid);
    story.catalog.undo().unwrap();
    assert_eq!(story.snapshot().images.len(), 8);
}

#[test]
fn a_cancelled_second_import_changes_nothing() {
    let mut story = Story::new();
    story.make("testsrc2=s=320x180:r=24:d=20", &[]);
    story.import(4);
    let before = story.snapshot();
    let request = story.request(1, Some(64));
    story.import_cancelled_at(&request, 60);
    assert_eq!(story.snapshot().images, before.images);
    assert_eq!(frames(&before).len(), 120);
    assert_eq!(folders(&story.project), ["film"]);

    // Also if the file is another film by now.
    story.make("mandelbrot=s=320x180:r=24", &["-t", "20"]);
    let request = story.request(1, None);
    story.import_cancelled_at(&request, 60);
    assert_eq!(story.snapshot().images, before.images);
    assert_eq!(frames(&before).len(), 120);
    assert_eq!(folders(&story.project), ["film"]);
}

#[test]
fn a_cancelled_first_import_keeps_what_has_come_and_the_next_brings_the_rest() {
    let mut story = Story::new();
    story.make("testsrc2=s=320x180:r=24:d=20", &[]);
    let request = story.request(2, None);
    let progress = story.import_cancelled_at(&request, 60);
    let there = frames(&story.snapshot()).len();
    assert!((10..240).contains(&there), "{there}");
    let warnings = progress.warnings();
    assert!(
        warnings[0].message.contains("import the film again"),
        "{warnings:?}"
    );
    let report = story.import(2);
    assert_eq!((report.already_there, report.added), (there, 240 - there));
    assert_eq!(frames(&story.snapshot()).len(), 240);
    assert_eq!(story.snapshot().sources[0].broken, None);
}

#[test]
fn the_same_film_at_another_size_has_other_files_and_the_same_rows() {
    let mut story = Story::new();
    story.make("testsrc2=s=160x90:r=25:d=4", &[]);
    story.import(25);
    story.reject(50);
    let before = story.snapshot();
    let request = story.request(25, Some(80));
    let report = story
        .catalog
        .import_film(&story.project, &request, &Progress::silent())
        .unwrap();
    assert_eq!((report.already_there, report.left), (4, 0));
    let after = story.snapshot();
    assert_eq!(frames(&after), [0, 25, 50, 75]);
    for (old, new) in before.images.iter().zip(&after.images) {
        assert_eq!((old.id, old.decision), (new.id, new.decision));
        assert_eq!((new.width, new.height), (80, 46));
    }
    let files = fs::read_dir(story.project.frames_dir().join("film")).unwrap();
    assert_eq!(files.count(), 4, "the old files are gone");
}

#[test]
fn a_denser_import_adds_only_the_missing_frames() {
    let mut story = Story::new();
    // Two scenes.
    let halves = "testsrc2=s=160x90:r=24:d=4[a];smptebars=s=160x90:r=24:d=4[b];[a][b]concat";
    story.make(halves, &[]);
    let request = story.request(48, Some(80));
    story
        .catalog
        .import_film(&story.project, &request, &Progress::silent())
        .unwrap();
    let before = story.snapshot();
    assert_eq!(frames(&before), [0, 48, 96, 144]);
    story.reject(48);
    let last = before.scenes.last().unwrap().id;
    let valid = Edit::SetSide {
        scenes: vec![last],
        side: Side::Valid,
    };
    story.catalog.apply(&valid).unwrap();
    let before = story.snapshot();
    let bytes = |snapshot: &Snapshot| -> Vec<Vec<u8>> {
        let images = before.images.iter();
        let now = images.map(|image| snapshot.image(image.id).unwrap());
        now.map(|image| fs::read(&image.path).unwrap()).collect()
    };
    let files = bytes(&before);
    for (every, there) in [(24, 4), (12, 8)] {
        let report = story.import(every);
        assert_eq!((report.already_there, report.added), (there, there));
        assert_eq!((report.changed, report.left), (0, 0));
    }
    let after = story.snapshot();
    assert_eq!(frames(&after).len(), 16);
    assert_eq!(bytes(&after), files, "not one of them was written again");
    assert!(
        after.images.iter().all(|image| image.width == 80),
        "as large as the others"
    );
    for old in &before.images {
        let new = after.image(old.id).unwrap();
        assert_eq!(
            (new.decision, new.scene, new.class, &new.hash),
            (old.decision, old.scene, old.class, &old.hash)
        );
    }
    let sides = |snapshot: &Snapshot| {
        let scenes = snapshot.scenes.iter();
        scenes
            .map(|scene| (scene.id, scene.side))
            .collect::<Vec<_>>()
    };
    assert_eq!(sides(&after), sides(&before));
}

#[test]
fn an_import_that_was_killed_half_way_is_not_seen_and_goes_on_later() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let drakes = film(project.root(), "drakes", 20, 2);
    let mut rows = catalog.begin_film(drakes.clone()).unwrap();
    assert!(catalog.insert_frames(&mut rows).unwrap());
    drop((rows, catalog));
    let mut catalog = Catalog::open(&project).unwrap();
    let seen = catalog.snapshot().unwrap();
    assert!(seen.images.is_empty() && seen.sources.is_empty() && seen.classes.is_empty());
    assert_eq!(catalog.insert_film(&drakes).unwrap().added, 1_000);
    assert_eq!(catalog.snapshot().unwrap().images.len(), 1_000);
    catalog.undo().unwrap();
    assert!(catalog.snapshot().unwrap().images.is_empty());
}

#[test]
fn a_film_of_14_400_frames_comes_in_without_a_stop() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let long = film(project.root(), "drakes", 144, 1);
    for every in [2, 1] {
        let mut film = long.clone();
        film.extracted
            .frames
            .retain(|frame| frame.number % every == 0);
        let frames = film.extracted.frames.len();
        let mut rows = catalog.begin_film(film).unwrap();
        let mut slices = 0;
        while catalog.insert_frames(&mut rows).unwrap() {
            slices += 1;
        }
        catalog.finish_film(rows).unwrap();
        assert!(
            slices * 1000 >= frames,
            "{slices} slices of {frames} frames"
        );
    }
    assert_eq!(catalog.snapshot().unwrap().images.len(), 14_400);
}
