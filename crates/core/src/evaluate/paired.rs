//! Two runs on one set of images, image by image.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::predictions::{ImagePrediction, Predictions};
use crate::error::{Error, Result};
use crate::report::mcnemar::mcnemar_p;
use crate::report::paired::{Difference, Pair};

/// The document of `compare --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairedRuns {
    /// The two runs' ids.
    pub runs: [String; 2],
    pub set: String,
    /// Images that both were measured on.
    pub n: usize,
    pub accuracies: [f64; 2],
    /// The first accuracy minus the second.
    pub difference: f64,
    /// 95 %, of the difference, over whole units (see [`crate::report::paired`]).
    pub interval: [f64; 2],
    /// Images that only the first, and only the second, is right about.
    pub only_right: [usize; 2],
    /// McNemar's exact test, as if every image stood alone: frames of a scene do not, so the interval decides.
    pub mcnemar_p: f64,
    /// How many of the images each run's line was trained on; `null`: unknown.
    pub seen_in_training: [Option<usize>; 2],
    /// In words; begins with `within noise`, `too few scenes`, `not comparable`, or the better run's id.
    pub verdict: String,
}

impl PairedRuns {
    /// # Errors
    /// [`Error::Invalid`] if no image was measured by both.
    pub fn of(first: &Predictions, second: &Predictions) -> Result<Self> {
        let by_path: BTreeMap<&Path, &ImagePrediction> = second
            .images
            .iter()
            .map(|image| (image.path.as_path(), image))
            .collect();
        let pairs: Vec<Pair> = first
            .images
            .iter()
            .filter_map(|image| {
                let other = by_path.get(image.path.as_path())?;
                Some(Pair {
                    unit: image.unit,
                    is_first_correct: image.is_correct(),
                    is_second_correct: other.is_correct(),
                })
            })
            .collect();
        let found = Difference::of(&pairs).ok_or_else(|| {
            Error::Invalid(
                "the two runs have no image of the set in common; choose another set".into(),
            )
        })?;
        let count = |of: fn(&Pair) -> bool| pairs.iter().filter(|pair| of(pair)).count();
        let part = |n: usize| n as f64 / pairs.len() as f64;
        let only_right = [
            count(|pair| pair.is_first_correct && !pair.is_second_correct),
            count(|pair| pair.is_second_correct && !pair.is_first_correct),
        ];
        let runs = [first, second].map(|predictions| predictions.info.run.clone());
        let seen = [first, second].map(|predictions| predictions.info.seen_in_training);
        Ok(Self {
            set: first.info.set.clone(),
            n: pairs.len(),
            accuracies: [
                part(count(|pair| pair.is_first_correct)),
                part(count(|pair| pair.is_second_correct)),
            ],
            difference: found.difference,
            interval: found.interval,
            only_right,
            mcnemar_p: mcnemar_p(only_right[0], only_right[1]),
            seen_in_training: seen,
            verdict: verdict(found, &runs, seen, &first.info.set),
            runs,
        })
    }
}

fn verdict(found: Difference, runs: &[String; 2], seen: [Option<usize>; 2], set: &str) -> String {
    if set != "train"
        && let Some((run, seen)) = runs.iter().zip(seen).find(|(_, seen)| *seen != Some(0))
    {
        return match seen {
            Some(seen) => format!("not comparable: {run} was trained on {seen} of these images"),
            None => format!(
                "not comparable: nobody knows how many of these images {run} was trained on"
            ),
        };
    }
    if found.is_uninformative() {
        return "too few scenes to tell the two apart".to_owned();
    }
    let points = 100.0 * found.difference.abs();
    let [low, high] = found.interval.map(|bound| 100.0 * bound);
    let interval = format!("95 % interval of the difference {low:+.1} to {high:+.1} points");
    if found.is_noise() {
        return format!("within noise: {points:.1} points apart, {interval}");
    }
    let [better, other] = if found.difference > 0.0 {
        [&runs[0], &runs[1]]
    } else {
        [&runs[1], &runs[0]]
    };
    format!("{better} is better than {other} by {points:.1} points, {interval}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SceneId, Unit};
    use crate::evaluate::PredictionsInfo;

    /// `right`: of each scene's ten images so many, from the first.
    fn predictions(run: &str, scenes: usize, right: usize) -> Predictions {
        let images: Vec<ImagePrediction> = (0..scenes * 10)
            .map(|at| ImagePrediction {
                path: format!("{at}.jpg").into(),
                image: None,
                unit: Some(Unit::Scene(SceneId((at / 10) as i64))),
                target: 0,
                predicted: usize::from(at % 10 >= right),
                probs: Vec::new(),
                loss: 0.0,
            })
            .collect();
        Predictions {
            info: PredictionsInfo {
                run: run.to_owned(),
                seen_in_training: Some(0),
                ..PredictionsInfo::for_test(["elves", "orcs"], images.len())
            },
            images,
        }
    }

    #[test]
    fn a_verdict_names_the_better_run_or_says_why_there_is_none() {
        let compare = |a: &Predictions, b: &Predictions| PairedRuns::of(a, b).unwrap();
        let (good, bad) = (predictions("good", 30, 9), predictions("bad", 30, 5));
        let found = compare(&bad, &good);
        assert!((found.difference + 0.4).abs() < 1e-12);
        assert_eq!((found.only_right, found.n), ([0, 120], 300));
        assert!(found.mcnemar_p < 1e-30);
        assert!(
            found
                .verdict
                .starts_with("good is better than bad by 40.0 points"),
            "{}",
            found.verdict
        );
        let found = compare(&good, &good);
        assert!(
            found.verdict.starts_with("within noise"),
            "{}",
            found.verdict
        );
        assert_eq!(found.mcnemar_p, 1.0);
        let found = compare(&predictions("a", 2, 9), &predictions("b", 2, 8));
        assert!(
            found.verdict.starts_with("too few scenes"),
            "{}",
            found.verdict
        );
        let mut seen = predictions("seen", 30, 10);
        seen.info.seen_in_training = Some(4);
        let found = compare(&seen, &bad);
        assert_eq!(
            found.verdict,
            "not comparable: seen was trained on 4 of these images"
        );
        assert!(PairedRuns::of(&good, &predictions("none", 0, 0)).is_err());
    }
}
