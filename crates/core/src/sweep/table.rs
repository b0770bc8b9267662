//! The runs of a sweep as one table, and which setting is best, where that is more than noise.
//!
//! A setting's accuracy is the mean over its seeds, and its interval that of all their answers, where images of one unit
//! stand and fall together whatever the seed. Two settings are compared image by image over the seeds that both have. The
//! best one is called so only if it is above *every* other by more than noise: the highest of several equal ones always
//! looks better than it is.

use std::collections::BTreeMap;

use serde::Serialize;

use super::queue::Point;
use super::same::Standing;
use crate::catalog::ImageId;
use crate::model::Arch;
use crate::report::paired::{Difference, Pair};
use crate::report::{Scored, accuracy_interval};
use crate::run::sizes::Sizes;
use crate::run::{BestValid, MeasuredImage, RunLog};

/// The document of `sweep --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepTable {
    /// The most accurate first; those without a result last.
    pub settings: Vec<Setting>,
    /// Name of the setting that is above every other by more than noise; `null` if there is none.
    pub best: Option<String>,
    /// In words.
    pub verdict: String,
}

/// What is equal in runs that differ only in their seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// "EfficientNet-Lite0, 320 px, rate 1e-4"
    pub name: String,
    pub arch: Arch,
    pub size: Option<Sizes>,
    /// The highest, of the head.
    pub rate: f64,
    /// Mean over the runs that are done, 0 to 1.
    pub accuracy: Option<f64>,
    /// 95 %; `null` also where an older version kept no single answers.
    pub interval: Option<[f64; 2]>,
    /// Least and highest accuracy of a seed.
    pub range: Option<[f64; 2]>,
    pub runs: Vec<SweepRun>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SweepRun {
    /// Of the training in the queue, from 0.
    #[serde(skip)]
    pub place: usize,
    pub seed: u64,
    pub run: Option<String>,
    /// `done`, `diverged`, `running`, `begun` or `open`; `deleted` in a table of what was kept.
    pub status: &'static str,
    pub accuracy: Option<f64>,
    pub interval: Option<[f64; 2]>,
}

/// What the runs of a setting answered.
#[derive(Default)]
struct Answers {
    /// By seed.
    seeds: BTreeMap<u64, Vec<MeasuredImage>>,
    /// A run whose accuracy says nothing for itself.
    flattered: Option<String>,
}

impl SweepTable {
    pub fn of(points: &[Point]) -> Self {
        let mut settings: Vec<(Setting, Answers)> = Vec::new();
        for (place, point) in points.iter().enumerate() {
            let name = name(point);
            let at = settings
                .iter()
                .position(|(setting, _)| setting.name == name)
                .unwrap_or_else(|| {
                    settings.push((empty(name, point), Answers::default()));
                    settings.len() - 1
                });
            if let Some((setting, answers)) = settings.get_mut(at) {
                setting.runs.push(sweep_run(place, point));
                take_answers(answers, point);
            }
        }
        for (setting, answers) in &mut settings {
            summarize(setting, answers);
        }
        settings.sort_by(|(a, _), (b, _)| {
            let [a, b] = [a, b].map(|setting| setting.accuracy.unwrap_or(-1.0));
            b.total_cmp(&a)
        });
        let (best, verdict) = verdict(&settings);
        Self {
            settings: settings.into_iter().map(|(setting, _)| setting).collect(),
            best,
            verdict,
        }
    }
}

fn name(point: &Point) -> String {
    let config = &point.config;
    let size = config.size.map(|size| format!("{size} px, "));
    let [_, rate] = config.lr_bounds();
    format!(
        "{}, {}rate {rate:e}",
        config.arch.title(),
        size.unwrap_or_default()
    )
}

fn empty(name: String, point: &Point) -> Setting {
    let [_, rate] = point.config.lr_bounds();
    Setting {
        name,
        arch: point.config.arch,
        size: point.config.size,
        rate,
        accuracy: None,
        interval: None,
        range: None,
        runs: Vec::new(),
    }
}

fn sweep_run(place: usize, point: &Point) -> SweepRun {
    let status = match point.standing {
        Standing::Done(_) => "done",
        Standing::Diverged(_) => "diverged",
        Standing::Running(_) => "running",
        Standing::Begun(_) => "begun",
        Standing::Open => "open",
        Standing::Deleted => "deleted",
    };
    let log = done(point);
    SweepRun {
        place,
        seed: point.config.seed,
        run: point.standing.run().map(str::to_owned),
        status,
        accuracy: log.and_then(RunLog::best_accuracy),
        interval: log.and_then(RunLog::best_interval),
    }
}

