//! Ids of scenes, which are never given twice.

use rusqlite::{Connection, OptionalExtension as _};

use crate::error::Result;

/// In `meta`: the highest id that a scene ever had. SQLite would give the id of a deleted scene to another one, which a step
/// of the history would then move.
pub(super) const LAST_SCENE: &str = "last-scene";

pub(super) fn last_scene_id(connection: &Connection) -> Result<i64> {
    let highest: i64 =
        connection.query_row("SELECT ifnull(max(id), 0) FROM scene", [], |row| row.get(0))?;
    let known: Option<String> = connection
        .query_row(
            "SELECT value FROM meta WHERE key = ?1",
            [LAST_SCENE],
            |row| row.get(0),
        )
        .optional()?;
    let last = match known.and_then(|text| text.parse().ok()) {
        Some(last) => last,
        // Earlier versions kept no account, but their history names the scenes that it moves.
        None => connection.query_row(
            "SELECT ifnull(max(tree.atom), 0) FROM journal, json_tree(journal.forward) AS tree
             WHERE tree.type = 'integer' AND tree.path LIKE '%.scenes'",
            [],
            |row| row.get(0),
        )?,
    };
    Ok(highest.max(last))
}
