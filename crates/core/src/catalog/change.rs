//! What an edit comes down to: new values for rows. A step of the journal is a list of these and the list that takes
//! them back, made when the edit is done (the previous values are known only then).
//!
//! The same list changes the tables and a [`Snapshot`] in memory, so that a key press does not reload the catalog.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::ToSql;
use serde::{Deserialize, Serialize};

use super::crop::Crop;
use super::dismissal::{self, Dismissal};
use super::frame_folder::{place, say};
use super::meta::set_split_mode;
use super::query::{Snapshot, SplitMode};
use super::record::{
    ChosenCrop, ClassId, Decided, Decision, GroupId, ImageId, SceneId, Side, SourceId,
};
use super::rename::rename_class;
use crate::error::Result;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Change {
    Decision {
        images: Vec<ImageId>,
        decision: Decision,
        /// Not in the steps of before format 10.
        #[serde(default)]
        decided: Decided,
    },
    /// Rows of `class` are never removed, so the id stays good; the name is for snapshots that did not show it.
    Class {
        images: Vec<ImageId>,
        class: Option<(ClassId, String)>,
    },
    Side {
        scenes: Vec<SceneId>,
        side: Side,
    },
    Group {
        scenes: Vec<SceneId>,
        group: Option<GroupId>,
    },
    SplitMode {
        mode: SplitMode,
    },
    Test {
        source: SourceId,
        is_test: bool,
    },
    Crop {
        source: SourceId,
        crop: Option<Crop>,
    },
    CharacterCrop {
        images: Vec<ChosenCrop>,
    },
    Upsampled {
        source: SourceId,
        is_upsampled: bool,
    },
    /// What a person says about a folder; `None`: nothing.
    Frames {
        source: SourceId,
        are_frames: Option<bool>,
    },
    /// Images with their frame numbers, as stored; `None`: they are single images.
    FrameOf {
        scene: Option<SceneId>,
        images: Vec<(ImageId, Option<i64>)>,
    },
    ClassName {
        class: ClassId,
        name: String,
    },
    Excluded {
        class: ClassId,
        is_excluded: bool,
    },
    /// The class that new frames of a film get.
    FilmClass {
        source: SourceId,
        class: String,
    },
    Removed {
        source: SourceId,
        is_removed: bool,
    },
    /// Frames that a film has no more.
    ImagesRemoved {
        images: Vec<ImageId>,
        is_removed: bool,
    },
    /// Findings that are wrong.
    Dismissed {
        dismissals: Vec<Dismissal>,
        is_dismissed: bool,
    },
    /// The images that an import brought in.
    ImportRemoved {
        import: i64,
        is_removed: bool,
    },
}

/// An edit worked out against the rows: what to write, how to take it back, and its name for the history.
pub(super) struct Step {
    pub text: String,
    pub forward: Vec<Change>,
    pub backward: Vec<Change>,
}

