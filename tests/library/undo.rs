//! Every decision can be taken back, one gesture at a time, also by the next session.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed, and one that is skipped says so"
)]

use crate::catalog_rows::{fill, project, scene_images};
use cutting_room::Error;
use cutting_room::catalog::{
    Catalog, CharacterCrop, ChosenCrop, ClassId, CropOrigin, Decision, Edit, ImageId, SceneId,
    Side, Snapshot, SourceId, SplitMode,
};
use cutting_room::media::crop_box::CropBox;
use cutting_room::rng::Stream;

/// The last step of [`fill`].
const IMPORTED: &str = "Imported 8 images into fan";

/// The rows without the count of changes, which only grows.
fn rows(catalog: &Catalog) -> Snapshot {
    Snapshot {
        version: 0,
        ..catalog.snapshot().unwrap()
    }
}

fn pick<T: Copy>(stream: &mut Stream, items: &[T]) -> Vec<T> {
    let probability = stream.uniform(0.0, 1.0);
    let mut picked = items.to_vec();
    picked.retain(|_| stream.chance(probability));
    picked
}

fn random_crop(stream: &mut Stream, image: ImageId) -> ChosenCrop {
    let sides = [0.1, 0.2, 0.8, 0.9].map(|side| side + stream.uniform(0.0, 0.1));
    let part = CropBox::of_fractions(sides).unwrap();
    let by = [CropOrigin::Hand, CropOrigin::Motion][stream.below(2)];
    let crop = stream.chance(0.7).then_some(CharacterCrop { part, by });
    ChosenCrop { image, crop }
}

fn random_edit(stream: &mut Stream, snapshot: &Snapshot) -> Edit {
    let images: Vec<ImageId> = snapshot.images.iter().map(|image| image.id).collect();
    let scenes: Vec<SceneId> = snapshot.scenes.iter().map(|scene| scene.id).collect();
    let sources: Vec<SourceId> = snapshot.sources.iter().map(|source| source.id).collect();
    let source = sources[stream.below(sources.len())];
    let class = ["drakes", "elves", "orcs", "new one", "another"][stream.below(5)].to_owned();
    let classes: Vec<ClassId> = snapshot.classes.iter().map(|(id, _)| *id).collect();
    let one_class = |stream: &mut Stream| classes[stream.below(classes.len())];
    match stream.below(13) {
        12 => Edit::SetCharacterCrop {
            images: pick(stream, &images)
                .into_iter()
                .map(|image| random_crop(stream, image))
                .collect(),
        },
        11 if classes.len() > 1 => Edit::DropClass {
            class: one_class(stream),
        },
        6 => Edit::RenameClass {
            class: one_class(stream),
            name: format!("class {}", stream.below(90) + 10),
        },
        7 => Edit::MergeClass {
            class: one_class(stream),
            into: one_class(stream),
        },
        8 => Edit::ExcludeClass {
            class: one_class(stream),
            is_excluded: stream.chance(0.5),
        },
        9 if sources.len() > 1 => Edit::RemoveSource { source },
        0 => Edit::SetDecision {
            images: pick(stream, &images),
            decision: [Decision::Keep, Decision::Reject, Decision::Undecided][stream.below(3)],
        },
        1 => Edit::SetClass {
            images: pick(stream, &images),
            class,
        },
        2 => Edit::SetSourceClass { source, class },
        3 => Edit::SetSide {
            scenes: pick(stream, &scenes),
            side: [Side::Train, Side::Valid][stream.below(2)],
        },
        4 => Edit::SetValidScenes {
            scenes: pick(stream, &scenes),
        },
        5 => Edit::SetSplitMode {
            mode: if stream.chance(0.5) {
                SplitMode::Scenes
            } else {
                SplitMode::Random {
                    fraction: 0.2,
                    seed: stream.below(3) as u64,
                }
            },
        },
        _ => Edit::SetTest {
            source,
            is_test: stream.chance(0.5),
        },
    }
}

#[test]
fn an_edit_and_its_inverse_restore_every_row() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let start = Snapshot {
        version: 0,
        ..fill(&mut catalog, &project)
    };
    for seed in 0..200 {
        let mut stream = Stream::new(seed, &[]);
        let mut states = vec![start.clone()];
        for _ in 0..5 {
            let before = catalog.snapshot().unwrap();
            let edit = random_edit(&mut stream, &before);
            let mut followed = before.clone();
            // A random name can be that of a class already.
            let Ok(applied) = catalog.edit(&edit) else {
                assert!(matches!(edit, Edit::RenameClass { .. }), "{edit:?}");
                continue;
            };
            if let Some(applied) = applied {
                if applied.follows(&followed) {
                    applied.update(&mut followed);
                } else {
                    assert!(matches!(edit, Edit::RemoveSource { .. }), "{edit:?}");
                    followed = catalog.snapshot().unwrap();
                }
                states.push(rows(&catalog));
            }
            assert_eq!(
                followed,
                catalog.snapshot().unwrap(),
                "seed {seed}: {edit:?}"
            );
        }
        for state in states.iter().rev().skip(1) {
            assert!(catalog.undo().unwrap().is_some());
            assert_eq!(rows(&catalog), *state, "seed {seed}, undo");
        }
        for state in states.iter().skip(1) {
            assert!(catalog.redo().unwrap().is_some());
            assert_eq!(rows(&catalog), *state, "seed {seed}, redo");
        }
        // Five edits may all have changed nothing: then the last seed's are still there to be done again.
        if states.len() > 1 {
            assert_eq!(catalog.redo().unwrap(), None);
        }
        for _ in 1..states.len() {
            assert!(catalog.undo().unwrap().is_some());
        }
        assert_eq!(rows(&catalog), start, "seed {seed}, back to the start");
    }
}

