//! Whether a run's predictions survive without the figure; the answer is stored with the run.

use super::kind::{JobKind, Lane, Part, Work};
use super::twins::complete_twins;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::evaluate::EvaluationSet;
use crate::explain::background::Background;
use crate::predict::Predictor;
use crate::project::Project;
use crate::run::RunLog;

/// Of a set as it stands when the job begins.
#[derive(Clone, Debug)]
pub struct BackgroundTest {
    pub run_id: String,
    /// As [`EvaluationSet::of`] knows it.
    pub set: String,
    /// Once it is done.
    found: Option<Background>,
}

impl BackgroundTest {
    pub fn new(run_id: String, set: String) -> Self {
        Self {
            run_id,
            set,
            found: None,
        }
    }
}

impl JobKind for BackgroundTest {
    fn title(&self) -> String {
        format!("Background test of {} on {}", self.run_id, self.set)
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "background"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut snapshot = catalog.snapshot()?;
        let project = project.clone();
        let (run_id, set) = (self.run_id.clone(), self.set.clone());
        Ok(Box::new(move |context| {
            complete_twins::<Self>(context, &mut snapshot)?;
            let progress = &context.progress;
            let predictor = Predictor::load(&project, &run_id)?;
            let set = EvaluationSet::of(&snapshot, &set, predictor.classes(), progress)?;
            let mut found = Background::of(&predictor, &snapshot, &set.asked(), progress)?;
            found.best_epoch = RunLog::open(&project.run_dir(&run_id))?.best_epoch();
            found.write(&project, &run_id)?;
            context.send(Part::result(|job: &mut Self| job.found = Some(found)))
        }))
    }

    fn summary(&self) -> String {
        let Some(found) = &self.found else {
            return String::new();
        };
        format!(
            "{} of {} predictions are the same without the figure",
            found.all.unchanged, found.all.images
        )
    }
}
