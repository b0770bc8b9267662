//! The copies of the catalog, and what `restore` did with one.

use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::backup::{CatalogBackup, list};
use crate::catalog::restore::Restored;
use crate::error::Result;
use crate::project::Project;

/// The document of `restore --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backups {
    /// The newest first.
    pub backups: Vec<BackupRow>,
    /// The name of the one that was put back.
    pub restored: Option<String>,
    /// Where the catalog that was there lies now.
    pub set_aside: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackupRow {
    /// `catalog-YYYYMMDD-HHMMSS.sqlite`, UTC.
    pub name: String,
    pub is_sound: bool,
    /// `null` in a damaged one, as is the next.
    pub images: Option<u64>,
    /// Kept or rejected.
    pub decided: Option<u64>,
}

impl Backups {
    /// # Errors
    /// [`crate::Error::Io`] if the folder of backups cannot be read.
    pub fn of(project: &Project, restored: Option<Restored>) -> Result<Self> {
        Ok(Self {
            backups: list(project)?.into_iter().map(BackupRow::of).collect(),
            restored: restored.as_ref().map(|done| done.backup.name.clone()),
            set_aside: restored.and_then(|done| done.set_aside),
        })
    }
}

impl BackupRow {
    fn of(backup: CatalogBackup) -> Self {
        Self {
            name: backup.name,
            is_sound: backup.content.is_some(),
            images: backup.content.map(|content| content.images),
            decided: backup.content.map(|content| content.decided),
        }
    }
}
