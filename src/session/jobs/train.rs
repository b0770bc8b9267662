//! Trains a run; how it goes is in the run's log, which views read.

use super::kind::{JobKind, Lane, Part, Work};
use super::twins::complete_twins;
use crate::catalog::{Catalog, Snapshot};
use crate::curate::Leaks;
use crate::dataset::{Leakage, Split};
use crate::error::Result;
use crate::jobs::{Context, Control};
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::event::Flow;
use crate::train::job::{KeptEpoch, RunSummary, TrainJob, Watch};
use crate::train::start::{release, reserve, train};

#[derive(Clone, Debug)]
pub struct Training {
    pub config: TrainConfig,
    /// Once it has begun.
    run_id: Option<String>,
    trained: Option<RunSummary>,
    watch: Watch,
}

impl Training {
    pub fn new(config: TrainConfig) -> Self {
        Self {
            config,
            run_id: None,
            trained: None,
            watch: Watch::default(),
        }
    }
}

impl JobKind for Training {
    fn title(&self) -> String {
        format!("Train stage {}", self.config.stage)
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "train"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut snapshot = catalog.snapshot()?;
        self.watch = Watch::of(catalog, &snapshot);
        let mut job = TrainJob {
            project: project.clone(),
            config: self.config.clone(),
            split: Split::of(&snapshot)?,
            kept: KeptEpoch::Best,
            leakage: Leakage::default(),
            watch: self.watch.clone(),
        };
        let id = reserve(&job)?;
        self.run_id = Some(id.clone());
        Ok(Box::new(move |context| {
            if let Err(error) = complete(&mut job, &mut snapshot, context) {
                release(&job.project, &id);
                return Err(error);
            }
            let summary = train(&job, &id, &context.progress, &mut |_| steer(context))?;
            context.send(Part::result(|training: &mut Self| {
                training.trained = Some(summary);
            }))
        }))
    }

    fn summary(&self) -> String {
        summary_text(self.trained.as_ref())
    }

    fn news(&self) -> String {
        news_text(&self.title(), self.trained.as_ref())
    }

    fn after_cancel(&self) -> &'static str {
        "It keeps its best weights, and can be resumed on the Train page"
    }

    fn run_id(&self) -> Option<&str> {
        self.run_id.as_deref()
    }

    fn watch(&self) -> Option<&Watch> {
        Some(&self.watch)
    }

    fn can_pause(&self) -> bool {
        true
    }
}

/// The split with all twins known, and what it gives away.
fn complete(job: &mut TrainJob, snapshot: &mut Snapshot, context: &Context<Part>) -> Result<()> {
    complete_twins::<Training>(context, snapshot)?;
    job.split = Split::of(snapshot)?;
    let catalog = Catalog::open_read_only(&job.project)?;
    job.leakage = Leaks::of(&catalog, snapshot, &job.split, None)?.leakage();
    Ok(())
}

pub(super) fn summary_text(trained: Option<&RunSummary>) -> String {
    trained.map_or_else(String::new, |run| {
        format!(
            "{:.1} % of validation right, best in epoch {}",
            run.accuracy * 100.0,
            run.best_epoch
        )
    })
}

pub(super) fn news_text(title: &str, trained: Option<&RunSummary>) -> String {
    trained.map_or_else(
        || format!("{title} is done"),
        |run| format!("{title}: best accuracy {:.1} %", run.accuracy * 100.0),
    )
}

/// How the training should go on, asked after each of its events.
pub(super) fn steer(context: &Context<Part>) -> Flow {
    context.wake();
    if context.progress.is_cancelled() {
        // The training sees it before the next batch, and says that it was cancelled.
        Flow::Continue
    } else {
        flow(&context.control)
    }
}

fn flow(control: &Control) -> Flow {
    if control.is_stopped() {
        Flow::Stop
    } else if control.is_paused() {
        Flow::Pause
    } else {
        Flow::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_wins_over_pause() {
        let control = Control::default();
        assert_eq!(flow(&control), Flow::Continue);
        control.set_paused(true);
        assert_eq!(flow(&control), Flow::Pause);
        control.stop();
        assert_eq!(flow(&control), Flow::Stop);
    }
}
