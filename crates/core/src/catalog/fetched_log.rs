//! The catalog's memory of the web: which addresses were asked, which contents are in the project or were rejected, and
//! whom to credit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rusqlite::TransactionBehavior;

use super::content::ContentHash;
use super::facts::{FactKind, FactValue};
use super::import::{ImportImages, ImportReport, NewImage};
use super::provenance::{self, Fetched, Outcome, Provenance};
use super::query::Catalog;
use super::record::{Decision, Moment};
use super::schema::absolute_path;
use crate::error::Result;

/// What a collection must know of the project, gathered for the worker.
#[derive(Clone, Debug, Default)]
pub struct KnownContent {
    /// By address.
    pub urls: BTreeMap<String, KnownUrl>,
    /// Files that are in the project.
    pub present: BTreeSet<ContentHash>,
    /// The same by their decoded pixels, as far as they are known.
    pub present_pixels: BTreeSet<[u8; 32]>,
    /// Files that a person rejected, also in sources that were removed since, and when, if that is known. Not those of
    /// which another copy is in the project: they were rejected as copies.
    pub rejected: BTreeMap<ContentHash, Option<Moment>>,
    pub rejected_pixels: BTreeMap<[u8; 32], Option<Moment>>,
}

/// What came of an address before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUrl {
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub content: Option<ContentHash>,
    /// Pixels.
    pub shorter_side: Option<u32>,
}

impl From<&Fetched> for KnownUrl {
    fn from(fetched: &Fetched) -> Self {
        Self {
            outcome: fetched.outcome,
            reason: fetched.reason.clone(),
            content: fetched.content,
            shorter_side: fetched.shorter_side,
        }
    }
}

/// An image of the project that came from the web.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Absolute.
    pub path: PathBuf,
    pub source: String,
    pub class: Option<String>,
    pub decision: Decision,
    /// blake3 of the file's bytes, hex.
    pub hash: String,
    pub provenance: Provenance,
}

impl Catalog {
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn known_content(&self) -> Result<KnownContent> {
        let mut known = KnownContent {
            urls: self.known_urls()?,
            ..KnownContent::default()
        };
        let pixels = self.facts(FactKind::PixelHash)?;
        let pixels_of = |content: &ContentHash| match pixels.get(content) {
            Some(FactValue::Bytes(bytes)) => <[u8; 32]>::try_from(bytes.as_slice()).ok(),
            _none => None,
        };
        for content in self.contents("SELECT DISTINCT hash FROM present_image")? {
            known.present_pixels.extend(pixels_of(&content));
            known.present.insert(content);
        }
        for (content, at) in self.rejected_contents()? {
            known
                .rejected_pixels
                .extend(pixels_of(&content).map(|pixels| (pixels, at)));
            known.rejected.insert(content, at);
        }
        Ok(known)
    }

    fn rejected_contents(&self) -> Result<Vec<(ContentHash, Option<Moment>)>> {
        let mut select = self.connection.prepare_cached(
            "SELECT hash, max(decided_at) FROM image WHERE decision = 'reject'
             AND NOT EXISTS (SELECT 1 FROM present_image AS other
                             WHERE other.hash = image.hash AND other.decision <> 'reject')
             GROUP BY hash",
        )?;
        let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(rows
            .into_iter()
            .filter_map(|(hash, at)| Some((ContentHash::from_hex(&hash)?, at)))
            .collect())
    }

    fn known_urls(&self) -> Result<BTreeMap<String, KnownUrl>> {
        let mut select = self
            .connection
            .prepare_cached("SELECT url, outcome, reason, hash, shorter_side FROM fetched")?;
        let urls = select.query_map([], |row| {
            let known = KnownUrl {
                outcome: Outcome::of_word(row.get_ref(1)?.as_str()?),
                reason: row.get(2)?,
                content: row.get(3)?,
                shorter_side: row.get(4)?,
            };
            Ok((row.get(0)?, known))
        })?;
        Ok(urls.collect::<rusqlite::Result<_>>()?)
    }

    fn contents(&self, select: &str) -> Result<Vec<ContentHash>> {
        let mut select = self.connection.prepare_cached(select)?;
        let hashes = select.query_map([], |row| row.get::<_, String>(0))?;
        let hashes = hashes.collect::<rusqlite::Result<Vec<String>>>()?;
        Ok(hashes
            .iter()
            .filter_map(|hash| ContentHash::from_hex(hash))
            .collect())
    }

    /// Rows of images that were fetched and of the addresses they came from, in one transaction: after a kill both are
    /// known or neither. `report`: as for [`Catalog::insert_batch`].
    ///
    /// # Errors
    /// As [`Catalog::insert_batch`].
    pub fn insert_fetched(
        &mut self,
        import: &ImportImages,
        images: &[NewImage],
        fetched: &[Fetched],
        report: &mut ImportReport,
    ) -> Result<()> {
        let root = self.root.clone();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for one in fetched {
            provenance::write(&transaction, one)?;
        }
        let so_far = if images.is_empty() {
            report.clone()
        } else {
            import.insert_rows(&transaction, &root, images, report)?
        };
        transaction.commit()?;
        *report = so_far;
        Ok(())
    }

    /// Where the file of this content came from, if it came from the web.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn provenance(&self, content: &ContentHash) -> Result<Option<Provenance>> {
        provenance::of_content(&self.connection, content)
    }

    /// Every image of the project that came from the web, in the order in which they came in.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn credits(&self) -> Result<Vec<Credit>> {
        let mut select = self.connection.prepare_cached(
            "SELECT image.path, source.name, class.name, image.decision, image.hash
             FROM present_image AS image JOIN source ON source.id = image.source
             LEFT JOIN class ON class.id = image.class ORDER BY image.id",
        )?;
        let images = select.query_map([], |row| {
            Ok(Credit {
                path: absolute_path(&self.root, row.get_ref(0)?.as_str()?),
                source: row.get(1)?,
                class: row.get(2)?,
                decision: row.get(3)?,
                hash: row.get(4)?,
                provenance: Provenance::default(),
            })
        })?;
        let mut credits = Vec::new();
        for image in images {
            let image = image?;
            let content = ContentHash::from_hex(&image.hash);
            let provenance = match content {
                Some(content) => self.provenance(&content)?,
                None => None,
            };
            credits.extend(provenance.map(|provenance| Credit {
                provenance,
                ..image
            }));
        }
        Ok(credits)
    }
}
