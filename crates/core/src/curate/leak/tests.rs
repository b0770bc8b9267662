//! Small projects with known twins.

use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::catalog::{
    ClassId, ImageRecord, Scene, SceneId, Side, Source, SourceId, SourceKind, SplitMode,
};
use crate::curate::test_image;
use crate::dataset::Sample;
use crate::media::scene::Transition;
use crate::rng::Stream;

const FRAMES: i64 = 10;

/// Two films of `scenes` scenes of ten frames, two frames a second.
fn films(scenes: i64) -> Snapshot {
    let mut snapshot = Snapshot {
        classes: vec![(ClassId(1), "drakes".into()), (ClassId(2), "elves".into())],
        ..Snapshot::default()
    };
    for film in 1..=2 {
        let (_, name) = snapshot.classes[film as usize - 1].clone();
        snapshot.sources.push(Source {
            id: SourceId(film),
            kind: SourceKind::Film,
            name,
            origin: PathBuf::new(),
            is_test: false,
            film: None,
            broken: None,
            crop: None,
            is_upsampled: false,
        });
        for index in 0..scenes {
            let scene = SceneId(snapshot.scenes.len() as i64 + 1);
            let first_frame = (index * FRAMES * 12) as u64;
            snapshot.scenes.push(Scene {
                id: scene,
                source: SourceId(film),
                index: index as u32,
                first_frame,
                last_frame: first_frame + (FRAMES * 12) as u64 - 1,
                transition: Transition::Cut,
                side: Side::Train,
                group: None,
            });
            for frame in 0..FRAMES {
                let number = (index * FRAMES + frame) as f64;
                let id = snapshot.images.len() as i64 + 1;
                snapshot.images.push(ImageRecord {
                    id: ImageId(id),
                    source: SourceId(film),
                    class: Some(ClassId(film)),
                    scene: Some(scene),
                    hash: blake3::hash(&id.to_le_bytes()).to_hex().to_string(),
                    frame: Some(number as u64 * 12),
                    time_secs: Some(number / 2.0),
                    ..test_image()
                });
            }
        }
    }
    snapshot
}

fn valid_scenes(mut snapshot: Snapshot, scenes: &[i64]) -> Snapshot {
    for scene in &mut snapshot.scenes {
        if scenes.contains(&scene.id.0) {
            scene.side = Side::Valid;
        }
    }
    snapshot
}

fn leaks(snapshot: &Snapshot, features: Option<&Features>) -> Leaks {
    let split = Split::of(snapshot).unwrap();
    Leaks::find(snapshot, &split, &Known::default(), features)
}

#[test]
fn random_frames_have_twins_in_their_scenes_and_whole_scenes_have_none() {
    let mut random = films(4);
    random.split_mode = SplitMode::Random {
        fraction: 0.25,
        seed: 1,
    };
    let found = leaks(&random, None);
    assert_eq!((found.valid_images, found.twins.len()), (20, 20));
    assert!(found.leakage().is_leaking());
    for twin in &found.twins {
        let (valid, train) = (random.image(twin.valid), random.image(twin.train));
        let (valid, train) = (valid.unwrap(), train.unwrap());
        assert_eq!((twin.evidence, valid.scene), (Evidence::Time, train.scene));
        // The nearest is as a rule the next one, half a second away.
        let seconds = (valid.time_secs.unwrap() - train.time_secs.unwrap()).abs();
        assert_eq!(twin.score, 1.0 / (1.0 + seconds));
        assert!(seconds <= 2.0, "{seconds}");
    }
    let whole = leaks(&valid_scenes(films(4), &[2, 7]), None);
    assert_eq!((whole.valid_images, whole.twins.len()), (20, 0));
    assert!(!whole.leakage().is_leaking());
}

/// Scenes of each film at random places, and frames close to the place of their scene.
fn features(snapshot: &Snapshot, same: [i64; 2]) -> Features {
    let mut stream = Stream::new(4, &[]);
    let places: Vec<Vec<f64>> = snapshot
        .scenes
        .iter()
        .map(|_| (0..30).map(|_| stream.normal()).collect())
        .collect();
    let rows = snapshot.images.iter().map(|image| {
        let mut scene = image.scene.unwrap().0;
        if scene == same[0] {
            scene = same[1];
        }
        let place = &places[scene as usize - 1];
        let row = place.iter().map(|x| (x + 0.1 * stream.normal()) as f32);
        Some(row.collect())
    });
    Features::from_rows(rows.collect())
}

#[test]
fn a_shot_that_comes_back_is_told_by_features_and_named_as_the_worst() {
    let snapshot = valid_scenes(films(6), &[2, 3, 8]);
    let rows = features(&snapshot, [2, 5]);
    let found = leaks(&snapshot, Some(&rows));
    assert_eq!((found.valid_images, found.twins.len()), (30, 10));
    let is_right = |twin: &LeakTwin| {
        let scene = |id| snapshot.image(id).unwrap().scene.unwrap().0;
        (scene(twin.valid), scene(twin.train)) == (2, 5) && twin.evidence == Evidence::Features
    };
    assert!(found.twins.iter().all(is_right), "{found:?}");
    let offenders = worst(&snapshot, &found);
    assert_eq!(offenders.len(), 1);
    assert_eq!(offenders[0].twins, 10);
    assert_eq!(offenders[0].scene, Some(SceneId(2)));
    assert_eq!(offenders[0].train_scene, Some(SceneId(5)));

    let without = leaks(&snapshot, Some(&features(&snapshot, [0, 0])));
    assert_eq!(without.twins, []);
    assert!(without.least_cosine.unwrap() < 1.0);
}

#[test]
fn one_film_alone_has_nothing_to_compare_its_features_with() {
    let mut snapshot = valid_scenes(films(6), &[2]);
    // The other film's frames become the second class of this one.
    for image in &mut snapshot.images {
        image.source = SourceId(1);
    }
    let rows = features(&snapshot, [2, 5]);
    let found = leaks(&snapshot, Some(&rows));
    assert_eq!((found.twins.len(), found.least_cosine), (0, None));
}

#[test]
fn a_twin_that_sits_out_of_training_gives_nothing_away() {
    let mut snapshot = valid_scenes(films(2), &[1]);
    // The same file in a scene of training: it is not trained on.
    let hash = snapshot.images[0].hash.clone();
    snapshot.images[25].hash = hash;
    let split = Split::of(&snapshot).unwrap();
    assert_eq!(split.twins.len(), 1);
    let pixels = Arc::clone(&split.pixels);
    assert!(pixels.is_empty());
    assert!(
        !split
            .train
            .iter()
            .any(|sample: &Sample| { sample.image == Some(snapshot.images[25].id) })
    );
    assert_eq!(leaks(&snapshot, None).twins, []);
}
