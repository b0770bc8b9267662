//! A session does what it is told, reports how each job ended, and leaves a project that opens again.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::catalog_rows::{fill, project, scene_images};
use cutting_room::Error;
use cutting_room::catalog::import::{ImportFilm, ImportImages, ImportReport, Layout, Placement};
use cutting_room::catalog::{Catalog, Decision, Edit, ImageId};
use cutting_room::media::video::ExtractOptions;
use cutting_room::project::Project;
use cutting_room::run::config::TrainConfig;
use cutting_room::session::jobs::import_film::FilmImport;
use cutting_room::session::jobs::import_images::ImagesImport;
use cutting_room::session::jobs::train::Training;
use cutting_room::session::{Command, Event, Job, JobState, Session};
use image::{Rgb, RgbImage};

fn open(project: &Project) -> Session {
    Session::open(project.root(), Arc::new(|| ())).unwrap()
}

/// `count` different images of the class `orcs`.
fn write_images(folder: &Path, count: u8) {
    fs::create_dir_all(folder.join("orcs")).unwrap();
    for seed in 0..count {
        let pixels = RgbImage::from_fn(8, 8, |x, y| Rgb([seed, x as u8, y as u8]));
        pixels
            .save(folder.join(format!("orcs/{seed:03}.png")))
            .unwrap();
    }
}

fn import(folder: &Path, source: &str) -> Command {
    Command::start(ImagesImport::new(ImportImages {
        folder: folder.to_path_buf(),
        source: source.to_owned(),
        placement: Placement::Copy,
        is_test: false,
        layout: Layout::default(),
    }))
}

