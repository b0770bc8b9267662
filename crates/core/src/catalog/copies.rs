//! Copies of images that a source is upsampled with: a decision about the source. Which copies of an image show something is
//! a fact about its file; the copies themselves are made whenever they are looked at.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::content::{ContentHash, FactKind};
use super::record::{ImageRecord, Source, SourceId};
use crate::error::Result;
use crate::media::upsampling::Copies;

/// The decision, of format 9.
pub(super) const COLUMN: &str =
    "ALTER TABLE source ADD COLUMN is_upsampled INTEGER NOT NULL DEFAULT 0;";

/// Finds out which copies there are of the images of upsampled sources. Returns how many images of each source nobody has
/// looked at yet, so that they have no copies.
pub(super) fn fill(
    connection: &Connection,
    sources: &[Source],
    images: &mut [ImageRecord],
) -> Result<BTreeMap<SourceId, usize>> {
    let mut unknown = BTreeMap::new();
    let upsampled: Vec<SourceId> = sources
        .iter()
        .filter(|source| source.is_upsampled)
        .map(|source| source.id)
        .collect();
    if upsampled.is_empty() {
        return Ok(unknown);
    }
    let known = known(connection)?;
    let own = images.iter_mut();
    for image in own.filter(|image| upsampled.contains(&image.source)) {
        let content = ContentHash::from_hex(&image.hash);
        match content.and_then(|content| known.get(&content)) {
            Some(copies) => image.copies = *copies,
            None => *unknown.entry(image.source).or_default() += 1,
        }
    }
    Ok(unknown)
}

fn known(connection: &Connection) -> Result<BTreeMap<ContentHash, Copies>> {
    let kind = FactKind::Copies;
    let mut select = connection.prepare_cached(
        "SELECT content.hash, fact.value FROM fact JOIN content ON content.id = fact.content
         WHERE fact.kind = ?1 AND fact.version = ?2",
    )?;
    let facts = select.query_map((kind.code(), kind.version()), |row| {
        let bits = row.get_ref(1)?.as_blob()?.first().copied();
        Ok((row.get(0)?, Copies::from_byte(bits.unwrap_or_default())))
    })?;
    Ok(facts.collect::<rusqlite::Result<_>>()?)
}
