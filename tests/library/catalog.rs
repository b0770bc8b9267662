//! The catalog opens for one writer and many readers, moves with its folder, and keeps what a person decided when the
//! same film comes in again.

#![expect(
    clippy::print_stdout,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use crate::catalog_rows::{SCENE_FRAMES, fill, film, folder, project, scene_images};
use cutting_room::Error;
use cutting_room::catalog::{Catalog, Decision, Edit, Side, SplitMode};
use cutting_room::project::Project;

#[test]
fn a_second_writer_is_told_who_has_the_project_and_a_reader_gets_in() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let written = fill(&mut catalog, &project);
    let refused = Catalog::open(&project).unwrap_err();
    assert!(matches!(&refused, Error::Locked { .. }), "{refused}");
    assert!(
        refused
            .to_string()
            .contains(&std::process::id().to_string())
    );

    let reader = Catalog::open_read_only(&project).unwrap();
    assert_eq!(reader.snapshot().unwrap(), written);
    let reject = Edit::SetDecision {
        images: vec![written.images[0].id],
        decision: Decision::Reject,
    };
    catalog.apply(&reject).unwrap();
    let seen = reader.snapshot().unwrap();
    assert_eq!(seen.images[0].decision, Decision::Reject);
    assert!(seen.version > written.version);
    drop(catalog);
    assert!(
        Catalog::open(&project).is_ok(),
        "the lock goes with the writer"
    );
}

#[test]
fn a_reader_finds_a_new_project_empty_and_writes_nothing() {
    let (_folder, project) = project();
    let snapshot = Catalog::open_read_only(&project)
        .unwrap()
        .snapshot()
        .unwrap();
    assert!(snapshot.images.is_empty());
    assert_eq!(snapshot.split_mode, SplitMode::Scenes);
    assert!(!project.catalog_path().exists());
}

#[test]
fn a_reader_cannot_write() {
    let (_folder, project) = project();
    let written = fill(&mut Catalog::open(&project).unwrap(), &project);
    let mut reader = Catalog::open_read_only(&project).unwrap();
    let reject = Edit::SetDecision {
        images: vec![written.images[0].id],
        decision: Decision::Reject,
    };
    assert!(reader.apply(&reject).is_err());
    assert_eq!(reader.snapshot().unwrap(), written);
}

#[test]
fn a_moved_project_finds_its_images() {
    let (folder, project) = project();
    fill(&mut Catalog::open(&project).unwrap(), &project);
    let moved = folder.path().join("elsewhere");
    std::fs::rename(project.root(), &moved).unwrap();
    let project = Project::open(&moved).unwrap();
    let snapshot = Catalog::open(&project).unwrap().snapshot().unwrap();
    assert_eq!(
        snapshot.images[0].path,
        project.root().join("frames/drakes/000000.jpg")
    );
}

#[test]
fn a_catalog_of_a_newer_program_is_left_alone() {
    let (_folder, project) = project();
    drop(Catalog::open(&project).unwrap());
    // The format is `PRAGMA user_version`: bytes 60 to 63 of SQLite's header, big-endian.
    let mut bytes = std::fs::read(project.catalog_path()).unwrap();
    let present = u32::from(bytes[63]);
    bytes[60..64].copy_from_slice(&(present + 1).to_be_bytes());
    std::fs::write(project.catalog_path(), &bytes).unwrap();
    for opened in [Catalog::open(&project), Catalog::open_read_only(&project)] {
        let error = opened.unwrap_err();
        let formats = match error {
            Error::NewerFormat { found, known } => (found, known),
            other => panic!("{other}"),
        };
        assert_eq!(formats, (present + 1, present));
    }
    assert_eq!(std::fs::read(project.catalog_path()).unwrap(), bytes);
}

#[test]
fn images_are_found_by_scene_and_source_in_frame_order() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    // Kept frames come in a second import, so ids are not in frame order.
    catalog
        .insert_film(&film(project.root(), "drakes", 2, 40))
        .unwrap();
    catalog
        .insert_film(&film(project.root(), "drakes", 2, 20))
        .unwrap();
    let snapshot = catalog.snapshot().unwrap();
    let drakes = snapshot.source_named("drakes").unwrap();
    let frames: Vec<u64> = snapshot
        .images_of_source(drakes.id)
        .iter()
        .filter_map(|image| image.frame)
        .collect();
    assert_eq!(frames, (0..200).step_by(20).collect::<Vec<_>>());
    let second = snapshot.scenes_of_source(drakes.id)[1].id;
    let frames: Vec<u64> = snapshot
        .images_of_scene(second)
        .iter()
        .filter_map(|image| image.frame)
        .collect();
    assert_eq!(frames, [100, 120, 140, 160, 180]);
    assert_eq!(snapshot.class_named("drakes"), snapshot.images[0].class);
    assert_eq!(snapshot.class_name(snapshot.classes[0].0), Some("drakes"));
}

#[test]
fn more_frames_of_the_same_film_keep_every_decision() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let first = catalog
        .insert_film(&film(project.root(), "drakes", 3, 20))
        .unwrap();
    assert_eq!((first.added, first.already_there, first.scenes), (15, 0, 3));
    let before = catalog.snapshot().unwrap();
    let rejected = scene_images(&before, "drakes", 0);
    for edit in [
        Edit::SetDecision {
            images: rejected.clone(),
            decision: Decision::Reject,
        },
        Edit::SetSide {
            scenes: vec![before.scenes[1].id],
            side: Side::Valid,
        },
        Edit::SetClass {
            images: scene_images(&before, "drakes", 2),
            class: "lizards".to_owned(),
        },
    ] {
        catalog.apply(&edit).unwrap();
    }
    let again = catalog
        .insert_film(&film(project.root(), "drakes", 3, 10))
        .unwrap();
    assert_eq!((again.added, again.already_there), (15, 15));
    let after = catalog.snapshot().unwrap();
    assert!(
        rejected
            .iter()
            .all(|&id| after.image(id).unwrap().decision == Decision::Reject)
    );
    assert_eq!(after.scenes[1].side, Side::Valid);
    assert_eq!(after.scenes[1].id, before.scenes[1].id);
    let lizards = after.class_named("lizards").unwrap();
    let of_last_scene = after.images_of_scene(after.scenes[2].id);
    assert_eq!(of_last_scene.len(), 10);
    assert!(
        of_last_scene
            .iter()
            .all(|image| image.class == Some(lizards)),
        "new frames take the class of their scene"
    );
}

