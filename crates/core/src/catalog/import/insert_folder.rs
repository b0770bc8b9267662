//! The row of an imported folder: its name is its own, on every disk.

use std::path::Path;

use rusqlite::Connection;

use super::ImportImages;
use crate::catalog::name;
use crate::catalog::record::{SourceId, SourceKind};
use crate::catalog::removal;
use crate::catalog::schema::{absolute_path, stored_path};
use crate::error::{Error, Result};

/// A source's name is also its folder's below `images/`.
pub(super) fn check_source_name(name: &str) -> Result<()> {
    let is_usable = !name.trim().is_empty()
        && name.trim() == name
        && !name.starts_with('.')
        && !name.contains(['/', '\\', ':', '\0'])
        && !name.chars().any(char::is_control);
    if is_usable {
        Ok(())
    } else {
        Err(Error::Invalid(format!(
            "{name:?} cannot be a source's name; use letters, digits, spaces and dashes, without / and not starting with a dot"
        )))
    }
}

/// The source of this name, which may be removed. Its folder must be no other one's, so another spelling of a name is refused.
pub(super) fn find_source(connection: &Connection, name: &str) -> Result<Option<SourceId>> {
    let place = |name: &str| name::key(&name::folder_name(name));
    let mut select = connection.prepare_cached("SELECT id, name, is_removed FROM source")?;
    let sources = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let sources: Vec<(SourceId, String, bool)> = sources.collect::<rusqlite::Result<_>>()?;
    if let Some((id, ..)) = sources.iter().find(|(_, known, _)| known == name) {
        return Ok(Some(*id));
    }
    let is_same = |known: &str| place(known) == place(name);
    match sources
        .iter()
        .find(|(_, known, is_removed)| !is_removed && is_same(known))
    {
        Some((_, known, _)) => Err(Error::Invalid(format!(
            "a source is already called {known}, which is the same name on many disks; choose another one than {name}, or {known} for the same folder"
        ))),
        None => Ok(None),
    }
}

/// Two folders under one name would overwrite each other's rows wherever files are called alike.
pub(super) fn check_same_folder(
    connection: &Connection,
    root: &Path,
    source: SourceId,
    import: &ImportImages,
) -> Result<()> {
    let (kind, origin): (SourceKind, String) = connection.query_row(
        "SELECT kind, origin FROM source WHERE id = ?1",
        [source],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if kind == SourceKind::Film {
        return Err(Error::Invalid(format!(
            "a film is already called {}; choose another name for the images",
            import.source
        )));
    }
    let origin = absolute_path(root, &origin);
    // A folder that was moved is still the same one.
    if origin.is_dir() && import.folder.canonicalize().ok() != origin.canonicalize().ok() {
        return Err(Error::Invalid(format!(
            "{} already holds the images of another folder; choose another name for this one; that folder is {}",
            import.source,
            origin.display()
        )));
    }
    Ok(())
}

/// Whether its images are collected into the project's own folder. Such a source that was removed does not come back with
/// the next collection of its name: there is no folder that it would stand for.
pub(super) fn is_collected(root: &Path, import: &ImportImages) -> bool {
    import.folder.starts_with(root.join("images"))
}

pub(super) fn is_removed(connection: &Connection, source: SourceId) -> Result<bool> {
    let mut select = connection.prepare_cached("SELECT is_removed FROM source WHERE id = ?1")?;
    Ok(select.query_row([source], |row| row.get(0))?)
}

/// The source, and whether it was not in the project before.
pub(super) fn upsert_folder(
    connection: &Connection,
    root: &Path,
    import: &ImportImages,
) -> Result<(SourceId, bool)> {
    let known = find_source(connection, &import.source)?;
    let is_new = match known {
        None => true,
        Some(source) => {
            let is_removed = is_removed(connection, source)?;
            let is_another = is_collected(root, import)
                || check_same_folder(connection, root, source, import).is_err();
            if is_removed && is_another {
                removal::free_name(connection, &import.source)?;
            }
            is_removed
        }
    };
    let folder = import
        .folder
        .canonicalize()
        .unwrap_or_else(|_moved_away| import.folder.clone());
    let mut upsert = connection.prepare_cached(
        "INSERT INTO source (kind, name, origin, is_test) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO UPDATE
         SET origin = excluded.origin, is_test = is_test OR excluded.is_test, is_removed = 0
         RETURNING id",
    )?;
    // One inside the project moves with it.
    let origin =
        stored_path(root, &folder).unwrap_or_else(|| folder.to_string_lossy().into_owned());
    let values = (SourceKind::Scraped, &import.source, origin, import.is_test);
    Ok((upsert.query_row(values, |row| row.get(0))?, is_new))
}
