//! Whether a run's predictions survive without the figure; the answer is stored with the run.

use super::asked_run::AskedRun;
use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::explain::background::Background;
use crate::project::Project;

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
        let mut asked = AskedRun::new(project, catalog, &self.run_id, &self.set)?;
        Ok(Box::new(move |context| {
            let (predictor, set) = asked.load::<Self>(context)?;
            let (snapshot, progress) = (&asked.snapshot, &context.progress);
            let found = Background::of(&predictor, snapshot, &set.asked(), progress)?;
            found.write(&asked.project, &asked.run_id)?;
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
