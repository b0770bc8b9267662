//! Numbers about a set of predictions: accuracy with its interval, per class, confusion, top losses.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::{ImageId, SceneId};
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

/// 95 % interval of an accuracy: percentile cluster bootstrap over scenes where pictures come in scenes (frames of one scene
/// are not independent), Wilson's score interval where each picture stands alone.
pub fn accuracy_interval(correct: &[(Option<SceneId>, bool)], seed: u64) -> [f64; 2] {
    if correct.is_empty() {
        return [0.0, 1.0];
    }
    let mut scenes: BTreeMap<SceneId, Score> = BTreeMap::new();
    let mut alone = Vec::new();
    for (scene, is_correct) in correct {
        let hit = usize::from(*is_correct);
        match scene {
            Some(scene) => {
                let score = scenes.entry(*scene).or_default();
                score.n += 1;
                score.correct += hit;
            }
            None => alone.push(Score { n: 1, correct: hit }),
        }
    }
    if scenes.is_empty() {
        let hits = correct.iter().filter(|(_, is_correct)| *is_correct).count();
        return wilson(hits, correct.len());
    }
    // A picture without a scene is a cluster of its own.
    let clusters: Vec<Score> = scenes.into_values().chain(alone).collect();
    bootstrap(&clusters, seed)
}

/// Pictures that are resampled together: one cluster.
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

fn bootstrap(clusters: &[Score], seed: u64) -> [f64; 2] {
    let mut stream = Stream::new(seed, &[]);
    let mut accuracies: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let (mut correct, mut n) = (0, 0);
            for _ in clusters {
                if let Some(score) = clusters.get(stream.below(clusters.len())) {
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

    /// statsmodels 0.14: `proportion_confint(62, 100, method="wilson")`.
    #[test]
    fn single_pictures_have_wilsons_interval() {
        let correct: Vec<_> = (0..100).map(|i| (None, i < 62)).collect();
        let [low, high] = accuracy_interval(&correct, 0);
        assert!(
            (low - 0.522_1).abs() < 1e-3 && (high - 0.709_0).abs() < 1e-3,
            "{low} {high}"
        );
        let [low, high] = accuracy_interval(&[(None, true)], 0);
        assert!(low > 0.2 && (high - 1.0).abs() < 1e-9);
    }

    #[test]
    fn frames_of_few_scenes_say_less_than_as_many_single_pictures() {
        let frames: Vec<_> = (0..200)
            .map(|i| (Some(SceneId(i / 20)), (i / 20) % 2 == 0))
            .collect();
        let single: Vec<_> = frames.iter().map(|(_, hit)| (None, *hit)).collect();
        let width = |correct: &[(Option<SceneId>, bool)]| {
            let [low, high] = accuracy_interval(correct, 0);
            assert!(low < 0.5 && high > 0.5);
            high - low
        };
        assert!(width(&frames) > 3.0 * width(&single));
        assert_eq!(accuracy_interval(&frames, 1), accuracy_interval(&frames, 1));
    }
}
