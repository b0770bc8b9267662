//! One training run from configuration to best weights.

use std::fs;
use std::path::Path;
use std::time::Instant;

use super::build;
use super::data::fingerprint;
use super::hardware;
use super::job::{RunSummary, TrainJob};
use super::line;
use super::missing_images::refuse_missing_images;
use super::prepare::{Prepared, prepare, refuse_leaks, starting_run};
use super::report::log_writer::LogWriter;
use super::train_loop::RunContext;
use crate::catalog::query::SplitMode;
use crate::dataset::split::twin_problem;
use crate::error::{Error, Result};
use crate::model::Net;
use crate::ops::compute::Target;
use crate::progress::Progress;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::event::{Flow, TrainEvent};
use crate::run::lock::RunLock;
use crate::run::{RunInfo, files, warnings};
use crate::timestamp::{unix_secs, utc_stamp};

/// Reserves `runs/ID` (ID like `20261123-231500-s1`, UTC, unique) so that the front end knows the id before the work
/// starts.
///
/// # Errors
/// What is wrong with the config, with the remedy; [`Error::Io`].
pub fn reserve(job: &TrainJob) -> Result<String> {
    let TrainJob {
        project,
        config,
        split,
        leakage,
        ..
    } = job;
    config.validate()?;
    refuse_leaks(config, *leakage)?;
    refuse_missing_images(split)?;
    starting_run(project, config, split)?;
    let runs = project.runs_dir();
    fs::create_dir_all(&runs).map_err(Error::io("make the folder of runs", &runs))?;
    let base = format!("{}-s{}", utc_stamp(unix_secs()), config.stage);
    for attempt in 1u32.. {
        let id = if attempt == 1 {
            base.clone()
        } else {
            format!("{base}-{attempt}")
        };
        let dir = project.run_dir(&id);
        match fs::create_dir(&dir) {
            Ok(()) => return Ok(id),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("make the run's folder", &dir)(error)),
        }
    }
    Err(Error::Invalid(
        "no free name is left for the run; wait a second and start it again".into(),
    ))
}

/// The configuration with every choice made, in a form that can be asked for again.
///
/// # Errors
/// As [`train`], for what can be checked before work.
pub fn settled(job: &TrainJob) -> Result<TrainConfig> {
    Ok(prepare(&job.ready())?.config.asked_again())
}

/// The net before its first batch, in main memory, with what of it learns set. A head in closed form is not computed yet.
///
/// # Errors
/// As [`settled`].
pub fn first_net(job: &TrainJob) -> Result<Net> {
    let job = job.ready();
    let prepared = prepare(&job)?;
    build::starting_net(
        &job,
        &prepared.config,
        prepared.origin.start(),
        &Target::cpu(),
    )
}

/// How much each class counts in the training loss; `None`: all the same.
pub fn class_weights(job: &TrainJob) -> Option<Vec<f32>> {
    let is_balanced = job.config.balance.is_of_classes();
    is_balanced.then(|| build::class_weights(&job.ready().split))
}

