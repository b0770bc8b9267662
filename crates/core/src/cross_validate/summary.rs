//! The numbers about all folds together.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::fold::FoldPlan;
use super::store::{FoldResult, StageResult};
use super::whole::WholeReport;
use crate::catalog::{ImageId, SceneId, Snapshot, Unit};
use crate::report::{Scored, accuracy_interval};

/// The document of `cross-validate --json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CrossValidated {
    /// Of the last stage, over all held-out images, each predicted once a repeat; 0 to 1.
    pub accuracy: f64,
    /// 95 %, by units.
    pub interval: [f64; 2],
    /// Images.
    pub n: usize,
    /// Groups of scenes, scenes and single images.
    pub units: usize,
    pub planned_folds: usize,
    /// Of the stage before, if there is one.
    pub stage_1: Option<StageReport>,
    pub folds: Vec<FoldReport>,
    /// Least accurate first.
    pub per_scene: Vec<SceneReport>,
    pub sets: Vec<SetReport>,
    /// The same folds without the crops to the characters, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<WholeReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StageReport {
    pub accuracy: f64,
    pub interval: [f64; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FoldReport {
    /// From 1, as the next.
    pub repeat: usize,
    pub fold: usize,
    pub n: usize,
    pub accuracy: f64,
    pub stage_1_accuracy: Option<f64>,
}

/// A scene's held-out images, or those of a source and class that are in no scene.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SceneReport {
    pub scene: Option<SceneId>,
    /// As people call it.
    pub name: String,
    pub class: String,
    pub n: usize,
    pub accuracy: f64,
}

/// Mean over the folds' nets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetReport {
    pub set: String,
    pub n: usize,
    pub accuracy: f64,
    pub stage_1_accuracy: Option<f64>,
}

impl CrossValidated {
    pub(super) fn of(snapshot: &Snapshot, plan: &FoldPlan, results: &[&FoldResult]) -> Self {
        let (last, before) = (by_image(results, 0), by_image(results, 1));
        let [accuracy, low, high] = accuracy_of(snapshot, &last);
        Self {
            accuracy,
            interval: [low, high],
            n: last.len(),
            units: units_of(snapshot, &last).len(),
            planned_folds: plan.folds * plan.repeats,
            stage_1: (!before.is_empty()).then(|| {
                let [accuracy, low, high] = accuracy_of(snapshot, &before);
                StageReport {
                    accuracy,
                    interval: [low, high],
                }
            }),
            folds: results.iter().copied().filter_map(FoldReport::of).collect(),
            per_scene: per_scene(snapshot, &last),
            sets: sets(results),
            whole: None,
        }
    }

    /// Whether stage 2 came out below the stage 1 that it started from.
    pub fn is_worse_than_stage_1(&self) -> bool {
        self.stage_1
            .is_some_and(|before| before.accuracy > self.accuracy)
    }
}

/// How often an image was predicted, and how often rightly.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    n: usize,
    correct: usize,
}

impl Tally {
    fn accuracy(self) -> f64 {
        self.correct as f64 / self.n.max(1) as f64
    }

    fn add(&mut self, is_correct: bool) {
        self.n += 1;
        self.correct += usize::from(is_correct);
    }
}

/// The stage of a fold that is `back` before its last one.
fn stage(result: &FoldResult, back: usize) -> Option<&StageResult> {
    let at = result.stages.len().checked_sub(1 + back)?;
    result.stages.get(at)
}

fn by_image(results: &[&FoldResult], back: usize) -> BTreeMap<ImageId, Tally> {
    let mut images: BTreeMap<ImageId, Tally> = BTreeMap::new();
    for (id, is_correct) in results
        .iter()
        .filter_map(|result| stage(result, back))
        .flat_map(|stage| &stage.images)
    {
        images.entry(*id).or_default().add(*is_correct);
    }
    images
}

