//! Scenes, groups, decisions, character crops and the kind of split of exported images, when their folder is imported into another project.
//!
//! Part of the end of an import, before the scenes of other frames are looked for. Only images that came since the last time
//! are restored: what a person has done with the others stays. A scene whose images do not lie on its own side any more,
//! because somebody moved files, is not restored: its images then are single ones on the sides of their folders.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::manifest::{Manifest, ManifestImage, ManifestScene};
use crate::catalog::meta::{set_meta, set_split_mode, split_mode};
use crate::catalog::record::{Decision, FRAME_SPACE, GroupId, ImageId, SceneId, Side, SourceId};
use crate::catalog::scene_id::{LAST_SCENE, last_scene_id};
use crate::error::Result;

/// An image of the source, as it came in.
struct Row<'a> {
    id: ImageId,
    side: Option<Side>,
    scene: Option<SceneId>,
    said: &'a ManifestImage,
}

/// True if anything was restored.
pub(super) fn restore(
    connection: &Connection,
    source: SourceId,
    manifest: &Manifest,
) -> Result<bool> {
    let key = format!("restored {}", source.0);
    let until: Option<String> = connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([&key], |row| row.get(0))
        .optional()?;
    let until = until.and_then(|text| text.parse::<i64>().ok());
    let until = ImageId(until.unwrap_or_default());
    let rows = rows(connection, source, manifest)?;
    let Some(last) = rows.iter().map(|row| row.id).max().filter(|id| *id > until) else {
        return Ok(false);
    };
    mark_random(connection, source, manifest, &rows)?;
    let new = || rows.iter().filter(|row| row.id > until);
    for row in new() {
        decide(connection, row)?;
        crop(connection, row)?;
    }
    let mut of_scene: BTreeMap<usize, Vec<&Row<'_>>> = BTreeMap::new();
    for row in &rows {
        if let Some(scene) = row.said.scene {
            of_scene.entry(scene).or_default().push(row);
        }
    }
    of_scene.retain(|scene, rows| {
        let side = manifest.scenes.get(*scene).map(|scene| scene.side);
        let is_on_it = |row: &&Row<'_>| row.scene.is_some() || row.side == side;
        rows.iter().all(is_on_it) && rows.iter().any(|row| row.id > until && row.scene.is_none())
    });
    let mut scenes = Scenes::new(connection, source)?;
    for (scene, rows) in &of_scene {
        if let Some(scene) = manifest.scenes.get(*scene) {
            scenes.restore(scene, rows, until)?;
        }
    }
    set_meta(connection, LAST_SCENE, &scenes.last_id.to_string())?;
    set_meta(connection, &key, &last.0.to_string())?;
    Ok(true)
}

/// Those whose files are still what the manifest says.
fn rows<'a>(
    connection: &Connection,
    source: SourceId,
    manifest: &'a Manifest,
) -> Result<Vec<Row<'a>>> {
    let by_file = manifest.by_file();
    let mut select = connection.prepare_cached(
        "SELECT id, origin, hash, side, scene FROM present_image WHERE source = ?1",
    )?;
    let rows = select.query_map([source], |row| {
        let said = by_file.get(row.get_ref(1)?.as_str()?).copied();
        let hash = row.get_ref(2)?.as_str()?;
        let Some(said) = said.filter(|said| said.hash == hash) else {
            return Ok(None);
        };
        Ok(Some(Row {
            id: row.get(0)?,
            side: row.get(3)?,
            scene: row.get(4)?,
            said,
        }))
    })?;
    let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows.into_iter().flatten().collect())
}

