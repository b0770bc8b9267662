//! Cross-validation over whole units: every scene (or group of linked scenes, or image by itself) is held out once, and
//! predicted by a net that saw none of it.
//!
//! With few scenes one split says little: which scenes are in validation decides more than the recipe does. Here each
//! fold is trained from the start, both stages if the second one is asked for, and the accuracy is that of the last
//! epoch: nothing is chosen by the images that are measured.
//!
//! What is done is kept in `cache/cross-validation/KEY`, KEY being a hash of everything the numbers depend on, so a run that
//! was cut off goes on with the next fold.

mod fold;
mod store;
mod summary;
mod whole;

use std::fs;
use std::path::Path;

pub use fold::{FoldPlan, MOST_REPEATS};
pub use summary::{CrossValidated, FoldReport, SceneReport, SetReport, StageReport};
pub use whole::WholeReport;

use crate::catalog::Snapshot;
use crate::dataset::split::image_sides;
use crate::dataset::{Leakage, Split};
use crate::error::{Error, Result};
use crate::evaluate::{EvaluationSet, measure};
use crate::predict::Predictor;
use crate::progress::Progress;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::event::Flow;
use crate::train::job::{KeptEpoch, TrainJob, Watch};
use crate::train::start::train;
use fold::HeldOut;
use store::{FoldResult, SetResult, StageResult, Store};

/// What is cross-validated.
#[derive(Clone, Debug)]
pub struct CrossValidation {
    pub project: Project,
    /// With all twins known (`dataset::twins::complete`); its split does not matter.
    pub snapshot: Snapshot,
    /// Of stage 1, or of stage 2, whose stage 1 has the same preset, size, batch and seed, and else the preset's numbers.
    pub config: TrainConfig,
    pub plan: FoldPlan,
    /// Measured with every fold's net besides: sources of the project, or folders whose sub-folders are classes.
    pub sets: Vec<String>,
}

impl CrossValidation {
    /// `observer` sees the numbers after each fold.
    ///
    /// # Errors
    /// What is wrong with the config, the plan or a set, with the remedy; [`Error::Cancelled`], after which the same call
    /// goes on with the next fold; as [`train`].
    pub fn run(
        &self,
        progress: &Progress,
        observer: &mut dyn FnMut(&CrossValidated),
    ) -> Result<CrossValidated> {
        let store = self.folds(progress, observer)?;
        Ok(self.summary(&store))
    }

    /// As [`CrossValidation::run`], and then the same folds without the crops to the characters; says what these are worth.
    ///
    /// # Errors
    /// As [`CrossValidation::run`]; [`Error::Invalid`] if no image is cropped so.
    pub fn compare_whole(
        &self,
        progress: &Progress,
        observer: &mut dyn FnMut(&CrossValidated),
    ) -> Result<CrossValidated> {
        whole::check(&self.snapshot)?;
        let store = self.folds(progress, observer)?;
        let mut result = self.summary(&store);
        let without = Self {
            snapshot: whole::whole(&self.snapshot),
            ..self.clone()
        };
        let part = progress.part("without the crops");
        let whole_store = without.folds(&part, &mut |_so_far| {});
        pass_on_warnings(&part, progress);
        let whole_store = whole_store?;
        let of_whole = without.summary(&whole_store);
        let with: Vec<&FoldResult> = self.results(&store).collect();
        let without: Vec<&FoldResult> = without.results(&whole_store).collect();
        let measured = (of_whole.accuracy, of_whole.interval);
        result.whole = WholeReport::of(&self.snapshot, measured, [&with, &without]);
        Ok(result)
    }

    fn folds(
        &self,
        progress: &Progress,
        observer: &mut dyn FnMut(&CrossValidated),
    ) -> Result<Store> {
        self.check()?;
        if let Some(text) = whole::doubt(&self.snapshot) {
            progress.warn("character crops", text);
        }
        let held_out = self.plan.held_out(&self.snapshot)?;
        let cache = self.project.cache_dir().join("cross-validation");
        let mut store = Store::open(&cache.join(self.key(&held_out)?))?;
        for fold in &held_out {
            progress.check()?;
            if store.has(fold) {
                continue;
            }
            let done = self.results(&store).count();
            let name = format!("fold {} of {}", done + 1, held_out.len());
            let part = progress.part(name);
            let result = self.measure(fold, &store.runs, &part);
            pass_on_warnings(&part, progress);
            store.add(result?)?;
            observer(&self.summary(&store));
        }
        Ok(store)
    }

