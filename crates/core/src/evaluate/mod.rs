//! A run measured on a set of pictures: validation, training, a source of the project, or any folder.

use std::collections::BTreeMap;
use std::path::Path;

use image::RgbImage;
use rayon::prelude::*;

use crate::catalog::{Decision, ImageRecord, Snapshot, SourceId};
use crate::dataset::{Sample, Split};
use crate::error::{Error, Result};
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::report::{ClassReport, Evaluation, INTERVAL_SEED, Loss, Scored, accuracy_interval};

/// Pictures that go through the net together.
const BATCH: usize = 16;
/// The worst so many pictures are listed.
const TOP_LOSSES: usize = 20;
/// A probability is not taken to be smaller, so that a loss stays finite.
const MIN_PROB: f64 = 1e-9;

/// Pictures whose class a run of these `classes` can be right about; `target` points into `classes`.
///
/// `set` is `valid`, `train`, the name of a source, or a folder whose sub-folders are classes. Rejected pictures are
/// left out. A class that the run does not know is a warning.
///
/// # Errors
/// [`Error::Unknown`] if `set` is none of these; [`Error::Invalid`] if nothing is left to measure.
pub fn samples(
    snapshot: &Snapshot,
    set: &str,
    classes: &[String],
    progress: &Progress,
) -> Result<Vec<Sample>> {
    let labelled = match set {
        "valid" => of_split(&Split::of(snapshot)?, |split| &split.valid),
        "train" => of_split(&Split::of(snapshot)?, |split| &split.train),
        _ => match snapshot.sources.iter().find(|source| source.name == set) {
            Some(source) => of_source(snapshot, source.id),
            None => of_folder(set)?,
        },
    };
    let samples = with_targets(labelled, classes, progress);
    if samples.is_empty() {
        return Err(Error::Invalid(format!(
            "the set {set:?} has no picture of a class the run knows ({}); choose another set or put pictures into sub-folders named like these",
            classes.join(", ")
        )));
    }
    Ok(samples)
}

/// A picture and the name of its class.
type Labelled = (Sample, String);

fn of_split(split: &Split, side: impl Fn(&Split) -> &Vec<Sample>) -> Vec<Labelled> {
    side(split)
        .iter()
        .filter_map(|sample| {
            let class = split.classes.get(sample.target as usize)?;
            Some((sample.clone(), class.clone()))
        })
        .collect()
}

fn of_source(snapshot: &Snapshot, source: SourceId) -> Vec<Labelled> {
    let sample = |image: &ImageRecord| Sample {
        image: Some(image.id),
        unit: Some(snapshot.unit_of(image)),
        path: image.path.clone(),
        target: 0,
    };
    snapshot
        .images_of_source(source)
        .into_iter()
        .filter(|image| image.decision != Decision::Reject)
        .filter_map(|image| {
            let class = snapshot.class_name(image.class?)?;
            Some((sample(image), class.to_owned()))
        })
        .collect()
}

fn of_folder(set: &str) -> Result<Vec<Labelled>> {
    let root = Path::new(set);
    if !root.is_dir() {
        return Err(Error::Unknown {
            what: "set",
            name: set.to_owned(),
            remedy: "say valid, train, the name of a film or imported folder, or a folder whose sub-folders are classes"
                .into(),
        });
    }
    let mut labelled = Vec::new();
    for folder in sorted_entries(root)?.iter().filter(|entry| entry.is_dir()) {
        let class = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        for path in sorted_entries(folder)? {
            if path.is_file() {
                let sample = Sample {
                    image: None,
                    unit: None,
                    path,
                    target: 0,
                };
                labelled.push((sample, class.clone()));
            }
        }
    }
    Ok(labelled)
}

fn sorted_entries(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut paths = std::fs::read_dir(folder)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<std::io::Result<Vec<_>>>()
        })
        .map_err(Error::io("read the folder", folder))?;
    paths.sort();
    Ok(paths)
}

fn with_targets(labelled: Vec<Labelled>, classes: &[String], progress: &Progress) -> Vec<Sample> {
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    let mut samples = Vec::new();
    for (sample, class) in labelled {
        match classes.iter().position(|known| *known == class) {
            Some(target) => samples.push(Sample {
                target: target as u32,
                ..sample
            }),
            None => *unknown.entry(class).or_default() += 1,
        }
    }
    for (class, count) in unknown {
        progress.warn(
            class,
            format!("{count} pictures left out: the run does not know this class"),
        );
    }
    samples
}

/// One picture's answer.
struct Outcome<'a> {
    sample: &'a Sample,
    predicted: usize,
    /// Of the actual class.
    prob: f64,
}

/// Looks at every sample with the run's deterministic transform. A picture that cannot be read is a warning.
///
/// # Errors
/// [`Error::Cancelled`]; [`Error::Invalid`] if not one picture could be read.
pub fn evaluate(
    predictor: &Predictor,
    samples: &[Sample],
    progress: &Progress,
) -> Result<Evaluation> {
    progress.stage("evaluating", Some(samples.len() as u64));
    let mut outcomes = Vec::with_capacity(samples.len());
    for samples in samples.chunks(BATCH) {
        progress.check()?;
        outcomes.extend(look_at(predictor, samples, progress)?);
        progress.advance(samples.len() as u64);
    }
    if outcomes.is_empty() {
        return Err(Error::Invalid(
            "not one picture of the set could be read; import or restore its files".into(),
        ));
    }
    Ok(summarize(predictor.classes(), &outcomes))
}