#[test]
fn the_history_survives_a_restart() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let images = scene_images(&snapshot, "drakes", 1);
    let reject = Edit::SetDecision {
        images: images.clone(),
        decision: Decision::Reject,
    };
    assert_eq!(
        catalog.apply(&reject).unwrap(),
        "Rejected 5 images of scene drakes:2"
    );
    drop(catalog);
    let mut catalog = Catalog::open(&project).unwrap();
    assert_eq!(
        catalog.undo().unwrap().unwrap(),
        "Rejected 5 images of scene drakes:2"
    );
    drop(catalog);
    let mut catalog = Catalog::open(&project).unwrap();
    assert_eq!(
        rows(&catalog).image(images[0]).unwrap().decision,
        Decision::Undecided
    );
    assert_eq!(catalog.undo_text().unwrap().unwrap(), IMPORTED);
    assert!(catalog.redo().unwrap().is_some());
    assert_eq!(
        rows(&catalog).image(images[0]).unwrap().decision,
        Decision::Reject
    );
}

#[test]
fn an_edit_that_changes_nothing_is_no_step_and_keeps_redo() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let keep = |decision| Edit::SetDecision {
        images: vec![snapshot.images[0].id],
        decision,
    };
    catalog.apply(&keep(Decision::Keep)).unwrap();
    catalog.undo().unwrap();
    let version = catalog.snapshot().unwrap().version;
    assert_eq!(
        catalog.apply(&keep(Decision::Undecided)).unwrap(),
        "Nothing to change"
    );
    assert_eq!(catalog.snapshot().unwrap().version, version);
    assert!(catalog.redo().unwrap().is_some());
    catalog.undo().unwrap();
    catalog.apply(&keep(Decision::Reject)).unwrap();
    assert_eq!(catalog.redo().unwrap(), None, "a new edit ends redo");
}

#[test]
fn steps_are_named_in_plain_words() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let scenes: Vec<SceneId> = snapshot.scenes.iter().map(|scene| scene.id).collect();
    let fan = snapshot.source_named("fan").unwrap().id;
    let mut said = |edit: Edit| catalog.apply(&edit).unwrap();
    let decide = |images: &[ImageId], decision| Edit::SetDecision {
        images: images.to_vec(),
        decision,
    };
    let all: Vec<ImageId> = snapshot.images.iter().map(|image| image.id).collect();
    let fan_images: Vec<ImageId> = snapshot
        .images_of_source(fan)
        .into_iter()
        .map(|image| image.id)
        .collect();
    assert_eq!(
        said(decide(&fan_images[..1], Decision::Keep)),
        "Kept 1 image of fan"
    );
    assert_eq!(
        said(decide(&fan_images, Decision::Keep)),
        "Kept 7 images of fan",
        "one is kept already"
    );
    assert_eq!(said(decide(&all, Decision::Reject)), "Rejected 38 images");
    assert_eq!(
        said(Edit::SetSide {
            scenes: scenes[..1].to_vec(),
            side: Side::Valid
        }),
        "Put scene drakes:1 into validation"
    );
    assert_eq!(
        said(Edit::SetSide {
            scenes: scenes[..4].to_vec(),
            side: Side::Valid
        }),
        "Put 3 scenes into validation"
    );
    assert_eq!(
        said(Edit::SetClass {
            images: scene_images(&snapshot, "elves", 0),
            class: " drakes ".to_owned()
        }),
        "Set the class of 5 images of scene elves:1 to drakes"
    );
    assert_eq!(
        said(Edit::SetTest {
            source: fan,
            is_test: true
        }),
        "Made fan a test set"
    );
}

#[test]
fn choosing_scenes_ends_a_random_split() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let random = SplitMode::Random {
        fraction: 0.2,
        seed: 7,
    };
    catalog.apply(&Edit::SetSplitMode { mode: random }).unwrap();
    let valid = vec![snapshot.scenes[1].id, snapshot.scenes[4].id];
    catalog
        .apply(&Edit::SetValidScenes {
            scenes: valid.clone(),
        })
        .unwrap();
    let chosen = rows(&catalog);
    assert_eq!(chosen.split_mode, SplitMode::Scenes);
    for scene in &chosen.scenes {
        assert_eq!(scene.side == Side::Valid, valid.contains(&scene.id));
    }
    catalog.undo().unwrap();
    assert_eq!(rows(&catalog).split_mode, random, "one step took both back");
}

#[test]
fn a_request_that_cannot_work_changes_nothing() {
    let (_folder, project) = project();
    let mut catalog = Catalog::open(&project).unwrap();
    let snapshot = fill(&mut catalog, &project);
    let before = rows(&catalog);
    let first = snapshot.images[0].id;
    let stranger = ImageId(9999);
    let half_wrong = Edit::SetDecision {
        images: vec![first, stranger],
        decision: Decision::Reject,
    };
    assert!(matches!(
        catalog.apply(&half_wrong),
        Err(Error::Unknown { .. })
    ));
    let nameless = Edit::SetClass {
        images: vec![first],
        class: "  ".to_owned(),
    };
    assert!(matches!(catalog.apply(&nameless), Err(Error::Invalid(_))));
    for fraction in [0.0, 1.0, f64::NAN] {
        let mode = SplitMode::Random { fraction, seed: 0 };
        assert!(catalog.apply(&Edit::SetSplitMode { mode }).is_err());
    }
    let taken = Edit::RenameClass {
        class: snapshot.class_named("elves").unwrap(),
        name: "drakes".to_owned(),
    };
    assert!(matches!(catalog.apply(&taken), Err(Error::Invalid(_))));
    assert_eq!(rows(&catalog), before);
    assert_eq!(catalog.undo_text().unwrap().unwrap(), IMPORTED);
}
