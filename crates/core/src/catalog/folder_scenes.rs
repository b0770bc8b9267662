//! Scenes of frames that came in as a folder of images, without their film.
//!
//! Which images are frames, and of which shots, is told by [`crate::media::frame_series`], unless a person has said what
//! they are ([`super::frame_folder`]). A scene that is found has a row as one of a film has, so that splits, leaks, groups and
//! intervals treat it alike. Scenes that were found before stay as they are, with their sides and groups; images that come
//! later join them or make new ones.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _};

use super::content::{ContentHash, FactKind};
use super::meta::set_meta;
use super::record::{FRAME_SPACE, ImageId, SceneId, Side, SourceId};
use super::scene_id::{LAST_SCENE, last_scene_id};
use crate::error::Result;
use crate::media::frame_look::FrameLook;
use crate::media::frame_series::{Member, NumberedName, shots, shots_of_frames};
use crate::media::scene::Transition;

/// An image of the folder whose name has a number.
struct Numbered {
    id: ImageId,
    content: Option<ContentHash>,
    name: NumberedName,
    member: Member,
    /// As stored: with the place of its series.
    stored_frame: Option<i64>,
}

/// Part of a transaction: finds the scenes of the source's images; true if there was something to write. `among`: the series
/// that are looked at. `is_said`: they are frames, whatever they look like.
pub(super) fn find_scenes(
    connection: &Connection,
    source: SourceId,
    among: Option<&BTreeSet<String>>,
    is_said: bool,
) -> Result<bool> {
    let mut series: BTreeMap<String, Vec<Numbered>> = BTreeMap::new();
    for image in numbered(connection, source)? {
        series
            .entry(image.name.series.clone())
            .or_default()
            .push(image);
    }
    let places = places(&series, used_places(connection, source)?);
    let mut found = false;
    for (name, images) in &mut series {
        let is_asked = among.is_none_or(|among| among.contains(name));
        if !is_asked || images.iter().all(|image| image.member.known.is_some()) {
            continue;
        }
        images.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        look_up(connection, images)?;
        let members: Vec<Member> = images.iter().map(|image| image.member.clone()).collect();
        let starts = if is_said {
            Some(shots_of_frames(&members))
        } else {
            shots(&members)
        };
        if let Some(starts) = starts
            && let Some(place) = places.get(name)
        {
            write(connection, (source, *place), images, &starts)?;
            found = true;
        }
    }
    if found {
        renumber(connection, source)?;
    }
    Ok(found)
}

/// Images of the source without a side of their own: those of a folder that holds a split have one. Their looks are still
/// to be looked up.
fn numbered(connection: &Connection, source: SourceId) -> Result<Vec<Numbered>> {
    let mut select = connection.prepare_cached(
        "SELECT id, origin, width, height, scene, frame, hash FROM present_image
         WHERE source = ?1 AND side IS NULL",
    )?;
    let rows = select.query_map([source], |row| {
        let Some(name) = NumberedName::of(row.get_ref(1)?.as_str()?) else {
            return Ok(None);
        };
        let member = Member {
            number: name.number,
            shot: name.shot,
            size: (row.get(2)?, row.get(3)?),
            look: None,
            known: row.get::<_, Option<SceneId>>(4)?.map(|scene| scene.0),
        };
        Ok(Some(Numbered {
            id: row.get(0)?,
            content: ContentHash::from_hex(row.get_ref(6)?.as_str()?),
            name,
            member,
            stored_frame: row.get(5)?,
        }))
    })?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows.into_iter().flatten().collect())
}

fn look_up(connection: &Connection, images: &mut [Numbered]) -> Result<()> {
    let kind = FactKind::FrameLook;
    let mut select = connection.prepare_cached(
        "SELECT fact.value FROM content JOIN fact ON fact.content = content.id
         WHERE content.hash = ?1 AND fact.kind = ?2 AND fact.version = ?3",
    )?;
    for image in images {
        let values = (image.content, kind.code(), kind.version());
        let look: Option<Vec<u8>> = select.query_row(values, |row| row.get(0)).optional()?;
        image.member.look = look.and_then(|bytes| FrameLook::from_bytes(&bytes));
    }
    Ok(())
}