/// Writes the new values; rows that no longer exist (a scene that a better search no longer finds) are skipped.
pub(super) fn write(connection: &Connection, changes: &[Change]) -> Result<()> {
    for change in changes {
        match change {
            Change::Decision {
                images,
                decision,
                decided,
            } => {
                let mut update = connection.prepare_cached(
                    "UPDATE image SET decision = ?2, decided_at = ?3, is_remembered = ?4 WHERE id = ?1",
                )?;
                for image in images {
                    update.execute((image, decision, decided.at, decided.is_remembered))?;
                }
            }
            Change::Class { images, class } => {
                let class = class.as_ref().map(|(id, _name)| *id);
                let mut update =
                    connection.prepare_cached("UPDATE image SET class = ?2 WHERE id = ?1")?;
                for image in images {
                    update.execute((image, class))?;
                }
            }
            Change::Side { scenes, side } => update_scenes(connection, "side", scenes, side)?,
            Change::Group { scenes, group } => {
                update_scenes(connection, "scene_group", scenes, group)?;
            }
            Change::SplitMode { mode } => set_split_mode(connection, *mode)?,
            Change::Test { source, is_test } => {
                connection.execute(
                    "UPDATE source SET is_test = ?2 WHERE id = ?1",
                    (source, is_test),
                )?;
            }
            Change::Crop { source, crop } => {
                connection.execute("UPDATE source SET crop = ?2 WHERE id = ?1", (source, crop))?;
            }
            Change::CharacterCrop { images } => write_crops(connection, images)?,
            Change::Upsampled {
                source,
                is_upsampled,
            } => {
                connection.execute(
                    "UPDATE source SET is_upsampled = ?2 WHERE id = ?1",
                    (source, is_upsampled),
                )?;
            }
            Change::Frames { source, are_frames } => say(connection, *source, *are_frames)?,
            Change::FrameOf { scene, images } => place(connection, *scene, images)?,
            Change::ClassName { class, name } => rename_class(connection, *class, name)?,
            Change::Excluded { class, is_excluded } => {
                connection.execute(
                    "UPDATE class SET is_excluded = ?2 WHERE id = ?1",
                    (class, is_excluded),
                )?;
            }
            Change::FilmClass { source, class } => {
                connection.execute(
                    "UPDATE source SET class = ?2 WHERE id = ?1",
                    (source, class),
                )?;
            }
            Change::Removed { source, is_removed } => {
                connection.execute(
                    "UPDATE source SET is_removed = ?2 WHERE id = ?1",
                    (source, is_removed),
                )?;
            }
            Change::ImagesRemoved { images, is_removed } => {
                let mut update =
                    connection.prepare_cached("UPDATE image SET is_removed = ?2 WHERE id = ?1")?;
                for image in images {
                    update.execute((image, is_removed))?;
                }
            }
            Change::Dismissed {
                dismissals,
                is_dismissed,
            } => dismissal::write(connection, dismissals, *is_dismissed)?,
            Change::ImportRemoved { import, is_removed } => {
                connection.execute(
                    "UPDATE image SET is_removed = ?2 WHERE import = ?1",
                    (import, is_removed),
                )?;
            }
        }
    }
    Ok(())
}

fn write_crops(connection: &Connection, images: &[ChosenCrop]) -> Result<()> {
    let mut update = connection.prepare_cached("UPDATE image SET character = ?2 WHERE id = ?1")?;
    for ChosenCrop { image, crop } in images {
        update.execute((image, crop))?;
    }
    Ok(())
}

/// `column`: of the table of scenes.
fn update_scenes(
    connection: &Connection,
    column: &'static str,
    scenes: &[SceneId],
    value: &impl ToSql,
) -> Result<()> {
    let update = format!("UPDATE scene SET {column} = ?2 WHERE id = ?1");
    let mut update = connection.prepare_cached(&update)?;
    for scene in scenes {
        update.execute((scene, value))?;
    }
    Ok(())
}

impl Change {
    /// Rows appear or go, or what a snapshot shows of them has to be worked out: it has to be loaded again.
    pub fn is_of_rows(&self) -> bool {
        matches!(
            self,
            Self::Crop { .. }
                | Self::Upsampled { .. }
                | Self::Frames { .. }
                | Self::FrameOf { .. }
                | Self::Removed { .. }
                | Self::ImagesRemoved { .. }
                | Self::ImportRemoved { .. }
        )
    }
}

