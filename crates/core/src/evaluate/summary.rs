//! The numbers that follow from predictions.

use std::collections::BTreeMap;

use super::predictions::{ImagePrediction, Predictions, interval};
use crate::catalog::{ImageRecord, Snapshot};
use crate::report::calibration::{Calibration, Guess};
use crate::report::{ClassReport, Confused, Evaluation, Loss, SceneReport, SourceReport};

impl Predictions {
    /// `snapshot`: says which scene and source an image is of.
    pub fn evaluation(&self, snapshot: &Snapshot) -> Evaluation {
        let (classes, images) = (&self.info.classes, &self.images);
        let confusion = confusion(classes.len(), images);
        let correct = images.iter().filter(|image| image.is_correct()).count();
        let known = records(snapshot, images);
        let guesses: Vec<Guess<'_>> = images
            .iter()
            .map(|image| Guess {
                probs: &image.probs,
                target: image.target,
            })
            .collect();
        Evaluation {
            accuracy: correct as f64 / images.len().max(1) as f64,
            interval: interval(images),
            n: images.len(),
            unreadable: self.info.unreadable,
            split_hash: self.info.split_hash.clone(),
            data_version: self.info.data_version.clone(),
            seen_in_training: self.info.seen_in_training,
            similar_to_training: self.info.similar_to_training,
            per_class: per_class(classes, &confusion),
            most_confused: most_confused(classes, &confusion),
            top_losses: top_losses(classes, images),
            per_scene: per_scene(snapshot, &known),
            per_source: per_source(snapshot, &known),
            calibration: Calibration::of(&guesses),
            confusion,
        }
    }
}

/// `[actual][predicted]`.
fn confusion(classes: usize, images: &[ImagePrediction]) -> Vec<Vec<usize>> {
    let mut confusion = vec![vec![0; classes]; classes];
    for image in images {
        let row = confusion.get_mut(image.target);
        if let Some(cell) = row.and_then(|row| row.get_mut(image.predicted)) {
            *cell += 1;
        }
    }
    confusion
}

fn per_class(classes: &[String], confusion: &[Vec<usize>]) -> Vec<ClassReport> {
    let part = |of: usize, all: usize| (all > 0).then(|| of as f64 / all as f64);
    let report = |(index, (class, row)): (usize, (&String, &Vec<usize>))| {
        let correct = row.get(index).copied().unwrap_or_default();
        let n = row.iter().sum();
        let column = confusion.iter().filter_map(|row| row.get(index));
        let predicted = column.sum();
        ClassReport {
            class: class.clone(),
            n,
            correct,
            predicted,
            precision: part(correct, predicted),
            recall: part(correct, n),
            f1: part(2 * correct, n + predicted),
        }
    };
    classes
        .iter()
        .zip(confusion)
        .enumerate()
        .map(report)
        .collect()
}

fn most_confused(classes: &[String], confusion: &[Vec<usize>]) -> Vec<Confused> {
    let mut found = Vec::new();
    for (actual, row) in classes.iter().zip(confusion) {
        for (predicted, &n) in classes.iter().zip(row) {
            if n > 0 && actual != predicted {
                found.push(Confused {
                    actual: actual.clone(),
                    predicted: predicted.clone(),
                    n,
                });
            }
        }
    }
    // Stable, so that equal ones stay in the order of the classes.
    found.sort_by_key(|confused| std::cmp::Reverse(confused.n));
    found
}

fn top_losses(classes: &[String], images: &[ImagePrediction]) -> Vec<Loss> {
    let mut worst: Vec<&ImagePrediction> = images.iter().collect();
    worst.sort_by(|a, b| {
        a.target_prob()
            .total_cmp(&b.target_prob())
            .then_with(|| a.path.cmp(&b.path))
    });
    let name = |index: usize| classes.get(index).cloned().unwrap_or_default();
    worst
        .into_iter()
        .map(|image| Loss {
            image: image.image,
            path: image.path.clone(),
            actual: name(image.target),
            predicted: name(image.predicted),
            loss: image.loss,
            prob: image.target_prob(),
        })
        .collect()
}

/// Images of the project that still are in it.
type Known<'a> = Vec<(&'a ImageRecord, &'a ImagePrediction)>;

fn records<'a>(snapshot: &'a Snapshot, images: &'a [ImagePrediction]) -> Known<'a> {
    let record = |image: &'a ImagePrediction| Some((snapshot.image(image.image?)?, image));
    images.iter().filter_map(record).collect()
}

fn per_scene(snapshot: &Snapshot, known: &Known<'_>) -> Vec<SceneReport> {
    let mut counts = BTreeMap::new();
    for (record, image) in known {
        if let Some(scene) = record.scene {
            let (n, correct) = counts.entry(scene).or_insert((0, 0));
            *n += 1;
            *correct += usize::from(image.is_correct());
        }
    }
    let mut found: Vec<SceneReport> = snapshot
        .scenes
        .iter()
        .filter_map(|scene| {
            let &(n, correct) = counts.get(&scene.id)?;
            Some(SceneReport {
                scene: scene.id,
                id: snapshot.scene_name(scene),
                film: snapshot.source(scene.source)?.name.clone(),
                first_frame: scene.first_frame,
                n,
                correct,
            })
        })
        .collect();
    let accuracy = |scene: &SceneReport| scene.correct as f64 / scene.n as f64;
    found.sort_by(|a, b| accuracy(a).total_cmp(&accuracy(b)).then(b.n.cmp(&a.n)));
    found
}

