//! Trainings one after another, each begun, resumed or found done.

use super::same::Standing;
use crate::dataset::{Leakage, Split};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::event::{Flow, TrainEvent};
use crate::run::{self, RunLog};
use crate::train::job::{KeptEpoch, TrainJob, Watch};
use crate::train::resume::{self, ResumeJob};
use crate::train::start;

/// Values, not handles: gathered before the worker starts.
#[derive(Clone, Debug)]
pub struct Queue {
    pub project: Project,
    pub split: Split,
    pub leakage: Leakage,
    pub watch: Watch,
    pub configs: Vec<TrainConfig>,
}

/// What happens to one of the trainings.
#[derive(Clone, Debug)]
pub enum Told<'a> {
    /// Nothing is to be done.
    Known(&'a Standing),
    Begins(&'a str),
    Resumes(&'a str),
    Event(&'a TrainEvent),
    /// The next one is begun all the same.
    Failed(&'a Error),
}

/// A training, and where it stands.
#[derive(Clone, Debug)]
pub struct Point {
    /// With all choices made, as its run has it written down.
    pub config: TrainConfig,
    pub standing: Standing,
    /// Of its run.
    pub log: Option<RunLog>,
}

/// All runs that can be read; `runs` lists the others with the reason.
pub(super) fn logs(project: &Project) -> Result<Vec<RunLog>> {
    let ids = run::list(project)?;
    let logs = ids
        .iter()
        .filter_map(|id| RunLog::open(&project.run_dir(id)).ok());
    Ok(logs.collect())
}

impl Queue {
    fn job(&self, config: &TrainConfig) -> TrainJob {
        TrainJob {
            project: self.project.clone(),
            config: config.clone(),
            split: self.split.clone(),
            kept: KeptEpoch::Best,
            leakage: self.leakage,
            watch: self.watch.clone(),
        }
    }

    /// The configurations with all choices made; everything that can be checked is checked before the first begins.
    ///
    /// # Errors
    /// As [`start::train`] for what is wrong with one of them.
    pub fn settled(&self) -> Result<Vec<TrainConfig>> {
        let settle = |config: &TrainConfig| start::settled(&self.job(config));
        self.configs.iter().map(settle).collect()
    }

    /// Where each of them stands, in their order.
    ///
    /// # Errors
    /// As [`Queue::settled`]; [`Error::Io`].
    pub fn points(&self) -> Result<Vec<Point>> {
        self.points_of(self.settled()?)
    }

    /// As [`Queue::points`], of configurations that [`Queue::settled`] gave: weights are not read once more.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn points_of(&self, settled: Vec<TrainConfig>) -> Result<Vec<Point>> {
        let logs = logs(&self.project)?;
        let point = |config| {
            let standing = Standing::of(&config, &self.split, &logs);
            let is_its = |log: &&RunLog| standing.run() == Some(log.info.id.as_str());
            Point {
                log: logs.iter().find(is_its).cloned(),
                config,
                standing,
            }
        };
        Ok(settled.into_iter().map(point).collect())
    }

    /// Trains what is not done yet. `tell` hears of each with its place (from 0), and steers as the observer of a run does.
    /// Returns how many failed.
    ///
    /// # Errors
    /// As [`Queue::settled`]; [`Error::Cancelled`], and the next call goes on from there.
    pub fn run(
        &self,
        progress: &Progress,
        tell: &mut dyn FnMut(usize, Told<'_>) -> Flow,
    ) -> Result<usize> {
        let mut failed = 0;
        for (place, config) in self.settled()?.iter().enumerate() {
            progress.check()?;
            let standing = Standing::of(config, &self.split, &logs(&self.project)?);
            let job = self.job(config);
            let done = match &standing {
                Standing::Begun(run) => {
                    tell(place, Told::Resumes(run));
                    let resumed = ResumeJob {
                        project: job.project,
                        run_id: run.clone(),
                        split: job.split,
                        watch: job.watch,
                    };
                    let mut observe = |event: &TrainEvent| tell(place, Told::Event(event));
                    resume::resume(&resumed, progress, &mut observe)
                }
                Standing::Open | Standing::Deleted => start::reserve(&job).and_then(|run| {
                    tell(place, Told::Begins(&run));
                    let mut observe = |event: &TrainEvent| tell(place, Told::Event(event));
                    start::train(&job, &run, progress, &mut observe)
                }),
                Standing::Done(_) | Standing::Diverged(_) | Standing::Running(_) => {
                    tell(place, Told::Known(&standing));
                    continue;
                }
            };
            match done {
                Ok(_summary) => {}
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => {
                    failed += 1;
                    tell(place, Told::Failed(&error));
                }
            }
        }
        Ok(failed)
    }
}
