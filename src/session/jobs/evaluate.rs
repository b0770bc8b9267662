//! Measures a run on a set of images, such as a test set that its best epoch was not chosen on.

use super::asked_run::AskedRun;
use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::evaluate::Evaluator;
use crate::project::Project;
use crate::report::{Evaluation, interval_text};
use crate::run::RunLog;

#[derive(Clone, Debug)]
pub struct SetEvaluation {
    pub run_id: String,
    /// As [`EvaluationSet::of`] knows it.
    pub set: String,
    /// Once it is done.
    evaluation: Option<Evaluation>,
}

impl SetEvaluation {
    pub fn new(run_id: String, set: String) -> Self {
        Self {
            run_id,
            set,
            evaluation: None,
        }
    }
}

impl JobKind for SetEvaluation {
    fn title(&self) -> String {
        format!("Measure {} on {}", self.run_id, self.set)
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "evaluate"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut asked = AskedRun::new(project, catalog, &self.run_id, &self.set)?;
        Ok(Box::new(move |context| {
            let (predictor, set) = asked.load::<Self>(context)?;
            let run = RunLog::open(&asked.project.run_dir(&asked.run_id))?;
            let evaluator = Evaluator {
                project: &asked.project,
                snapshot: &asked.snapshot,
                run: &run,
                predictor: &predictor,
            };
            let evaluation = evaluator.evaluate(&set, &context.progress)?;
            context.send(Part::result(|job: &mut Self| {
                job.evaluation = Some(evaluation);
            }))
        }))
    }

    fn summary(&self) -> String {
        self.evaluation.as_ref().map_or_else(String::new, |found| {
            format!(
                "{:.1} % right of {}, {}",
                found.accuracy * 100.0,
                found.measured_text(),
                interval_text(found.interval)
            )
        })
    }
}
