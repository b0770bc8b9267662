//! Single values of the catalog: the counter of changes and the mode of the split.

use rusqlite::Connection;

use super::snapshot::SplitMode;
use crate::error::{Error, Result};

/// The counter of changes.
pub(super) fn version(connection: &Connection) -> Result<u64> {
    let text: String =
        connection.query_row("SELECT value FROM meta WHERE key = 'version'", [], |row| {
            row.get(0)
        })?;
    Ok(text.parse().unwrap_or_default())
}

/// Part of every transaction that changes what a snapshot shows.
pub(super) fn count_change(connection: &Connection) -> Result<u64> {
    let version = version(connection)? + 1;
    set_meta(connection, "version", &version.to_string())?;
    Ok(version)
}

pub(super) fn split_mode(connection: &Connection) -> Result<SplitMode> {
    let text: String = connection.query_row(
        "SELECT value FROM meta WHERE key = 'split-mode'",
        [],
        |row| row.get(0),
    )?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

pub(super) fn set_split_mode(connection: &Connection, mode: SplitMode) -> Result<()> {
    let text = serde_json::to_string(&mode).map_err(|error| Error::Invalid(error.to_string()))?;
    set_meta(connection, "split-mode", &text)
}

pub(super) fn set_meta(connection: &Connection, key: &str, value: &str) -> Result<()> {
    connection.execute(
        "REPLACE INTO meta (key, value) VALUES (?1, ?2)",
        [key, value],
    )?;
    Ok(())
}
