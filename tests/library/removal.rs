//! Sources, imports and classes leave the project and come back with everything that was decided.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use std::path::Path;

use crate::catalog_rows::{fill, film, folder, project, scene_images};
use cutting_room::Error;
use cutting_room::catalog::import::{ImportImages, NewImage};
use cutting_room::catalog::{
    Catalog, ContentHash, Decided, Decision, Edit, ImageId, Side, Snapshot,
};
use cutting_room::dataset::Split;
use cutting_room::dataset::split;

fn rows(catalog: &Catalog) -> Snapshot {
    Snapshot {
        version: 0,
        ..catalog.snapshot().unwrap()
    }
}

#[test]
fn a_removed_source_is_gone_with_its_images_and_scenes_until_undo() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let drakes = snapshot.source_named("drakes").unwrap().id;
    let reject = Edit::SetDecision {
        images: scene_images(&snapshot, "drakes", 1),
        decision: Decision::Reject,
    };
    catalog.apply(&reject).unwrap();
    let before = rows(&catalog);
    let remove = Edit::RemoveSource { source: drakes };
    assert_eq!(
        catalog.apply(&remove).unwrap(),
        "Removed drakes with 15 images"
    );
    let after = catalog.snapshot().unwrap();
    assert_eq!(after.source_named("drakes"), None);
    assert!(after.images.iter().all(|image| image.source != drakes));
    assert!(after.scenes.iter().all(|scene| scene.source != drakes));
    assert_eq!(after.class_named("drakes"), None);
    assert!(matches!(catalog.apply(&remove), Err(Error::Unknown { .. })));
    drop(catalog);
    let mut catalog = Catalog::open(&project).unwrap();
    catalog.undo().unwrap();
    assert_eq!(rows(&catalog), before);
}

#[test]
fn a_removed_film_that_is_imported_again_remembers_what_was_decided() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let drakes = snapshot.source_named("drakes").unwrap().id;
    let valid = snapshot.scenes_of_source(drakes)[2].id;
    for edit in [
        Edit::SetDecision {
            images: scene_images(&snapshot, "drakes", 1),
            decision: Decision::Reject,
        },
        Edit::SetSide {
            scenes: vec![valid],
            side: Side::Valid,
        },
    ] {
        catalog.apply(&edit).unwrap();
    }
    let before = rows(&catalog);
    catalog
        .apply(&Edit::RemoveSource { source: drakes })
        .unwrap();
    catalog
        .insert_film(&film(project.root(), "drakes", 3, 20))
        .unwrap();
    assert_eq!(rows(&catalog), before);
    catalog.undo().unwrap();
    assert_eq!(rows(&catalog).source_named("drakes"), None, "one step");
}

#[test]
fn the_same_content_under_another_name_remembers_its_decisions() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let fan = snapshot.source_named("fan").unwrap().id;
    let first = snapshot.images_of_source(fan)[0].clone();
    catalog
        .apply(&Edit::SetDecision {
            images: vec![first.id],
            decision: Decision::Reject,
        })
        .unwrap();
    catalog.apply(&Edit::RemoveSource { source: fan }).unwrap();
    let (mut import, images) = folder(project.root(), "fan", "orcs", 8);
    import.source = "portraits".to_owned();
    catalog.insert_images(&import, &images).unwrap();
    let again = rows(&catalog);
    let portraits = again.source_named("portraits").unwrap().id;
    let rejected: Vec<&str> = again
        .images_of_source(portraits)
        .into_iter()
        .filter(|image| image.decision == Decision::Reject)
        .map(|image| image.hash.as_str())
        .collect();
    assert_eq!(rejected, [first.hash.as_str()]);
}

/// A folder called `source` with images of these contents and pixels, none of them known so far.
fn scraped(source: &str, contents: &[(u8, u8)]) -> (ImportImages, Vec<NewImage>) {
    let (import, images) = folder(Path::new("/"), source, "orcs", contents.len());
    let images = images.into_iter().zip(contents);
    let images = images.map(|(image, &(content, pixels))| NewImage {
        origin: format!("{source}-{}", image.origin),
        hash: ContentHash::of(&[content]).to_string(),
        pixel_hash: Some([pixels; 32]),
        ..image
    });
    (import, images.collect())
}

