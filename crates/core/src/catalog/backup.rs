//! Copies of the catalog that the program makes by itself, and the checks that tell when one is needed.
//!
//! `backups/catalog-20261126-080000.sqlite` is made by SQLite's online backup when a project is opened for writing: if
//! the catalog has changed since the newest copy and that is a day old, and before a migration. Five stay.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use super::connection::{open_with, open_writer};
use super::{meta, schema};
use crate::error::{Error, Result};
use crate::project::{Project, temporary_file};
use crate::timestamp::{unix_secs, utc_stamp};

/// Copies that stay.
const COPIES: usize = 5;

/// Changes of one day may be lost at most.
const INTERVAL_SECS: u64 = 24 * 60 * 60;

/// A copy of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogBackup {
    /// File name in `backups/`; names sort by age.
    pub name: String,
    pub path: PathBuf,
    /// `None` if the copy itself is damaged.
    pub content: Option<BackupContent>,
}

/// What a copy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupContent {
    /// Edits and imports until then.
    pub version: u64,
    pub images: u64,
    /// Images kept or rejected.
    pub decided: u64,
}

/// All copies, the newest first.
///
/// # Errors
/// [`Error::Io`] if the folder cannot be read.
pub fn list(project: &Project) -> Result<Vec<CatalogBackup>> {
    let can_lock = project.can_lock();
    let mut backups: Vec<CatalogBackup> = names(project)?
        .into_iter()
        .map(|name| {
            let path = project.backups_dir().join(&name);
            CatalogBackup {
                content: content(&path, can_lock).ok(),
                name,
                path,
            }
        })
        .collect();
    backups.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(backups)
}

fn names(project: &Project) -> Result<Vec<String>> {
    let folder = project.backups_dir();
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("read the folder of backups", &folder))?,
    };
    Ok(entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("catalog-") && name.ends_with(".sqlite"))
        .collect())
}

/// Opens a copy as it lies there, checks it and counts.
fn content(path: &Path, can_lock: bool) -> Result<BackupContent> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = open_with(path, flags, can_lock)?;
    if let Some(reason) = malformed(&copy)? {
        return Err(Error::Invalid(reason));
    }
    let count = |select: &str| copy.query_row(select, [], |row| row.get::<_, i64>(0));
    Ok(BackupContent {
        version: meta::version(&copy)?,
        images: count("SELECT count(*) FROM image")?.cast_unsigned(),
        decided: count("SELECT count(*) FROM image WHERE decision != 'undecided'")?.cast_unsigned(),
    })
}

/// What SQLite finds wrong with the file, the first fault only. Pages are read, not each index compared with its table.
fn malformed(connection: &Connection) -> Result<Option<String>> {
    let text: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((text != "ok").then_some(text))
}

/// # Errors
/// [`Error::DamagedCatalog`]; SQLite's.
pub(super) fn check(connection: &Connection, project: &Project) -> Result<()> {
    match malformed(connection)? {
        Some(reason) => Err(damaged(reason, project)),
        None => Ok(()),
    }
}

pub(super) fn damaged(reason: String, project: &Project) -> Error {
    Error::DamagedCatalog {
        reason,
        backups: sound(project),
        path: project.catalog_path(),
    }
}

fn sound(project: &Project) -> usize {
    let backups = list(project).unwrap_or_default();
    backups
        .iter()
        .filter(|backup| backup.content.is_some())
        .count()
}

/// # Errors
/// [`Error::MissingCatalog`] if there is no catalog (or an empty file) in a project that something was done in: an empty
/// new one would look as if no decision had ever been made.
pub(super) fn require_catalog(project: &Project) -> Result<()> {
    let path = project.catalog_path();
    let is_there = std::fs::metadata(&path).is_ok_and(|file| file.len() > 0);
    let folders = [
        project.frames_dir(),
        project.images_dir(),
        project.runs_dir(),
        project.backups_dir(),
    ];
    let has_work = || folders.iter().any(|folder| holds_anything(folder));
    if is_there || !has_work() {
        return Ok(());
    }
    Err(Error::MissingCatalog {
        backups: sound(project),
        path,
    })
}

fn holds_anything(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Makes a copy if one is due. That it cannot be made (a full disk) does not keep the project from being opened.
pub(super) fn make_if_due(connection: &Connection, project: &Project) -> Result<()> {
    let format = schema::check_format(connection)?;
    if format == 0 || !is_due(connection, project, format)? {
        return Ok(());
    }
    match make(connection, project) {
        Ok(()) => tracing::info!("the catalog was backed up"),
        Err(error) => tracing::error!("the catalog was not backed up: {error}"),
    }
    Ok(())
}

fn is_due(connection: &Connection, project: &Project, format: u32) -> Result<bool> {
    if format < schema::FORMAT {
        return Ok(true);
    }
    let version = meta::version(connection)?;
    // A copy from the future, of a clock that was wrong, says nothing about the last day.
    let now = file_name(&utc_stamp(unix_secs()));
    let past = names(project)?.into_iter().filter(|name| *name <= now);
    let Some(newest) = past.max() else {
        return Ok(version > 0);
    };
    let day_ago = utc_stamp(unix_secs().saturating_sub(INTERVAL_SECS));
    if newest > file_name(&day_ago) {
        return Ok(false);
    }
    let copied = content(&project.backups_dir().join(newest), project.can_lock());
    // A copy that is damaged itself is as good as none.
    Ok(copied.map_or(true, |copied| copied.version != version))
}

fn file_name(stamp: &str) -> String {
    format!("catalog-{stamp}.sqlite")
}

/// Copies the catalog, changes that are still in its log too, and removes the oldest copies beyond [`COPIES`].
fn make(connection: &Connection, project: &Project) -> Result<()> {
    let folder = project.backups_dir();
    let failed = |what: &'static str| Error::io(what, &folder);
    std::fs::create_dir_all(&folder).map_err(failed("make the folder of backups"))?;
    let file = temporary_file(&folder, ".tmp-").map_err(failed("make a backup of the catalog"))?;
    let mut copy = open_writer(file.path(), project.can_lock())?;
    Backup::new(connection, &mut copy)?.run_to_completion(i32::MAX, Duration::ZERO, None)?;
    // The copy is to be one file, whoever reads it.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_row| Ok(()))?;
    copy.close().map_err(|(_connection, error)| error)?;
    file.as_file()
        .sync_all()
        .map_err(failed("write a backup of the catalog"))?;
    let path = folder.join(file_name(&utc_stamp(unix_secs())));
    file.persist(&path)
        .map_err(|error| error.error)
        .map_err(failed("write a backup of the catalog"))?;
    let mut names = names(project)?;
    names.sort();
    let spare = names.len().saturating_sub(COPIES);
    for name in names.into_iter().take(spare) {
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(Error::io("remove an old backup", &path))?;
    }
    Ok(())
}
