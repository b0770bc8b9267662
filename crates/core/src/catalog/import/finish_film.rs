//! The last transaction of a film's import: its rows are shown, those from before are brought up to date, frames and films
//! that are gone leave, and all of it is one step of the history.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::film_rows::{FilmRows, KnownFrame};
use super::upsert_image::stored;
use crate::catalog::edit::{find_class, intern_class};
use crate::catalog::journal::{ImportEffect, ImportStep};
use crate::catalog::meta::{count_change, set_meta};
use crate::catalog::record::ImageId;
use crate::catalog::scene_id::{LAST_SCENE, last_scene_id};
use crate::catalog::schema::absolute_path;
use crate::error::{Error, Result};

/// Returns the files of frames that have others now.
pub(super) fn finish(
    connection: &Connection,
    root: &Path,
    rows: &mut FilmRows,
) -> Result<Vec<PathBuf>> {
    update_source(connection, rows)?;
    let outdated = update_frames(connection, root, rows)?;
    connection.execute(
        "UPDATE image SET is_removed = 0 WHERE import = ?1",
        [rows.import],
    )?;
    let gone = remove_gone(connection, rows)?;
    upsert_scenes(connection, rows)?;
    assign_scenes(connection, rows)?;
    remove_replaced(connection, rows)?;
    let report = &mut rows.report;
    report.left = gone.len();
    for film in &rows.replaced {
        report.left += film.frames;
        report.replaced = Some(film.name.clone());
    }
    report.scenes = rows.film.extracted.scenes.len();
    report.broken.clone_from(&rows.film.extracted.broken);
    if report.added > 0 || report.left > 0 || rows.is_new {
        let effect = ImportEffect {
            new_source: rows.is_new.then_some(rows.source),
            left_sources: rows.replaced.iter().map(|film| film.source).collect(),
            left_images: gone,
        };
        let text = report.step_text();
        report.step = Some(ImportStep::begin(connection, rows.import, &effect, text)?);
    }
    count_change(connection)?;
    Ok(outdated)
}

fn update_source(connection: &Connection, rows: &FilmRows) -> Result<()> {
    let film = &rows.film;
    let info = serde_json::to_string(&film.extracted.info)
        .map_err(|error| Error::Invalid(error.to_string()))?;
    let class_before: Option<String> = connection.query_row(
        "SELECT class FROM source WHERE id = ?1",
        [rows.source],
        |row| row.get(0),
    )?;
    connection.execute(
        "UPDATE source SET origin = ?2, film = ?3, broken = ?4, fingerprint = ?5,
         class = coalesce(?6, class), is_removed = 0 WHERE id = ?1",
        (
            rows.source,
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
            (rows.source, new, old),
        )?;
    }
    Ok(())
}

/// Of frames that were known before.
fn update_frames(
    connection: &Connection,
    root: &Path,
    rows: &mut FilmRows,
) -> Result<Vec<PathBuf>> {
    let mut update = connection.prepare_cached(
        "UPDATE image SET path = ?2, hash = ?3, width = ?4, height = ?5, time_secs = ?6,
         decision = CASE WHEN ?7 THEN decision ELSE 'undecided' END,
         decided_at = CASE WHEN ?7 THEN decided_at END,
         is_remembered = is_remembered AND ?7,
         import = CASE WHEN is_removed THEN ?8 ELSE import END
         WHERE id = ?1",
    )?;
    let mut outdated = Vec::new();
    for frame in &rows.film.extracted.frames {
        let Some(before) = rows.known.get(&frame.number) else {
            continue;
        };
        let KnownFrame { id, hash, .. } = before;
        let path = stored(root, &frame.path)?;
        // The same film at another size has other bytes but shows the same.
        let is_same = rows.is_same_film || *hash == frame.hash;
        // Most rows of most second imports are as they were.
        if *hash != frame.hash || before.path != path || before.is_removed {
            update.execute((
                id,
                &path,
                &frame.hash,
                frame.width,
                frame.height,
                frame.time_secs,
                is_same,
                rows.import,
            ))?;
        }
        if before.path != path && Path::new(&before.path).is_relative() {
            outdated.push(absolute_path(root, &before.path));
        }
        if before.is_removed {
            rows.report.added += 1;
        } else if is_same {
            rows.report.already_there += 1;
        } else {
            rows.report.changed += 1;
        }
    }
    Ok(outdated)
}

