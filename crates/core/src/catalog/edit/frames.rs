//! Whether the images of a folder are frames of films.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::catalog::change::{Change, Step, grouped};
use crate::catalog::folder_scenes::find_scenes;
use crate::catalog::frame_folder::{FramePlace, frame_places, said};
use crate::catalog::record::{ImageId, SourceId, SourceKind};
use crate::catalog::words;
use crate::error::{Error, Result};
use crate::number::counted;

/// Finds the scenes at once: what a redo writes is what the person has seen.
pub(super) fn plan(
    connection: &Connection,
    sources: &[SourceId],
    are_frames: bool,
) -> Result<Step> {
    let mut step = Step {
        text: String::new(),
        forward: Vec::new(),
        backward: Vec::new(),
    };
    let mut names = Vec::new();
    let mut scenes = 0;
    for &source in sources {
        let name = words::source_name(connection, source)?;
        check_folder(connection, source, &name)?;
        let before = said(connection, source)?;
        let places = frame_places(connection, source)?;
        if are_frames {
            find_scenes(connection, source, None, true)?;
        } else {
            connection.execute(
                "UPDATE image SET scene = NULL, frame = NULL WHERE source = ?1 AND side IS NULL",
                [source],
            )?;
        }
        let places_after = frame_places(connection, source)?;
        let found = count_scenes(connection, source)?;
        if are_frames && found == 0 {
            return Err(Error::Invalid(format!(
                "no image of {name} can be put in order: frames of a film have a number at the end of their names, and no side of a split of their own"
            )));
        }
        if before == Some(are_frames) && places == places_after {
            continue;
        }
        scenes += found;
        names.push(name);
        let say = |are_frames| Change::Frames { source, are_frames };
        step.forward.push(say(Some(are_frames)));
        step.forward.extend(moves(&places, &places_after));
        step.backward.push(say(before));
        step.backward.extend(moves(&places_after, &places));
    }
    let whose = match names.as_slice() {
        [only] => only.clone(),
        several => counted(several.len(), "folder"),
    };
    step.text = if are_frames {
        let scenes = counted(scenes, "scene");
        format!("Took the images of {whose} for frames of films, with {scenes}")
    } else {
        format!("Took the images of {whose} for single images")
    };
    Ok(step)
}

fn check_folder(connection: &Connection, source: SourceId, name: &str) -> Result<()> {
    let mut select = connection.prepare_cached("SELECT kind FROM source WHERE id = ?1")?;
    let kind: SourceKind = select.query_row([source], |row| row.get(0))?;
    match kind {
        SourceKind::Scraped => Ok(()),
        SourceKind::Film => Err(Error::Invalid(format!(
            "{name} is a film, so its images are frames; choose an imported folder"
        ))),
    }
}

fn count_scenes(connection: &Connection, source: SourceId) -> Result<usize> {
    let mut select = connection
        .prepare_cached("SELECT count(DISTINCT scene) FROM present_image WHERE source = ?1")?;
    let count: i64 = select.query_row([source], |row| row.get(0))?;
    Ok(count as usize)
}

/// What brings images to these places from other ones.
fn moves(from: &BTreeMap<ImageId, FramePlace>, to: &BTreeMap<ImageId, FramePlace>) -> Vec<Change> {
    let moved = to
        .iter()
        .filter(|(id, place)| from.get(*id) != Some(*place));
    let scenes = moved.map(|(&id, &(scene, frame))| ((id, frame), scene));
    let change = |(scene, images)| Change::FrameOf { scene, images };
    grouped(scenes).into_iter().map(change).collect()
}
