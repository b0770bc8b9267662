//! Looks for validation images that training images give away, by time and by content.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::{Catalog, Snapshot};
use crate::curate::known::Known;
use crate::curate::leak::{FACTS, Leaks, Offender, worst};
use crate::curate::scan::{Scan, ScanBatch};
use crate::dataset::{Leakage, Split};
use crate::error::Result;
use crate::jobs::Context;
use crate::project::Project;

/// Started by whoever shows the split, after each change of it.
#[derive(Clone, Debug, Default)]
pub struct LeakSearch {
    /// Whether images that no scan has looked at are scanned instead; the next search knows of them.
    pub scans: bool,
    pub found: Option<FoundLeaks>,
}

/// What a split gives away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLeaks {
    /// Of the catalog that it is about.
    pub version: u64,
    pub leakage: Leakage,
    /// The scenes with the most twins first.
    pub offenders: Vec<Offender>,
    /// Images that could not be compared by their content.
    pub unscanned: usize,
}

impl JobKind for LeakSearch {
    fn title(&self) -> String {
        if self.scans {
            "Scan images for copies".to_owned()
        } else {
            "Look for leaks".to_owned()
        }
    }

    fn lane(&self) -> Lane {
        Lane::Disk
    }

    fn thread_name(&self) -> &'static str {
        "leaks"
    }

    fn prepare(&mut self, _project: &Project, catalog: &Catalog) -> Result<Work> {
        let snapshot = catalog.snapshot()?;
        if self.scans {
            let scan = Scan::plan_facts(catalog, &snapshot, FACTS)?;
            return Ok(Box::new(move |context| {
                let mut keep = |batch: ScanBatch| {
                    context.send(Part::hidden_rows(move |_: &mut Self, catalog| {
                        batch.write(catalog)
                    }))
                };
                scan.run(&context.progress, &mut keep).map(|_| ())
            }));
        }
        let known = Known::load(catalog, &snapshot, FACTS)?;
        Ok(Box::new(move |context| search(context, &snapshot, &known)))
    }

    fn summary(&self) -> String {
        self.found
            .as_ref()
            .map_or_else(String::new, |found| found.leakage.to_string())
    }
}

fn search(context: &Context<Part>, snapshot: &Snapshot, known: &Known) -> Result<()> {
    // Of what cannot be trained on yet nothing is given away.
    let leaks = Split::of(snapshot)
        .map(|split| Leaks::find(snapshot, &split, known, None))
        .unwrap_or_default();
    let found = FoundLeaks {
        version: snapshot.version,
        leakage: leaks.leakage(),
        offenders: worst(snapshot, &leaks),
        unscanned: leaks.unscanned,
    };
    context.send(Part::result(move |search: &mut LeakSearch| {
        search.found = Some(found);
    }))
}
