//! Reads what the checks want to know of every image, and has the network look at it; what comes is in the catalog batch
//! by batch, so a scan that is cancelled goes on where it was.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::curate::{Features, Kind, Scan, ScanReport};
use crate::error::Result;
use crate::project::Project;

#[derive(Clone, Debug, Default)]
pub struct ImageScan {
    report: ScanReport,
}

impl JobKind for ImageScan {
    fn title(&self) -> String {
        "Scan images".to_owned()
    }

    fn lane(&self) -> Lane {
        Lane::Disk
    }

    fn thread_name(&self) -> &'static str {
        "scan"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let snapshot = catalog.snapshot()?;
        let scan = Scan::plan(catalog, &snapshot, Kind::ALL)?;
        let cache = project.cache_dir();
        Ok(Box::new(move |context| {
            let progress = &context.progress;
            let report = scan.run(progress, &mut |batch| {
                // Also what was ready when the scan was cancelled.
                context.send_last(Part::hidden_rows(move |_: &mut Self, catalog| {
                    batch.write(catalog)
                }))
            })?;
            // Now the window may look.
            context.send(Part::rows(move |scan: &mut Self, _catalog| {
                scan.report = report;
                Ok(())
            }))?;
            if !snapshot.images.is_empty() {
                Features::load(&cache, &snapshot, progress)?;
            }
            Ok(())
        }))
    }

    fn after_cancel(&self) -> &'static str {
        "What was read is kept, and the next scan reads the rest"
    }

    fn summary(&self) -> String {
        self.report.summary()
    }

    /// The summary says what was done.
    fn news(&self) -> String {
        self.summary()
    }
}