/// What chance has split is said to be random here too, with the same sides: so wherever exactly these images are all that
/// the project has. Elsewhere they keep the sides of their folders.
fn mark_random(
    connection: &Connection,
    source: SourceId,
    manifest: &Manifest,
    rows: &[Row<'_>],
) -> Result<()> {
    let is_on_its_side = |row: &Row<'_>| row.said.is_twin || row.side == Some(row.said.side);
    let is_whole = rows.len() == manifest.images.len() && rows.iter().all(is_on_its_side);
    if manifest.split_mode.is_by_scenes() || !is_whole {
        return Ok(());
    }
    let images: i64 =
        connection.query_row("SELECT count(*) FROM present_image", [], |row| row.get(0))?;
    let of_source: i64 = connection.query_row(
        "SELECT count(*) FROM present_image WHERE source = ?1",
        [source],
        |row| row.get(0),
    )?;
    if images == of_source
        && images as usize == rows.len()
        && split_mode(connection)?.is_by_scenes()
    {
        set_split_mode(connection, manifest.split_mode)?;
    }
    Ok(())
}

/// A decision that was made here on the same content goes before.
fn decide(connection: &Connection, row: &Row<'_>) -> Result<()> {
    if row.said.decision == Decision::Undecided {
        return Ok(());
    }
    connection
        .prepare_cached(
            "UPDATE image SET decision = ?2, decided_at = ?3, is_remembered = 1
             WHERE id = ?1 AND decision = ?4",
        )?
        .execute((
            row.id,
            row.said.decision,
            row.said.decided_at,
            Decision::Undecided,
        ))?;
    Ok(())
}

/// One that was made here on the same content goes before.
fn crop(connection: &Connection, row: &Row<'_>) -> Result<()> {
    let Some(character) = row.said.character else {
        return Ok(());
    };
    connection
        .prepare_cached("UPDATE image SET character = ?2 WHERE id = ?1 AND character IS NULL")?
        .execute((row.id, character))?;
    Ok(())
}

struct Scenes<'a> {
    connection: &'a Connection,
    source: SourceId,
    /// Frames of different films would have the same numbers, so each film has a range of its own; by film, and by how many
    /// of its scenes began at the same number before, which those of different series in a folder do.
    places: BTreeMap<(&'a str, u32), i64>,
    next_place: i64,
    begun: BTreeMap<(&'a str, u64), u32>,
    groups: BTreeMap<u32, GroupId>,
    last_id: i64,
}

impl<'a> Scenes<'a> {
    fn new(connection: &'a Connection, source: SourceId) -> Result<Self> {
        let last: Option<i64> = connection
            .prepare_cached("SELECT max(first_frame) FROM scene WHERE source = ?1")?
            .query_row([source], |row| row.get(0))?;
        Ok(Self {
            connection,
            source,
            places: BTreeMap::new(),
            next_place: last.map_or(0, |frame| frame / FRAME_SPACE as i64 + 1),
            begun: BTreeMap::new(),
            groups: BTreeMap::new(),
            last_id: last_scene_id(connection)?,
        })
    }

    /// `rows`: all images of the scene; those up to `until` have been here before.
    fn restore(
        &mut self,
        scene: &'a ManifestScene,
        rows: &[&Row<'_>],
        until: ImageId,
    ) -> Result<()> {
        let known = rows.iter().find_map(|row| row.scene);
        let (id, base) = match known {
            Some(id) => (id, self.base_of(id)?),
            None => self.insert(scene)?,
        };
        let mut update = self.connection.prepare_cached(
            "UPDATE image SET scene = ?2, frame = ?3, time_secs = ?4, side = NULL WHERE id = ?1",
        )?;
        for row in rows
            .iter()
            .filter(|row| row.id > until && row.scene.is_none())
        {
            let frame = row.said.frame.map(|frame| base + frame as i64);
            update.execute((row.id, id, frame, row.said.time_secs))?;
        }
        Ok(())
    }

    /// Where the frames of its series begin.
    fn base_of(&self, scene: SceneId) -> Result<i64> {
        let first: i64 = self
            .connection
            .prepare_cached("SELECT first_frame FROM scene WHERE id = ?1")?
            .query_row([scene], |row| row.get(0))?;
        let space = FRAME_SPACE as i64;
        Ok(first / space * space)
    }

    fn insert(&mut self, scene: &'a ManifestScene) -> Result<(SceneId, i64)> {
        let film = scene.source.as_str();
        let begun = self.begun.entry((film, scene.first_frame)).or_default();
        let place = self.places.entry((film, *begun)).or_insert_with(|| {
            self.next_place += 1;
            self.next_place - 1
        });
        *begun += 1;
        let base = *place * FRAME_SPACE as i64;
        let group = match scene.group {
            Some(number) => Some(self.group(number)?),
            None => None,
        };
        self.last_id += 1;
        let id = SceneId(self.last_id);
        self.connection
            .prepare_cached(
                "INSERT INTO scene
                 (id, source, position, first_frame, last_frame, transition, side, scene_group)
                 VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                id,
                self.source,
                base + scene.first_frame as i64,
                base + scene.last_frame as i64,
                scene.transition,
                scene.side,
                group,
            ))?;
        Ok((id, base))
    }

    fn group(&mut self, number: u32) -> Result<GroupId> {
        if let Some(known) = self.groups.get(&number) {
            return Ok(*known);
        }
        let group = self.connection.query_row(
            "INSERT INTO scene_group DEFAULT VALUES RETURNING id",
            [],
            |row| row.get(0),
        )?;
        self.groups.insert(number, group);
        Ok(group)
    }
}
