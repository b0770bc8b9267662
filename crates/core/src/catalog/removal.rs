//! What a person took out of the project: sources, and the images of an import that was undone.
//!
//! Their rows stay, marked, so that undo brings everything back and a later import of the same content remembers what
//! was decided. Their files stay in the project's folder, for undo; the originals are not touched in any case.

use rusqlite::{Connection, OptionalExtension as _};

use super::record::SourceId;
use crate::error::Result;

/// The marks, of format 3. `image.import` is the number of the import that brought the row in; before this format it is
/// not known.
pub(super) const COLUMNS: &str =
    "ALTER TABLE source ADD COLUMN is_removed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE class ADD COLUMN is_excluded INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE image ADD COLUMN is_removed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE image ADD COLUMN import INTEGER;
    CREATE INDEX image_of_import ON image (import) WHERE import IS NOT NULL;

    CREATE VIEW present_image AS
        SELECT image.* FROM image JOIN source ON source.id = image.source
        WHERE NOT image.is_removed AND NOT source.is_removed;";

/// An image of an undone import, known by its source and origin, comes in again.
pub(super) fn bring_back(
    connection: &Connection,
    (source, origin): (SourceId, &str),
    import: i64,
) -> Result<()> {
    let mut update = connection.prepare_cached(
        "UPDATE image SET is_removed = 0, import = ?3, is_remembered = decision <> 'undecided'
         WHERE source = ?1 AND origin = ?2",
    )?;
    update.execute((source, origin, import))?;
    Ok(())
}

/// Makes a name free that only a removed source has.
pub(super) fn free_name(connection: &Connection, name: &str) -> Result<()> {
    let removed: Option<SourceId> = connection
        .query_row(
            "SELECT id FROM source WHERE name = ?1 AND is_removed",
            [name],
            |row| row.get(0),
        )
        .optional()?;
    let Some(removed) = removed else {
        return Ok(());
    };
    let mut is_taken =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM source WHERE name = ?1)")?;
    let mut number = 2_u64;
    let other = loop {
        let other = format!("{name}-{number}");
        if !is_taken.query_row([&other], |row| row.get(0))? {
            break other;
        }
        number += 1;
    };
    connection.execute(
        "UPDATE source SET name = ?2 WHERE id = ?1",
        (removed, other),
    )?;
    Ok(())
}
