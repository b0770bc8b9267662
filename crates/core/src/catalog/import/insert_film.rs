//! The quick half of importing a film: rows, in one transaction.
//!
//! What a person decided survives a second import, also with other frames or from a completed file: frames are matched by
//! number, scenes by their first frame.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::film::{KnownSource, stem};
use super::insert_images::{record_step, stored};
use super::{FilmReader, ImportFilm, ImportReport, NewFilm};
use crate::catalog::edit::{check_class_name, find_class, intern_class};
use crate::catalog::journal::number_import;
use crate::catalog::meta::count_change;
use crate::catalog::query::Catalog;
use crate::catalog::record::{ClassId, GroupId, SceneId, Side, SourceId, SourceKind};
use crate::catalog::removal;
use crate::error::{Error, Result};
use crate::project::Project;

impl Catalog {
    /// Gathers what a worker needs to read the film.
    ///
    /// # Errors
    /// `Missing` film.
    pub fn film_reader(&self, project: &Project, import: &ImportFilm) -> Result<FilmReader> {
        if !import.film.is_file() {
            return Err(Error::Missing {
                path: import.film.clone(),
            });
        }
        if let Some(class) = &import.class {
            check_class_name(class)?;
        }
        let mut select = self
            .connection
            .prepare("SELECT name, origin, fingerprint FROM source ORDER BY id")?;
        let known = select
            .query_map([], |row| {
                let fingerprint: Option<String> = row.get(2)?;
                Ok(KnownSource {
                    name: row.get(0)?,
                    origin: fingerprint
                        .is_some()
                        .then(|| row.get::<_, String>(1).map(PathBuf::from))
                        .transpose()?,
                    fingerprint,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(FilmReader {
            project: project.clone(),
            import: import.clone(),
            known,
        })
    }

    /// The quick half of a film: rows in one transaction. Decisions and sides of frames that were there before are kept.
    ///
    /// # Errors
    /// `Catalog`, for instance on a full disk: then the catalogue is as before.
    pub fn insert_film(&mut self, film: &NewFilm) -> Result<ImportReport> {
        let root = self.root.clone();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let source = upsert_film(&transaction, film)?;
        upsert_scenes(&transaction, source.id, film)?;
        let import = number_import(&transaction)?;
        let mut report = upsert_frames(&transaction, &root, (&source, import), film)?;
        assign_scenes(&transaction, source.id, film)?;
        report.scenes = film.extracted.scenes.len();
        report.broken.clone_from(&film.extracted.broken);
        let new_source = source.is_new.then_some(source.id);
        record_step(&transaction, import, new_source, &mut report)?;
        count_change(&transaction)?;
        transaction.commit()?;
        Ok(report)
    }
}

/// A film's row in `source`.
struct FilmSource {
    id: SourceId,
    /// True for a film that was imported before and has the same content, and for a new one.
    is_same_film: bool,
    /// It was not in the project before.
    is_new: bool,
}

fn upsert_film(connection: &Connection, film: &NewFilm) -> Result<FilmSource> {
    let info = serde_json::to_string(&film.extracted.info)
        .map_err(|error| Error::Invalid(error.to_string()))?;
    let before: Option<(SourceId, Option<String>, Option<String>, bool)> = connection
        .query_row(
            "SELECT id, fingerprint, class, is_removed FROM source WHERE name = ?1",
            [&film.name],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let Some((source, fingerprint, class_before, is_new)) = before else {
        let class = film.import.class.clone();
        let class = class.unwrap_or_else(|| stem(&film.import.film));
        let id = connection.query_row(
            "INSERT INTO source (kind, name, origin, film, broken, fingerprint, class)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
            (
                SourceKind::Film,
                &film.name,
                film.import.film.to_string_lossy(),
                info,
                &film.extracted.broken,
                &film.fingerprint,
                class,
            ),
            |row| row.get(0),
        )?;
        return Ok(FilmSource {
            id,
            is_same_film: true,
            is_new: true,
        });
    };
    connection.execute(
        "UPDATE source SET origin = ?2, film = ?3, broken = ?4, fingerprint = ?5,
         class = coalesce(?6, class), is_removed = 0 WHERE id = ?1",
        (
            source,
            film.import.film.to_string_lossy(),
            info,
            &film.extracted.broken,
            &film.fingerprint,
            &film.import.class,
        ),
    )?;
    if let (Some(new), Some(old)) = (&film.import.class, class_before)
        && *new != old
    {
        // The first import named the wrong class; what a person changed one by one since then stays.
        let new = intern_class(connection, new)?;
        let old = find_class(connection, &old)?.map(|(id, _name)| id);
        connection.execute(
            "UPDATE image SET class = ?2 WHERE source = ?1 AND class = ?3",
            (source, new, old),
        )?;
    }
    Ok(FilmSource {
        id: source,
        is_same_film: fingerprint.as_deref() == Some(film.fingerprint.as_str()),
        is_new,
    })
}

struct KnownScene {
    first_frame: u64,
    last_frame: u64,
    side: Side,
    group: Option<GroupId>,
}

fn known_scenes(connection: &Connection, source: SourceId) -> Result<Vec<KnownScene>> {
    let mut select = connection.prepare(
        "SELECT first_frame, last_frame, side, scene_group FROM scene WHERE source = ?1
         ORDER BY first_frame",
    )?;
    let scenes = select.query_map([source], |row| {
        Ok(KnownScene {
            first_frame: row.get::<_, i64>(0)? as u64,
            last_frame: row.get::<_, i64>(1)? as u64,
            side: row.get(2)?,
            group: row.get(3)?,
        })
    })?;
    Ok(scenes.collect::<rusqlite::Result<_>>()?)
}

/// A scene that begins where one began before is that one; any other gets the side and the group of the scene it was part of.
fn upsert_scenes(connection: &Connection, source: SourceId, film: &NewFilm) -> Result<()> {
    let before = known_scenes(connection, source)?;
    let mut upsert = connection.prepare_cached(
        "INSERT INTO scene (source, position, first_frame, last_frame, transition, side, scene_group)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (source, first_frame) DO UPDATE
         SET position = excluded.position, last_frame = excluded.last_frame,
             transition = excluded.transition",
    )?;
    for (position, span) in film.extracted.scenes.iter().enumerate() {
        let old = before
            .iter()
            .find(|old| (old.first_frame..=old.last_frame).contains(&span.first_frame));
        // A film that is broken now may have been whole before: its old frames stay in the longer scene.
        let last_frame = match old {
            Some(old) if film.extracted.broken.is_some() && old.first_frame == span.first_frame => {
                span.last_frame.max(old.last_frame)
            }
            _other => span.last_frame,
        };
        upsert.execute((
            source,
            position as i64,
            span.first_frame as i64,
            last_frame as i64,
            span.transition,
            old.map_or(Side::default(), |old| old.side),
            old.and_then(|old| old.group),
        ))?;
    }
    Ok(())
}

fn upsert_frames(
    connection: &Connection,
    root: &Path,
    (source, import): (&FilmSource, i64),
    film: &NewFilm,
) -> Result<ImportReport> {
    let (source, is_same_film) = (source.id, source.is_same_film);
    let class: String =
        connection.query_row("SELECT class FROM source WHERE id = ?1", [source], |row| {
            row.get(0)
        })?;
    let class = intern_class(connection, &class)?;
    let mut report = ImportReport {
        source: film.name.clone(),
        ..ImportReport::default()
    };
    let mut select = connection
        .prepare_cached("SELECT hash, is_removed FROM image WHERE source = ?1 AND origin = ?2")?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO image (source, origin, class, path, hash, width, height, frame, time_secs, import, decision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut update = connection.prepare_cached(
        "UPDATE image SET path = ?3, hash = ?4, width = ?5, height = ?6, time_secs = ?7,
         decision = CASE WHEN ?8 THEN decision ELSE 'undecided' END
         WHERE source = ?1 AND origin = ?2",
    )?;
    for (frame, hash) in film.extracted.frames.iter().zip(&film.hashes) {
        let origin = frame.path.file_name().unwrap_or_default().to_string_lossy();
        let path = stored(root, &frame.path)?;
        let before: Option<(String, bool)> = select
            .query_row((source, &origin), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((before, was_removed)) = before else {
            let class = class_of_neighbors(connection, source, frame.number)?.unwrap_or(class);
            insert.execute((
                source,
                &origin,
                class,
                path,
                hash,
                frame.width,
                frame.height,
                frame.number as i64,
                frame.time_secs,
                import,
                removal::remembered_decision(connection, hash)?,
            ))?;
            report.added += 1;
            continue;
        };
        // The same film at another size has other bytes but shows the same.
        let is_same = is_same_film || before == *hash;
        let (width, height, time) = (frame.width, frame.height, frame.time_secs);
        update.execute((source, &origin, path, hash, width, height, time, is_same))?;
        if was_removed {
            removal::bring_back(connection, (source, &origin), import)?;
            report.added += 1;
        } else if is_same {
            report.already_there += 1;
        } else {
            report.changed += 1;
        }
    }
    Ok(report)
}

/// The class of the nearest frame that was there before in the same scene: a person may have changed it since.
fn class_of_neighbors(
    connection: &Connection,
    source: SourceId,
    frame: u64,
) -> Result<Option<ClassId>> {
    let mut select = connection.prepare_cached(
        "SELECT image.class FROM image JOIN scene ON scene.id = image.scene
         WHERE image.source = ?1 AND image.class IS NOT NULL
               AND ?2 BETWEEN scene.first_frame AND scene.last_frame
         ORDER BY abs(image.frame - ?2), image.frame LIMIT 1",
    )?;
    Ok(select
        .query_row((source, frame as i64), |row| row.get(0))
        .optional()?)
}

/// Assigns every frame, also older ones, to the scene it is in now; scenes without frames are deleted.
fn assign_scenes(transaction: &Transaction<'_>, source: SourceId, film: &NewFilm) -> Result<()> {
    let mut assign = transaction.prepare_cached(
        "UPDATE image SET scene = ?2 WHERE source = ?1 AND frame BETWEEN ?3 AND ?4",
    )?;
    let mut find = transaction
        .prepare_cached("SELECT id FROM scene WHERE source = ?1 AND first_frame = ?2")?;
    for span in &film.extracted.scenes {
        let (first, last) = (span.first_frame as i64, span.last_frame as i64);
        let scene: SceneId = find.query_row((source, first), |row| row.get(0))?;
        assign.execute((source, scene, first, last))?;
    }
    transaction.execute(
        "DELETE FROM scene WHERE source = ?1
         AND NOT EXISTS (SELECT 1 FROM image WHERE image.scene = scene.id)
         AND first_frame NOT IN (SELECT value FROM json_each(?2))",
        (source, first_frames_json(film)),
    )?;
    Ok(())
}

fn first_frames_json(film: &NewFilm) -> String {
    let firsts: Vec<u64> = film
        .extracted
        .scenes
        .iter()
        .map(|span| span.first_frame)
        .collect();
    serde_json::json!(firsts).to_string()
}
