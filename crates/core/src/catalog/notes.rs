//! What a front end wants to find again the next time, such as the form of a training. No decision: it is not undone,
//! and to lose it loses no work.

use rusqlite::OptionalExtension as _;

use super::meta::set_meta;
use super::query::Catalog;
use crate::error::Result;

impl Catalog {
    /// As it was written last.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn note(&self, key: &str) -> Result<Option<String>> {
        let mut select = self
            .connection
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        let note = select.query_row([meta_key(key)], |row| row.get(0));
        Ok(note.optional()?)
    }

    /// # Errors
    /// `Catalog` if it cannot be written.
    pub fn set_note(&mut self, key: &str, text: &str) -> Result<()> {
        set_meta(&self.connection, &meta_key(key), text)
    }
}

/// Apart from the catalog's own.
fn meta_key(key: &str) -> String {
    format!("note:{key}")
}
