//! Imports a folder of images, or some of its files: batch by batch, so that they can be looked at while the rest comes in.

use std::path::PathBuf;

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::catalog::import::{Found, ImageReader, ImportImages, ImportReport, NewImage};
use crate::error::Result;
use crate::project::Project;

#[derive(Clone, Debug)]
enum Only {
    /// Directly in it.
    Files(Vec<PathBuf>),
    /// Found in it by a watch.
    Found(Vec<Found>),
}

/// What the worker reads.
enum Files {
    /// What the project has of the folder was looked up when a person asked, who is told at once what is wrong.
    Asked(Box<ImageReader>),
    /// A watch asks every few seconds, so all that is known of a large folder is looked up by the worker.
    Watched(Vec<Found>),
}

#[derive(Clone, Debug)]
pub struct ImagesImport {
    pub request: ImportImages,
    /// Only these of the folder's files.
    only: Option<Only>,
    /// Grows with every batch.
    pub report: ImportReport,
}

impl ImagesImport {
    pub fn new(request: ImportImages) -> Self {
        Self {
            request,
            only: None,
            report: ImportReport::default(),
        }
    }

    /// `files`: directly in the folder of `request`.
    pub fn of_files(request: ImportImages, files: Vec<PathBuf>) -> Self {
        Self {
            only: Some(Only::Files(files)),
            ..Self::new(request)
        }
    }

    /// Whether a watched folder asked for it, and no person.
    pub fn is_of_watch(&self) -> bool {
        matches!(self.only, Some(Only::Found(_)))
    }

    /// `files`: found in the folder of `request` with their classes. `report`: of the imports before, whose step of the
    /// history this one goes on with.
    pub fn of_found(request: ImportImages, files: Vec<Found>, report: ImportReport) -> Self {
        Self {
            only: Some(Only::Found(files)),
            report,
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
        let reader = match self.only.clone() {
            Some(Only::Files(files)) => {
                let reader = catalog.image_reader(project, &self.request)?;
                Files::Asked(Box::new(reader.of_files(files)))
            }
            Some(Only::Found(files)) => Files::Watched(files),
            None => Files::Asked(Box::new(catalog.image_reader(project, &self.request)?)),
        };
        let (project, request) = (project.clone(), self.request.clone());
        Ok(Box::new(move |context| {
            let reader = match reader {
                Files::Asked(reader) => *reader,
                Files::Watched(files) => {
                    let catalog = Catalog::open_read_only(&project)?;
                    catalog.image_reader(&project, &request)?.of_found(files)
                }
            };
            let mut sink = |images: Vec<NewImage>| {
                context.send(Part::rows(move |import: &mut Self, catalog| {
                    catalog.insert_batch(&import.request, &images, &mut import.report)
                }))
            };
            let unreadable = reader.read(&context.progress, &mut sink)?;
            context.send(Part::rows(|import: &mut Self, catalog| {
                let among = match &import.only {
                    Some(Only::Found(files)) => Some(files.as_slice()),
                    Some(Only::Files(_)) | None => None,
                };
                import.report.folder_scenes =
                    catalog.find_folder_scenes(&import.request.source, among)?;
                Ok(())
            }))?;
            context.send(Part::result(move |import: &mut Self| {
                import.report.source.clone_from(&import.request.source);
                import.report.unreadable += unreadable;
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
