//! A recipe measured with every scene held out once; its numbers are seen as they grow, also if it is cancelled.

use super::kind::{JobKind, Lane, Part, Work};
use super::twins::complete_twins;
use crate::catalog::Catalog;
use crate::cross_validate::{CrossValidated, CrossValidation, FoldPlan, MOST_REPEATS};
use crate::error::Result;
use crate::project::Project;
use crate::run::config::TrainConfig;

#[derive(Clone, Debug, PartialEq)]
pub struct CrossValidating {
    pub config: TrainConfig,
    plan: FoldPlan,
    /// Whether the crops to the characters are left out, too, and the two compared.
    compares_whole: bool,
    /// Of the folds that are done.
    pub result: CrossValidated,
}

impl CrossValidating {
    pub fn new(config: TrainConfig) -> Self {
        let plan = FoldPlan {
            seed: config.seed,
            ..FoldPlan::default()
        };
        Self {
            config,
            plan,
            compares_whole: false,
            result: CrossValidated::default(),
        }
    }

    /// The same with the units dealt out once more; the folds that are measured already stay. `None` when that has been done
    /// as often as it may be.
    pub fn once_more(&self) -> Option<Self> {
        let repeats = self.plan.repeats + 1;
        (repeats <= MOST_REPEATS).then(|| Self {
            plan: FoldPlan {
                repeats,
                ..self.plan
            },
            ..self.clone()
        })
    }

    /// The same, and then without the crops to the characters.
    #[must_use]
    pub fn with_whole_images(&self) -> Self {
        Self {
            compares_whole: true,
            ..self.clone()
        }
    }

    pub fn folds(&self) -> usize {
        self.plan.folds * self.plan.repeats
    }
}

impl JobKind for CrossValidating {
    fn title(&self) -> String {
        format!("Cross-validate stage {}", self.config.stage)
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn is_training(&self) -> bool {
        true
    }

    fn thread_name(&self) -> &'static str {
        "cross-validate"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let snapshot = catalog.snapshot()?;
        self.plan = self.plan.fitting(&snapshot);
        let mut work = CrossValidation {
            project: project.clone(),
            snapshot,
            config: self.config.clone(),
            plan: self.plan,
            sets: Vec::new(),
        };
        let compares_whole = self.compares_whole;
        Ok(Box::new(move |context| {
            complete_twins::<Self>(context, &mut work.snapshot)?;
            let keep = |so_far: &CrossValidated| {
                let so_far = so_far.clone();
                Part::result(|work: &mut Self| work.result = so_far)
            };
            // What is sent in vain was cancelled, which the work notices by itself.
            let mut observer = |so_far: &CrossValidated| {
                let _ = context.send(keep(so_far));
            };
            let result = if compares_whole {
                work.compare_whole(&context.progress, &mut observer)?
            } else {
                work.run(&context.progress, &mut observer)?
            };
            context.send(keep(&result))
        }))
    }

    fn summary(&self) -> String {
        format!(
            "{:.1} % of images of held-out scenes right",
            self.result.accuracy * 100.0
        )
    }

    fn after_cancel(&self) -> &'static str {
        "The folds that are done are kept: started again with the same settings it goes on with the next one"
    }
}