#[test]
fn what_was_rejected_before_comes_in_rejected_and_says_when() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let (import, images) = scraped("first", &[(1, 1), (2, 2), (3, 3), (3, 3)]);
    let report = catalog.insert_images(&import, &images).unwrap();
    assert!(report.remembered.is_empty());
    let snapshot = catalog.snapshot().unwrap();
    let ids: Vec<ImageId> = snapshot.images.iter().map(|image| image.id).collect();
    // The last is rejected as a copy of the one before.
    catalog
        .apply(&Edit::SetDecision {
            images: vec![ids[0], ids[3]],
            decision: Decision::Reject,
        })
        .unwrap();
    let day = catalog.snapshot().unwrap().images[0].decided.at;
    assert!(day.is_some());

    // The same bytes, the same pixels in another file, a copy of one of a pair, something new.
    let (import, images) = scraped("second", &[(1, 1), (4, 1), (3, 3), (5, 5)]);
    let report = catalog.insert_images(&import, &images).unwrap();
    assert_eq!(report.remembered.rejected, 2);
    let said = format!("2 rejected before, on {}", day.unwrap().day());
    assert!(report.summary().contains(&said), "{}", report.summary());
    let snapshot = catalog.snapshot().unwrap();
    let second = &snapshot.images[4..];
    let decisions: Vec<Decision> = second.iter().map(|image| image.decision).collect();
    let (reject, undecided) = (Decision::Reject, Decision::Undecided);
    assert_eq!(decisions, [reject, reject, undecided, undecided]);
    let remembered = Decided {
        at: day,
        is_remembered: true,
    };
    assert_eq!(second[0].decided, remembered);
    assert_eq!(second[1].decided, remembered);

    // A decision of one's own takes its place, until it is undone.
    let keep = Edit::SetDecision {
        images: vec![second[0].id],
        decision: Decision::Keep,
    };
    let mut followed = snapshot.clone();
    catalog.edit(&keep).unwrap().unwrap().update(&mut followed);
    assert_eq!(catalog.snapshot().unwrap(), followed);
    assert!(!followed.images[4].decided.is_remembered);
    catalog.undo().unwrap();
    assert_eq!(rows(&catalog).images[4], second[0]);
}

#[test]
fn another_folder_takes_the_name_of_a_removed_one() {
    let (folder_of_project, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let make = |name: &str| {
        let folder = folder_of_project.path().join(name).join("portraits");
        std::fs::create_dir_all(&folder).unwrap();
        folder
    };
    let (mut import, images) = folder(project.root(), "portraits", "orcs", 4);
    import.folder = make("one");
    catalog.insert_images(&import, &images).unwrap();
    let first = rows(&catalog).sources[0].id;
    catalog
        .apply(&Edit::RemoveSource { source: first })
        .unwrap();
    import.folder = make("two");
    catalog.image_reader(&project, &import).unwrap();
    catalog.insert_images(&import, &images[..2]).unwrap();
    let names = |catalog: &Catalog| -> Vec<(String, usize)> {
        let snapshot = rows(catalog);
        let sources = snapshot.sources.iter();
        sources
            .map(|source| {
                let images = snapshot.images_of_source(source.id).len();
                (source.name.clone(), images)
            })
            .collect()
    };
    assert_eq!(names(&catalog), [("portraits".to_owned(), 2)]);
    catalog.undo().unwrap();
    catalog.undo().unwrap();
    assert_eq!(names(&catalog), [("portraits-2".to_owned(), 4)]);
}

#[test]
fn an_import_of_many_batches_is_one_step() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let (import, images) = folder(project.root(), "fan", "orcs", 8);
    catalog.insert_images(&import, &images[..2]).unwrap();
    let before = rows(&catalog);
    let mut report = cutting_room::catalog::import::ImportReport::default();
    for batch in images.chunks(3) {
        catalog.insert_batch(&import, batch, &mut report).unwrap();
    }
    assert_eq!((report.added, report.already_there), (6, 2));
    let after = rows(&catalog);
    assert_eq!(
        catalog.undo().unwrap().unwrap(),
        "Imported 6 images into fan"
    );
    assert_eq!(rows(&catalog), before);
    catalog.redo().unwrap();
    assert_eq!(rows(&catalog), after);
    catalog.undo().unwrap();
    catalog.undo().unwrap();
    assert!(rows(&catalog).sources.is_empty(), "the first import");

    // What was undone comes in again, with its decisions, and as a step.
    catalog.insert_images(&import, &images).unwrap();
    assert_eq!(rows(&catalog).images.len(), 8);
    catalog.undo().unwrap();
    assert!(rows(&catalog).images.is_empty());
}

#[test]
fn an_import_that_is_undone_while_it_runs_ends() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let (import, images) = folder(project.root(), "fan", "orcs", 8);
    let mut report = cutting_room::catalog::import::ImportReport::default();
    catalog
        .insert_batch(&import, &images[..4], &mut report)
        .unwrap();
    catalog.undo().unwrap();
    let rest = catalog.insert_batch(&import, &images[4..], &mut report);
    assert!(matches!(rest, Err(Error::Cancelled)));
    assert!(rows(&catalog).images.is_empty());
}

#[test]
fn an_import_that_brings_nothing_new_is_no_step() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    fill(&mut catalog, &project);
    let step = catalog.undo_text().unwrap();
    let (import, images) = folder(project.root(), "fan", "orcs", 8);
    catalog.insert_images(&import, &images).unwrap();
    catalog
        .insert_film(&film(project.root(), "elves", 3, 20))
        .unwrap();
    assert_eq!(catalog.undo_text().unwrap(), step);
}

