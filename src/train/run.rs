//! One training run from config to best weights.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::config::TrainConfig;
use super::event::{Flow, TrainEvent};
use super::feed::{CachedFeatures, TrainFeed, ValidFeed};
use super::learner::{Learner, LoopConfig};
use super::machine;
use super::optimizer::Optimizer;
use super::preset::{FrozenLooks, Preset};
use super::run_log::{self, LogWriter, RunInfo, RunLock};
use crate::catalog::query::SplitMode;
use crate::dataset::Split;
use crate::dataset::augment::Augment;
use crate::dataset::loader::{LoadConfig, Pictures, Use};
use crate::error::{Error, Result};
use crate::model::{Freeze, Net, weights};
use crate::progress::Progress;
use crate::project::{Project, write_atomic};

/// Values, not handles: gathered before the worker starts.
#[derive(Clone, Debug)]
pub struct TrainJob {
    pub project: Project,
    pub config: TrainConfig,
    pub split: Split,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    pub id: String,
    pub dir: PathBuf,
    pub accuracy: f64,
    pub best_epoch: u32,
}

/// Reserves `runs/ID` (ID like `20261123-231500-s1`, UTC, unique) so that the front end knows the id before the work
/// starts.
///
/// # Errors
/// What is wrong with the config, with the remedy; [`Error::Io`].
pub fn reserve(project: &Project, config: &TrainConfig) -> Result<String> {
    config.validate()?;
    starting_run(project, config)?;
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

/// Trains; writes run.toml, metrics.jsonl, best.safetensors, last/. `observer` sees every event and steers; while it
/// answers [`Flow::Pause`] it is shown the same event again and again.
///
/// # Errors
/// What is wrong with the config or the split, with the remedy; [`Error::Cancelled`]; a loss that is not finite. The
/// best weights so far stay usable.
pub fn train(
    job: &TrainJob,
    run_id: &str,
    progress: &Progress,
    observer: &mut dyn FnMut(&TrainEvent) -> Flow,
) -> Result<RunSummary> {
    let dir = job.project.run_dir(run_id);
    let (from, config) = match prepare(job, progress) {
        Ok(prepared) => prepared,
        Err(error) => {
            // Nothing ran, so the reserved folder is empty; one that is not stays.
            let _ = fs::remove_dir(&dir);
            return Err(error);
        }
    };
    fs::create_dir_all(&dir).map_err(Error::io("make the run's folder", &dir))?;
    let _lock = RunLock::take(&dir)?;
    write_info(job, run_id, &config, &dir)?;
    let result = learn(job, &config, from.as_ref(), &dir, progress, observer);
    if let Err(error) = &result {
        let event = TrainEvent::Failed {
            message: error.to_string(),
        };
        // On a full disk the last word cannot be written either; the error itself says so.
        let _ = LogWriter::open(&dir).and_then(|mut log| log.write(&event));
        observer(&event);
    }
    let (accuracy, best_epoch) = result?;
    Ok(RunSummary {
        id: run_id.to_owned(),
        dir,
        accuracy,
        best_epoch,
    })
}

/// Checks everything that can be checked before work; returns the run to start from, and the config with the choices
/// that were left open.
fn prepare(job: &TrainJob, progress: &Progress) -> Result<(Option<RunInfo>, TrainConfig)> {
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
    let [low, high] = config.lr_bounds();
    if config.stage == 1 {
        config.lr = Some(high);
    } else {
        config.lr_range = Some(vec![low, high]);
    }
    Ok((from, config))
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

/// The run that stage 2 starts from: the named one, or the newest stage-1 run with weights.
fn starting_run(project: &Project, config: &TrainConfig) -> Result<Option<RunInfo>> {
    if config.stage == 1 {
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
            "run {} has another architecture; choose the same for stage 2, or train stage 1 with the new one",
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

fn write_info(job: &TrainJob, run_id: &str, config: &TrainConfig, dir: &Path) -> Result<()> {
    let info = RunInfo {
        id: run_id.to_owned(),
        started: unix_secs(),
        process: std::process::id(),
        program: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
        machine: machine::describe(),
        split_hash: job.split.hash.clone(),
        is_random_split: job.split.mode != SplitMode::Scenes,
        train_n: job.split.train.len(),
        valid_n: job.split.valid.len(),
        classes: job.split.classes.clone(),
        config: config.clone(),
    };
    let text = toml::to_string_pretty(&info).map_err(|error| Error::Invalid(error.to_string()))?;
    write_atomic(&dir.join("run.toml"), text.as_bytes())
}

/// Builds the net and its feeds and runs the loop; returns the best accuracy and its epoch.
fn learn(
    job: &TrainJob,
    config: &TrainConfig,
    from: Option<&RunInfo>,
    dir: &Path,
    progress: &Progress,
    observer: &mut dyn FnMut(&TrainEvent) -> Flow,
) -> Result<(f64, u32)> {
    let started = Instant::now();
    let preset = config.recorded_preset();
    let net = starting_net(job, config, from)?;
    let load = |samples, purpose| {
        let load = LoadConfig::new(config.size, config.fit, purpose);
        Pictures::load(samples, load, progress).map(Arc::new)
    };
    let (purpose, looks) = match (net.freeze(), preset.frozen_looks()) {
        (Freeze::Body, FrozenLooks::AsPredicted) => (Use::Valid, 1),
        (_, FrozenLooks::AsPredicted) => (Use::Train(Augment::default()), 1),
        (_, FrozenLooks::Augmented(looks)) => (Use::Train(Augment::default()), looks),
    };
    let train = load(&job.split.train, purpose)?;
    let valid = load(&job.split.valid, Use::Valid)?;
    let (train, valid) = match net.freeze() {
        Freeze::Body => (
            TrainFeed::Cached(CachedFeatures::new(train, looks, config.seed)),
            ValidFeed::Cached(CachedFeatures::new(valid, 1, config.seed)),
        ),
        Freeze::BodyExceptNorms | Freeze::Statistics | Freeze::Nothing => {
            let train = TrainFeed::Live {
                pictures: train,
                seed: config.seed,
                loader: None,
            };
            (train, ValidFeed::Live(valid))
        }
    };
    let mut learner = Learner {
        config: LoopConfig {
            epochs: config.epochs,
            batch: config.batch as usize,
            seed: config.seed,
            label_smoothing: preset.label_smoothing(),
        },
        optimizer: Optimizer::new(net.trainable(), config.lr_bounds(), preset.decays_norms()),
        net,
        train,
        valid,
        dir: dir.to_path_buf(),
        log: LogWriter::open(dir)?,
        progress,
        observer,
        started,
    };
    let best = learner.run()?;
    Ok((best.accuracy, best.epoch))
}

fn starting_net(job: &TrainJob, config: &TrainConfig, from: Option<&RunInfo>) -> Result<Net> {
    let preset = config.recorded_preset();
    let mut net = Net::blank(
        config.arch,
        preset.head(),
        job.split.classes.len(),
        config.seed,
    )?;
    if let Some(from) = from {
        let path = job.project.run_dir(&from.id).join("best.safetensors");
        net.load_state(&weights::load(&path)?, &path)?;
    } else if let Some(path) = &config.weights {
        net.load_body(&weights::load(path)?, path)?;
    } else {
        net.load_embedded()?;
    }
    net.set_frozen(if config.stage == 1 {
        Freeze::Body
    } else {
        preset.stage_2_freeze()
    });
    Ok(net)
}

/// Seconds since 1970.
fn unix_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// `20261123-231500` in UTC; the calendar by Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>), valid from 1970 on.
fn utc_stamp(secs: u64) -> String {
    let (days, rest) = (secs / 86_400 + 719_468, secs % 86_400);
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_the_utc_calendar() {
        assert_eq!(utc_stamp(0), "19700101-000000");
        assert_eq!(utc_stamp(951_782_400), "20000229-000000");
        assert_eq!(utc_stamp(1_795_475_700), "20261123-231500");
        assert_eq!(utc_stamp(1_798_761_599), "20261231-235959");
    }
}
