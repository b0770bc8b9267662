//! Scenes that seem to show the same place, for a person to link.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::curate::Features;
use crate::curate::scene_groups::{LIKELY, SceneLink, suggest};
use crate::error::Result;
use crate::project::Project;

/// Of all films, as the project stands when the job begins.
#[derive(Clone, Debug, Default)]
pub struct SceneComparison {
    /// The most alike first.
    pub found: Option<Vec<SceneLink>>,
}

impl JobKind for SceneComparison {
    fn title(&self) -> String {
        "Compare scenes".to_owned()
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "scenes"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let snapshot = catalog.snapshot()?;
        let cache = project.cache_dir();
        Ok(Box::new(move |context| {
            let features = Features::load(&cache, &snapshot, &context.progress)?;
            let found = suggest(&snapshot, &features, &context.progress)?;
            context.send(Part::result(|job: &mut Self| job.found = Some(found)))
        }))
    }

    fn summary(&self) -> String {
        let Some(found) = &self.found else {
            return String::new();
        };
        let likely = found.iter().filter(|link| link.score >= LIKELY).count();
        format!("{likely} pairs of scenes seem to show the same place")
    }
}