#[test]
fn a_class_is_renamed_with_the_films_that_bring_it() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let before = fill(&mut catalog, &project);
    let elves = before.class_named("elves").unwrap();
    let rename = |name: &str| Edit::RenameClass {
        class: elves,
        name: name.to_owned(),
    };
    assert_eq!(
        catalog.apply(&rename("night elves")).unwrap(),
        "Renamed elves to night elves"
    );
    assert_eq!(rows(&catalog).class_named("night elves"), Some(elves));
    // New frames of the film get the class under its new name.
    catalog
        .insert_film(&film(project.root(), "elves", 3, 10))
        .unwrap();
    assert_eq!(rows(&catalog).class_named("elves"), None);
    catalog.undo().unwrap();
    // A name that a class had for a while is free again.
    let snapshot = rows(&catalog);
    catalog
        .apply(&Edit::SetClass {
            images: scene_images(&snapshot, "elves", 0),
            class: "gnomes".to_owned(),
        })
        .unwrap();
    catalog
        .apply(&Edit::SetClass {
            images: scene_images(&snapshot, "elves", 0),
            class: "night elves".to_owned(),
        })
        .unwrap();
    catalog.apply(&rename("gnomes")).unwrap();
    for _ in 0..4 {
        catalog.undo().unwrap();
    }
    assert_eq!(
        rows(&catalog),
        Snapshot {
            version: 0,
            ..before
        }
    );
}

#[test]
fn a_merged_class_is_no_more_and_comes_back() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let before = fill(&mut catalog, &project);
    let (orcs, elves) = (
        before.class_named("orcs").unwrap(),
        before.class_named("elves").unwrap(),
    );
    let merge = Edit::MergeClass {
        class: orcs,
        into: elves,
    };
    assert_eq!(
        catalog.apply(&merge).unwrap(),
        "Merged orcs into elves: 4 images"
    );
    let after = rows(&catalog);
    assert_eq!(after.class_named("orcs"), None);
    let of_elves = after.images.iter().filter(|i| i.class == Some(elves));
    assert_eq!(of_elves.count(), 19);
    catalog.undo().unwrap();
    assert_eq!(rows(&catalog).class_named("orcs"), Some(orcs));
    assert_eq!(
        catalog.apply(&Edit::DropClass { class: orcs }).unwrap(),
        "Dropped the class orcs: 4 images without a class"
    );
    let after = rows(&catalog);
    assert_eq!(after.class_named("orcs"), None);
    let without = after.images.iter().filter(|i| i.class.is_none());
    let before_it = before.images.iter().filter(|i| i.class.is_none());
    assert_eq!(without.count(), before_it.count() + 4);
    catalog.undo().unwrap();
    assert_eq!(
        rows(&catalog),
        Snapshot {
            version: 0,
            ..before
        }
    );
}

#[test]
fn an_excluded_class_is_in_no_split_until_it_is_taken_back() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let valid = split::suggest(&snapshot, 0.3, 0);
    catalog
        .apply(&Edit::SetValidScenes { scenes: valid })
        .unwrap();
    let whole = Split::of(&rows(&catalog)).unwrap();
    assert_eq!(whole.classes, ["drakes", "elves", "orcs"]);
    let orcs = snapshot.class_named("orcs").unwrap();
    let exclude = |is_excluded| Edit::ExcludeClass {
        class: orcs,
        is_excluded,
    };
    assert_eq!(
        catalog.apply(&exclude(true)).unwrap(),
        "Excluded the class orcs"
    );
    let without = rows(&catalog);
    assert_eq!(Split::of(&without).unwrap().classes, ["drakes", "elves"]);
    assert_eq!(split::counts(&without).len(), 2);
    assert!(split::problems(&without).is_empty(), "nobody misses it");
    catalog.apply(&exclude(false)).unwrap();
    assert_eq!(Split::of(&rows(&catalog)).unwrap(), whole);
}

#[test]
fn a_class_keeps_its_place_when_another_one_comes() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let place =
        |snapshot: &Snapshot, name: &str| snapshot.class_place(snapshot.class_named(name).unwrap());
    let names = ["drakes", "elves", "orcs"];
    let before = names.map(|name| place(&snapshot, name));
    catalog
        .apply(&Edit::SetClass {
            images: scene_images(&snapshot, "elves", 0),
            class: "basilisks".to_owned(),
        })
        .unwrap();
    let after = rows(&catalog);
    assert_eq!(after.classes[0].1, "basilisks", "first by name");
    assert_eq!(names.map(|name| place(&after, name)), before);
    assert_eq!(place(&after, "basilisks"), Some(3));
}
