//! What a person decides, as data with an inverse; the journal in the catalog makes undo survive restarts.

mod character;
mod class;
mod dismiss;
mod frames;
mod link;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};

use super::change::{Change, Step, grouped, non_empty};
use super::crop::Crop;
use super::dismissal::Dismissal;
use super::meta::split_mode;
use super::query::{Catalog, SplitMode};
use super::record::{
    ChosenCrop, ClassId, Decided, Decision, ImageId, Moment, SceneId, Side, SourceId,
};
use super::words::{self, unknown};
use crate::error::{Error, Result};
use crate::timestamp::unix_secs;

pub(crate) use class::check_class_name;
pub(super) use class::{find_class, intern_class};

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
    /// As [`Edit::LinkScenes`], several groups at once.
    LinkEach {
        groups: Vec<Vec<SceneId>>,
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
    /// Keeps its images together, also under another name. `Invalid` if another class has that name.
    RenameClass {
        class: ClassId,
        name: String,
    },
    /// All images of the class get the other one.
    MergeClass {
        class: ClassId,
        into: ClassId,
    },
    /// Its images have no class from then on.
    DropClass {
        class: ClassId,
    },
    /// Its images are neither trained on nor in validation until it is taken back.
    ExcludeClass {
        class: ClassId,
        is_excluded: bool,
    },
    /// Calls findings wrong, or no longer. `text`: what that means, for the toast and the history.
    Dismiss {
        dismissals: Vec<Dismissal>,
        is_dismissed: bool,
        text: String,
    },
    /// What is cropped off the images of films and folders; `None`: nothing. Their files stay as they are.
    SetCrop {
        sources: Vec<SourceId>,
        crop: Option<Crop>,
    },
    /// What images are cropped to, beside their borders. Their files stay as they are.
    SetCharacterCrop {
        images: Vec<ChosenCrop>,
    },
    /// Whether training learns from copies of the images of films and folders, too.
    SetUpsampled {
        sources: Vec<SourceId>,
        is_upsampled: bool,
    },
    /// Whether the images of folders are frames of films, whose scenes are found then, or single images. From then on names
    /// and looks do not tell any more. `Invalid` of a film, and of a folder of frames in which no name has a number.
    SetFrames {
        sources: Vec<SourceId>,
        are_frames: bool,
    },
    /// Takes a film or folder out of the project: see [`super::removal`].
    RemoveSource {
        source: SourceId,
    },
}

impl Catalog {
    /// In one transaction; returns what was done in words ("Rejected 14 images"), for the toast. Clears redo.
    ///
    /// # Errors
    /// `Unknown` if an image, scene, class or source is not in the catalog; `Invalid` for an empty or taken class name
    /// or a fraction outside 0 to 1. Nothing is changed then.
    pub fn apply(&mut self, edit: &Edit) -> Result<String> {
        let applied = self.edit(edit)?;
        Ok(applied.map_or_else(|| words::NOTHING.to_owned(), |applied| applied.text))
    }
}

/// `None` if it changes nothing.
pub(super) fn plan(connection: &Connection, edit: &Edit) -> Result<Option<Step>> {
    let step = match edit {
        Edit::SetDecision { images, decision } => plan_decision(connection, images, *decision)?,
        Edit::SetClass { images, class } => class::plan_set(connection, images, class)?,
        Edit::SetSourceClass { source, class } => {
            class::plan_set_source(connection, *source, class)?
        }
        Edit::RenameClass { class, name } => class::plan_rename(connection, *class, name)?,
        Edit::MergeClass { class, into } => class::plan_merge(connection, *class, *into)?,
        Edit::DropClass { class } => class::plan_drop(connection, *class)?,
        Edit::ExcludeClass { class, is_excluded } => {
            class::plan_exclude(connection, *class, *is_excluded)?
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
        Edit::LinkEach { groups } => link::plan_link_each(connection, groups)?,
        Edit::SeparateScenes { scenes } => link::plan_separate(connection, scenes)?,
        Edit::SetSplitMode { mode } => plan_split_mode(connection, *mode)?,
        Edit::SetTest { source, is_test } => source::plan_test(connection, *source, *is_test)?,
        Edit::Dismiss {
            dismissals,
            is_dismissed,
            text,
        } => dismiss::plan(connection, dismissals, *is_dismissed, text)?,
        Edit::SetCrop { sources, crop } => source::plan_crop(connection, sources, *crop)?,
        Edit::SetCharacterCrop { images } => character::plan(connection, images)?,
        Edit::SetUpsampled {
            sources,
            is_upsampled,
        } => source::plan_upsampled(connection, sources, *is_upsampled)?,
        Edit::SetFrames {
            sources,
            are_frames,
        } => frames::plan(connection, sources, *are_frames)?,
        Edit::RemoveSource { source } => source::plan_remove(connection, *source)?,
    };
    Ok((!step.forward.is_empty()).then_some(step))
}

fn plan_decision(connection: &Connection, images: &[ImageId], decision: Decision) -> Result<Step> {
    let mut changed: Vec<ImageId> = Vec::new();
    // Ordered: a large selection may have been decided on at very many moments.
    let mut before: BTreeMap<(Decision, Decided), Vec<ImageId>> = BTreeMap::new();
    let mut select = connection
        .prepare_cached("SELECT decision, decided_at, is_remembered FROM image WHERE id = ?1")?;
    for image in images.iter().collect::<BTreeSet<_>>() {
        let found: Option<(Decision, Decided)> = select
            .query_row([image], |row| {
                let decided = Decided {
                    at: row.get(1)?,
                    is_remembered: row.get(2)?,
                };
                Ok((row.get(0)?, decided))
            })
            .optional()?;
        let found = found.ok_or_else(|| unknown("image", image.0))?;
        if found.0 != decision {
            changed.push(*image);
            before.entry(found).or_default().push(*image);
        }
    }
    let decided = Decided {
        at: (decision != Decision::Undecided).then(|| Moment(unix_secs())),
        is_remembered: false,
    };
    Ok(Step {
        text: words::decided(connection, &changed, decision)?,
        forward: non_empty(changed, |images| Change::Decision {
            images,
            decision,
            decided,
        }),
        backward: before
            .into_iter()
            .map(|((decision, decided), images)| Change::Decision {
                images,
                decision,
                decided,
            })
            .collect(),
    })
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

#[cfg(test)]
mod tests;