    /// A hash of everything that a fold's numbers depend on; how often the units are dealt out is not.
    fn key(&self, held_out: &[HeldOut]) -> Result<String> {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(text.as_bytes());
            hasher.update(b"\n");
        };
        add(env!("CARGO_PKG_VERSION"));
        let config = toml::to_string(&self.config);
        add(&config.map_err(|error| Error::Invalid(error.to_string()))?);
        self.sets.iter().for_each(|set| add(set));
        let FoldPlan { folds, seed, .. } = self.plan;
        add(&format!("{folds} {seed}"));
        for fold in held_out.iter().filter(|fold| fold.repeat == 0) {
            add(&format!("{:?}", fold.units));
        }
        for id in image_sides(&self.snapshot).keys() {
            if let Some(image) = self.snapshot.image(*id) {
                let made = image.recipe().key();
                let copies = image.copies.to_byte();
                add(&format!(
                    "{id:?} {}{made} {copies} {:?}",
                    image.hash, image.class
                ));
            }
        }
        for (id, name) in &self.snapshot.classes {
            add(&format!("{id:?} {name}"));
        }
        Ok(hasher.finalize().to_hex().chars().take(16).collect())
    }

    fn check(&self) -> Result<()> {
        if self.config.from.is_some() {
            return Err(Error::Invalid(
                "cross-validation trains every fold from the start, since a run has seen images that are held out; leave the run to start from out".into(),
            ));
        }
        self.stages().iter().try_for_each(TrainConfig::validate)
    }

    fn summary(&self, store: &Store) -> CrossValidated {
        let results: Vec<&FoldResult> = self.results(store).collect();
        CrossValidated::of(&self.snapshot, &self.plan, &results)
    }

    /// Those that are asked for: there may be more from before.
    fn results<'a>(&self, store: &'a Store) -> impl Iterator<Item = &'a FoldResult> {
        let repeats = self.plan.repeats;
        let results = store.results.iter();
        results.filter(move |result| result.repeat < repeats)
    }

    /// The configs that each fold is trained with, in their order.
    fn stages(&self) -> Vec<TrainConfig> {
        if self.config.stage == 1 {
            return vec![self.config.clone()];
        }
        let usual = TrainConfig::default();
        let head = TrainConfig {
            stage: 1,
            epochs: usual.epochs,
            lr: None,
            lr_range: None,
            augment: None,
            erasing: None,
            ema: None,
            mixup: None,
            patience: 0,
            time_budget: None,
            ..self.config.clone()
        };
        let fine = TrainConfig {
            // They belong to the head that stage 2 starts from.
            weights: None,
            head_init: None,
            views: None,
            ..self.config.clone()
        };
        vec![head, fine]
    }

    /// Trains a fold's stages. Its runs go when it is done: they would fill the disk, and the list of runs.
    fn measure(&self, fold: &HeldOut, runs: &Path, progress: &Progress) -> Result<FoldResult> {
        // Of a fold that was cut off.
        let _ = fs::remove_dir_all(runs);
        let project = self.project.with_runs_in(runs.to_path_buf());
        let split = Split::of(&fold.snapshot(&self.snapshot))?;
        let mut stages = Vec::new();
        let mut from = None;
        for config in self.stages() {
            let id = format!("s{}", config.stage);
            let job = TrainJob {
                project: project.clone(),
                config: TrainConfig {
                    from: from.take(),
                    ..config
                },
                split: split.clone(),
                kept: KeptEpoch::Last,
                // Whole units are held out.
                leakage: Leakage::default(),
                watch: Watch::default(),
            };
            let summary = train(&job, &id, progress, &mut |_| Flow::Continue)?;
            let measured = summary.last_validation.iter();
            stages.push(StageResult {
                stage: job.config.stage,
                images: measured
                    .filter_map(|image| Some((image.image?, image.is_correct)))
                    .collect(),
                sets: self.measure_sets(&project, &id, progress)?,
            });
            from = Some(id);
        }
        let _ = fs::remove_dir_all(runs);
        Ok(FoldResult {
            repeat: fold.repeat,
            fold: fold.fold,
            stages,
        })
    }

    fn measure_sets(
        &self,
        project: &Project,
        run: &str,
        progress: &Progress,
    ) -> Result<Vec<SetResult>> {
        if self.sets.is_empty() {
            return Ok(Vec::new());
        }
        let predictor = Predictor::load(project, run)?;
        let mut results = Vec::new();
        for name in &self.sets {
            let set = EvaluationSet::of(&self.snapshot, name, predictor.classes(), progress)?;
            let images = measure::predict_set(&predictor, &set, None, progress)?;
            results.push(SetResult {
                set: name.clone(),
                n: images.len(),
                correct: images.iter().filter(|image| image.is_correct()).count(),
            });
        }
        Ok(results)
    }
}

/// The same image is unreadable in every fold.
fn pass_on_warnings(part: &Progress, whole: &Progress) {
    let known = whole.warnings();
    for warning in part.warnings() {
        if !known.contains(&warning) {
            whole.warn(warning.subject, warning.message);
        }
    }
}
