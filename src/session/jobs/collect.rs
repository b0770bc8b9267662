//! Fetches images from the web, one after another, so that they can be looked at while the rest comes in.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::catalog::import::ImportReport;
use crate::collect::{CollectReport, Collector, Request, Settings};
use crate::error::Result;
use crate::project::Project;

#[derive(Clone, Debug)]
pub struct WebCollection {
    pub request: Request,
    /// Large, beside those of other jobs.
    settings: Box<Settings>,
    /// Grows with every image.
    pub report: CollectReport,
    /// Of the rows, which are one step of the history.
    rows: ImportReport,
}

impl WebCollection {
    pub fn new(request: Request, settings: Settings) -> Self {
        let report = CollectReport {
            source: request.source.clone(),
            ..CollectReport::default()
        };
        Self {
            request,
            settings: Box::new(settings),
            report,
            rows: ImportReport::default(),
        }
    }
}

impl JobKind for WebCollection {
    fn title(&self) -> String {
        format!("Collect {}", self.request.title())
    }

    fn lane(&self) -> Lane {
        Lane::Web
    }

    fn thread_name(&self) -> &'static str {
        "collect"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let (request, settings) = (self.request.clone(), Settings::clone(&self.settings));
        let collector = Collector::new(catalog, project, request, settings)?;
        let import = collector.import().clone();
        Ok(Box::new(move |context| {
            let mut sink = |batch: crate::collect::Batch| {
                let import = import.clone();
                // Also what had come when it was cancelled: it would be fetched again otherwise.
                context.send_last(Part::rows(move |job: &mut Self, catalog| {
                    job.report = batch.report;
                    catalog.insert_fetched(&import, &batch.images, &batch.fetched, &mut job.rows)
                }))
            };
            let report = collector.run(&context.progress, &mut sink)?;
            context.send(Part::result(move |job: &mut Self| job.report = report))
        }))
    }

    fn after_cancel(&self) -> &'static str {
        "The images that are in stay, and collecting the same again goes on from there"
    }

    fn summary(&self) -> String {
        self.report.summary()
    }

    /// The summary names the source.
    fn news(&self) -> String {
        self.summary()
    }
}
