//! Facts: what a program works out about a file's content. Not undone but recomputed, and kept by content, so that an
//! image that is moved, imported twice or renamed keeps them.
//!
//! A fact is looked up by the blake3 hash of the file's bytes. Every hash is stored once, in `content`, and `fact` has
//! its small integer: 100,000 images of ten kinds take 31 MB and are written in 1.3 s, where a key of kind and hash
//! takes 55 MB and 2.5 s (100 MB in a table with row ids; SQLite 3.40, one transaction, without the index on pixel
//! hashes). The key begins with the kind, because a curation check reads one kind of all images: 0.04 s.

use std::collections::BTreeMap;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, TransactionBehavior};

pub use super::content::{ContentHash, FactKind, PixelHashes};
use super::meta::count_change;
use super::query::Catalog;
use crate::error::Result;

/// The value of a fact; which of the two a kind has is part of the kind.
#[derive(Clone, Debug, PartialEq)]
pub enum FactValue {
    Real(f64),
    Bytes(Vec<u8>),
}

/// Something that is known of a file's content.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    pub content: ContentHash,
    pub kind: FactKind,
    pub value: FactValue,
}

impl ToSql for FactValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Real(value) => value.to_sql(),
            Self::Bytes(bytes) => bytes.to_sql(),
        }
    }
}

impl FromSql for FactValue {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Real(value) => Ok(Self::Real(value)),
            other => Ok(Self::Bytes(other.as_blob()?.to_vec())),
        }
    }
}

impl Catalog {
    /// All facts of a kind that are of its present version.
    pub fn facts(&self, kind: FactKind) -> Result<BTreeMap<ContentHash, FactValue>> {
        let mut select = self.connection.prepare_cached(
            "SELECT content.hash, fact.value FROM fact JOIN content ON content.id = fact.content
             WHERE fact.kind = ?1 AND fact.version = ?2",
        )?;
        let facts = select.query_map((kind.code(), kind.version()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(facts.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether any fact of this kind is known, of its present version.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn has_facts(&self, kind: FactKind) -> Result<bool> {
        let mut select = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM fact WHERE kind = ?1 AND version = ?2)",
        )?;
        Ok(select.query_row((kind.code(), kind.version()), |row| row.get(0))?)
    }

    /// Adds to what a snapshot knows of decoded pixels, in one transaction.
    pub fn insert_pixel_hashes(&mut self, hashes: &PixelHashes) -> Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (content, pixels) in hashes {
            let value = FactValue::Bytes(pixels.to_vec());
            insert(&transaction, FactKind::PixelHash, *content, &value)?;
        }
        count_change(&transaction)?;
        Ok(transaction.commit()?)
    }

    /// Writes facts in one transaction; each replaces an older one of its kind about the same content. The version
    /// of a snapshot stays; see [`Catalog::insert_pixel_hashes`] for the facts that it shows.
    pub fn insert_facts(&mut self, facts: &[Fact]) -> Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for fact in facts {
            insert(&transaction, fact.kind, fact.content, &fact.value)?;
        }
        Ok(transaction.commit()?)
    }
}

/// Part of a transaction.
pub(super) fn insert(
    connection: &Connection,
    kind: FactKind,
    content: ContentHash,
    value: &FactValue,
) -> Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO content (hash) VALUES (?1)")?
        .execute([content])?;
    connection
        .prepare_cached(
            "REPLACE INTO fact (kind, content, version, value)
             VALUES (?1, (SELECT id FROM content WHERE hash = ?2), ?3, ?4)",
        )?
        .execute((kind.code(), content, kind.version(), value))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Project;

    fn hash(text: &str) -> ContentHash {
        ContentHash::of(text.as_bytes())
    }

    #[test]
    fn facts_are_replaced_by_content_and_forgotten_with_their_version() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("project")).unwrap();
        let mut catalog = Catalog::open(&project).unwrap();
        let bytes = |byte: u8| FactValue::Bytes(vec![byte; 32]);
        let kind = FactKind::PixelHash;
        let fact = |text: &str, value: FactValue| Fact {
            content: hash(text),
            kind,
            value,
        };
        let before = catalog.snapshot().unwrap().version;
        let first = [fact("a", bytes(1)), fact("b", bytes(2))];
        catalog.insert_facts(&first).unwrap();
        let second = [fact("b", bytes(3)), fact("c", FactValue::Real(0.25))];
        catalog.insert_facts(&second).unwrap();
        let expected = BTreeMap::from([
            (hash("a"), bytes(1)),
            (hash("b"), bytes(3)),
            (hash("c"), FactValue::Real(0.25)),
        ]);
        assert_eq!(catalog.facts(kind).unwrap(), expected);
        assert_eq!(catalog.snapshot().unwrap().version, before);
        let contents: i64 = catalog
            .connection
            .query_row("SELECT count(*) FROM content", [], |row| row.get(0))
            .unwrap();
        assert_eq!(contents, 3);

        catalog
            .connection
            .execute("UPDATE fact SET version = version + 1", [])
            .unwrap();
        assert_eq!(catalog.facts(kind).unwrap(), BTreeMap::new());
        catalog.insert_facts(&[fact("a", bytes(4))]).unwrap();
        let again = BTreeMap::from([(hash("a"), bytes(4))]);
        assert_eq!(catalog.facts(kind).unwrap(), again);
    }

    #[test]
    fn a_snapshot_shows_the_pixel_hashes_and_counts_their_coming() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("project")).unwrap();
        let mut catalog = Catalog::open(&project).unwrap();
        let hashes = PixelHashes::from([(hash("a"), [7; 32])]);
        let before = catalog.snapshot().unwrap();
        catalog.insert_pixel_hashes(&hashes).unwrap();
        let after = catalog.snapshot().unwrap();
        assert_eq!((before.pixels.len(), after.pixels.as_ref()), (0, &hashes));
        assert!(after.version > before.version);
    }

    #[test]
    fn content_hashes_are_those_of_the_image_rows() {
        let hex = blake3::hash(b"image").to_hex();
        assert_eq!(ContentHash::from_hex(&hex), Some(hash("image")));
        assert_eq!(ContentHash::of(b"image").to_string(), hex.as_str());
        assert_eq!(ContentHash::from_hex("drakes-0"), None);
    }
}
