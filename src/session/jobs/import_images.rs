//! Imports a folder of images, or some of its files: batch by batch, so that they can be looked at while the rest comes in.

use std::path::PathBuf;

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::catalog::import::{ImportImages, ImportReport, NewImage};
use crate::error::Result;
use crate::project::Project;

#[derive(Clone, Debug)]
pub struct ImagesImport {
    pub request: ImportImages,
    /// Only these of the folder's files.
    files: Option<Vec<PathBuf>>,
    /// Grows with every batch.
    pub report: ImportReport,
}

impl ImagesImport {
    pub fn new(request: ImportImages) -> Self {
        Self {
            request,
            files: None,
            report: ImportReport::default(),
        }
    }

    /// `files`: directly in the folder of `request`.
    pub fn of_files(request: ImportImages, files: Vec<PathBuf>) -> Self {
        Self {
            files: Some(files),
            ..Self::new(request)
        }
    }
}

impl JobKind for ImagesImport {
    fn title(&self) -> String {
        format!("Import images of {}", self.request.source)
    }

    fn lane(&self) -> Lane {
        Lane::Disk
    }

    fn thread_name(&self) -> &'static str {
        "import-images"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut reader = catalog.image_reader(project, &self.request)?;
        if let Some(files) = self.files.clone() {
            reader = reader.of_files(files);
        }
        Ok(Box::new(move |context| {
            let mut sink = |images: Vec<NewImage>| {
                context.send(Part::rows(move |import: &mut Self, catalog| {
                    catalog.insert_batch(&import.request, &images, &mut import.report)
                }))
            };
            let unreadable = reader.read(&context.progress, &mut sink)?;
            context.send(Part::result(move |import: &mut Self| {
                import.report.source.clone_from(&import.request.source);
                import.report.unreadable = unreadable;
            }))
        }))
    }

    fn after_cancel(&self) -> &'static str {
        "The images that are in stay, and the next import brings the rest"
    }

    fn summary(&self) -> String {
        self.report.summary()
    }

    /// The summary names the source.
    fn news(&self) -> String {
        self.summary()
    }
}
