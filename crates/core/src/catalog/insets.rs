//! What the crop of a source comes to for each of its images: worked out when a snapshot is read, for borders from the facts
//! that a scan has measured of the files.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::content::{ContentHash, FactKind};
use super::crop::Crop;
use super::record::{ImageRecord, Source, SourceId, SourceKind};
use crate::error::Result;
use crate::media::border::Runs;
use crate::media::border::source::Member;

/// Borders that scans have measured, by content.
pub(super) type Borders = BTreeMap<ContentHash, Runs>;

/// Works out the crop of every image of `sources`. Returns how many images of each source nobody has looked for a border
/// in, though it is to be cropped.
pub(super) fn fill(
    connection: &Connection,
    sources: &[Source],
    images: &mut [ImageRecord],
) -> Result<BTreeMap<SourceId, usize>> {
    let crops: BTreeMap<SourceId, Crop> = sources
        .iter()
        .filter_map(|source| Some((source.id, source.crop?)))
        .collect();
    let mut unmeasured = BTreeMap::new();
    if crops.is_empty() {
        return Ok(unmeasured);
    }
    let borders = if crops.values().any(|crop| *crop == Crop::Measured) {
        borders(connection)?
    } else {
        Borders::new()
    };
    let mut places: BTreeMap<SourceId, Vec<usize>> = BTreeMap::new();
    for (at, image) in images.iter().enumerate() {
        if crops.contains_key(&image.source) {
            places.entry(image.source).or_default().push(at);
        }
    }
    // The frames of a folder may be of several films, which have not one border.
    let is_film = |source: SourceId| {
        let mut sources = sources.iter();
        sources.any(|row| row.id == source && row.kind == SourceKind::Film)
    };
    for (source, places) in places {
        let is_film = is_film(source);
        let Some(crop) = crops.get(&source) else {
            continue;
        };
        let members: Vec<Member> = places
            .iter()
            .filter_map(|&at| images.get(at))
            .map(|image| member(image, is_film, &borders))
            .collect();
        let mut unknown = 0;
        for (at, insets) in places.into_iter().zip(crop.insets(&members)) {
            unknown += usize::from(insets.is_none());
            if let Some(image) = images.get_mut(at) {
                image.crop = insets.unwrap_or_default();
            }
        }
        if unknown > 0 {
            unmeasured.insert(source, unknown);
        }
    }
    Ok(unmeasured)
}

fn member(image: &ImageRecord, is_film: bool, borders: &Borders) -> Member {
    let content = ContentHash::from_hex(&image.hash);
    Member {
        is_frame: is_film && image.frame.is_some(),
        width: image.width,
        height: image.height,
        runs: content.and_then(|content| borders.get(&content).copied()),
    }
}

fn borders(connection: &Connection) -> Result<Borders> {
    let kind = FactKind::Border;
    let mut select = connection.prepare_cached(
        "SELECT content.hash, fact.value FROM fact JOIN content ON content.id = fact.content
         WHERE fact.kind = ?1 AND fact.version = ?2",
    )?;
    let facts = select.query_map((kind.code(), kind.version()), |row| {
        Ok((row.get(0)?, Runs::from_bytes(row.get_ref(1)?.as_blob()?)))
    })?;
    let mut borders = Borders::new();
    for fact in facts {
        let (content, runs): (ContentHash, Option<Runs>) = fact?;
        borders.extend(runs.map(|runs| (content, runs)));
    }
    Ok(borders)
}
