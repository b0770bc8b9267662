//! Imports a film: its frames onto the disk by the worker, its rows into the catalog at the end, slice by slice.

use std::sync::{Arc, Mutex, PoisonError};

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::catalog::import::{FilmRows, ImportFilm, ImportReport, NewFilm};
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
            let was_cancelled = film.was_cancelled;
            send_rows(film, |part| {
                if was_cancelled {
                    context.send_last(part)
                } else {
                    context.send(part)
                }
            })?;
            // What came before the cancel is in.
            if was_cancelled {
                context.progress.check()?;
            }
            Ok(())
        }))
    }

    fn after_cancel(&self) -> &'static str {
        "The project is as it was before, and the film can be imported again"
    }

    fn summary(&self) -> String {
        self.report.summary()
    }

    /// The summary names the source.
    fn news(&self) -> String {
        self.summary()
    }
}

/// The steps of [`Catalog::insert_film`], a part each.
fn send_rows(film: NewFilm, send: impl Fn(Part) -> Result<()>) -> Result<()> {
    let slices = Catalog::slices_of(&film);
    let rows: Arc<Mutex<Option<FilmRows>>> = Arc::default();
    let begun = Arc::clone(&rows);
    send(Part::hidden_rows(
        move |_import: &mut FilmImport, catalog| {
            let begin = catalog.begin_film(film)?;
            *begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(begin);
            Ok(())
        },
    ))?;
    for _slice in 0..slices {
        let rows = Arc::clone(&rows);
        send(Part::hidden_rows(
            move |_import: &mut FilmImport, catalog| {
                // Without a beginning the job has failed already.
                match &mut *rows.lock().unwrap_or_else(PoisonError::into_inner) {
                    Some(rows) => catalog.insert_frames(rows).map(|_more| ()),
                    None => Ok(()),
                }
            },
        ))?;
    }
    send(Part::rows(move |import: &mut FilmImport, catalog| {
        let rows = rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(rows) = rows {
            import.report = catalog.finish_film(rows)?;
        }
        Ok(())
    }))
}
