//! Linking scenes into groups and separating them; a group is always wholly on one side.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use crate::catalog::change::{Change, Step, grouped, non_empty};
use crate::catalog::record::{GroupId, SceneId, Side};
use crate::catalog::words::unknown;
use crate::error::{Error, Result};
use crate::number::counted;

/// The scenes and all that are in a group with one of them: a group is never on both sides.
pub(super) fn with_linked(
    connection: &Connection,
    scenes: &[SceneId],
) -> Result<BTreeSet<SceneId>> {
    let mut linked: BTreeSet<SceneId> = scenes.iter().copied().collect();
    let mut select = connection.prepare_cached(
        "SELECT id FROM scene WHERE scene_group = (SELECT scene_group FROM scene WHERE id = ?1)",
    )?;
    for scene in scenes {
        for other in select.query_map([scene], |row| row.get(0))? {
            linked.insert(other?);
        }
    }
    Ok(linked)
}

struct SceneRow {
    id: SceneId,
    side: Side,
    group: Option<GroupId>,
}

fn scene_rows(connection: &Connection, scenes: &BTreeSet<SceneId>) -> Result<Vec<SceneRow>> {
    let mut select =
        connection.prepare_cached("SELECT side, scene_group FROM scene WHERE id = ?1")?;
    let row_of = |&id: &SceneId| {
        let row = select.query_row([id], |row| {
            Ok(SceneRow {
                id,
                side: row.get(0)?,
                group: row.get(1)?,
            })
        });
        row.optional()?.ok_or_else(|| unknown("scene", id.0))
    };
    scenes.iter().map(row_of).collect()
}

pub(super) fn plan_link(connection: &Connection, scenes: &[SceneId]) -> Result<Step> {
    let rows = scene_rows(connection, &with_linked(connection, scenes)?)?;
    if rows.len() < 2 {
        return Err(Error::Invalid(
            "a scene is linked with others; choose two scenes or more".to_owned(),
        ));
    }
    let group = match rows.iter().find_map(|row| row.group) {
        Some(group) => group,
        None => connection.query_row(
            "INSERT INTO scene_group DEFAULT VALUES RETURNING id",
            [],
            |row| row.get(0),
        )?,
    };
    let is_any_trained_on = rows.iter().any(|row| row.side == Side::Train);
    let mut step = regroup(&rows, Some(group));
    let moved: Vec<SceneId> = rows
        .iter()
        .filter(|row| is_any_trained_on && row.side == Side::Valid)
        .map(|row| row.id)
        .collect();
    step.text = linked_text(rows.len(), moved.len());
    let side = |side| move |scenes| Change::Side { scenes, side };
    step.forward
        .extend(non_empty(moved.clone(), side(Side::Train)));
    step.backward.extend(non_empty(moved, side(Side::Valid)));
    Ok(step)
}

/// "Linked 3 scenes, of which 1 went to training".
fn linked_text(scenes: usize, moved: usize) -> String {
    let linked = format!("Linked {}", counted(scenes, "scene"));
    match moved {
        0 => linked,
        moved => format!("{linked}, of which {moved} went to training"),
    }
}

/// Groups that have scenes in common become one.
pub(super) fn plan_link_each(connection: &Connection, groups: &[Vec<SceneId>]) -> Result<Step> {
    let mut apart: Vec<BTreeSet<SceneId>> = Vec::new();
    for group in groups {
        let mut whole = with_linked(connection, group)?;
        let (touching, others) = apart
            .into_iter()
            .partition(|other: &BTreeSet<SceneId>| !other.is_disjoint(&whole));
        apart = others;
        whole.extend(touching.into_iter().flatten());
        apart.push(whole);
    }
    let mut all = Step {
        text: String::new(),
        forward: Vec::new(),
        backward: Vec::new(),
    };
    let mut moved = 0;
    for group in &apart {
        let scenes: Vec<SceneId> = group.iter().copied().collect();
        let step = plan_link(connection, &scenes)?;
        moved += step.forward.iter().map(moved_to_training).sum::<usize>();
        all.forward.extend(step.forward);
        all.backward.extend(step.backward);
    }
    let scenes = apart.iter().map(BTreeSet::len).sum();
    all.text = linked_text(scenes, moved);
    Ok(all)
}

fn moved_to_training(change: &Change) -> usize {
    match change {
        Change::Side {
            scenes,
            side: Side::Train,
        } => scenes.len(),
        _other => 0,
    }
}

pub(super) fn plan_separate(connection: &Connection, scenes: &[SceneId]) -> Result<Step> {
    let rows = scene_rows(connection, &scenes.iter().copied().collect())?;
    let mut step = regroup(&rows, None);
    step.text = format!("Separated {}", counted(rows.len(), "scene"));
    Ok(step)
}

/// Without a text.
fn regroup(rows: &[SceneRow], group: Option<GroupId>) -> Step {
    let changed = rows.iter().filter(|row| row.group != group);
    let before: Vec<_> = changed.map(|row| (row.id, row.group)).collect();
    let scenes = before.iter().map(|&(id, _)| id).collect();
    Step {
        text: String::new(),
        forward: non_empty(scenes, |scenes| Change::Group { scenes, group }),
        backward: grouped(before)
            .into_iter()
            .map(|(group, scenes)| Change::Group { scenes, group })
            .collect(),
    }
}
