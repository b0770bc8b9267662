//! What an export is made of: the project as it stands, and the run.

use super::Preprocessing;
use crate::catalog::{Credit, Snapshot};
use crate::error::Result;
use crate::predict::Predictor;
use crate::project::Project;
use crate::run::RunLog;

/// The project as it stands.
#[derive(Clone, Debug)]
pub struct Material {
    pub project: Project,
    /// With all twins known, see [`crate::dataset::twins::complete`].
    pub snapshot: Snapshot,
    /// As [`crate::catalog::Catalog::credits`] gives them.
    pub credits: Vec<Credit>,
}

/// The best weights of a run, with its log.
pub struct Exporting<'a> {
    pub material: &'a Material,
    pub predictor: Predictor,
    pub log: RunLog,
    pub preprocessing: Preprocessing,
}

impl<'a> Exporting<'a> {
    /// # Errors
    /// As [`Predictor::load`].
    pub fn open(material: &'a Material, run: &str) -> Result<Self> {
        let predictor = Predictor::load(&material.project, run)?;
        let log = RunLog::open(&material.project.run_dir(run))?;
        Ok(Self {
            material,
            preprocessing: Preprocessing::of(&predictor, run),
            predictor,
            log,
        })
    }
}
