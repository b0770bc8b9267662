//! What a run starts from: another run's weights or the body's own, and the recipe that follows from that.

use super::config::TrainConfig;
use super::event::TrainEvent;
use super::memory::{available_bytes, fit_batch};
use super::preset::Preset;
use super::run::TrainJob;
use super::run_log::{self, RunInfo};
use crate::error::{Error, Result};
use crate::ops::compute;
use crate::progress::Progress;
use crate::project::Project;

/// What is settled before work.
pub(super) struct Prepared {
    /// The run to start from.
    pub from: Option<RunInfo>,
    /// With the choices that were left open.
    pub config: TrainConfig,
    /// Said where the batch is not the one that was asked for.
    pub halved: Option<TrainEvent>,
}

/// Checks everything that can be checked before work.
pub(super) fn prepare(job: &TrainJob, progress: &Progress) -> Result<Prepared> {
    job.config.validate()?;
    if job.split.classes.len() < 2 {
        return Err(Error::Invalid(
            "a classifier needs at least two classes; import another film or folder".into(),
        ));
    }
    let from = starting_run(&job.project, &job.config)?;
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
        if from.split_hash != job.split.hash {
            progress.warn(
                from.id.clone(),
                "was trained on another split, so it may have seen pictures that are in validation now; train stage 1 again for an honest number",
            );
        }
        config.from = Some(from.id.clone());
    }
    config.preset = Some(preset(&config, from.as_ref())?);
    // Written down, so that a later version with other defaults goes on with the same.
    let preset = config.recorded_preset();
    config.augment.get_or_insert(preset.augmentation());
    config.erasing.get_or_insert(preset.erasing());
    config.ema.get_or_insert(preset.average_decay(config.stage));
    if config.stage == 1 {
        config.looks.get_or_insert(preset.frozen_looks());
    }
    let [low, high] = config.lr_bounds();
    if config.stage == 1 {
        config.lr = Some(high);
    } else {
        config.lr_range = Some(vec![low, high]);
    }
    // A card's memory is found out by trying, see `super::parts`.
    let available = match compute::gpu_name(config.device) {
        None => available_bytes(),
        Some(_) => None,
    };
    let halved = fit_batch(job, &mut config, available);
    Ok(Prepared {
        from,
        config,
        halved,
    })
}

/// The chosen recipe; left open, that of the run it starts from. The two must have the same head.
fn preset(config: &TrainConfig, from: Option<&RunInfo>) -> Result<Preset> {
    let Some(from) = from else {
        return Ok(config.preset.unwrap_or_default());
    };
    let before = from.config.recorded_preset();
    match config.preset {
        Some(preset) if preset.head() != before.head() => Err(Error::Invalid(format!(
            "run {} was trained with another preset, whose head has other layers; leave the preset out to go on with it, or train stage 1 with the new one",
            from.id
        ))),
        Some(preset) => Ok(preset),
        None => Ok(before),
    }
}

/// The named run, whatever its stage and size; without a name stage 2 takes the newest stage-1 run with weights.
pub(super) fn starting_run(project: &Project, config: &TrainConfig) -> Result<Option<RunInfo>> {
    if config.stage == 1 && config.from.is_none() {
        return Ok(None);
    }
    let has_weights = |id: &str| project.run_dir(id).join("best.safetensors").is_file();
    let info = match &config.from {
        Some(id) => {
            let is_known = run_log::list(project)?.contains(id);
            if !is_known || !has_weights(id) {
                return Err(Error::Unknown {
                    what: "run with weights",
                    name: id.clone(),
                    remedy: "`cutting-room runs` and the Train page list the runs; a run has weights after its first epoch".into(),
                });
            }
            RunInfo::read(&project.run_dir(id))?
        }
        None => newest_stage_1(project, &has_weights)?.ok_or_else(|| {
            Error::Invalid(
                "stage 2 starts from a stage-1 run, and there is none with weights yet; train stage 1 first".into(),
            )
        })?,
    };
    if info.config.arch != config.arch {
        return Err(Error::Invalid(format!(
            "run {} has another architecture; choose the same to go on with it, or train stage 1 with the new one",
            info.id
        )));
    }
    Ok(Some(info))
}

fn newest_stage_1(
    project: &Project,
    has_weights: &dyn Fn(&str) -> bool,
) -> Result<Option<RunInfo>> {
    for id in run_log::list(project)?.iter().rev() {
        if !has_weights(id) {
            continue;
        }
        let info = RunInfo::read(&project.run_dir(id))?;
        if info.config.stage == 1 {
            return Ok(Some(info));
        }
    }
    Ok(None)
}
