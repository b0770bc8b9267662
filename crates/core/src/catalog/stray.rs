//! Files in imported folders that are no images of the project: what a scan looked at, so that it need not look again.
//!
//! A file is known by size and time of its last change, as by other programs that must not read everything each time.
//! What is wrong with it is a fact about its content ([`FactKind::Damage`](super::facts::FactKind::Damage)).

use rusqlite::TransactionBehavior;

use super::content::ContentHash;
use super::query::Catalog;
use super::record::SourceId;
use crate::error::Result;

/// A file that is no image of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    pub source: SourceId,
    /// Relative to the imported folder, with `/`.
    pub origin: String,
    pub size_bytes: u64,
    /// Time of its last change, since 1970.
    pub modified_nanos: i64,
    pub content: ContentHash,
}

impl Catalog {
    /// By source and origin.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn strays(&self) -> Result<Vec<Stray>> {
        let mut select = self.connection.prepare_cached(
            "SELECT source, origin, size_bytes, modified_nanos, hash FROM stray ORDER BY source, origin",
        )?;
        let strays = select.query_map([], |row| {
            Ok(Stray {
                source: row.get(0)?,
                origin: row.get(1)?,
                size_bytes: row.get::<_, i64>(2)? as u64,
                modified_nanos: row.get(3)?,
                content: row.get(4)?,
            })
        })?;
        Ok(strays.collect::<rusqlite::Result<_>>()?)
    }

    /// Puts these in the place of all that were known of the source.
    ///
    /// # Errors
    /// `Catalog`, for instance on a full disk; then the old ones stay.
    pub fn replace_strays(&mut self, source: SourceId, strays: &[Stray]) -> Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached("DELETE FROM stray WHERE source = ?1")?
            .execute([source])?;
        for stray in strays {
            transaction
                .prepare_cached(
                    "REPLACE INTO stray (source, origin, size_bytes, modified_nanos, hash)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute((
                    source,
                    &stray.origin,
                    stray.size_bytes as i64,
                    stray.modified_nanos,
                    stray.content,
                ))?;
        }
        Ok(transaction.commit()?)
    }
}