/// Trains; writes run.toml, metrics.jsonl, best.safetensors, last/. `observer` sees every event and steers; while it
/// returns [`Flow::Pause`] it is shown the same event again and again.
///
/// # Errors
/// What is wrong with the config or the split, with the remedy; [`Error::Cancelled`]; a loss that is not finite. The
/// best weights so far stay usable, and [`super::resume::resume`] continues from the last checkpoint.
pub fn train(
    job: &TrainJob,
    run_id: &str,
    progress: &Progress,
    observer: &mut dyn FnMut(&TrainEvent) -> Flow,
) -> Result<RunSummary> {
    let started = Instant::now();
    let job = &job.ready();
    let dir = job.project.run_dir(run_id);
    let Prepared {
        origin,
        config,
        halved,
    } = match prepare(job) {
        Ok(prepared) => prepared,
        Err(error) => {
            release(&job.project, run_id);
            return Err(error);
        }
    };
    fs::create_dir_all(&dir).map_err(Error::io("make the run's folder", &dir))?;
    let _lock = RunLock::take(&dir)?.ok_or_else(|| locked_by_another(run_id))?;
    let mut info = describe(job, run_id, &config);
    if let Err(error) = info.write(&dir) {
        // Without its description it is no run, and would lie there unseen.
        let _ = fs::remove_dir_all(&dir);
        return Err(error);
    }
    if let Some(problem) = twin_problem(&job.split.twins) {
        progress.warn("the same image on both sides", problem.to_string());
    }
    let result = fingerprint::of_images(&job.split, progress).and_then(|files| {
        line::record(job, &dir, &mut info, (origin.run(), &files), progress)?;
        let mut log = LogWriter::open(&dir)?;
        if let Some(event) = &halved {
            log.write(event)?;
            observer(event);
        }
        let context = RunContext {
            dir: &dir,
            info: &info,
            watch: &job.watch,
            log,
            progress,
            observer: &mut *observer,
            started,
            files,
        };
        let learner = build::learner(job, &config, origin.start())?;
        drop(origin);
        build::run(job, &config, learner, None, context)
    });
    job.watch.live.end();
    match result {
        Err(error) if error.is_cancelled() && has_told_nothing(&dir) => {
            // It has learned nothing: there is nothing to resume or to look at, only a line in the list of runs.
            let _ = fs::remove_dir_all(&dir);
            observer(&TrainEvent::Cancelled);
            Err(error)
        }
        result => conclude(run_id, &dir, result, (progress, observer)),
    }
}

/// Gives back a folder that was reserved for a run that did not begin; one that is not empty stays.
pub fn release(project: &Project, run_id: &str) {
    let _ = fs::remove_dir(project.run_dir(run_id));
}

/// Whether no event of the run was written.
fn has_told_nothing(dir: &Path) -> bool {
    !fs::metadata(files::metrics(dir)).is_ok_and(|metrics| metrics.len() > 0)
}

pub(super) fn locked_by_another(run_id: &str) -> Error {
    Error::Invalid(format!(
        "run {run_id} is being trained by another process; wait until it ends, or stop it there"
    ))
}

/// Who watches a run.
pub(super) type Watched<'a> = (&'a Progress, &'a mut dyn FnMut(&TrainEvent) -> Flow);

/// Logs the end of a run that was cancelled or failed, and keeps the warnings.
pub(super) fn conclude(
    run_id: &str,
    dir: &Path,
    result: Result<build::Outcome>,
    (progress, observer): Watched<'_>,
) -> Result<RunSummary> {
    // On a full disk this cannot be written either; the error itself says so.
    let _ = warnings::add_of_training(dir, progress.warnings());
    if let Err(error) = &result {
        let event = if error.is_cancelled() {
            TrainEvent::Cancelled
        } else {
            TrainEvent::Failed {
                message: error.to_string(),
                can_resume: !matches!(error, Error::Diverged(_)),
            }
        };
        let _ = LogWriter::open(dir).and_then(|mut log| log.write(&event));
        observer(&event);
    }
    let build::Outcome {
        best,
        last_validation,
    } = result?;
    Ok(RunSummary {
        id: run_id.to_owned(),
        dir: dir.to_path_buf(),
        accuracy: best.accuracy,
        best_epoch: best.epoch,
        last_validation,
    })
}

fn describe(job: &TrainJob, run_id: &str, config: &TrainConfig) -> RunInfo {
    RunInfo {
        id: run_id.to_owned(),
        started: unix_secs(),
        process: std::process::id(),
        program: concat!("cutting-room ", env!("CARGO_PKG_VERSION")).to_owned(),
        hardware: hardware::describe(config.device),
        split_hash: job.split.hash.clone(),
        is_random_split: job.split.mode != SplitMode::Scenes,
        leaks: Some(job.leakage).filter(|leakage| leakage.is_leaking()),
        train_n: job.split.train.len(),
        valid_n: job.split.valid.len(),
        classes: job.split.classes.clone(),
        lineage: None,
        data_version: None,
        copies: job
            .split
            .train
            .iter()
            .filter(|s| s.recipe.upsampling.is_some())
            .count(),
        crop: job.split.crops.clone(),
        contaminated: None,
        config: config.clone(),
    }
}