fn look_at<'a>(
    predictor: &Predictor,
    samples: &'a [Sample],
    progress: &Progress,
) -> Result<Vec<Outcome<'a>>> {
    let decoded: Vec<Result<RgbImage>> = samples
        .par_iter()
        .map(|sample| predictor.read(&sample.path))
        .collect();
    let mut readable = Vec::new();
    let mut images = Vec::new();
    for (sample, decoded) in samples.iter().zip(decoded) {
        match decoded {
            Ok(image) => {
                readable.push(sample);
                images.push(image);
            }
            Err(error) => progress.warn(sample.path.display().to_string(), error.to_string()),
        }
    }
    if images.is_empty() {
        return Ok(Vec::new());
    }
    let predictions = predictor.predict(&images)?;
    Ok(readable
        .into_iter()
        .zip(predictions)
        .map(|(sample, prediction)| Outcome {
            sample,
            predicted: prediction.ranking().first().copied().unwrap_or_default(),
            prob: prediction
                .probs
                .get(sample.target as usize)
                .map_or(0.0, |prob| f64::from(*prob)),
        })
        .collect())
}

fn summarize(classes: &[String], outcomes: &[Outcome<'_>]) -> Evaluation {
    let mut confusion = vec![vec![0; classes.len()]; classes.len()];
    for outcome in outcomes {
        if let Some(cell) = confusion
            .get_mut(outcome.sample.target as usize)
            .and_then(|row| row.get_mut(outcome.predicted))
        {
            *cell += 1;
        }
    }
    let per_class: Vec<ClassReport> = classes
        .iter()
        .zip(&confusion)
        .enumerate()
        .map(|(index, (class, row))| ClassReport {
            class: class.clone(),
            n: row.iter().sum(),
            correct: row.get(index).copied().unwrap_or_default(),
        })
        .collect();
    let is_correct: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            let is_correct = outcome.predicted == outcome.sample.target as usize;
            Scored {
                unit: outcome.sample.unit,
                is_correct,
            }
        })
        .collect();
    let correct = per_class.iter().map(|class| class.correct).sum::<usize>();
    Evaluation {
        accuracy: correct as f64 / outcomes.len() as f64,
        interval: accuracy_interval(&is_correct, INTERVAL_SEED),
        n: outcomes.len(),
        per_class,
        confusion,
        top_losses: top_losses(classes, outcomes),
    }
}

fn top_losses(classes: &[String], outcomes: &[Outcome<'_>]) -> Vec<Loss> {
    let mut worst: Vec<&Outcome<'_>> = outcomes.iter().collect();
    worst.sort_by(|a, b| {
        a.prob
            .total_cmp(&b.prob)
            .then_with(|| a.sample.path.cmp(&b.sample.path))
    });
    let name = |index: usize| classes.get(index).cloned().unwrap_or_default();
    worst
        .into_iter()
        .take(TOP_LOSSES)
        .map(|outcome| Loss {
            image: outcome.sample.image,
            path: outcome.sample.path.clone(),
            actual: name(outcome.sample.target as usize),
            predicted: name(outcome.predicted),
            loss: -outcome.prob.max(MIN_PROB).ln(),
            prob: outcome.prob,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str, target: u32) -> Sample {
        Sample {
            image: None,
            unit: None,
            path: name.into(),
            target,
        }
    }

    #[test]
    fn confusion_and_top_losses_follow_from_the_answers() {
        let samples = [sample("a", 0), sample("b", 0), sample("c", 1)];
        let answers = [(0, 0.9), (1, 0.2), (1, 0.6)];
        let outcomes: Vec<Outcome<'_>> = samples
            .iter()
            .zip(answers)
            .map(|(sample, (predicted, prob))| Outcome {
                sample,
                predicted,
                prob,
            })
            .collect();
        let evaluation = summarize(&["elves".into(), "orcs".into()], &outcomes);
        assert_eq!(evaluation.confusion, [[1, 1], [0, 1]]);
        assert!((evaluation.accuracy - 2.0 / 3.0).abs() < 1e-12);
        let worst: Vec<_> = evaluation
            .top_losses
            .iter()
            .map(|loss| &loss.path)
            .collect();
        assert_eq!(worst, [Path::new("b"), Path::new("c"), Path::new("a")]);
        assert_eq!(evaluation.top_losses[0].predicted, "orcs");
    }

    #[test]
    fn a_folder_is_measured_by_its_sub_folders_and_unknown_classes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["elves/1.jpg", "gnomes/1.jpg", "gnomes/2.jpg"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let progress = Progress::silent();
        let set = folder.path().to_str().unwrap();
        let classes = ["elves".to_owned()];
        let found = samples(&Snapshot::default(), set, &classes, &progress).unwrap();
        assert_eq!(found.len(), 1);
        let warnings = progress.warnings();
        assert!(warnings[0].subject == "gnomes" && warnings[0].message.starts_with("2 pictures"));
        assert!(matches!(
            samples(&Snapshot::default(), "nonsense", &classes, &progress),
            Err(Error::Unknown { .. })
        ));
    }
}
