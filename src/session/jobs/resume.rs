//! Resumes a run from its last checkpoint.

use super::kind::{JobKind, Lane, Part, Work};
use super::train::{news_text, steer, summary_text};
use super::twins::complete_twins;
use crate::catalog::Catalog;
use crate::dataset::Split;
use crate::error::Result;
use crate::project::Project;
use crate::train::job::{RunSummary, Watch};
use crate::train::resume::{ResumeJob, resume};

#[derive(Clone, Debug)]
pub struct ResumedTraining {
    run_id: String,
    has_begun: bool,
    trained: Option<RunSummary>,
    watch: Watch,
}

impl ResumedTraining {
    pub fn new(run_id: String) -> Self {
        Self {
            run_id,
            has_begun: false,
            trained: None,
            watch: Watch::default(),
        }
    }
}

impl JobKind for ResumedTraining {
    fn title(&self) -> String {
        format!("Resume {}", self.run_id)
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
        let mut job = ResumeJob {
            project: project.clone(),
            run_id: self.run_id.clone(),
            split: Split::of(&snapshot)?,
            watch: self.watch.clone(),
        };
        job.check()?;
        self.has_begun = true;
        Ok(Box::new(move |context| {
            complete_twins::<Self>(context, &mut snapshot)?;
            job.split = Split::of(&snapshot)?;
            let summary = resume(&job, &context.progress, &mut |_| steer(context))?;
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
        self.has_begun.then_some(self.run_id.as_str())
    }

    fn watch(&self) -> Option<&Watch> {
        Some(&self.watch)
    }

    fn can_pause(&self) -> bool {
        true
    }
}
