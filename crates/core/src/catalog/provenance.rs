//! Where images from the web came from, and what became of every address that was asked: so that a collection goes on
//! where it stopped, what a person rejected is not fetched again, and every image can be credited.

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};

use super::content::ContentHash;
use crate::error::Result;

/// One row for every address that was asked, of format 8. The hash is that of the file's bytes, as `content.hash`.
pub(super) const TABLE: &str = "CREATE TABLE fetched (
        url TEXT PRIMARY KEY,
        outcome TEXT NOT NULL,
        reason TEXT,
        hash BLOB,
        shorter_side INTEGER,   -- pixels
        fetched INTEGER NOT NULL,   -- seconds since 1970
        provider TEXT NOT NULL,
        page TEXT,
        licence TEXT,
        licence_url TEXT,
        author TEXT,
        title TEXT,
        date TEXT
    ) WITHOUT ROWID;
    CREATE INDEX fetched_hash ON fetched (hash) WHERE hash IS NOT NULL;";

/// Who made an image and where it is from, as far as that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Of the file itself.
    pub url: String,
    /// Of the page that shows and describes it.
    pub page: Option<String>,
    /// Such as `by-sa 4.0` or `cc0`.
    pub licence: Option<String>,
    /// Of the licence's text.
    pub licence_url: Option<String>,
    pub author: Option<String>,
    pub title: Option<String>,
    /// Of the work, as it was given.
    pub date: Option<String>,
    /// Who named the address: `list`, `openverse`, `commons`, or what a list says itself.
    pub provider: String,
    /// When the file was fetched, in seconds since 1970.
    pub fetched_secs: u64,
}

/// What became of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Its image came into the project.
    Taken,
    /// The project had this very image already.
    Duplicate,
    /// A person rejected this very image before.
    Rejected,
    /// What it has is no image to take; asking again would bring the same.
    Refused,
    /// It could not be had this time.
    Failed,
}

impl Outcome {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// An unknown word is of a later version; to ask again does no harm.
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "taken" => Self::Taken,
            "duplicate" => Self::Duplicate,
            "rejected" => Self::Rejected,
            "refused" => Self::Refused,
            _failed => Self::Failed,
        }
    }
}

/// An address that was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub provenance: Provenance,
    pub outcome: Outcome,
    /// Why it was refused or failed.
    pub reason: Option<String>,
    /// Of the file, if one came.
    pub content: Option<ContentHash>,
    /// Pixels, if it was an image.
    pub shorter_side: Option<u32>,
}

/// Part of a transaction; replaces what was known of the address.
pub(super) fn write(connection: &Connection, fetched: &Fetched) -> Result<()> {
    let Fetched {
        provenance: from,
        outcome,
        reason,
        content,
        shorter_side,
    } = fetched;
    connection
        .prepare_cached(
            "REPLACE INTO fetched (url, outcome, reason, hash, shorter_side, fetched, provider, page,
                                   licence, licence_url, author, title, date)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(rusqlite::params![
            from.url,
            outcome.word(),
            reason,
            content,
            shorter_side,
            from.fetched_secs as i64,
            from.provider,
            from.page,
            from.licence,
            from.licence_url,
            from.author,
            from.title,
            from.date,
        ])?;
    Ok(())
}

/// The columns that [`of_row`] reads, in its order.
pub(super) const COLUMNS: &str = "fetched.url, fetched.page, fetched.licence, fetched.licence_url,
    fetched.author, fetched.title, fetched.date, fetched.provider, fetched.fetched";

pub(super) fn of_row(row: &Row<'_>) -> rusqlite::Result<Provenance> {
    Ok(Provenance {
        url: row.get(0)?,
        page: row.get(1)?,
        licence: row.get(2)?,
        licence_url: row.get(3)?,
        author: row.get(4)?,
        title: row.get(5)?,
        date: row.get(6)?,
        provider: row.get(7)?,
        fetched_secs: row.get::<_, i64>(8)? as u64,
    })
}

/// Of this content: rather the address that brought it in than another one with the same file.
pub(super) fn of_content(
    connection: &Connection,
    content: &ContentHash,
) -> Result<Option<Provenance>> {
    let mut select = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM fetched WHERE hash = ?1 AND outcome IN ('taken', 'duplicate')
         ORDER BY outcome <> 'taken', url LIMIT 1"
    ))?;
    Ok(select.query_row([content], of_row).optional()?)
}