/// The log of a run that is done.
fn done(point: &Point) -> Option<&RunLog> {
    let is_done = matches!(point.standing, Standing::Done(_));
    point.log.as_ref().filter(|_| is_done)
}

fn take_answers(answers: &mut Answers, point: &Point) {
    let Some(log) = done(point) else { return };
    if log.contaminated != Some(0) || log.info.is_random_split || log.info.leaks.is_some() {
        answers.flattered = Some(log.info.id.clone());
    }
    let best = BestValid::read(&log.dir).filter(|best| Some(best.epoch) == log.best_epoch());
    if let Some(best) = best {
        answers.seeds.insert(point.config.seed, best.images);
    }
}

fn summarize(setting: &mut Setting, answers: &Answers) {
    let accuracies: Vec<f64> = setting.runs.iter().filter_map(|run| run.accuracy).collect();
    if accuracies.is_empty() {
        return;
    }
    setting.accuracy = Some(accuracies.iter().sum::<f64>() / accuracies.len() as f64);
    let of = |pick: fn(f64, f64) -> f64| accuracies.iter().copied().reduce(pick);
    setting.range = of(f64::min).zip(of(f64::max)).map(<[f64; 2]>::from);
    let scored: Vec<Scored> = answers
        .seeds
        .values()
        .flatten()
        .map(|measured| Scored {
            // One image's answers of several seeds are no independent ones.
            unit: measured
                .unit
                .or(Some(crate::catalog::Unit::Image(measured.image))),
            is_correct: measured.is_correct,
        })
        .collect();
    if answers.seeds.len() == accuracies.len() {
        setting.interval = Some(accuracy_interval(&scored));
    }
}

/// The best setting's name, if there is one, and why or why not.
fn verdict(settings: &[(Setting, Answers)]) -> (Option<String>, String) {
    let measured: Vec<&(Setting, Answers)> = settings
        .iter()
        .filter(|(setting, _)| setting.accuracy.is_some())
        .collect();
    let Some((first, others)) = measured.split_first() else {
        return (None, "no run is done yet".to_owned());
    };
    if others.is_empty() {
        let text = match settings.len() {
            1 => "there is one setting, so there is nothing to compare",
            _ => "only one setting has a run that is done",
        };
        return (None, text.to_owned());
    }
    let flattered = measured
        .iter()
        .find_map(|(_, answers)| answers.flattered.as_ref());
    if let Some(run) = flattered {
        let text = format!(
            "not comparable: {run} was, or may have been, trained on validation images or what gives them away"
        );
        return (None, text);
    }
    let mut within = Vec::new();
    let mut least = f64::INFINITY;
    for other in others {
        match difference(&first.1, &other.1) {
            None => {
                let text = format!(
                    "not comparable: {} and {} have no seed in common whose answers were kept",
                    first.0.name, other.0.name
                );
                return (None, text);
            }
            Some(found) if found.is_uninformative() => {
                return (None, "too few scenes to tell the settings apart".to_owned());
            }
            Some(found) if found.is_noise() || found.difference <= 0.0 => {
                within.push(other.0.name.as_str());
            }
            Some(found) => least = least.min(found.difference),
        }
    }
    if within.is_empty() {
        let text = format!(
            "{} is better than every other setting by more than noise, by {:.1} points or more",
            first.0.name,
            least * 100.0
        );
        return (Some(first.0.name.clone()), text);
    }
    let names: Vec<&str> = settings
        .iter()
        .map(|(setting, _)| setting.name.as_str())
        .collect();
    let told = |name: &str| differing(name, &names);
    let within: Vec<String> = within.into_iter().map(told).collect();
    let text = format!(
        "no setting is best: {} is within noise of {}",
        told(&first.0.name),
        within.join(" and of ")
    );
    (None, text)
}

/// Of a name only the parts that not all of them have: "rate 1e-4" where net and size are the same.
fn differing(name: &str, names: &[&str]) -> String {
    let has = |name: &str, wanted: &str| name.split(", ").any(|part| part == wanted);
    let is_common = |part: &&str| names.iter().all(|name| has(name, part));
    let parts: Vec<&str> = name.split(", ").filter(|part| !is_common(part)).collect();
    parts.join(", ")
}

