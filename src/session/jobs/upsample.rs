//! Looks which copies of a source's images show something, and then lets training learn from them: a step of the history.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::facts::Fact;
use crate::catalog::{Catalog, Edit, SourceId};
use crate::curate::upsample::{CopySearch, count};
use crate::error::Result;
use crate::project::Project;

#[derive(Clone, Debug)]
pub struct Upsample {
    pub source: SourceId,
    done: Option<String>,
    has_changed: bool,
}

impl Upsample {
    pub fn new(source: SourceId) -> Self {
        Self {
            source,
            done: None,
            has_changed: false,
        }
    }

    fn decide(&mut self, catalog: &mut Catalog) -> Result<()> {
        let sources = vec![self.source];
        let applied = catalog.edit(&Edit::SetUpsampled {
            sources: sources.clone(),
            is_upsampled: true,
        })?;
        self.has_changed = applied.is_some();
        let snapshot = catalog.snapshot()?;
        let counts = count(catalog, &snapshot, &sources)?;
        let copies: usize = counts.iter().map(|counts| counts.copies).sum();
        let what = applied.map_or_else(|| "Upsampled already".to_owned(), |applied| applied.text);
        self.done = Some(format!("{what}: {copies} copies"));
        Ok(())
    }
}

impl JobKind for Upsample {
    fn title(&self) -> String {
        "Upsample".to_owned()
    }

    fn lane(&self) -> Lane {
        Lane::Disk
    }

    fn thread_name(&self) -> &'static str {
        "upsample"
    }

    fn prepare(&mut self, _project: &Project, catalog: &Catalog) -> Result<Work> {
        let search = CopySearch::plan(catalog, &catalog.snapshot()?, &[self.source])?;
        Ok(Box::new(move |context| {
            search.run(&context.progress, &mut |facts: Vec<Fact>| {
                context.send_last(Part::hidden_rows(move |_: &mut Self, catalog| {
                    catalog.insert_facts(&facts)
                }))
            })?;
            context.send(Part::rows(Self::decide))
        }))
    }

    fn summary(&self) -> String {
        self.done.clone().unwrap_or_default()
    }

    /// The summary names the source.
    fn news(&self) -> String {
        self.summary()
    }

    fn is_edit(&self) -> bool {
        self.has_changed
    }

    fn after_cancel(&self) -> &'static str {
        "Nothing is upsampled; what was looked at is remembered"
    }
}
