//! Whether a run looks at the border of a class, and whether its heatmaps are true; the answer is stored with the run.

use super::kind::{JobKind, Lane, Part, Work};
use super::twins::complete_twins;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::evaluate::EvaluationSet;
use crate::explain::audit::{Audit, AuditPlan};
use crate::predict::Predictor;
use crate::project::Project;
use crate::run::RunLog;

/// Of the validation side as it stands when the job begins.
#[derive(Clone, Debug)]
pub struct BorderAudit {
    pub run_id: String,
    /// Once it is done.
    pub audit: Option<Audit>,
}

impl BorderAudit {
    pub fn new(run_id: String) -> Self {
        Self {
            run_id,
            audit: None,
        }
    }
}

impl JobKind for BorderAudit {
    fn title(&self) -> String {
        format!("Border audit of {}", self.run_id)
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "audit"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut snapshot = catalog.snapshot()?;
        let project = project.clone();
        let run_id = self.run_id.clone();
        Ok(Box::new(move |context| {
            complete_twins::<Self>(context, &mut snapshot)?;
            let progress = &context.progress;
            let dir = project.run_dir(&run_id);
            let predictor = Predictor::load(&project, &run_id)?;
            let set = EvaluationSet::of(&snapshot, "valid", predictor.classes(), progress)?;
            let plan = AuditPlan::default();
            let mut audit = Audit::of(&predictor, &set.samples, &plan, progress)?;
            audit.best_epoch = RunLog::open(&dir)?.best_epoch();
            if let Err(error) = audit.write(&dir) {
                progress.warn("audit", format!("not stored with the run: {error}"));
            }
            context.send(Part::result(|job: &mut Self| job.audit = Some(audit)))
        }))
    }

    fn summary(&self) -> String {
        let Some(audit) = &self.audit else {
            return String::new();
        };
        let flagged = audit.flagged();
        if flagged.is_empty() {
            "no class stands out by its border".to_owned()
        } else {
            format!("the run looks at the border of {}", flagged.join(", "))
        }
    }
}
