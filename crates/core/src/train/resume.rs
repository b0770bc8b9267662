//! Resumes a run that was interrupted, stopped or cancelled, as if it had never been.
//!
//! The metrics that a resumed run writes are those of an uninterrupted one to the last bit, on the same machine;
//! only its times differ. So whatever could change a number is refused: another split, other images, a run whose
//! recipe is not written down.

use std::path::Path;
use std::time::Instant;

use super::build::{self, Start};
use super::checkpoint::file::Checkpoint;
use super::data::fingerprint::{self, Fingerprint};
use super::hardware;
use super::job::{KeptEpoch, RunSummary, TrainJob, Watch};
use super::line;
use super::report::log_writer::LogWriter;
use super::start::{conclude, locked_by_another};
use super::train_loop::RunContext;
use crate::dataset::{Crops, Split};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::project::Project;
use crate::run::event::{Flow, Stopped, TrainEvent};
use crate::run::files;
use crate::run::lock::RunLock;
use crate::run::{self, RunInfo, RunLog};

/// Values, not handles: gathered before the worker starts.
#[derive(Clone, Debug)]
pub struct ResumeJob {
    pub project: Project,
    pub run_id: String,
    /// The split as it is now.
    pub split: Split,
    pub watch: Watch,
}

impl ResumeJob {
    /// What can be checked before work: whether the run can be resumed at all.
    ///
    /// # Errors
    /// [`Error::Unknown`]; [`Error::Invalid`], saying why not and what to do instead.
    pub fn check(&self) -> Result<RunInfo> {
        let id = &self.run_id;
        if !run::list(&self.project)?.contains(id) {
            return Err(Error::Unknown {
                what: "run",
                name: id.clone(),
                remedy: "the Train page lists the runs (on the command line: `runs PROJECT`)"
                    .into(),
            });
        }
        let dir = self.project.run_dir(id);
        let log = RunLog::open(&dir)?;
        let refusal = if log.is_complete() {
            Some(
                "has finished, so nothing is left to do; train a new run from it with --from"
                    .into(),
            )
        } else if log.is_diverged() {
            Some("failed because its loss was not finite, and would again; train a new run with a lower learning rate".into())
        } else if !files::checkpoint(&dir).is_file() {
            Some("has no checkpoint to resume from; train a new run with the same settings".into())
        } else if log.info.config.preset.is_none() {
            Some(
                "was made by an older version that did not record its recipe; train a new run"
                    .into(),
            )
        } else if Crops::differ(log.info.crop.as_ref(), self.split.crops.as_ref()) {
            Some(
                "was started on images that were cropped otherwise; undo the change of the crop, or train a new run".into(),
            )
        } else if log.info.copies != self.split.copies.len() {
            Some(format!(
                "was started on {} copies of images of upsampled sources, and there are {} now; undo the change, or train a new run",
                log.info.copies,
                self.split.copies.len()
            ))
        } else if log.info.split_hash != self.split.hash {
            Some(format!(
                "was started on split {}, and the split is {} now; undo the changes, or train a new run",
                log.info.split_hash, self.split.hash
            ))
        } else {
            None
        };
        match refusal {
            Some(why) => Err(Error::Invalid(format!("run {id} {why}"))),
            None => Ok(log.info),
        }
    }
}

/// Continues from the last checkpoint to the run's last epoch; as [`super::start::train`] otherwise.
///
/// # Errors
/// As [`ResumeJob::check`] and [`super::start::train`]; [`Error::Invalid`] if another process trains the run, or if the
/// images on disk are not those it began with.
pub fn resume(
    job: &ResumeJob,
    progress: &Progress,
    observer: &mut dyn FnMut(&TrainEvent) -> Flow,
) -> Result<RunSummary> {
    let started = Instant::now();
    let dir = job.project.run_dir(&job.run_id);
    let mut info = job.check()?;
    let _lock = RunLock::take(&dir)?.ok_or_else(|| locked_by_another(&job.run_id))?;
    // Asked again under the lock: another process may just have finished it.
    job.check()?;
    let is_out_of_time = RunLog::open(&dir)?.stopped() == Some(Stopped::TimeBudget);
    let checkpoint = Checkpoint::read(&dir)?;
    let split = job.split.clone().with_copies();
    let files = fingerprint::of_images(&split, progress)?;
    if files.text != checkpoint.state.images {
        return Err(Error::Invalid(format!(
            "run {} cannot be resumed: image files have changed or disappeared since it started; restore them, or train a new run",
            job.run_id
        )));
    }
    if info.hardware != hardware::describe(info.config.device) {
        progress.warn(
            job.run_id.clone(),
            format!(
                "was begun on another machine ({}); from here on its numbers may differ in the last digits",
                info.hardware
            ),
        );
    }
    let log = LogWriter::resume(&dir, checkpoint.state.log_bytes)?;
    info.process = std::process::id();
    if is_out_of_time {
        // Written down, so that the new budget too counts over all sessions.
        let done_minutes = checkpoint.state.elapsed_secs / 60.0;
        info.config.time_budget = info.config.time_budget.map(|more| done_minutes + more);
    }
    info.write(&dir)?;
    let train_job = TrainJob {
        project: job.project.clone(),
        config: info.config.clone(),
        split: job.split.clone(),
        kept: KeptEpoch::Best,
        leakage: info.leaks.unwrap_or_default(),
        watch: job.watch.clone(),
    }
    .ready();
    complete_line(&train_job, &dir, &mut info, &files, progress)?;
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
    let config = &train_job.config;
    let learner = build::learner(&train_job, config, Start::Checkpoint(&checkpoint));
    let state = checkpoint.into_state();
    let result =
        learner.and_then(|learner| build::run(&train_job, config, learner, Some(state), context));
    job.watch.live.end();
    conclude(&job.run_id, &dir, result, (progress, observer))
}

/// A run that an older version began does not say what it descends from.
fn complete_line(
    job: &TrainJob,
    dir: &Path,
    info: &mut RunInfo,
    files: &Fingerprint,
    progress: &Progress,
) -> Result<()> {
    if info.lineage.is_some() {
        return Ok(());
    }
    let from = match &info.config.from {
        None => None,
        Some(id) => match RunInfo::read(&job.project.run_dir(id)) {
            Ok(from) => Some(from),
            // What that one was trained on stays unknown.
            Err(_) => return Ok(()),
        },
    };
    line::record(job, dir, info, (from.as_ref(), files), progress)
}
