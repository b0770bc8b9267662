//! The honesty meter: what a random split would claim beside what this one says.

use super::kind::{JobKind, Lane, Part, Work};
use super::twins::complete_twins;
use crate::catalog::Catalog;
use crate::curate::{Features, Honesty};
use crate::dataset::Split;
use crate::error::Result;
use crate::project::Project;

/// Of the split as it stands when the job begins.
#[derive(Clone, Debug, Default)]
pub struct HonestyCheck {
    pub found: Option<FoundHonesty>,
}

/// Both accuracies, and of which split.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundHonesty {
    pub split_hash: String,
    pub honesty: Honesty,
}

impl JobKind for HonestyCheck {
    fn title(&self) -> String {
        "Honesty meter".to_owned()
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "honesty"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut snapshot = catalog.snapshot()?;
        Split::of(&snapshot)?;
        let cache = project.cache_dir();
        Ok(Box::new(move |context| {
            complete_twins::<Self>(context, &mut snapshot)?;
            let split = Split::of(&snapshot)?;
            let features = Features::load(&cache, &snapshot, &context.progress)?;
            context.progress.stage("fitting two heads", None);
            let found = FoundHonesty {
                honesty: Honesty::of(&snapshot, &split, &features, 0)?,
                split_hash: split.hash,
            };
            context.send(Part::result(|check: &mut Self| check.found = Some(found)))
        }))
    }

    fn summary(&self) -> String {
        let percent = |accuracy: f64| 100.0 * accuracy;
        self.found.as_ref().map_or_else(String::new, |found| {
            format!(
                "{:.1} % on random images, {:.1} % on this split",
                percent(found.honesty.random.accuracy),
                percent(found.honesty.split.accuracy)
            )
        })
    }
}
