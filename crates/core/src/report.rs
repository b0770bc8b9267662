//! Numbers about a set of predictions: accuracy with its interval, per class, confusion, top losses.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::{ImageId, Unit};
use crate::rng::Stream;

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
    pub n: usize,
    pub correct: usize,
}

/// The answer of `evaluate --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub accuracy: f64,
    /// 95 %; see [`accuracy_interval`].
    pub interval: [f64; 2],
    pub n: usize,
    pub per_class: Vec<ClassReport>,
    /// `[actual][predicted]`.
    pub confusion: Vec<Vec<usize>>,
    /// Largest first.
    pub top_losses: Vec<Loss>,
}

/// The interval's bootstrap always draws the same, so that one set has one interval.
pub const INTERVAL_SEED: u64 = 0;

/// Whether one picture's class was predicted, and what the picture is resampled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored {
    /// `None` for pictures outside the project, each of which stands alone.
    pub unit: Option<Unit>,
    pub is_correct: bool,
}

/// 95 % interval of an accuracy: percentile bootstrap over units where pictures come in scenes (frames of one scene
/// are no independent witnesses), Wilson's score interval where each picture stands alone.
pub fn accuracy_interval(pictures: &[Scored], seed: u64) -> [f64; 2] {
    if pictures.is_empty() {
        return [0.0, 1.0];
    }
    let mut units: BTreeMap<Unit, Score> = BTreeMap::new();
    let mut alone = Vec::new();
    for picture in pictures {
        let hit = usize::from(picture.is_correct);
        match picture.unit.filter(|unit| unit.is_cluster()) {
            Some(unit) => {
                let score = units.entry(unit).or_default();
                score.n += 1;
                score.correct += hit;
            }
            None => alone.push(Score { n: 1, correct: hit }),
        }
    }
    if units.is_empty() {
        let hits = pictures.iter().filter(|picture| picture.is_correct).count();
        return wilson(hits, pictures.len());
    }
    // A picture without a scene is a witness of its own.
    let witnesses: Vec<Score> = units.into_values().chain(alone).collect();
    bootstrap(&witnesses, seed)
}

/// Pictures that stand or fall together.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    n: usize,
    correct: usize,
}

/// Standard deviations of a two-sided 95 %.
const Z: f64 = 1.959_963_985;
const RESAMPLES: usize = 2000;

/// Wilson 1927, as in statsmodels' `proportion_confint(method="wilson")`.
fn wilson(correct: usize, n: usize) -> [f64; 2] {
    let n = n as f64;
    let p = correct as f64 / n;
    let center = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    [(center - half).max(0.0), (center + half).min(1.0)]
}

fn bootstrap(witnesses: &[Score], seed: u64) -> [f64; 2] {
    let mut stream = Stream::new(seed, &[]);
    let mut accuracies: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (mut correct, mut n) = (0, 0);
            for _ in witnesses {
                if let Some(score) = witnesses.get(stream.below(witnesses.len())) {
                    correct += score.correct;
                    n += score.n;
                }
            }
            correct as f64 / n.max(1) as f64
        })
        .collect();
    accuracies.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let index = ((RESAMPLES - 1) as f64 * part).round() as usize;
        accuracies.get(index).copied().unwrap_or_default()
    };
    [at(0.025), at(0.975)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::SceneId;

    fn single(is_correct: bool) -> Scored {
        Scored {
            unit: None,
            is_correct,
        }
    }

    /// statsmodels 0.14: `proportion_confint(62, 100, method="wilson")`.
    #[test]
    fn single_pictures_have_wilsons_interval() {
        let correct: Vec<_> = (0..100).map(|i| single(i < 62)).collect();
        let [low, high] = accuracy_interval(&correct, 0);
        assert!(
            (low - 0.522_1).abs() < 1e-3 && (high - 0.709_0).abs() < 1e-3,
            "{low} {high}"
        );
        let [low, high] = accuracy_interval(&[single(true)], 0);
        assert!(low > 0.2 && (high - 1.0).abs() < 1e-9);
    }

    #[test]
    fn frames_of_few_scenes_say_less_than_as_many_single_pictures() {
        let frames: Vec<_> = (0..200)
            .map(|i| Scored {
                unit: Some(Unit::Scene(SceneId(i / 20))),
                is_correct: (i / 20) % 2 == 0,
            })
            .collect();
        let singles: Vec<_> = frames
            .iter()
            .map(|frame| Scored {
                unit: frame.unit.map(|_scene| Unit::Picture(ImageId(1))),
                ..*frame
            })
            .collect();
        let width = |correct: &[Scored]| {
            let [low, high] = accuracy_interval(correct, 0);
            assert!(low < 0.5 && high > 0.5);
            high - low
        };
        assert!(width(&frames) > 3.0 * width(&singles));
        assert_eq!(accuracy_interval(&frames, 1), accuracy_interval(&frames, 1));
    }
}
