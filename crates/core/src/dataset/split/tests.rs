//! Properties of splits over many seeds and shapes of catalog.

use std::path::PathBuf;

use super::*;
use crate::catalog::{
    ClassId, Decision, GroupId, ImageId, ImageRecord, Scene, Source, SourceId, SourceKind,
};
use crate::media::scene::Transition;
use crate::rng::Stream;

/// Films of `scenes[i]` scenes of class i with a few frames each, and `scraped` images a class.
fn catalog(scenes: &[usize], scraped: usize, seed: u64) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let mut stream = Stream::new(seed, &[77]);
    for (class, &scene_count) in scenes.iter().enumerate() {
        let class_id = ClassId(class as i64 + 1);
        snapshot.classes.push((class_id, format!("class{class}")));
        for kind in [SourceKind::Film, SourceKind::Scraped] {
            let source = SourceId(snapshot.sources.len() as i64 + 1);
            snapshot.sources.push(Source {
                id: source,
                kind,
                name: format!("source{}", source.0),
                origin: PathBuf::new(),
                is_test: false,
                film: None,
                broken: None,
                crop: None,
                is_upsampled: false,
            });
            match kind {
                SourceKind::Film => {
                    for index in 0..scene_count {
                        let scene = SceneId(snapshot.scenes.len() as i64 + 1);
                        snapshot.scenes.push(Scene {
                            id: scene,
                            source,
                            index: index as u32,
                            first_frame: 0,
                            last_frame: 1,
                            transition: Transition::Cut,
                            side: Side::Train,
                            group: None,
                        });
                        for _ in 0..=stream.below(8) {
                            add_image(&mut snapshot, source, class_id, Some(scene));
                        }
                    }
                }
                SourceKind::Scraped => {
                    for _ in 0..scraped {
                        add_image(&mut snapshot, source, class_id, None);
                    }
                }
            }
        }
    }
    snapshot
}

fn add_image(snapshot: &mut Snapshot, source: SourceId, class: ClassId, scene: Option<SceneId>) {
    let id = ImageId(snapshot.images.len() as i64 + 1);
    snapshot.images.push(ImageRecord {
        id,
        source,
        class: Some(class),
        scene,
        side: None,
        path: PathBuf::from(format!("{}.jpg", id.0)),
        origin: String::new(),
        hash: format!("{:08x}", id.0.wrapping_mul(2_654_435_761)),
        width: 8,
        height: 8,
        crop: crate::media::border::Insets::NONE,
        character: None,
        copies: crate::media::upsampling::Copies::default(),
        frame: None,
        time_secs: None,
        decision: Decision::Undecided,
        decided: crate::catalog::Decided::default(),
    });
}

fn put_in_valid(snapshot: &mut Snapshot, chosen: &[SceneId]) {
    for scene in &mut snapshot.scenes {
        scene.side = if chosen.contains(&scene.id) {
            Side::Valid
        } else {
            Side::Train
        };
    }
}

#[test]
fn no_scene_is_on_both_sides_and_no_class_loses_all_for_200_seeds() {
    for seed in 0..200 {
        let mut snapshot = catalog(&[1 + (seed as usize % 5), 7, 3], 4, seed);
        let chosen = suggest(&snapshot, 0.05 + (seed % 10) as f64 * 0.1, seed);
        assert_eq!(
            chosen,
            suggest(&snapshot, 0.05 + (seed % 10) as f64 * 0.1, seed)
        );
        put_in_valid(&mut snapshot, &chosen);
        let split = Split::of(&snapshot).unwrap();
        let train: BTreeSet<_> = split.train.iter().filter_map(|s| s.unit).collect();
        let valid: BTreeSet<_> = split.valid.iter().filter_map(|s| s.unit).collect();
        assert!(train.is_disjoint(&valid), "seed {seed}");
        assert!(
            split
                .valid
                .iter()
                .all(|sample| sample.unit.is_some_and(Unit::is_cluster))
        );
        for counts in counts(&snapshot) {
            assert!(counts.train_scenes > 0, "seed {seed}: {counts:?}");
            let scenes = counts.train_scenes + counts.valid_scenes;
            assert!(
                counts.valid_scenes > 0 || scenes < 2,
                "seed {seed}: {counts:?}"
            );
        }
        assert_eq!(split.train.len() + split.valid.len(), snapshot.images.len());
    }
}

