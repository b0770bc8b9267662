//! Finds the scenes of what an import brought, if it is frames of films, or restores those of a folder that was exported.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::Found;
use super::insert_folder::find_source;
use super::manifest::Manifest;
use super::restore::restore;
use crate::catalog::folder_scenes::{find_scenes, renumber};
use crate::catalog::frame_folder;
use crate::catalog::meta::count_change;
use crate::catalog::query::Catalog;
use crate::catalog::record::SourceId;
use crate::catalog::schema::absolute_path;
use crate::error::Result;
use crate::media::frame_series::NumberedName;

impl Catalog {
    /// Finds the scenes of a folder's images, if they are frames of films, or restores those that an exported folder names, with
    /// its decisions; returns how many there are. Of a folder of single images, as a person has said, there are none. To be
    /// called when an import has brought what it brings. `among`: files whose series are looked at; all series without it.
    ///
    /// # Errors
    /// `Catalog`; `BadFile` for a damaged list of exported images. Then nothing has changed.
    pub fn find_folder_scenes(&mut self, source: &str, among: Option<&[Found]>) -> Result<usize> {
        let Some(source) = find_source(&self.connection, source)? else {
            return Ok(0);
        };
        let root = self.root.clone();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let said = frame_folder::said(&transaction, source)?;
        if said == Some(false) {
            return Ok(0);
        }
        let mut found = false;
        if among.is_none()
            && let Some(manifest) = manifest_of(&transaction, &root, source)?
        {
            found = restore(&transaction, source, &manifest)?;
        }
        let among: Option<BTreeSet<String>> = among.map(|files| {
            let names = files
                .iter()
                .filter_map(|file| NumberedName::of(&file.origin));
            names.map(|name| name.series).collect()
        });
        found |= find_scenes(&transaction, source, among.as_ref(), said.is_some())?;
        if found {
            renumber(&transaction, source)?;
            count_change(&transaction)?;
        }
        let count: i64 = transaction.query_row(
            "SELECT count(DISTINCT scene) FROM present_image WHERE source = ?1",
            [source],
            |row| row.get(0),
        )?;
        transaction.commit()?;
        Ok(count as usize)
    }
}

/// Of a folder that this program exported.
fn manifest_of(connection: &Connection, root: &Path, source: SourceId) -> Result<Option<Manifest>> {
    let mut select = connection.prepare_cached("SELECT origin FROM source WHERE id = ?1")?;
    let folder: String = select.query_row([source], |row| row.get(0))?;
    Manifest::read(&absolute_path(root, &folder))
}