impl Snapshot {
    /// The same changes on the values in memory; `version` is the catalog's after them.
    pub(super) fn take_over(&mut self, changes: &[Change], version: u64) {
        for change in changes {
            match change {
                Change::Decision {
                    images,
                    decision,
                    decided,
                } => {
                    for &id in images {
                        if let Some(image) = self.image_mut(id) {
                            image.decision = *decision;
                            image.decided = *decided;
                        }
                    }
                }
                Change::Class { images, class } => {
                    for &id in images {
                        if let Some(image) = self.image_mut(id) {
                            image.class = class.as_ref().map(|(id, _name)| *id);
                        }
                    }
                    self.list_classes(class.as_ref());
                }
                Change::Side { scenes, side } => {
                    for &id in scenes {
                        if let Some(scene) = self.scene_mut(id) {
                            scene.side = *side;
                        }
                    }
                }
                Change::Group { scenes, group } => {
                    for &id in scenes {
                        if let Some(scene) = self.scene_mut(id) {
                            scene.group = *group;
                        }
                    }
                }
                Change::CharacterCrop { images } => {
                    for ChosenCrop { image, crop } in images {
                        if let Some(image) = self.image_mut(*image) {
                            image.character = *crop;
                        }
                    }
                }
                Change::SplitMode { mode } => self.split_mode = *mode,
                Change::Test { source, is_test } => {
                    for row in &mut self.sources {
                        if row.id == *source {
                            row.is_test = *is_test;
                        }
                    }
                }
                Change::ClassName { class, name } => {
                    for (id, known) in &mut self.classes {
                        if id == class {
                            known.clone_from(name);
                        }
                    }
                    self.sort_classes();
                }
                Change::Excluded {
                    class,
                    is_excluded: true,
                } => {
                    self.excluded.insert(*class);
                }
                Change::Excluded {
                    class,
                    is_excluded: false,
                } => {
                    self.excluded.remove(class);
                }
                Change::Dismissed {
                    dismissals,
                    is_dismissed,
                } => {
                    let known = Arc::make_mut(&mut self.dismissed);
                    for dismissal in dismissals {
                        if *is_dismissed {
                            known.insert(dismissal.clone());
                        } else {
                            known.remove(dismissal);
                        }
                    }
                }
                // Not part of a snapshot; or it is loaded again, see `is_of_rows`.
                Change::FilmClass { .. }
                | Change::Crop { .. }
                | Change::Upsampled { .. }
                | Change::Frames { .. }
                | Change::FrameOf { .. }
                | Change::Removed { .. }
                | Change::ImagesRemoved { .. }
                | Change::ImportRemoved { .. } => {}
            }
        }
        self.version = version;
    }

    fn image_mut(&mut self, id: ImageId) -> Option<&mut super::ImageRecord> {
        let at = self.images.binary_search_by_key(&id, |image| image.id);
        self.images.get_mut(at.ok()?)
    }

    fn scene_mut(&mut self, id: SceneId) -> Option<&mut super::Scene> {
        let at = self.scenes.binary_search_by_key(&id, |scene| scene.id);
        self.scenes.get_mut(at.ok()?)
    }

    /// Classes that an image has, by name; `new` may be one of them.
    fn list_classes(&mut self, new: Option<&(ClassId, String)>) {
        let used: BTreeSet<ClassId> = self.images.iter().filter_map(|image| image.class).collect();
        let mut names: BTreeMap<ClassId, String> = self.classes.drain(..).collect();
        names.extend(new.cloned());
        self.classes = names
            .into_iter()
            .filter(|(id, _name)| used.contains(id))
            .collect();
        self.sort_classes();
    }

    fn sort_classes(&mut self) {
        self.classes.sort_by(|(_, one), (_, other)| one.cmp(other));
    }
}

/// Collects pairs of row and value into few changes: the previous values of a selection are mostly all the same.
pub(super) fn grouped<Id: Copy, Value: PartialEq>(
    rows: impl IntoIterator<Item = (Id, Value)>,
) -> Vec<(Value, Vec<Id>)> {
    let mut groups: Vec<(Value, Vec<Id>)> = Vec::new();
    for (id, value) in rows {
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, ids)) => ids.push(id),
            None => groups.push((value, vec![id])),
        }
    }
    groups
}

/// No change of nothing.
pub(super) fn non_empty<Id>(ids: Vec<Id>, change: impl FnOnce(Vec<Id>) -> Change) -> Vec<Change> {
    if ids.is_empty() {
        Vec::new()
    } else {
        vec![change(ids)]
    }
}
