//! Whether a run looks at the border of a class, and whether its heatmaps are true; the answer is stored with the run.

use super::asked_run::AskedRun;
use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::explain::audit::{Audit, AuditPlan};
use crate::project::Project;

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
        let mut asked = AskedRun::new(project, catalog, &self.run_id, "valid")?;
        Ok(Box::new(move |context| {
            let (predictor, set) = asked.load::<Self>(context)?;
            let progress = &context.progress;
            let plan = AuditPlan::default();
            let audit = Audit::of(&predictor, &set.samples, &plan, progress)?;
            if let Err(error) = audit.write(&asked.project.run_dir(&asked.run_id)) {
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
