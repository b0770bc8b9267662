//! Imports a film: its frames onto the disk by the worker, its rows into the catalogue at the end.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::catalog::import::{ImportFilm, ImportReport};
use crate::error::Result;
use crate::project::Project;

#[derive(Clone, Debug)]
pub struct FilmImport {
    pub request: ImportFilm,
    pub report: ImportReport,
}

impl FilmImport {
    pub fn new(request: ImportFilm) -> Self {
        Self {
            request,
            report: ImportReport::default(),
        }
    }
}

impl JobKind for FilmImport {
    fn title(&self) -> String {
        let name = self.request.film.file_name().unwrap_or_default();
        format!("Import {}", name.to_string_lossy())
    }

    fn lane(&self) -> Lane {
        Lane::Disk
    }

    fn thread_name(&self) -> &'static str {
        "import-film"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let reader = catalog.film_reader(project, &self.request)?;
        Ok(Box::new(move |context| {
            let film = reader.extract(&context.progress)?;
            context.send(Part::rows(move |import: &mut Self, catalog| {
                import.report = catalog.insert_film(&film)?;
                Ok(())
            }))
        }))
    }

    fn summary(&self) -> String {
        self.report.summary()
    }

    /// The summary names the source.
    fn news(&self) -> String {
        self.summary()
    }
}