fn units_of(snapshot: &Snapshot, images: &BTreeMap<ImageId, Tally>) -> BTreeSet<Unit> {
    let known = images.keys().filter_map(|id| snapshot.image(*id));
    known.map(|image| snapshot.unit_of(image)).collect()
}

/// Accuracy and its interval. Repeats predict the same images, so they make a unit's accuracy steadier and not its images
/// more.
fn accuracy_of(snapshot: &Snapshot, images: &BTreeMap<ImageId, Tally>) -> [f64; 3] {
    let mut units: BTreeMap<Unit, (usize, f64)> = BTreeMap::new();
    let mut sum = 0.0;
    for (id, tally) in images {
        let image = snapshot.image(*id);
        let unit = image.map_or(Unit::Image(*id), |image| snapshot.unit_of(image));
        let (n, correct) = units.entry(unit).or_default();
        *n += 1;
        *correct += tally.accuracy();
        sum += tally.accuracy();
    }
    let scored: Vec<Scored> = units
        .into_iter()
        .flat_map(|(unit, (n, correct))| {
            (0..n).map(move |at| Scored {
                unit: Some(unit),
                is_correct: (at as f64) < correct.round(),
            })
        })
        .collect();
    let [low, high] = accuracy_interval(&scored);
    [sum / images.len().max(1) as f64, low, high]
}

impl FoldReport {
    fn of(result: &FoldResult) -> Option<Self> {
        let tally = |back: usize| {
            let mut tally = Tally::default();
            let images = &stage(result, back)?.images;
            for (_, is_correct) in images {
                tally.add(*is_correct);
            }
            Some(tally)
        };
        let last = tally(0)?;
        Some(Self {
            repeat: result.repeat + 1,
            fold: result.fold + 1,
            n: last.n,
            accuracy: last.accuracy(),
            stage_1_accuracy: tally(1).map(Tally::accuracy),
        })
    }
}

fn per_scene(snapshot: &Snapshot, images: &BTreeMap<ImageId, Tally>) -> Vec<SceneReport> {
    let mut scenes: BTreeMap<(Option<SceneId>, String, String), (usize, f64)> = BTreeMap::new();
    for (id, tally) in images {
        let Some(image) = snapshot.image(*id) else {
            continue;
        };
        let scene = image.scene.and_then(|scene| snapshot.scene(scene));
        let source = snapshot.source(image.source);
        let source = source.map_or(String::new(), |source| source.name.clone());
        let name = match scene {
            Some(scene) => snapshot.scene_name(scene),
            None => format!("{source}, single images"),
        };
        let class = image.class.and_then(|class| snapshot.class_name(class));
        let key = (image.scene, name, class.unwrap_or_default().to_owned());
        let (n, correct) = scenes.entry(key).or_default();
        *n += 1;
        *correct += tally.accuracy();
    }
    let mut reports: Vec<SceneReport> = scenes
        .into_iter()
        .map(|((scene, name, class), (n, correct))| SceneReport {
            scene,
            name,
            class,
            n,
            accuracy: correct / n as f64,
        })
        .collect();
    reports.sort_by(|a, b| a.accuracy.total_cmp(&b.accuracy));
    reports
}

fn sets(results: &[&FoldResult]) -> Vec<SetReport> {
    let mut reports: Vec<SetReport> = Vec::new();
    let Some(first) = results.first().and_then(|result| stage(result, 0)) else {
        return reports;
    };
    for set in &first.sets {
        let mean = |back: usize| {
            let accuracies: Vec<f64> = results
                .iter()
                .filter_map(|result| stage(result, back))
                .filter_map(|stage| stage.sets.iter().find(|found| found.set == set.set))
                .map(|set| set.correct as f64 / set.n.max(1) as f64)
                .collect();
            let sum: f64 = accuracies.iter().sum();
            (!accuracies.is_empty()).then(|| sum / accuracies.len() as f64)
        };
        reports.push(SetReport {
            set: set.set.clone(),
            n: set.n,
            accuracy: mean(0).unwrap_or_default(),
            stage_1_accuracy: mean(1),
        });
    }
    reports
}
