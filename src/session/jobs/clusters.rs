//! The heatmaps of a set in groups; the answer is stored with the run.

use super::asked_run::AskedRun;
use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::explain::clusters::Clusters;
use crate::project::Project;

/// Of a set as it stands when the job begins.
#[derive(Clone, Debug)]
pub struct MapClustering {
    pub run_id: String,
    /// As [`EvaluationSet::of`] knows it.
    pub set: String,
    /// Once it is done.
    found: Option<Clusters>,
}

impl MapClustering {
    pub fn new(run_id: String, set: String) -> Self {
        Self {
            run_id,
            set,
            found: None,
        }
    }
}

impl JobKind for MapClustering {
    fn title(&self) -> String {
        format!("Heatmap groups of {} on {}", self.run_id, self.set)
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "clusters"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut asked = AskedRun::new(project, catalog, &self.run_id, &self.set)?;
        Ok(Box::new(move |context| {
            let (predictor, set) = asked.load::<Self>(context)?;
            let found = Clusters::of(&predictor, &set.asked(), &context.progress)?;
            found.write(&asked.project, &asked.run_id)?;
            context.send(Part::result(|job: &mut Self| job.found = Some(found)))
        }))
    }

    fn summary(&self) -> String {
        let Some(found) = &self.found else {
            return String::new();
        };
        let suspicious = found.clusters.iter();
        let suspicious = suspicious.filter(|cluster| cluster.place.is_suspicious());
        format!(
            "{} groups, {} of them decided by a corner, an edge or the border",
            found.clusters.len(),
            suspicious.count()
        )
    }
}