/// Polls until no job is alive; returns all events.
fn finish(session: &mut Session) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        events.extend(session.poll().unwrap());
        if session
            .jobs()
            .iter()
            .all(|job| job.state != JobState::Running)
        {
            return events;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

fn report_of(job: &Job) -> &ImportReport {
    match job {
        Job::ImportImages(import) => &import.report,
        other => panic!("{other:?}"),
    }
}

fn reject(images: Vec<ImageId>) -> Command {
    Command::Edit(Edit::SetDecision {
        images,
        decision: Decision::Reject,
    })
}

#[test]
fn an_edit_is_in_the_snapshot_at_once_and_undo_names_it() {
    let (_folder, project) = project();
    let filled = fill(&mut Catalog::open(&project).unwrap(), &project);
    let mut session = open(&project);
    let images = scene_images(&filled, "drakes", 0);
    let held = Arc::clone(session.snapshot());
    let said = session.apply(reject(images.clone())).unwrap();
    assert_eq!(said.as_deref(), Some("Rejected 5 images of scene drakes:1"));
    assert_eq!(session.undo_text(), said);
    let decision = |session: &Session| session.snapshot().image(images[0]).unwrap().decision;
    assert_eq!(decision(&session), Decision::Reject);
    assert!(session.snapshot().version > held.version);
    assert_eq!(
        held.image(images[0]).unwrap().decision,
        Decision::Undecided,
        "who holds an older snapshot is not surprised"
    );
    assert_eq!(
        session.apply(reject(images.clone())).unwrap(),
        None,
        "already so"
    );

    assert_eq!(
        session.apply(Command::Undo).unwrap().as_deref(),
        Some("Undone: rejected 5 images of scene drakes:1")
    );
    assert_eq!(decision(&session), Decision::Undecided);
    for said in [
        "Undone: imported 8 images into fan",
        "Undone: imported 15 frames from elves",
        "Undone: imported 15 frames from drakes",
        "Nothing to undo",
    ] {
        assert_eq!(session.apply(Command::Undo).unwrap().as_deref(), Some(said));
    }
    assert!(session.snapshot().images.is_empty());
    assert!(session.redo_text().is_some());
    for _ in 0..4 {
        session.apply(Command::Redo).unwrap();
    }
    assert_eq!(decision(&session), Decision::Reject);
    let reloaded = {
        drop(session);
        open(&project)
    };
    assert_eq!(decision(&reloaded), Decision::Reject);
}

#[test]
fn imports_run_one_after_another_and_say_what_came_in() {
    let (folder, project) = project();
    for name in ["first", "second"] {
        write_images(&folder.path().join(name), 70);
    }
    fs::write(folder.path().join("second/orcs/empty.png"), "").unwrap();
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&woken);
    let waker = Arc::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let mut session = Session::open(project.root(), waker).unwrap();
    session
        .apply(import(&folder.path().join("first"), "first"))
        .unwrap();
    let said = session
        .apply(import(&folder.path().join("second"), "second"))
        .unwrap();
    assert_eq!(said.as_deref(), Some("Import images of second is next"));
    let views = session.jobs();
    assert_eq!(views[1].progress.stage, "waiting for its turn");

    let events = finish(&mut session);
    let ends: Vec<(&str, usize, usize)> = events
        .iter()
        .filter_map(|event| match event {
            Event::Finished { job, warnings, .. } => {
                let report = report_of(job);
                Some((report.source.as_str(), report.added, warnings.len()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(ends, [("first", 70, 0), ("second", 70, 1)]);
    let summaries: Vec<JobState> = session.jobs().into_iter().map(|job| job.state).collect();
    let done = |summary: &str| JobState::Done {
        summary: summary.to_owned(),
    };
    assert_eq!(
        summaries,
        [
            done("70 images added to second, 70 identical to another, 1 could not be read"),
            done("70 images added to first"),
        ],
        "newest first"
    );
    assert_eq!(session.snapshot().images.len(), 140);
    assert!(woken.load(Ordering::Relaxed) >= 4);
    let newest = session.jobs()[0].id;
    session.apply(Command::Dismiss(newest)).unwrap();
    assert_eq!(session.jobs().len(), 1);
}

#[test]
fn a_person_can_decide_while_images_come_in() {
    let (folder, project) = project();
    write_images(folder.path(), 200);
    let filled = fill(&mut Catalog::open(&project).unwrap(), &project);
    let mut session = open(&project);
    session.apply(import(folder.path(), "orcs")).unwrap();
    let mut decided = 0;
    for image in &filled.images {
        session.poll().unwrap();
        session.apply(reject(vec![image.id])).unwrap();
        decided += 1;
    }
    finish(&mut session);
    let snapshot = session.snapshot();
    assert_eq!(snapshot.images.len(), filled.images.len() + 200);
    let rejected = snapshot
        .images
        .iter()
        .filter(|image| image.decision == Decision::Reject)
        .count();
    assert_eq!(rejected, decided);
    let on_disk = Catalog::open_read_only(&project)
        .unwrap()
        .snapshot()
        .unwrap();
    assert_eq!(**snapshot, on_disk);
}

#[test]
fn a_request_that_cannot_begin_is_an_error_and_no_job() {
    let (folder, project) = project();
    let mut session = open(&project);
    let missing = session.apply(import(&folder.path().join("nowhere"), "x"));
    assert!(matches!(missing, Err(Error::Missing { .. })));
    let film = Command::start(FilmImport::new(ImportFilm {
        film: folder.path().join("nowhere.mp4"),
        class: None,
        extract: ExtractOptions::default(),
    }));
    assert!(matches!(session.apply(film), Err(Error::Missing { .. })));
    assert!(
        session
            .apply(Command::start(Training::new(TrainConfig::default())))
            .is_err()
    );
    assert!(session.jobs().is_empty());
    assert!(session.runs().is_empty());
}

#[test]
fn a_file_that_is_no_film_fails_with_a_remedy() {
    let (folder, project) = project();
    let film = folder.path().join("notes.mp4");
    fs::write(&film, "these are notes").unwrap();
    let mut session = open(&project);
    session
        .apply(Command::start(FilmImport::new(ImportFilm {
            film,
            class: None,
            extract: ExtractOptions::default(),
        })))
        .unwrap();
    let events = finish(&mut session);
    let failed = events.iter().find_map(|event| match event {
        Event::Failed { message, .. } => Some(message),
        _ => None,
    });
    assert!(failed.unwrap().contains("notes.mp4") || failed.unwrap().contains("ffmpeg"));
    assert!(session.snapshot().sources.is_empty());
}

#[test]
fn a_cancelled_import_keeps_its_rows_and_a_waiting_one_never_starts() {
    let (folder, project) = project();
    write_images(folder.path(), 250);
    let mut session = open(&project);
    session.apply(import(folder.path(), "orcs")).unwrap();
    session.apply(import(folder.path(), "again")).unwrap();
    let jobs = session.jobs();
    session.apply(Command::Cancel(jobs[1].id)).unwrap();
    session.apply(Command::Cancel(jobs[0].id)).unwrap();
    let events = finish(&mut session);
    let cancelled = events
        .iter()
        .filter(|event| matches!(event, Event::Cancelled { .. }))
        .count();
    assert_eq!(cancelled, 2);
    assert!(session.snapshot().source_named("again").is_none());
    let there = session.snapshot().images.len();
    session.apply(import(folder.path(), "orcs")).unwrap();
    finish(&mut session);
    assert!(there <= 250);
    assert_eq!(session.snapshot().images.len(), 250);
}

#[test]
fn closing_in_the_middle_of_an_import_loses_nothing_but_the_rest() {
    let (folder, project) = project();
    write_images(folder.path(), 250);
    let mut session = open(&project);
    session.apply(import(folder.path(), "orcs")).unwrap();
    session.poll().unwrap();
    drop(session);
    let mut session = open(&project);
    let there = session.snapshot().images.len();
    assert!(
        session
            .snapshot()
            .images
            .iter()
            .all(|image| image.path.is_file())
    );
    session.apply(import(folder.path(), "orcs")).unwrap();
    let events = finish(&mut session);
    let Some(Event::Finished { job, .. }) = events.last() else {
        panic!("{events:?}")
    };
    let report = report_of(job);
    assert_eq!((report.added, report.already_there), (250 - there, there));
}

#[test]
fn a_second_session_is_told_who_has_the_project() {
    let (_folder, project) = project();
    let _session = open(&project);
    let Err(error) = Session::open(project.root(), Arc::new(|| ())) else {
        panic!("two writers")
    };
    assert!(matches!(error, Error::Locked { .. }), "{error}");
}