/// Frames beyond the end of a film that has become shorter. One that is only broken, or read only half, was longer once.
fn remove_gone(connection: &Connection, rows: &FilmRows) -> Result<Vec<ImageId>> {
    if rows.is_same_film || rows.film.extracted.broken.is_some() {
        return Ok(Vec::new());
    }
    let end = rows.film.extracted.info.frame_count;
    let kept = rows.frame_numbers();
    let gone: Vec<ImageId> = rows
        .known
        .range(end..)
        .filter(|(number, known)| !known.is_removed && !kept.contains(number))
        .map(|(_, known)| known.id)
        .collect();
    let mut remove = connection.prepare_cached("UPDATE image SET is_removed = 1 WHERE id = ?1")?;
    for id in &gone {
        remove.execute([id])?;
    }
    Ok(gone)
}

fn remove_replaced(connection: &Connection, rows: &FilmRows) -> Result<()> {
    for film in &rows.replaced {
        connection.execute(
            "UPDATE source SET is_removed = 1 WHERE id = ?1",
            [film.source],
        )?;
    }
    Ok(())
}

/// A scene that begins where one began before is that one; any other gets the side and the group of the scene it was part of.
fn upsert_scenes(connection: &Connection, rows: &FilmRows) -> Result<()> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO scene (id, source, position, first_frame, last_frame, transition, side, scene_group)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (source, first_frame) DO UPDATE
         SET position = excluded.position, last_frame = excluded.last_frame,
             transition = excluded.transition",
    )?;
    let extracted = &rows.film.extracted;
    let mut last_id = last_scene_id(connection)?;
    for (position, span) in extracted.scenes.iter().enumerate() {
        // A film that is broken now may have been whole before: its old frames stay in the longer scene.
        let last_frame = match rows.scene_at(span.first_frame) {
            Some(old) if extracted.broken.is_some() && old.first_frame == span.first_frame => {
                span.last_frame.max(old.last_frame)
            }
            _other => span.last_frame,
        };
        let (side, group) = rows.side_of(span);
        last_id += 1;
        upsert.execute((
            last_id,
            rows.source,
            position as i64,
            span.first_frame as i64,
            last_frame as i64,
            span.transition,
            side,
            group,
        ))?;
    }
    set_meta(connection, LAST_SCENE, &last_id.to_string())
}

/// Assigns every frame up to the film's end, also older ones, to the scene it is in now; scenes without frames are deleted.
fn assign_scenes(connection: &Connection, rows: &FilmRows) -> Result<()> {
    let scenes = &rows.film.extracted.scenes;
    let firsts: Vec<u64> = scenes.iter().map(|span| span.first_frame).collect();
    let firsts = serde_json::json!(firsts).to_string();
    let last = scenes.last().map_or(0, |span| span.last_frame) as i64;
    connection.execute(
        "UPDATE image SET scene = (
             SELECT id FROM scene WHERE scene.source = ?1 AND scene.first_frame <= image.frame
                    AND scene.first_frame IN (SELECT value FROM json_each(?2))
             ORDER BY scene.first_frame DESC LIMIT 1)
         WHERE source = ?1 AND frame BETWEEN 0 AND ?3",
        (rows.source, &firsts, last),
    )?;
    connection.execute(
        "DELETE FROM scene WHERE source = ?1
         AND NOT EXISTS (SELECT 1 FROM image WHERE image.scene = scene.id)
         AND first_frame NOT IN (SELECT value FROM json_each(?2))",
        (rows.source, &firsts),
    )?;
    Ok(())
}
