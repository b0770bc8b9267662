//! A film on its way into the catalog: its new rows come in slices, which nobody sees, and one last transaction shows
//! them and makes everything else as the film is now.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension as _};

use super::film::stem;
use super::{ImportReport, NewFilm};
use crate::catalog::name;
use crate::catalog::record::{
    ClassId, Decided, Decision, GroupId, ImageId, SceneId, Side, SourceId,
};
use crate::error::Result;
use crate::media::scene::SceneSpan;

/// What the catalog knows of a film before its new rows, and how far these are.
pub struct FilmRows {
    pub(super) film: NewFilm,
    pub(super) source: SourceId,
    /// In `image.import`.
    pub(super) import: i64,
    /// It was not in the project before.
    pub(super) is_new: bool,
    /// Its content is that of the last import.
    pub(super) is_same_film: bool,
    pub(super) class: ClassId,
    /// By frame number.
    pub(super) known: BTreeMap<u64, KnownFrame>,
    /// In order.
    pub(super) known_scenes: Vec<KnownScene>,
    /// Other films that were at its path.
    pub(super) replaced: Vec<Replaced>,
    /// What was decided on the replaced films' frames, by content.
    pub(super) carried: BTreeMap<String, Carried>,
    /// Frames whose rows are in.
    pub(super) done: usize,
    pub(super) report: ImportReport,
}

/// A row of the film from before.
pub(super) struct KnownFrame {
    pub id: ImageId,
    pub hash: String,
    /// As stored.
    pub path: String,
    pub is_removed: bool,
    class: Option<ClassId>,
    scene: Option<SceneId>,
}

pub(super) struct KnownScene {
    pub id: SceneId,
    pub first_frame: u64,
    pub last_frame: u64,
    pub side: Side,
    pub group: Option<GroupId>,
}

/// A film that the new one takes the place of.
pub(super) struct Replaced {
    pub source: SourceId,
    pub name: String,
    pub class: Option<String>,
    pub is_test: bool,
    /// In the project so far.
    pub frames: usize,
}

/// What a person decided on a content.
#[derive(Clone, Copy)]
pub(super) struct Carried {
    pub decision: Decision,
    pub decided: Decided,
    pub class: Option<ClassId>,
    pub scene: Option<(Side, Option<GroupId>)>,
}

impl FilmRows {
    /// Frames whose rows are still to come.
    pub(super) fn next(&self, count: usize) -> Range<usize> {
        let all = self.film.extracted.frames.len();
        self.done..(self.done + count).min(all)
    }

    pub(super) fn frame_numbers(&self) -> BTreeSet<u64> {
        let frames = &self.film.extracted.frames;
        frames.iter().map(|frame| frame.number).collect()
    }

    /// The class of a new frame: what its content had; or that of the nearest frame of its scene, which a person may have
    /// changed since; or the film's.
    pub(super) fn class_of(&self, frame: u64, hash: &str) -> ClassId {
        let carried = self.carried.get(hash).and_then(|carried| carried.class);
        carried
            .or_else(|| self.class_of_neighbors(frame))
            .unwrap_or(self.class)
    }

    fn class_of_neighbors(&self, frame: u64) -> Option<ClassId> {
        let scene = self.scene_at(frame)?;
        let in_scene = |(&number, known): (&u64, &KnownFrame)| {
            (known.scene == Some(scene.id)).then_some((number, known.class?))
        };
        let before = self.known.range(scene.first_frame..=frame);
        let before = before.rev().find_map(in_scene);
        let after = self.known.range(frame..=scene.last_frame.max(frame));
        let after = after.into_iter().find_map(in_scene);
        match (before, after) {
            (Some((number, _)), Some((later, class))) if later - frame < frame - number => {
                Some(class)
            }
            (Some((_, class)), _) | (None, Some((_, class))) => Some(class),
            (None, None) => None,
        }
    }

    /// The scene from before that the frame was in.
    pub(super) fn scene_at(&self, frame: u64) -> Option<&KnownScene> {
        let after = self
            .known_scenes
            .partition_point(|scene| scene.first_frame <= frame);
        let scene = self.known_scenes.get(after.checked_sub(1)?)?;
        (frame <= scene.last_frame).then_some(scene)
    }

    /// Side and group of a new scene: those of the scene it was part of, or of the first of its frames that a replaced film
    /// had.
    pub(super) fn side_of(&self, span: &SceneSpan) -> (Side, Option<GroupId>) {
        if let Some(scene) = self.scene_at(span.first_frame) {
            return (scene.side, scene.group);
        }
        if self.carried.is_empty() {
            return (Side::default(), None);
        }
        let frames = self.film.extracted.frames.iter();
        frames
            .filter(|frame| (span.first_frame..=span.last_frame).contains(&frame.number))
            .find_map(|frame| self.carried.get(&frame.hash)?.scene)
            .unwrap_or_default()
    }

