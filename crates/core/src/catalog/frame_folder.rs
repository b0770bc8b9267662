//! What a person has said about the images of a folder: frames of films, or single images. Where nobody has said it, names
//! and looks tell ([`crate::media::frame_series`]).

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::meta::set_meta;
use super::record::{ImageId, SceneId, SourceId};
use crate::error::Result;

/// Where an image is among the frames of its folder: its scene, and its number as it is stored.
pub(super) type FramePlace = (Option<SceneId>, Option<i64>);

/// The key of the catalog's value.
fn key(source: SourceId) -> String {
    format!("frames:{}", source.0)
}

/// Whether they are frames; `None` if nobody has said it.
pub(super) fn said(connection: &Connection, source: SourceId) -> Result<Option<bool>> {
    let mut select = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let text: Option<String> = select
        .query_row([key(source)], |row| row.get(0))
        .optional()?;
    Ok(text.and_then(|text| text.parse().ok()))
}

pub(super) fn say(
    connection: &Connection,
    source: SourceId,
    are_frames: Option<bool>,
) -> Result<()> {
    if let Some(are_frames) = are_frames {
        return set_meta(connection, &key(source), &are_frames.to_string());
    }
    connection.execute("DELETE FROM meta WHERE key = ?1", [key(source)])?;
    Ok(())
}

/// Puts images into a scene, or out of any, with their frame numbers as stored.
pub(super) fn place(
    connection: &Connection,
    scene: Option<SceneId>,
    images: &[(ImageId, Option<i64>)],
) -> Result<()> {
    let mut update =
        connection.prepare_cached("UPDATE image SET scene = ?2, frame = ?3 WHERE id = ?1")?;
    for (image, frame) in images {
        update.execute((image, scene, frame))?;
    }
    Ok(())
}

/// Of all images of the folder that can be in a scene, also those that were removed: those of a folder that holds a split
/// have sides of their own instead.
pub(super) fn frame_places(
    connection: &Connection,
    source: SourceId,
) -> Result<BTreeMap<ImageId, FramePlace>> {
    let mut select = connection
        .prepare_cached("SELECT id, scene, frame FROM image WHERE source = ?1 AND side IS NULL")?;
    let places = select.query_map([source], |row| {
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
    })?;
    Ok(places.collect::<rusqlite::Result<_>>()?)
}
