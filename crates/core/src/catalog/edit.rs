//! What a person decides, as data with an inverse; the journal in the catalogue makes undo survive restarts.

mod link;

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};

use super::change::{Change, Step, grouped, non_empty};
use super::meta::split_mode;
use super::query::{Catalog, SplitMode};
use super::record::{ClassId, Decision, ImageId, SceneId, Side, SourceId};
use super::words::{self, unknown};
use crate::error::{Error, Result};

/// One gesture = one edit = one undo step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    SetDecision {
        images: Vec<ImageId>,
        decision: Decision,
    },
    /// By name; a new name makes a new class.
    SetClass {
        images: Vec<ImageId>,
        class: String,
    },
    /// The class of all images of a film or folder.
    SetSourceClass {
        source: SourceId,
        class: String,
    },
    /// Scenes that are linked with these come along. Also ends a random split: sides have no meaning in one.
    SetSide {
        scenes: Vec<SceneId>,
        side: Side,
    },
    /// Exactly these scenes and those linked with them into validation, all others into training; also ends a random
    /// split.
    SetValidScenes {
        scenes: Vec<SceneId>,
    },
    /// Makes one group of scenes that show the same thing, and of the groups they were in. If one of them is in training,
    /// all of them go there.
    LinkScenes {
        scenes: Vec<SceneId>,
    },
    /// Takes scenes out of their groups; they stay on their sides.
    SeparateScenes {
        scenes: Vec<SceneId>,
    },
    SetSplitMode {
        mode: SplitMode,
    },
    SetTest {
        source: SourceId,
        is_test: bool,
    },
}

impl Catalog {
    /// In one transaction; returns what was done in words ("Rejected 14 images"), for the toast. Clears redo.
    ///
    /// # Errors
    /// `Unknown` if an image, scene or source is not in the catalogue; `Invalid` for an empty class name or a
    /// fraction outside 0 to 1. Nothing is changed then.
    pub fn apply(&mut self, edit: &Edit) -> Result<String> {
        let applied = self.edit(edit)?;
        Ok(applied.map_or_else(|| words::NOTHING.to_owned(), |applied| applied.text))
    }
}

/// `None` if it changes nothing.
pub(super) fn plan(connection: &Connection, edit: &Edit) -> Result<Option<Step>> {
    let step = match edit {
        Edit::SetDecision { images, decision } => plan_decision(connection, images, *decision)?,
        Edit::SetClass { images, class } => {
            let (forward, backward, changed) = plan_class(connection, images, class)?;
            Step {
                text: words::class_set(connection, &changed, class)?,
                forward,
                backward,
            }
        }
        Edit::SetSourceClass { source, class } => {
            let name = words::source_name(connection, *source)?;
            let images = images_of(connection, *source)?;
            let (forward, backward, _changed) = plan_class(connection, &images, class)?;
            Step {
                text: format!("Set the class of {name} to {}", class.trim()),
                forward,
                backward,
            }
        }
        Edit::SetSide { scenes, side } => {
            let scenes = link::with_linked(connection, scenes)?;
            let wanted: Vec<_> = scenes.iter().map(|&scene| (scene, *side)).collect();
            let mut step = plan_sides(connection, &wanted)?;
            step.text = words::side_set(connection, &step.forward, *side)?;
            step
        }
        Edit::SetValidScenes { scenes } => plan_valid_scenes(connection, scenes)?,
        Edit::LinkScenes { scenes } => link::plan_link(connection, scenes)?,
        Edit::SeparateScenes { scenes } => link::plan_separate(connection, scenes)?,
        Edit::SetSplitMode { mode } => plan_split_mode(connection, *mode)?,
        Edit::SetTest { source, is_test } => plan_test(connection, *source, *is_test)?,
    };
    Ok((!step.forward.is_empty()).then_some(step))
}

fn plan_decision(connection: &Connection, images: &[ImageId], decision: Decision) -> Result<Step> {
    let mut changed: Vec<(ImageId, Decision)> = Vec::new();
    let mut select = connection.prepare_cached("SELECT decision FROM image WHERE id = ?1")?;
    for image in images.iter().collect::<BTreeSet<_>>() {
        let before: Option<Decision> = select.query_row([image], |row| row.get(0)).optional()?;
        let before = before.ok_or_else(|| unknown("image", image.0))?;
        if before != decision {
            changed.push((*image, before));
        }
    }
    let images: Vec<ImageId> = changed.iter().map(|(image, _)| *image).collect();
    Ok(Step {
        text: words::decided(connection, &images, decision)?,
        forward: non_empty(images, |images| Change::Decision { images, decision }),
        backward: grouped(changed)
            .into_iter()
            .map(|(decision, images)| Change::Decision { images, decision })
            .collect(),
    })
}

type ClassPlan = (Vec<Change>, Vec<Change>, Vec<ImageId>);