    /// The film's class unless the catalog knows another: what was asked for, that of the film it replaces, its name.
    pub(super) fn class_name(film: &NewFilm, replaced: &[Replaced]) -> String {
        let asked = film.import.class.clone();
        asked
            .or_else(|| replaced.iter().rev().find_map(|other| other.class.clone()))
            .unwrap_or_else(|| name::class_name(&stem(&film.import.film)))
    }
}

pub(super) fn known_frames(
    connection: &Connection,
    source: SourceId,
) -> Result<BTreeMap<u64, KnownFrame>> {
    let mut select = connection.prepare(
        "SELECT frame, id, hash, path, is_removed, class, scene FROM image
         WHERE source = ?1 AND frame IS NOT NULL",
    )?;
    let frames = select.query_map([source], |row| {
        let frame = KnownFrame {
            id: row.get(1)?,
            hash: row.get(2)?,
            path: row.get(3)?,
            is_removed: row.get(4)?,
            class: row.get(5)?,
            scene: row.get(6)?,
        };
        Ok((row.get::<_, i64>(0)? as u64, frame))
    })?;
    Ok(frames.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn known_scenes(connection: &Connection, source: SourceId) -> Result<Vec<KnownScene>> {
    let mut select = connection.prepare(
        "SELECT id, first_frame, last_frame, side, scene_group FROM scene WHERE source = ?1
         ORDER BY first_frame",
    )?;
    let scenes = select.query_map([source], |row| {
        Ok(KnownScene {
            id: row.get(0)?,
            first_frame: row.get::<_, i64>(1)? as u64,
            last_frame: row.get::<_, i64>(2)? as u64,
            side: row.get(3)?,
            group: row.get(4)?,
        })
    })?;
    Ok(scenes.collect::<rusqlite::Result<_>>()?)
}

/// Films in the project that were read from the path of this one and are others.
pub(super) fn replaced_films(connection: &Connection, film: &NewFilm) -> Result<Vec<Replaced>> {
    let path = &film.import.film;
    // Links may have been resolved or not.
    let real = path.canonicalize().unwrap_or_else(|_gone| path.clone());
    let mut select = connection.prepare(
        "SELECT id, name, class, is_test,
                (SELECT count(*) FROM present_image WHERE present_image.source = source.id)
         FROM source WHERE kind = 'film' AND origin IN (?1, ?2) AND name <> ?3 AND NOT is_removed
         ORDER BY id",
    )?;
    let values = (path.to_string_lossy(), real.to_string_lossy(), &film.name);
    let films = select.query_map(values, |row| {
        Ok(Replaced {
            source: row.get(0)?,
            name: row.get(1)?,
            class: row.get(2)?,
            is_test: row.get(3)?,
            frames: row.get::<_, i64>(4)? as usize,
        })
    })?;
    Ok(films.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn carried(
    connection: &Connection,
    replaced: &[Replaced],
) -> Result<BTreeMap<String, Carried>> {
    let mut select = connection.prepare(
        "SELECT image.hash, image.decision, image.class, scene.side, scene.scene_group,
                image.decided_at
         FROM present_image AS image LEFT JOIN scene ON scene.id = image.scene
         WHERE image.source = ?1",
    )?;
    let mut carried = BTreeMap::new();
    for film in replaced {
        let rows = select.query_map([film.source], |row| {
            let side: Option<Side> = row.get(3)?;
            let group: Option<GroupId> = row.get(4)?;
            let decision = row.get(1)?;
            let decided = Carried {
                decision,
                decided: Decided {
                    at: row.get(5)?,
                    is_remembered: decision != Decision::Undecided,
                },
                class: row.get(2)?,
                scene: side.map(|side| (side, group)),
            };
            Ok((row.get(0)?, decided))
        })?;
        for row in rows {
            let (hash, decided): (String, Carried) = row?;
            carried.insert(hash, decided);
        }
    }
    Ok(carried)
}

/// The source of this name.
pub(super) fn find_film(connection: &Connection, name: &str) -> Result<Option<FoundFilm>> {
    let found = connection.query_row(
        "SELECT id, fingerprint, class, is_removed, origin FROM source WHERE name = ?1",
        [name],
        |row| {
            Ok(FoundFilm {
                source: row.get(0)?,
                fingerprint: row.get(1)?,
                class: row.get(2)?,
                is_removed: row.get(3)?,
                origin: PathBuf::from(row.get::<_, String>(4)?),
            })
        },
    );
    Ok(found.optional()?)
}

pub(super) struct FoundFilm {
    pub source: SourceId,
    pub fingerprint: Option<String>,
    pub class: Option<String>,
    pub is_removed: bool,
    /// Where it was imported from.
    pub origin: PathBuf,
}