fn per_source(snapshot: &Snapshot, known: &Known<'_>) -> Vec<SourceReport> {
    let mut by_source: BTreeMap<&str, Vec<&ImagePrediction>> = BTreeMap::new();
    for (record, image) in known {
        if let Some(source) = snapshot.source(record.source) {
            by_source.entry(&source.name).or_default().push(image);
        }
    }
    by_source
        .into_iter()
        .map(|(source, images)| SourceReport {
            source: source.to_owned(),
            n: images.len(),
            correct: images.iter().filter(|image| image.is_correct()).count(),
            interval: interval(images),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::catalog::{
        Decision, ImageId, Scene, SceneId, Side, Source, SourceId, SourceKind, Unit,
    };
    use crate::evaluate::PredictionsInfo;
    use crate::media::border::Insets;
    use crate::media::scene::Transition;

    /// A film of two scenes, and an image from elsewhere.
    fn snapshot() -> Snapshot {
        let scene = |id: i64| Scene {
            id: SceneId(id),
            source: SourceId(1),
            index: id as u32 - 1,
            first_frame: 10 * id as u64,
            last_frame: 10 * id as u64 + 9,
            transition: Transition::Cut,
            side: Side::Valid,
            group: None,
        };
        let record = |id: i64, scene: i64| ImageRecord {
            id: ImageId(id),
            source: SourceId(1),
            class: None,
            scene: Some(SceneId(scene)),
            side: None,
            path: format!("{id}.jpg").into(),
            origin: String::new(),
            hash: String::new(),
            width: 1,
            height: 1,
            crop: Insets::default(),
            character: None,
            copies: crate::media::upsampling::Copies::default(),
            frame: None,
            time_secs: None,
            decision: Decision::Undecided,
            decided: crate::catalog::Decided::default(),
        };
        Snapshot {
            sources: vec![Source {
                id: SourceId(1),
                kind: SourceKind::Film,
                name: "tarn".to_owned(),
                origin: "tarn.mp4".into(),
                is_test: false,
                film: None,
                broken: None,
                crop: None,
                is_upsampled: false,
            }],
            scenes: vec![scene(1), scene(2)],
            images: vec![record(1, 1), record(2, 2), record(3, 2)],
            ..Snapshot::default()
        }
    }

    fn predictions() -> Predictions {
        let image = |id: Option<i64>, target: usize, probs: [f32; 2]| {
            let predicted = usize::from(probs[1] > probs[0]);
            ImagePrediction {
                path: id
                    .map_or("elsewhere.jpg".to_owned(), |id| format!("{id}.jpg"))
                    .into(),
                image: id.map(ImageId),
                unit: id.map(|id| Unit::Scene(SceneId(id.min(2)))),
                target,
                predicted,
                probs: probs.to_vec(),
                loss: f64::from(-probs[target].ln()),
            }
        };
        let images = vec![
            image(Some(1), 0, [0.9, 0.1]),
            image(Some(2), 0, [0.2, 0.8]),
            image(Some(3), 1, [0.4, 0.6]),
            image(None, 1, [0.3, 0.7]),
        ];
        Predictions {
            info: PredictionsInfo::for_test(["elves", "orcs"], images.len()),
            images,
        }
    }

    #[test]
    fn the_numbers_follow_from_the_predictions() {
        let found = predictions().evaluation(&snapshot());
        assert_eq!(found.confusion, [[1, 1], [0, 2]]);
        assert!((found.accuracy - 0.75).abs() < 1e-12);
        let worst: Vec<_> = found
            .top_losses
            .iter()
            .map(|loss| loss.path.as_path())
            .collect();
        let expected = ["2.jpg", "3.jpg", "elsewhere.jpg", "1.jpg"];
        assert_eq!(worst, expected.map(Path::new));
        assert!((found.top_losses[0].loss + 0.2_f64.ln()).abs() < 1e-6);
        let [elves, orcs] = found.per_class.as_slice() else {
            panic!("two classes");
        };
        assert_eq!((elves.precision, elves.recall), (Some(1.0), Some(0.5)));
        assert_eq!((orcs.predicted, orcs.recall), (3, Some(1.0)));
        assert!((orcs.f1.unwrap() - 0.8).abs() < 1e-12);
        let [confused] = found.most_confused.as_slice() else {
            panic!("one confusion");
        };
        assert_eq!((confused.actual.as_str(), confused.n), ("elves", 1));
    }

    #[test]
    fn scenes_and_sources_count_what_is_in_the_project() {
        let found = predictions().evaluation(&snapshot());
        let scenes: Vec<_> = found
            .per_scene
            .iter()
            .map(|scene| (scene.scene.0, scene.correct, scene.n))
            .collect();
        assert_eq!(scenes, [(2, 1, 2), (1, 1, 1)], "worst first");
        let [film] = found.per_source.as_slice() else {
            panic!("one source");
        };
        assert_eq!((film.source.as_str(), film.correct, film.n), ("tarn", 2, 3));
        assert_eq!(predictions().evaluation(&Snapshot::default()).per_scene, []);
    }
}
