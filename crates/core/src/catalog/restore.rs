//! A copy of the catalog put back in its place.

use std::path::PathBuf;

use super::backup::{CatalogBackup, list};
use crate::error::{Error, Result};
use crate::project::{Project, write_atomic};
use crate::timestamp::{unix_secs, utc_stamp};

/// What [`restore`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub backup: CatalogBackup,
    /// Where the catalog that was there lies now.
    pub set_aside: Option<PathBuf>,
}

/// Puts the copy called `name` (the newest sound one without a name) in the place of the catalog, which is set aside in
/// `backups/` and never deleted.
///
/// # Errors
/// [`Error::Locked`]; [`Error::Unknown`]; [`Error::Invalid`] if there is no sound copy; [`Error::Io`].
pub fn restore(project: &Project, name: Option<&str>) -> Result<Restored> {
    let _lock = project.lock()?;
    let backups = list(project)?;
    let known: Vec<&str> = backups.iter().map(|backup| backup.name.as_str()).collect();
    let backup = match name {
        Some(name) => backups
            .iter()
            .find(|backup| backup.name == name)
            .ok_or_else(|| Error::Unknown {
                what: "backup",
                name: name.to_owned(),
                remedy: format!("there are {}", known.join(", ")),
            })?,
        None => backups
            .iter()
            .find(|backup| backup.content.is_some())
            .ok_or_else(|| {
                Error::Invalid(
                    "there is no sound backup of the catalog; put catalog.sqlite back from a copy of your own, or import into a new project".into(),
                )
            })?,
    };
    if backup.content.is_none() {
        return Err(Error::Invalid(format!(
            "the backup {} is damaged itself; choose another one",
            backup.name
        )));
    }
    let bytes = std::fs::read(&backup.path).map_err(Error::io("read the backup", &backup.path))?;
    let set_aside = set_aside(project)?;
    write_atomic(&project.catalog_path(), &bytes)?;
    Ok(Restored {
        backup: backup.clone(),
        set_aside,
    })
}

/// Moves the catalog with its log into a folder of its own.
fn set_aside(project: &Project) -> Result<Option<PathBuf>> {
    let catalog = project.catalog_path();
    let folder = project
        .backups_dir()
        .join(format!("replaced-{}", utc_stamp(unix_secs())));
    let mut is_moved = false;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = catalog.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        let from = catalog.with_file_name(&name);
        if from.exists() {
            std::fs::create_dir_all(&folder).map_err(Error::io("make a folder", &folder))?;
            let to = folder.join(&name);
            std::fs::rename(&from, &to).map_err(Error::io("set the catalog aside", &from))?;
            is_moved = true;
        }
    }
    Ok(is_moved.then_some(folder))
}
