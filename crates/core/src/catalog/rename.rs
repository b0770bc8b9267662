//! Gives a class another name, which may be that of a class that nobody sees any more.

use rusqlite::Connection;

use super::record::ClassId;
use crate::error::Result;

/// A class that has the name and that no image has any more, because the step that made it was undone, moves aside until
/// the name is free again.
pub(super) fn rename_class(connection: &Connection, class: ClassId, name: &str) -> Result<()> {
    let old: String =
        connection.query_row("SELECT name FROM class WHERE id = ?1", [class], |row| {
            row.get(0)
        })?;
    connection.execute(
        "UPDATE class SET name = name || ' (' || id || ')' WHERE name = ?2 AND id <> ?1",
        (class, name),
    )?;
    connection.execute("UPDATE class SET name = ?2 WHERE id = ?1", (class, name))?;
    connection.execute(
        "UPDATE class SET name = ?1 WHERE id =
         (SELECT max(id) FROM class WHERE name = ?1 || ' (' || id || ')')
         AND NOT EXISTS (SELECT 1 FROM class WHERE name = ?1)",
        [old],
    )?;
    Ok(())
}
