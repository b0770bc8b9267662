//! What was done, as a sentence for the toast and the history: "Rejected 14 images of scene drakes:7".

use rusqlite::{Connection, OptionalExtension as _};

use super::change::Change;
use super::query::SplitMode;
use super::record::{Decision, ImageId, SceneId, Side, SourceId};
use super::scene_name::scene_name;
use crate::error::{Error, Result};
use crate::number::counted;

/// The text of an edit that changes nothing.
pub(super) const NOTHING: &str = "Nothing to change";

pub(super) fn decided(
    connection: &Connection,
    images: &[ImageId],
    decision: Decision,
) -> Result<String> {
    let images = images_text(connection, images)?;
    Ok(match decision {
        Decision::Keep => format!("Kept {images}"),
        Decision::Reject => format!("Rejected {images}"),
        Decision::Undecided => format!("Made {images} undecided"),
    })
}

pub(super) fn class_set(
    connection: &Connection,
    images: &[ImageId],
    class: &str,
) -> Result<String> {
    let images = images_text(connection, images)?;
    Ok(format!("Set the class of {images} to {class}"))
}

pub(super) fn side_set(connection: &Connection, changes: &[Change], side: Side) -> Result<String> {
    let mut moved: Vec<SceneId> = Vec::new();
    for change in changes {
        if let Change::Side { scenes, .. } = change {
            moved.extend(scenes);
        }
    }
    let what = match moved.as_slice() {
        [] => return Ok("Split by scenes".to_owned()),
        [scene] => name_of_scene(connection, *scene)?,
        several => counted(several.len(), "scene"),
    };
    Ok(match side {
        Side::Train => format!("Put {what} into training"),
        Side::Valid => format!("Put {what} into validation"),
    })
}

pub(super) fn valid_scenes_chosen(scenes: usize) -> String {
    format!("Chose {} for validation", counted(scenes, "scene"))
}

pub(super) fn split_mode_set(mode: SplitMode) -> String {
    match mode {
        SplitMode::Scenes => "Split by scenes".to_owned(),
        SplitMode::Random { fraction, .. } => {
            format!(
                "Split images at random, {:.0} % for validation",
                fraction * 100.0
            )
        }
    }
}

pub(super) fn source_name(connection: &Connection, source: SourceId) -> Result<String> {
    let mut select = connection.prepare_cached("SELECT name FROM source WHERE id = ?1")?;
    let name: Option<String> = select.query_row([source], |row| row.get(0)).optional()?;
    name.ok_or_else(|| unknown("source", source.0))
}

/// "scene drakes:7".
fn name_of_scene(connection: &Connection, scene: SceneId) -> Result<String> {
    let mut select = connection.prepare_cached(
        "SELECT scene.position, source.name FROM scene JOIN source ON source.id = scene.source
         WHERE scene.id = ?1",
    )?;
    let (position, film): (u32, String) =
        select.query_row([scene], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(format!("scene {}", scene_name(&film, position)))
}

/// "14 images", with their scene or source if they have only one.
pub(super) fn images_text(connection: &Connection, images: &[ImageId]) -> Result<String> {
    let mut select = connection.prepare_cached("SELECT source, scene FROM image WHERE id = ?1")?;
    let mut home: Option<(SourceId, Option<SceneId>)> = None;
    let mut is_one_source = true;
    for image in images {
        let (source, scene): (SourceId, Option<SceneId>) =
            select.query_row([image], |row| Ok((row.get(0)?, row.get(1)?)))?;
        home = match home {
            None => Some((source, scene)),
            Some((known, _)) if known != source => {
                is_one_source = false;
                break;
            }
            Some((_, known)) if known != scene => Some((source, None)),
            same => same,
        };
    }
    let count = counted(images.len(), "image");
    Ok(match home {
        Some((_, Some(scene))) if is_one_source => {
            format!("{count} of {}", name_of_scene(connection, scene)?)
        }
        Some((source, None)) if is_one_source => {
            format!("{count} of {}", source_name(connection, source)?)
        }
        _several => count,
    })
}

/// The error for an id that has no row.
pub(super) fn unknown(what: &'static str, id: i64) -> Error {
    Error::Unknown {
        what,
        name: id.to_string(),
        remedy: "it may belong to another project; look at the list again".to_owned(),
    }
}