/// Of the first over the second, image by image over the seeds that both have.
fn difference(first: &Answers, second: &Answers) -> Option<Difference> {
    let mut pairs = Vec::new();
    for (seed, images) in &first.seeds {
        let Some(others) = second.seeds.get(seed) else {
            continue;
        };
        let others: BTreeMap<ImageId, bool> = others
            .iter()
            .map(|measured| (measured.image, measured.is_correct))
            .collect();
        for measured in images {
            pairs.push(Pair {
                unit: measured
                    .unit
                    .or(Some(crate::catalog::Unit::Image(measured.image))),
                is_first_correct: measured.is_correct,
                is_second_correct: *others.get(&measured.image)?,
            });
        }
    }
    Difference::of(&pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{SceneId, Unit};

    /// Twenty scenes of ten images; of each so many are right.
    fn setting(name: &str, right: &[usize], seeds: u64) -> (Setting, Answers) {
        let images = |_seed| {
            let scenes = right.iter().enumerate();
            scenes
                .flat_map(|(scene, right)| {
                    (0..10).map(move |at| MeasuredImage {
                        image: ImageId((scene * 10 + at) as i64),
                        unit: Some(Unit::Scene(SceneId(scene as i64))),
                        is_correct: at < *right,
                    })
                })
                .collect()
        };
        let mut setting = Setting {
            name: name.to_owned(),
            arch: Arch::default(),
            size: None,
            rate: 1e-4,
            accuracy: None,
            interval: None,
            range: None,
            runs: (0..seeds)
                .map(|seed| SweepRun {
                    place: seed as usize,
                    seed,
                    run: Some(format!("{name}-{seed}")),
                    status: "done",
                    accuracy: Some(right.iter().sum::<usize>() as f64 / 200.0),
                    interval: None,
                })
                .collect(),
        };
        let answers = Answers {
            seeds: (0..seeds).map(|seed| (seed, images(seed))).collect(),
            flattered: None,
        };
        summarize(&mut setting, &answers);
        (setting, answers)
    }

    #[test]
    fn a_setting_is_best_only_above_every_other_by_more_than_noise() {
        let high = setting("high", &[9; 20], 3);
        let mut nearly = [9; 20];
        nearly[3] = 8;
        let near = setting("near", &nearly, 3);
        let low = setting("low", &[5; 20], 3);
        assert_eq!(high.0.accuracy, Some(0.9));
        let (best, text) = verdict(&[high, low]);
        assert_eq!(best.as_deref(), Some("high"), "{text}");
        assert!(text.contains("by 40.0 points"), "{text}");
        let settings = [
            setting("high", &[9; 20], 3),
            near,
            setting("low", &[5; 20], 3),
        ];
        let (best, text) = verdict(&settings);
        assert_eq!(best, None);
        assert!(text.ends_with("high is within noise of near"), "{text}");
    }

    #[test]
    fn a_verdict_names_what_differs() {
        let named = |name: &str| setting(name, &[9; 20], 1);
        let settings = [
            named("a net, 320 px, rate 1e-4"),
            named("a net, 320 px, rate 3e-4"),
            named("a net, 224 px, rate 1e-4"),
        ];
        let (best, text) = verdict(&settings);
        assert_eq!(best, None);
        let told =
            "320 px, rate 1e-4 is within noise of 320 px, rate 3e-4 and of 224 px, rate 1e-4";
        assert!(text.ends_with(told) && !text.contains("a net"), "{text}");
    }

    #[test]
    fn more_seeds_do_not_make_more_scenes() {
        let scenes = [
            3, 9, 10, 2, 8, 10, 10, 1, 9, 10, 7, 10, 4, 9, 10, 10, 2, 8, 10, 9,
        ];
        let width = |seeds| {
            let [low, high] = setting("x", &scenes, seeds).0.interval.unwrap();
            high - low
        };
        assert!(width(5) > 0.8 * width(1), "{} {}", width(5), width(1));
    }

    #[test]
    fn two_scenes_and_flattered_runs_decide_nothing() {
        let few = |name| {
            let (mut setting, mut answers) = setting(name, &[9, 4], 1);
            setting.accuracy = Some(0.65);
            answers.flattered = None;
            (setting, answers)
        };
        assert!(verdict(&[few("a"), few("b")]).1.contains("too few scenes"));
        let mut flattered = setting("a", &[9; 20], 1);
        flattered.1.flattered = Some("run-1".to_owned());
        let (best, text) = verdict(&[flattered, setting("b", &[1; 20], 1)]);
        assert!(best.is_none() && text.contains("run-1"), "{text}");
    }
}
