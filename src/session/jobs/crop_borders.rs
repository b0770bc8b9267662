//! Measures the borders of some sources where no scan has, and then crops them: a step of the history.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::{Catalog, Crop, SourceId};
use crate::curate::crop;
use crate::curate::scan::{Scan, ScanBatch};
use crate::error::Result;
use crate::project::Project;

#[derive(Clone, Debug)]
pub struct BorderCrop {
    pub sources: Vec<SourceId>,
    /// "Cropped the measured borders of drakes: 12 px top, 12 px bottom (60 frames)".
    done: Option<String>,
    has_changed: bool,
}

impl BorderCrop {
    pub fn new(sources: Vec<SourceId>) -> Self {
        Self {
            sources,
            done: None,
            has_changed: false,
        }
    }

    fn crop(&mut self, catalog: &mut Catalog) -> Result<()> {
        let snapshot = catalog.snapshot()?;
        let planned = crop::plan(catalog, &snapshot, &self.sources, Crop::Measured)?;
        let applied = catalog.edit(&crop::edit(&snapshot, &planned, Crop::Measured))?;
        self.has_changed = applied.is_some();
        let name = |id| {
            snapshot
                .source(id)
                .map_or("", |source| source.name.as_str())
        };
        let rows = planned.iter().filter(|row| row.cropped > 0);
        let rows: Vec<String> = match planned.as_slice() {
            [only] => vec![only.text(&snapshot)],
            _several => rows
                .map(|row| format!("{} {}", name(row.source), row.text(&snapshot)))
                .collect(),
        };
        let what = match (applied, planned.as_slice()) {
            (Some(applied), _) => applied.text,
            (None, [only]) => format!("Borders of {}", name(only.source)),
            (None, _) => "Borders".to_owned(),
        };
        self.done = Some(if rows.is_empty() {
            format!("{what}: nothing to crop")
        } else {
            format!("{what}: {}", rows.join("; "))
        });
        Ok(())
    }
}

impl JobKind for BorderCrop {
    fn title(&self) -> String {
        "Crop borders".to_owned()
    }

    fn lane(&self) -> Lane {
        Lane::Disk
    }

    fn thread_name(&self) -> &'static str {
        "crop borders"
    }

    fn prepare(&mut self, _project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut meant = catalog.snapshot()?;
        meant
            .images
            .retain(|image| self.sources.contains(&image.source));
        let scan = Scan::plan_facts(catalog, &meant, crop::FACTS)?;
        Ok(Box::new(move |context| {
            scan.run(&context.progress, &mut |batch: ScanBatch| {
                context.send_last(Part::hidden_rows(move |_: &mut Self, catalog| {
                    batch.write(catalog)
                }))
            })?;
            context.send(Part::rows(Self::crop))
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
        "Nothing is cropped; what was measured is kept"
    }
}