fn plan_class(connection: &Connection, images: &[ImageId], class: &str) -> Result<ClassPlan> {
    let class = (intern_class(connection, class)?, class.trim().to_owned());
    let mut changed = Vec::new();
    let mut select = connection.prepare_cached(
        "SELECT class.id, class.name FROM image LEFT JOIN class ON class.id = image.class
         WHERE image.id = ?1",
    )?;
    for image in images.iter().collect::<BTreeSet<_>>() {
        let before: Option<(Option<ClassId>, Option<String>)> = select
            .query_row([image], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (id, name) = before.ok_or_else(|| unknown("image", image.0))?;
        let before = id.zip(name);
        if before.as_ref() != Some(&class) {
            changed.push((*image, before));
        }
    }
    let images: Vec<ImageId> = changed.iter().map(|(image, _)| *image).collect();
    let forward = non_empty(images.clone(), |images| Change::Class {
        images,
        class: Some(class),
    });
    let backward = grouped(changed)
        .into_iter()
        .map(|(class, images)| Change::Class { images, class })
        .collect();
    Ok((forward, backward, images))
}

/// The id of the class with this name, made if there is none.
///
/// # Errors
/// As [`check_class_name`].
pub(super) fn intern_class(connection: &Connection, name: &str) -> Result<ClassId> {
    let name = check_class_name(name)?;
    connection
        .prepare_cached("INSERT OR IGNORE INTO class (name) VALUES (?1)")?
        .execute([name])?;
    let mut select = connection.prepare_cached("SELECT id FROM class WHERE name = ?1")?;
    Ok(select.query_row([name], |row| row.get(0))?)
}

/// The name without the space around it.
///
/// # Errors
/// `Invalid` if nothing is left.
pub(super) fn check_class_name(name: &str) -> Result<&str> {
    match name.trim() {
        "" => Err(Error::Invalid(
            "the class has no name; type at least one letter".to_owned(),
        )),
        name => Ok(name),
    }
}

/// Without a text, and with the end of a random split.
fn plan_sides(connection: &Connection, wanted: &[(SceneId, Side)]) -> Result<Step> {
    let mut changed = Vec::new();
    let mut select = connection.prepare_cached("SELECT side FROM scene WHERE id = ?1")?;
    for &(scene, side) in wanted {
        let before: Option<Side> = select.query_row([scene], |row| row.get(0)).optional()?;
        let before = before.ok_or_else(|| unknown("scene", scene.0))?;
        if before != side {
            changed.push((scene, before, side));
        }
    }
    let before = changed.iter().map(|&(scene, before, _)| (scene, before));
    let after = changed.iter().map(|&(scene, _, after)| (scene, after));
    let side = |(side, scenes)| Change::Side { scenes, side };
    let mut step = Step {
        text: String::new(),
        forward: grouped(after).into_iter().map(side).collect(),
        backward: grouped(before).into_iter().map(side).collect(),
    };
    let mode = split_mode(connection)?;
    if mode != SplitMode::Scenes {
        step.forward.push(Change::SplitMode {
            mode: SplitMode::Scenes,
        });
        step.backward.push(Change::SplitMode { mode });
    }
    Ok(step)
}

fn plan_valid_scenes(connection: &Connection, scenes: &[SceneId]) -> Result<Step> {
    let valid = link::with_linked(connection, scenes)?;
    let all: BTreeSet<SceneId> = connection
        .prepare_cached("SELECT id FROM scene")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if let Some(missing) = valid.difference(&all).next() {
        return Err(unknown("scene", missing.0));
    }
    let wanted: Vec<_> = all
        .into_iter()
        .map(|scene| {
            let side = if valid.contains(&scene) {
                Side::Valid
            } else {
                Side::Train
            };
            (scene, side)
        })
        .collect();
    let mut step = plan_sides(connection, &wanted)?;
    step.text = words::valid_scenes_chosen(valid.len());
    Ok(step)
}

fn plan_split_mode(connection: &Connection, mode: SplitMode) -> Result<Step> {
    if let SplitMode::Random { fraction, .. } = mode
        && !(fraction > 0.0 && fraction < 1.0)
    {
        return Err(Error::Invalid(format!(
            "a validation fraction of {fraction} leaves one side empty; choose one between 0 and 1, such as 0.2"
        )));
    }
    let before = split_mode(connection)?;
    let changes = |mode| vec![Change::SplitMode { mode }];
    Ok(Step {
        text: words::split_mode_set(mode),
        forward: if before == mode {
            Vec::new()
        } else {
            changes(mode)
        },
        backward: changes(before),
    })
}

fn plan_test(connection: &Connection, source: SourceId, is_test: bool) -> Result<Step> {
    let name = words::source_name(connection, source)?;
    let before: bool = connection.query_row(
        "SELECT is_test FROM source WHERE id = ?1",
        [source],
        |row| row.get(0),
    )?;
    let changes = |is_test| vec![Change::Test { source, is_test }];
    Ok(Step {
        text: if is_test {
            format!("Made {name} a test set")
        } else {
            format!("Made {name} training material again")
        },
        forward: if before == is_test {
            Vec::new()
        } else {
            changes(is_test)
        },
        backward: changes(before),
    })
}

fn images_of(connection: &Connection, source: SourceId) -> Result<Vec<ImageId>> {
    let mut select = connection.prepare_cached("SELECT id FROM image WHERE source = ?1")?;
    let ids = select.query_map([source], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests;