/// How many ranges of frame numbers series of the source have had. Scenes whose images are single ones by now keep theirs,
/// so that no other series takes over their sides and groups.
fn used_places(connection: &Connection, source: SourceId) -> Result<i64> {
    let last: Option<i64> = connection.query_row(
        "SELECT max(first_frame) FROM scene WHERE source = ?1",
        [source],
        |row| row.get(0),
    )?;
    Ok(last.map_or(0, |frame| frame / FRAME_SPACE as i64 + 1))
}

/// Frame numbers of different series would meet, so each series has a range of its own, which it keeps.
fn places(series: &BTreeMap<String, Vec<Numbered>>, used: i64) -> BTreeMap<String, i64> {
    let space = FRAME_SPACE as i64;
    let mut places: BTreeMap<String, i64> = BTreeMap::new();
    for (name, images) in series {
        let known = images.iter().find_map(|image| image.stored_frame);
        places.extend(known.map(|frame| (name.clone(), frame / space)));
    }
    let mut next = used;
    for name in series.keys() {
        if !places.contains_key(name) {
            places.insert(name.clone(), next);
            next += 1;
        }
    }
    places
}

/// `starts`: where each shot begins in `images`.
fn write(
    connection: &Connection,
    (source, place): (SourceId, i64),
    images: &[Numbered],
    starts: &[usize],
) -> Result<()> {
    let base = place * FRAME_SPACE as i64;
    let mut last_id = last_scene_id(connection)?;
    for (at, &start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(images.len());
        let Some(shot @ [first, ..]) = images.get(start..end) else {
            continue;
        };
        let frame = |image: &Numbered| base + image.name.number as i64;
        let last = shot.last().map_or(0, frame);
        let known = shot.iter().find_map(|image| image.member.known);
        let scene = if let Some(scene) = known {
            SceneId(scene)
        } else {
            last_id += 1;
            insert_scene(connection, SceneId(last_id), source, frame(first))?
        };
        let mut update =
            connection.prepare_cached("UPDATE image SET scene = ?2, frame = ?3 WHERE id = ?1")?;
        for image in shot {
            update.execute((image.id, scene, frame(image)))?;
        }
        connection
            .prepare_cached(
                "UPDATE scene SET first_frame = min(first_frame, ?2), last_frame = max(last_frame, ?3)
                 WHERE id = ?1",
            )?
            .execute((scene, frame(first), last))?;
    }
    set_meta(connection, LAST_SCENE, &last_id.to_string())
}

/// One that began there before, of images that left since, or a new one.
fn insert_scene(
    connection: &Connection,
    id: SceneId,
    source: SourceId,
    first_frame: i64,
) -> Result<SceneId> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO scene (id, source, position, first_frame, last_frame, transition, side)
         VALUES (?1, ?2, 0, ?3, ?3, ?4, ?5)
         ON CONFLICT (source, first_frame) DO UPDATE SET transition = excluded.transition
         RETURNING id",
    )?;
    let values = (id, source, first_frame, Transition::Cut, Side::default());
    Ok(insert.query_row(values, |row| row.get(0))?)
}

/// Positions in the order of series and frames.
pub(super) fn renumber(connection: &Connection, source: SourceId) -> Result<()> {
    let scenes: Vec<SceneId> = connection
        .prepare_cached(
            "SELECT id FROM scene WHERE source = ?1
             AND EXISTS (SELECT 1 FROM present_image WHERE present_image.scene = scene.id)
             ORDER BY first_frame",
        )?
        .query_map([source], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut update = connection.prepare_cached("UPDATE scene SET position = ?2 WHERE id = ?1")?;
    for (position, scene) in scenes.iter().enumerate() {
        update.execute((scene, position as i64))?;
    }
    Ok(())
}
