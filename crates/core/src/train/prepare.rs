//! What is settled before a run: which run it starts from, and every choice that was left open.

use super::build::Start;
use super::job::TrainJob;
use super::memory::estimate::{available_bytes, fit_batch};
use super::missing_images::refuse_missing_images;
use crate::dataset::{Leakage, Split};
use crate::error::{Error, Result};
use crate::model::pretrained;
use crate::model::weights::{self, State};
use crate::ops::compute;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::event::TrainEvent;
use crate::run::files;
use crate::run::preset::Preset;
use crate::run::{self, RunInfo, RunLog, choice};

/// A job that is ready to run.
pub(super) struct Prepared {
    pub origin: Origin,
    /// With the choices that were left open.
    pub config: TrainConfig,
    /// Said where the batch is not the one that was asked for.
    pub halved: Option<TrainEvent>,
}

/// Where a new run's first weights come from.
pub(super) enum Origin {
    /// A backbone's pretrained weights.
    Pretrained(State),
    Run(Box<RunInfo>),
}

impl Origin {
    pub fn start(&self) -> Start<'_> {
        match self {
            Self::Pretrained(state) => Start::Pretrained(state),
            Self::Run(from) => Start::Run(from),
        }
    }

    /// The run, if it is one.
    pub fn run(&self) -> Option<&RunInfo> {
        match self {
            Self::Pretrained(_) => None,
            Self::Run(from) => Some(from),
        }
    }
}

/// Checks everything that can be checked before work, the file of weights too: a run that cannot begin leaves nothing.
pub(super) fn prepare(job: &TrainJob) -> Result<Prepared> {
    job.config.validate()?;
    refuse_leaks(&job.config, job.leakage)?;
    if job.split.classes.len() < 2 {
        return Err(Error::Invalid(
            "a classifier needs at least two classes; import another film or folder".into(),
        ));
    }
    refuse_missing_images(&job.split)?;
    let from = starting_run(&job.project, &job.config, &job.split)?;
    let mut config = job.config.clone();
    if let Some(from) = &from {
        if from.classes != job.split.classes {
            return Err(Error::Invalid(format!(
                "run {} knows other classes ({}) than the split has now ({}); train stage 1 again",
                from.id,
                from.classes.join(", "),
                job.split.classes.join(", ")
            )));
        }
        config.from = Some(from.id.clone());
        let seen = from.config.preprocess();
        config.size.get_or_insert(seen.size.into());
        config.fit.get_or_insert(seen.fit);
    }
    config.normalize = from.as_ref().is_none_or(|from| from.config.normalize);
    config.preset = Some(preset(&config, from.as_ref())?);
    config.resolve();
    let origin = match from {
        Some(from) => Origin::Run(Box::new(from)),
        None => Origin::Pretrained(match &config.weights {
            Some(path) => pretrained::load(config.arch, path)?,
            None => weights::embedded(config.arch)?,
        }),
    };
    // GPU memory is found out by trying, see `super::learner::micro_batch`.
    let available = match compute::gpu_name(config.device) {
        None => available_bytes(),
        Some(_) => None,
    };
    let halved = fit_batch(&job.split, &mut config, available);
    Ok(Prepared {
        origin,
        config,
        halved,
    })
}

/// Nothing can be measured on images that were as good as trained on.
pub(super) fn refuse_leaks(config: &TrainConfig, leakage: Leakage) -> Result<()> {
    if !leakage.is_leaking() || config.allow_leaks {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{leakage}, so the accuracy would say nothing of other scenes; put whole scenes into validation on the Split page (on the command line: `split --suggest 0.2`, and `leaks` lists the twins), reject one of each two images, or allow leaks (on the command line: `--allow-leaks`), and the run says so for good"
    )))
}

/// The chosen recipe; left open, that of the run it starts from. The two must have the same head.
fn preset(config: &TrainConfig, from: Option<&RunInfo>) -> Result<Preset> {
    let Some(from) = from else {
        return Ok(config.preset.unwrap_or_default());
    };
    let before = from.config.recorded_preset();
    match config.preset {
        Some(preset) if preset.head() != before.head() => Err(Error::Invalid(format!(
            "run {} was trained with another preset, whose head has other layers; leave the preset out to keep that one, or train stage 1 with the new one",
            from.id
        ))),
        Some(preset) => Ok(preset),
        None => Ok(before),
    }
}

/// The named run, whatever its stage and size; without a name stage 2 takes [`choice::starting_run`].
pub(super) fn starting_run(
    project: &Project,
    config: &TrainConfig,
    split: &Split,
) -> Result<Option<RunInfo>> {
    if config.stage == 1 && config.from.is_none() {
        return Ok(None);
    }
    let info = match &config.from {
        Some(id) => named_run(project, id)?,
        None => best_stage_1(project, config, split)?,
    };
    if info.config.arch != config.arch {
        return Err(Error::Invalid(format!(
            "run {} has another architecture; choose the same to start from it, or train stage 1 with the new one",
            info.id
        )));
    }
    Ok(Some(info))
}

fn named_run(project: &Project, id: &str) -> Result<RunInfo> {
    let dir = project.run_dir(id);
    let is_known = run::list(project)?.iter().any(|known| known == id);
    if !is_known || !files::best_weights(&dir).is_file() {
        return Err(Error::Unknown {
            what: "run with weights",
            name: id.to_owned(),
            remedy: "the Train page lists the runs (on the command line: `runs PROJECT`); a run has weights after its first epoch".into(),
        });
    }
    RunInfo::read(&dir)
}

fn best_stage_1(project: &Project, config: &TrainConfig, split: &Split) -> Result<RunInfo> {
    let ids = run::list(project)?;
    // A run that cannot be read is nothing to start from; `cutting-room runs` tells of it.
    let runs: Vec<RunLog> = ids
        .iter()
        .filter_map(|id| RunLog::open(&project.run_dir(id)).ok())
        .collect();
    let best = choice::starting_run(&runs, config.arch, split)
        .ok_or_else(|| Error::Invalid(choice::no_starting_run(&runs, config.arch, split)))?;
    Ok(best.info.clone())
}
