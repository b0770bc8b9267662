//! A run and the set that a job asks it about, loaded on the job's thread.

use super::kind::{JobKind, Part};
use super::twins::complete_twins;
use crate::catalog::{Catalog, Snapshot};
use crate::error::Result;
use crate::evaluate::EvaluationSet;
use crate::jobs::Context;
use crate::predict::Predictor;
use crate::project::Project;

/// As it stands when the job begins.
pub struct AskedRun {
    pub project: Project,
    pub snapshot: Snapshot,
    pub run_id: String,
    /// As [`EvaluationSet::of`] knows it.
    set: String,
}

impl AskedRun {
    pub fn new(project: &Project, catalog: &Catalog, run_id: &str, set: &str) -> Result<Self> {
        Ok(Self {
            project: project.clone(),
            snapshot: catalog.snapshot()?,
            run_id: run_id.to_owned(),
            set: set.to_owned(),
        })
    }

    /// Looks for twins of training images first, which do not count as unseen.
    ///
    /// # Errors
    /// As [`Predictor::load`] and [`EvaluationSet::of`]; [`crate::Error::Cancelled`].
    pub fn load<T: JobKind>(
        &mut self,
        context: &Context<Part>,
    ) -> Result<(Predictor, EvaluationSet)> {
        complete_twins::<T>(context, &mut self.snapshot)?;
        let predictor = Predictor::load(&self.project, &self.run_id)?;
        let progress = &context.progress;
        let set = EvaluationSet::of(&self.snapshot, &self.set, predictor.classes(), progress)?;
        Ok((predictor, set))
    }
}