#[test]
fn a_film_completed_later_keeps_the_scenes_it_had() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let mut half = film(project.root(), "drakes", 2, 20);
    half.fingerprint = "of the half".to_owned();
    half.extracted.broken = Some("it breaks at 0:06".to_owned());
    half.extracted.scenes[1].last_frame -= 30;
    catalog.insert_film(&half).unwrap();
    let before = catalog.snapshot().unwrap();
    assert!(before.sources[0].broken.is_some());
    let keep = Edit::SetDecision {
        images: scene_images(&before, "drakes", 1),
        decision: Decision::Keep,
    };
    catalog.apply(&keep).unwrap();

    let mut whole = film(project.root(), "drakes", 4, 20);
    let changed = 3;
    whole.extracted.frames[changed].hash = "another image".to_owned();
    let report = catalog.insert_film(&whole).unwrap();
    assert_eq!(
        (report.added, report.already_there, report.changed),
        (10, 9, 1)
    );
    let after = catalog.snapshot().unwrap();
    assert_eq!(after.sources[0].broken, None);
    assert_eq!(after.scenes.len(), 4);
    assert_eq!(after.scenes[1].id, before.scenes[1].id);
    assert_eq!(after.scenes[1].last_frame, 2 * SCENE_FRAMES - 1);
    for id in scene_images(&before, "drakes", 1) {
        assert_eq!(after.image(id).unwrap().decision, Decision::Keep);
    }
}

#[test]
fn a_scene_search_that_finds_other_cuts_leaves_no_frame_behind() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    catalog
        .insert_film(&film(project.root(), "drakes", 3, 20))
        .unwrap();
    let before = catalog.snapshot().unwrap();
    catalog
        .apply(&Edit::SetSide {
            scenes: vec![before.scenes[1].id],
            side: Side::Valid,
        })
        .unwrap();
    let mut better = film(project.root(), "drakes", 3, 20);
    // The second and third scene are one, and the first is two.
    better.extracted.scenes[1].last_frame = better.extracted.scenes[2].last_frame;
    better.extracted.scenes[0].last_frame = 49;
    better.extracted.scenes[2].first_frame = 50;
    better.extracted.scenes[2].last_frame = 99;
    better.extracted.scenes.swap(1, 2);
    catalog.insert_film(&better).unwrap();
    let after = catalog.snapshot().unwrap();
    let film = after.sources[0].id;
    let scenes = after.scenes_of_source(film);
    let spans: Vec<_> = scenes
        .iter()
        .map(|scene| (scene.first_frame, scene.last_frame, scene.side))
        .collect();
    assert_eq!(
        spans,
        [
            (0, 49, Side::Train),
            (50, 99, Side::Train),
            (100, 299, Side::Valid)
        ]
    );
    for image in &after.images {
        let scene = after.scene(image.scene.unwrap()).unwrap();
        assert!((scene.first_frame..=scene.last_frame).contains(&image.frame.unwrap()));
    }
}

#[test]
fn the_id_of_a_scene_that_is_gone_is_never_given_to_another() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    catalog
        .insert_film(&film(project.root(), "drakes", 3, 20))
        .unwrap();
    let before = catalog.snapshot().unwrap();
    let last = before.scenes[2].id;
    catalog
        .apply(&Edit::SetSide {
            scenes: vec![last],
            side: Side::Valid,
        })
        .unwrap();
    let mut better = film(project.root(), "drakes", 3, 20);
    better.extracted.scenes[1].last_frame = better.extracted.scenes[2].last_frame;
    better.extracted.scenes.truncate(2);
    catalog.insert_film(&better).unwrap();
    catalog
        .insert_film(&film(project.root(), "elves", 2, 20))
        .unwrap();
    let elves = catalog.snapshot().unwrap();
    assert!(elves.scene(last).is_none());
    assert!(elves.scenes[2..].iter().all(|scene| scene.id > last));
    assert!(
        elves.scenes[2..]
            .iter()
            .all(|scene| scene.side == Side::Train)
    );
}

#[test]
fn a_film_imported_again_under_another_class_is_of_that_class() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let mut drakes = film(project.root(), "drakes", 1, 20);
    catalog.insert_film(&drakes).unwrap();
    drakes.import.class = Some("dragons".to_owned());
    catalog.insert_film(&drakes).unwrap();
    let snapshot = catalog.snapshot().unwrap();
    let names: Vec<&str> = snapshot
        .classes
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    assert_eq!(names, ["dragons"], "a class without images is not listed");
}

#[test]
fn a_hundred_thousand_images_are_loaded_whole_and_sorted() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let (import, images) = folder(project.root(), "many", "orcs", 100_000);
    catalog.insert_images(&import, &images).unwrap();
    let began = std::time::Instant::now();
    let snapshot = catalog.snapshot().unwrap();
    println!("100,000 images loaded in {:?}", began.elapsed());
    assert_eq!(snapshot.images.len(), 100_000);
    assert!(snapshot.images.is_sorted_by_key(|image| image.id));
}