#[test]
fn suggest_depends_on_the_seed_and_is_near_the_fraction() {
    let mut snapshot = catalog(&[18, 18], 0, 3);
    let picks: BTreeSet<Vec<SceneId>> = (0..20).map(|seed| suggest(&snapshot, 0.2, seed)).collect();
    assert!(picks.len() > 15);
    for pick in picks {
        put_in_valid(&mut snapshot, &pick);
        for counts in counts(&snapshot) {
            let share = counts.valid as f64 / (counts.valid + counts.train) as f64;
            assert!((0.1..0.3).contains(&share), "{counts:?}");
        }
    }
}

#[test]
fn rejected_images_and_test_sets_take_no_part() {
    let mut snapshot = catalog(&[4, 4], 5, 1);
    let chosen = suggest(&snapshot, 0.3, 0);
    put_in_valid(&mut snapshot, &chosen);
    let before = Split::of(&snapshot).unwrap();
    if let Some(image) = snapshot.images.first_mut() {
        image.decision = Decision::Reject;
    }
    let rejected = Split::of(&snapshot).unwrap();
    assert_eq!(
        rejected.train.len() + rejected.valid.len() + 1,
        before.train.len() + before.valid.len()
    );
    assert_ne!(rejected.hash, before.hash);
    for source in &mut snapshot.sources {
        source.is_test = source.kind == SourceKind::Scraped;
    }
    let tested = Split::of(&snapshot).unwrap();
    assert!(
        tested
            .train
            .iter()
            .all(|sample| sample.unit.is_some_and(Unit::is_cluster))
    );
}

#[test]
fn the_hash_does_not_depend_on_the_order_of_import() {
    let mut snapshot = catalog(&[4, 4], 2, 1);
    let chosen = suggest(&snapshot, 0.3, 0);
    put_in_valid(&mut snapshot, &chosen);
    let hash = Split::of(&snapshot).unwrap().hash;
    assert_eq!(hash.len(), 16);
    snapshot.images.reverse();
    assert_eq!(Split::of(&snapshot).unwrap().hash, hash);
    snapshot.split_mode = SplitMode::Random {
        fraction: 0.2,
        seed: 1,
    };
    let random = Split::of(&snapshot).unwrap();
    snapshot.images.reverse();
    assert_eq!(Split::of(&snapshot).unwrap().hash, random.hash);
    let n = snapshot.images.len() as f64;
    assert_eq!(random.valid.len(), (n * 0.2).round() as usize);
}

#[test]
fn a_rejected_image_moves_no_other_one_of_a_random_split() {
    let mut snapshot = catalog(&[0, 0], 20, 3);
    snapshot.split_mode = SplitMode::Random {
        fraction: 0.3,
        seed: 2,
    };
    let before = image_sides(&snapshot);
    for at in [1, 7, 8, 30] {
        snapshot.images[at].decision = Decision::Reject;
    }
    let after = image_sides(&snapshot);
    assert_eq!(after.len(), before.len() - 4);
    assert!(after.iter().all(|(id, side)| before[id] == *side));
}

#[test]
fn what_cannot_be_trained_says_why() {
    let message = |snapshot: &Snapshot| Split::of(snapshot).unwrap_err().to_string();
    let snapshot = catalog(&[4, 4], 0, 1);
    assert!(message(&snapshot).contains("no image is in validation"));
    assert!(message(&catalog(&[4], 0, 1)).contains("at least two classes"));
    assert!(message(&Snapshot::default()).contains("nothing to train on"));
    let mut all = snapshot.clone();
    let every: Vec<SceneId> = all.scenes.iter().map(|scene| scene.id).collect();
    put_in_valid(&mut all, &every);
    assert!(message(&all).contains("every image is in validation"));
}

