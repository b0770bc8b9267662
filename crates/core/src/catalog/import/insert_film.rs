//! The quick half of importing a film: rows.
//!
//! What a person decided survives a second import, also with other frames or from a completed file: frames are matched by
//! number, scenes by their first frame. Another film at the path of a known one is a source of its own, and the known one
//! leaves the project, as if it had been removed; what was decided on it is remembered by content.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::film::KnownSource;
use super::film_rows::{FilmRows, carried, find_film, known_frames, known_scenes, replaced_films};
use super::finish_film::finish;
use super::upsert_image::stored;
use super::{FilmReader, ImportFilm, ImportReport, NewFilm};
use crate::catalog::decided::{Incoming, Remembered, remembered};
use crate::catalog::edit::{check_class_name, intern_class};
use crate::catalog::journal::number_import;
use crate::catalog::query::Catalog;
use crate::catalog::record::{SourceId, SourceKind};
use crate::catalog::schema::absolute_path;
use crate::error::{Error, Result};
use crate::media::video::FrameSize;
use crate::project::Project;

/// Rows of one slice: some milliseconds, between which a window can paint.
const SLICE: usize = 250;

impl Catalog {
    /// Gathers what a worker needs to read the film.
    ///
    /// # Errors
    /// `Missing` film.
    pub fn film_reader(&self, project: &Project, import: &ImportFilm) -> Result<FilmReader> {
        if !import.film.exists() {
            return Err(Error::Missing {
                path: import.film.clone(),
            });
        }
        if let Some(class) = &import.class {
            check_class_name(class)?;
        }
        let mut select = self.connection.prepare(
            "SELECT name, origin, fingerprint,
                    (SELECT path FROM image WHERE image.source = source.id LIMIT 1),
                    EXISTS (SELECT 1 FROM present_image WHERE present_image.source = source.id),
                    (SELECT width FROM present_image WHERE present_image.source = source.id LIMIT 1),
                    (SELECT height FROM present_image WHERE present_image.source = source.id LIMIT 1)
             FROM source ORDER BY id",
        )?;
        let known = select
            .query_map([], |row| {
                let fingerprint: Option<String> = row.get(2)?;
                let is_film = fingerprint.is_some();
                let origin: String = row.get(1)?;
                let image: Option<String> = row.get(3)?;
                let folder = image.and_then(|path| {
                    let path = absolute_path(&self.root, &path);
                    path.parent().map(Path::to_path_buf)
                });
                let (width, height): (Option<u32>, Option<u32>) = (row.get(5)?, row.get(6)?);
                let size = width.zip(height);
                Ok(KnownSource {
                    name: row.get(0)?,
                    origin: is_film.then(|| PathBuf::from(origin)),
                    fingerprint,
                    folder: folder.filter(|_| is_film),
                    is_present: row.get(4)?,
                    size: size.map(|(width, height)| FrameSize { width, height }),
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(FilmReader {
            project: project.clone(),
            import: import.clone(),
            known,
        })
    }

    /// The quick half of a film at once. Decisions and sides of frames that were there before are kept.
    ///
    /// # Errors
    /// `Catalog`, for instance on a full disk: then the catalog is as before.
    pub fn insert_film(&mut self, film: &NewFilm) -> Result<ImportReport> {
        let mut rows = self.begin_film(film.clone())?;
        while self.insert_frames(&mut rows)? {}
        self.finish_film(rows)
    }

    /// The first of the steps of [`Self::insert_film`], for who has something else to do between them. Until the last one
    /// nothing is to be seen of the film, and a killed program has changed nothing.
    ///
    /// # Errors
    /// As [`Self::insert_film`].
    pub fn begin_film(&mut self, film: NewFilm) -> Result<FilmRows> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let replaced = replaced_films(&transaction, &film)?;
        let found = find_film(&transaction, &film.name)?;
        let asked = film.import.class.clone();
        let class = found.as_ref().and_then(|found| found.class.clone());
        let class = asked
            .or(class)
            .unwrap_or_else(|| FilmRows::class_name(&film, &replaced));
        let is_test = replaced.iter().any(|other| other.is_test);
        let source = match &found {
            Some(found) => found.source,
            None => insert_source(&transaction, &film, (&class, is_test))?,
        };
        let same_film = found
            .as_ref()
            .filter(|found| found.fingerprint.as_deref() == Some(film.fingerprint.as_str()))
            .filter(|found| !found.is_removed && found.origin != film.import.film)
            .map(|found| found.origin.clone());
        let rows = FilmRows {
            source,
            import: number_import(&transaction)?,
            is_new: found.as_ref().is_none_or(|found| found.is_removed),
            is_same_film: found.is_none_or(|found| {
                found.fingerprint.as_deref() == Some(film.fingerprint.as_str())
            }),
            class: intern_class(&transaction, &class)?,
            known: known_frames(&transaction, source)?,
            known_scenes: known_scenes(&transaction, source)?,
            carried: carried(&transaction, &replaced)?,
            replaced,
            done: 0,
            report: ImportReport {
                source: film.name.clone(),
                same_film,
                ..ImportReport::default()
            },
            film,
        };
        transaction.commit()?;
        Ok(rows)
    }

    /// The next rows; false once all are in.
    ///
    /// # Errors
    /// As [`Self::insert_film`].
    pub fn insert_frames(&mut self, rows: &mut FilmRows) -> Result<bool> {
        let slice = rows.next(SLICE);
        if slice.is_empty() {
            return Ok(false);
        }
        let root = self.root.clone();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let added = insert_slice(&transaction, &root, rows)?;
        transaction.commit()?;
        rows.report.added += added.frames;
        rows.report.remembered.add(&added.remembered);
        rows.done = slice.end;
        Ok(true)
    }

    /// Shows the rows, and brings those from before up to date.
    ///
    /// # Errors
    /// As [`Self::insert_film`].
    pub fn finish_film(&mut self, mut rows: FilmRows) -> Result<ImportReport> {
        let root = self.root.clone();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outdated = finish(&transaction, &root, &mut rows)?;
        transaction.commit()?;
        rows.film.placed.keep();
        for path in outdated {
            // A frame that stays behind takes room and does no other harm.
            let _ = std::fs::remove_file(path);
        }
        Ok(rows.report)
    }

    /// How many times [`Self::insert_frames`] has something to do for the film.
    pub fn slices_of(film: &NewFilm) -> usize {
        film.extracted.frames.len().div_ceil(SLICE)
    }
}

/// A source that is not to be seen yet.
fn insert_source(
    connection: &Connection,
    film: &NewFilm,
    (class, is_test): (&str, bool),
) -> Result<SourceId> {
    let values = (
        SourceKind::Film,
        &film.name,
        film.import.film.to_string_lossy(),
        &film.fingerprint,
        class,
        is_test,
    );
    Ok(connection.query_row(
        "INSERT INTO source (kind, name, origin, fingerprint, class, is_test, is_removed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1) RETURNING id",
        values,
        |row| row.get(0),
    )?)
}

#[derive(Default)]
struct AddedFrames {
    frames: usize,
    remembered: Remembered,
}

fn insert_slice(connection: &Connection, root: &Path, rows: &FilmRows) -> Result<AddedFrames> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO image (source, origin, class, path, hash, width, height, frame, time_secs, import, decision, is_removed,
                            decided_at, is_remembered)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12, ?13)",
    )?;
    let mut added = AddedFrames::default();
    let frames = &rows.film.extracted.frames;
    for frame in frames.get(rows.next(SLICE)).unwrap_or_default() {
        if rows.known.contains_key(&frame.number) {
            continue;
        }
        let origin = origin(frame.number);
        let (decision, decided) = if let Some(carried) = rows.carried.get(&frame.hash) {
            (carried.decision, carried.decided)
        } else {
            let incoming = Incoming {
                hash: &frame.hash,
                pixels: None,
                origin: &origin,
            };
            remembered(connection, &incoming)?
        };
        added.remembered.count(decision, decided);
        insert.execute((
            rows.source,
            origin,
            rows.class_of(frame.number, &frame.hash),
            stored(root, &frame.path)?,
            &frame.hash,
            frame.width,
            frame.height,
            frame.number as i64,
            frame.time_secs,
            rows.import,
            decision,
            decided.at,
            decided.is_remembered,
        ))?;
        added.frames += 1;
    }
    Ok(added)
}

/// What `decide --paths` matches; the file may be called otherwise.
fn origin(frame: u64) -> String {
    format!("{frame:06}.jpg")
}
