//! Numbers about a set of predictions: accuracy with its interval, per class, scene and source, confusion, top losses,
//! calibration.

pub mod calibration;
mod interval;
pub mod mcnemar;
pub mod paired;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::{ImageId, SceneId, Unit};
use calibration::Calibration;
use interval::Cluster;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Loss {
    pub image: Option<ImageId>,
    pub path: PathBuf,
    pub actual: String,
    pub predicted: String,
    pub loss: f64,
    /// Of the actual class.
    pub prob: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassReport {
    pub class: String,
    /// Images of the class.
    pub n: usize,
    pub correct: usize,
    /// Images that were taken for it, rightly or not.
    pub predicted: usize,
    /// Part of those taken for it that are of it; `null` if none was, as for the others where they would be 0 / 0.
    pub precision: Option<f64>,
    /// Part of its images that were taken for it.
    pub recall: Option<f64>,
    /// Harmonic mean of the two.
    pub f1: Option<f64>,
}

/// How often images of one class were taken for another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confused {
    pub actual: String,
    pub predicted: String,
    pub n: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SceneReport {
    pub scene: SceneId,
    /// `drakes:3`, as the commands take it.
    pub id: String,
    pub film: String,
    pub first_frame: u64,
    pub n: usize,
    pub correct: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceReport {
    pub source: String,
    pub n: usize,
    pub correct: usize,
    /// As that of the whole set.
    pub interval: [f64; 2],
}

/// What `evaluate --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub accuracy: f64,
    /// 95 %; see [`accuracy_interval`].
    pub interval: [f64; 2],
    pub n: usize,
    /// Images of the set that are not among these, because their files are gone or damaged.
    pub unreadable: usize,
    /// The split that the set is a side of, if it is one.
    pub split_hash: Option<String>,
    /// Changes with the images of the set and with their classes.
    pub data_version: Option<String>,
    /// How many of them the run, or one that it descends from, was trained on; `null`: unknown, because an older
    /// version trained one of them on another split.
    pub seen_in_training: Option<usize>,
    /// How many of the others look like a training image that is still in the project: copies that were saved again,
    /// resized or cropped, or neighboring frames. `null` as above.
    pub similar_to_training: Option<usize>,
    pub per_class: Vec<ClassReport>,
    /// `[actual][predicted]`.
    pub confusion: Vec<Vec<usize>>,
    /// Most frequent first.
    pub most_confused: Vec<Confused>,
    /// All images, the largest loss first.
    pub top_losses: Vec<Loss>,
    /// The scenes of films, worst first.
    pub per_scene: Vec<SceneReport>,
    /// Films and imported folders, by name.
    pub per_source: Vec<SourceReport>,
    pub calibration: Calibration,
}

impl Evaluation {
    /// "26 of 41 images, 15 files missing or damaged"; without any such "41 images".
    pub fn measured_text(&self) -> String {
        let (n, unreadable) = (self.n, self.unreadable);
        match unreadable {
            0 if n == 1 => "1 image".to_owned(),
            0 => format!("{n} images"),
            _some => format!(
                "{n} of {} images measured, {unreadable} {} missing or damaged",
                n + unreadable,
                if unreadable == 1 { "file" } else { "files" }
            ),
        }
    }
}

/// Whether one image's class was predicted, and what it stands or falls together with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored {
    /// `None` for images outside the project, each of which stands alone.
    pub unit: Option<Unit>,
    pub is_correct: bool,
}

/// 95 % interval of an accuracy. Images of one unit stand and fall together, an image without one stands alone.
pub fn accuracy_interval(images: &[Scored]) -> [f64; 2] {
    let mut units: BTreeMap<Unit, Cluster> = BTreeMap::new();
    let mut alone = Vec::new();
    for image in images {
        let correct = usize::from(image.is_correct);
        match image.unit {
            Some(unit) => {
                let cluster = units.entry(unit).or_default();
                cluster.n += 1;
                cluster.correct += correct;
            }
            None => alone.push(Cluster { n: 1, correct }),
        }
    }
    alone.extend(units.into_values());
    interval::interval(&alone)
}

/// "95 % interval 61.0 to 93.0 %", or that there are too few scenes for one: a range that nearly every accuracy lies in
/// is not worth reading.
pub fn interval_text(interval: [f64; 2]) -> String {
    if is_uninformative(interval) {
        return TOO_FEW_SCENES.to_owned();
    }
    let [low, high] = interval.map(|bound| bound * 100.0);
    format!("95 % interval {low:.1} to {high:.1} %")
}

const TOO_FEW_SCENES: &str = "too few scenes for an interval";

/// Whether an interval is too wide to say anything of an accuracy: there are too few scenes.
pub fn is_uninformative([low, high]: [f64; 2]) -> bool {
    high - low > WIDEST_INFORMATIVE
}

/// Two scenes have about .8, three .7.
const WIDEST_INFORMATIVE: f64 = 0.75;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SceneId;

    fn scored(unit: i64, is_correct: bool) -> Scored {
        Scored {
            unit: Some(Unit::Scene(SceneId(unit))),
            is_correct,
        }
    }

    #[test]
    fn frames_of_few_scenes_say_less_than_as_many_single_images() {
        let frames: Vec<_> = (0..200)
            .map(|i| scored(i / 20, (i / 20) % 2 == 0))
            .collect();
        let single: Vec<_> = frames
            .iter()
            .map(|frame| Scored {
                unit: None,
                ..*frame
            })
            .collect();
        let width = |images: &[Scored]| {
            let [low, high] = accuracy_interval(images);
            assert!(low < 0.5 && high > 0.5);
            high - low
        };
        assert!(width(&frames) > 3.0 * width(&single));
    }

    #[test]
    fn a_useless_range_is_not_shown() {
        assert_eq!(interval_text([0.61, 0.93]), "95 % interval 61.0 to 93.0 %");
        assert_eq!(interval_text([0.1, 0.95]), "too few scenes for an interval");
    }

    #[test]
    fn two_scenes_are_too_few_and_five_are_not() {
        let right_in_half = |scenes: i64| -> Vec<_> {
            (0..scenes * 10)
                .map(|i| scored(i / 10, i % 2 == 0))
                .collect()
        };
        assert!(is_uninformative(accuracy_interval(&right_in_half(1))));
        assert!(!is_uninformative(accuracy_interval(&right_in_half(5))));
    }
}