#[test]
fn problems_name_the_class() {
    let mut snapshot = catalog(&[1, 4, 0], 0, 1);
    let found = problems(&snapshot);
    assert!(found.contains(&SplitProblem::FewScenes {
        class: "class0".into(),
        scenes: 1
    }));
    assert!(found.contains(&SplitProblem::NoValidation {
        class: "class1".into()
    }));
    assert!(!format!("{found:?}").contains("class2"));
    put_in_valid(&mut snapshot, &[SceneId(1)]);
    assert!(problems(&snapshot).contains(&SplitProblem::EmptyTrain {
        class: "class0".into()
    }));
}

#[test]
fn linked_scenes_count_once_and_are_on_one_side() {
    let mut snapshot = catalog(&[4, 5], 3, 3);
    let last = snapshot.scenes.len() - 1;
    let chosen = suggest(&snapshot, 0.3, 0);
    put_in_valid(&mut snapshot, &chosen);
    let scenes_in = |snapshot: &Snapshot| -> usize {
        let counts = counts(snapshot);
        counts.iter().map(|c| c.train_scenes + c.valid_scenes).sum()
    };
    let before = scenes_in(&snapshot);
    // Two scenes of one class, whichever sides they were on.
    snapshot.scenes[last].group = Some(GroupId(1));
    snapshot.scenes[last - 1].group = Some(GroupId(1));
    assert_eq!(scenes_in(&snapshot), before - 1);
    snapshot.scenes[last].side = Side::Valid;
    snapshot.scenes[last - 1].side = Side::Train;
    let sides = unit_sides(&snapshot);
    assert_eq!(sides[&Unit::Group(GroupId(1))], Side::Train);
    for seed in 0..20 {
        let chosen = suggest(&snapshot, 0.5, seed);
        let is_in = |at: usize| chosen.contains(&snapshot.scenes[at].id);
        assert_eq!(is_in(last), is_in(last - 1), "seed {seed}");
    }
}

/// Gives the image at `at` the content of the one at `of`.
fn copy_content(snapshot: &mut Snapshot, at: usize, of: usize) {
    snapshot.images[at].hash = snapshot.images[of].hash.clone();
}

#[test]
fn a_training_image_that_is_measured_on_sits_out_and_the_hash_stays() {
    let mut snapshot = catalog(&[3, 3], 4, 5);
    let chosen = suggest(&snapshot, 0.3, 0);
    put_in_valid(&mut snapshot, &chosen);
    let before = Split::of(&snapshot).unwrap();
    assert!(before.twins.is_empty());
    let at = |sample: &Sample| {
        let id = sample.image.unwrap();
        snapshot.images.iter().position(|image| image.id == id)
    };
    let valid = at(&before.valid[0]).unwrap();
    let train = at(before.train.last().unwrap()).unwrap();
    let mut copied = snapshot.clone();
    copy_content(&mut copied, train, valid);
    let split = Split::of(&copied).unwrap();
    assert_eq!(split.train.len() + 1, before.train.len());
    assert_eq!(split.valid, before.valid);
    assert_eq!(split.twins[0].image, copied.images[train].id);
    let listed: usize = counts(&copied).iter().map(|class| class.train).sum();
    assert_eq!(listed, split.train.len());
    let text = problems(&copied).last().unwrap().to_string();
    assert!(
        text.starts_with("1 training image is also in validation"),
        "{text}"
    );

    // The same pixels are found as far as they are known, and do not change what the split is called.
    let mut by_pixels = snapshot.clone();
    by_pixels.images[train].hash = "a".repeat(64);
    by_pixels.images[valid].hash = "b".repeat(64);
    let hash = Split::of(&by_pixels).unwrap().hash;
    let known = ["a", "b"].map(|digit| {
        let content = crate::catalog::ContentHash::from_hex(&digit.repeat(64));
        (content.unwrap(), [7; 32])
    });
    by_pixels.pixels = Arc::new(PixelHashes::from(known));
    let split = Split::of(&by_pixels).unwrap();
    assert_eq!((split.twins.len(), split.twins[0].is_same_file), (1, false));
    assert_eq!(split.hash, hash);
}
