//! A scan in parts, each read by another process or machine: what a part finds out lies in a folder of its own until it is
//! taken into the project.
//!
//! Facts and features are kept by content. So the parts together are the scan of one process, in whichever order they come in,
//! and a part that is taken in twice changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::features::Features;
use super::kind::Kind;
use super::scan::{FACTS, Scan, ScanBatch, ScanReport};
use crate::catalog::facts::{Fact, FactKind, FactValue};
use crate::catalog::{Catalog, ContentHash, Snapshot};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::project::{Project, temporary_file};
use crate::train::embedding::take_embeddings;

/// Its last file, so that a part that was cut off is not taken for a whole one.
const FILE: &str = "facts.jsonl";
const FORMAT: u32 = 1;

/// Which part of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub number: usize,
    pub of: usize,
}

impl FromStr for Shard {
    type Err = String;

    /// ```
    /// use cutting_room_core::curate::Shard;
    /// assert_eq!("2/4".parse(), Ok(Shard { number: 2, of: 4 }));
    /// assert!("5/4".parse::<Shard>().is_err());
    /// ```
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        numbers
            .filter(|&(number, of)| (1..=of).contains(&number))
            .map(|(number, of)| Self { number, of })
            .ok_or_else(|| "give a part and how many there are, such as 2/4".to_owned())
    }
}

impl Shard {
    /// From 0. A part has every [`Shard::of`]th image from there on, so that the parts take equally long.
    fn first(self) -> usize {
        self.number.saturating_sub(1)
    }
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    format: u32,
    /// Of every kind of fact in the file.
    versions: BTreeMap<FactKind, u32>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    content: ContentHash,
    kind: FactKind,
    value: Value,
}

#[derive(Debug, Serialize, Deserialize)]
enum Value {
    /// The bits of a number, which is to be the same to the last one.
    Real(u64),
    Bytes(Vec<u8>),
}

/// Reads the images of one part that the catalog knows too little of, and puts what it finds out into the folder `out`, which
/// must be new or empty. The project is only read. Files that are no images are left to whoever takes the parts in.
///
/// # Errors
/// As [`Snapshot::check_output_folder`], [`Scan::run`] and [`Features::load`]; [`Error::Io`].
pub fn scan_shard(
    (project, catalog): (&Project, &Catalog),
    (kinds, shard): (&[Kind], Shard),
    out: &Path,
    progress: &Progress,
) -> Result<ScanReport> {
    let snapshot = catalog.snapshot()?;
    snapshot.check_output_folder(out)?;
    fs::create_dir_all(out).map_err(Error::io("make the folder", out))?;
    let scan = Scan::plan(catalog, &snapshot, kinds)?.part(shard.first(), shard.of);
    let mut file = temporary_file(out, ".tmp-").map_err(Error::io("write the facts", out))?;
    let mut write =
        |line: String| writeln!(file, "{line}").map_err(Error::io("write the facts", out));
    let versions = FACTS.iter().map(|&kind| (kind, kind.version()));
    let head = Head {
        format: FORMAT,
        versions: versions.collect(),
    };
    write(json(&head)?)?;
    let report = scan.run(progress, &mut |batch| write(json(&rows(&batch))?))?;
    if kinds.iter().any(|kind| kind.needs_features()) {
        features(project, &snapshot, shard, out, progress)?;
    }
    let path = out.join(FILE);
    file.persist(&path)
        .map_err(|error| Error::io("write the facts", &path)(error.error))?;
    Ok(report)
}

/// Of the part's images that the project's cache has none of.
fn features(
    project: &Project,
    snapshot: &Snapshot,
    shard: Shard,
    out: &Path,
    progress: &Progress,
) -> Result<()> {
    let known = Features::known(&project.cache_dir(), snapshot)?;
    let images = snapshot.images.iter().enumerate();
    let missing = images.filter(|(at, _)| known.of(*at).is_none());
    let part = Snapshot {
        images: missing
            .map(|(_, image)| image.clone())
            .skip(shard.first())
            .step_by(shard.of.max(1))
            .collect(),
        ..snapshot.clone()
    };
    if !part.images.is_empty() {
        Features::load(out, &part, progress)?;
    }
    Ok(())
}

/// What parts were about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Of which there were facts.
    pub images: usize,
    /// Of these, as many as the project has.
    pub in_project: usize,
}

/// Takes in what [`scan_shard`] has put into `folders`. A part without an image of the project is a warning.
///
/// # Errors
/// [`Error::Invalid`] for a part that was cut off or damaged, or that another version of the program has read;
/// [`Error::Catalog`]; [`Error::Io`]. Parts that came in before stay.
pub fn merge_shards(
    (project, catalog): (&Project, &mut Catalog),
    folders: &[PathBuf],
    progress: &Progress,
) -> Result<Merged> {
    progress.stage("taking in the parts", Some(folders.len() as u64));
    let snapshot = catalog.snapshot()?;
    let known = snapshot.images.iter();
    let known: BTreeSet<ContentHash> = known
        .filter_map(|image| ContentHash::from_hex(&image.hash))
        .collect();
    let mut merged = Merged::default();
    for folder in folders {
        progress.check()?;
        let contents = merge(catalog, &folder.join(FILE))?;
        let in_project = contents.intersection(&known).count();
        if in_project == 0 && !contents.is_empty() {
            progress.warn(
                folder.display().to_string(),
                "the project has none of its images; it is a part of another project's scan, or the images have changed since",
            );
        }
        merged.images += contents.len();
        merged.in_project += in_project;
        take_embeddings(&project.cache_dir(), folder)?;
        progress.advance(1);
    }
    Ok(merged)
}

/// Returns of which images facts came.
fn merge(catalog: &mut Catalog, path: &Path) -> Result<BTreeSet<ContentHash>> {
    let bad = |reason: &str| {
        Error::Invalid(format!(
            "the part of the scan cannot be taken in: {reason}; scan the part again; file {}",
            path.display()
        ))
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(match path.parent() {
                Some(folder) if !folder.is_dir() => no_part(folder),
                _ => bad("it was not read to its end"),
            });
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(no_part(path.parent().unwrap_or(path)));
        }
        Err(error) => return Err(Error::io("read the part of a scan", path)(error)),
    };
    let mut lines = BufReader::new(file).lines();
    let mut next = || {
        let line = lines.next().transpose();
        line.map_err(Error::io("read the part of a scan", path))
    };
    let head = next()?.and_then(|line| serde_json::from_str::<Head>(&line).ok());
    let is_current = head.is_some_and(|head| {
        let mut versions = head.versions.iter();
        head.format == FORMAT && versions.all(|(kind, version)| kind.version() == *version)
    });
    if !is_current {
        return Err(bad(
            "its first line is cut off, or another version of the program wrote it",
        ));
    }
    let mut contents = BTreeSet::new();
    // The head is the first.
    let mut number = 1;
    while let Some(line) = next()? {
        number += 1;
        let damaged = |reason: &str| bad(&format!("its line {number} is damaged, {reason}"));
        let rows: Vec<Row> =
            serde_json::from_str(&line).map_err(|error| damaged(&error.to_string()))?;
        contents.extend(rows.iter().map(|row| row.content));
        let batch = batch(rows).map_err(damaged)?;
        batch.write(catalog)?;
    }
    Ok(contents)
}

fn no_part(folder: &Path) -> Error {
    Error::Invalid(format!(
        "there is no such folder; name the one that `scan --shard … --out` has written, instead of {}",
        folder.display()
    ))
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Invalid(error.to_string()))
}

fn rows(batch: &ScanBatch) -> Vec<Row> {
    let facts = batch.facts().iter().map(|fact| Row {
        content: fact.content,
        kind: fact.kind,
        value: match &fact.value {
            FactValue::Real(value) => Value::Real(value.to_bits()),
            FactValue::Bytes(bytes) => Value::Bytes(bytes.clone()),
        },
    });
    let pixels = batch.pixels().iter().map(|(content, hash)| Row {
        content: *content,
        kind: FactKind::PixelHash,
        value: Value::Bytes(hash.to_vec()),
    });
    facts.chain(pixels).collect()
}

/// Or what is wrong with a row.
fn batch(rows: Vec<Row>) -> std::result::Result<ScanBatch, &'static str> {
    let mut facts = Vec::new();
    let mut pixels = BTreeMap::new();
    for row in rows {
        match (row.kind, row.value) {
            (FactKind::PixelHash, Value::Bytes(bytes)) => {
                let hash = bytes.try_into();
                pixels.insert(
                    row.content,
                    hash.map_err(|_other_length| "a pixel hash in it is none")?,
                );
            }
            (FactKind::PixelHash, Value::Real(_)) => return Err("a pixel hash in it is none"),
            (_, Value::Real(bits)) if f64::from_bits(bits).is_nan() => {
                return Err("a number in it is none");
            }
            (kind, value) => facts.push(Fact {
                content: row.content,
                kind,
                value: match value {
                    Value::Real(bits) => FactValue::Real(f64::from_bits(bits)),
                    Value::Bytes(bytes) => FactValue::Bytes(bytes),
                },
            }),
        }
    }
    Ok(ScanBatch::new(facts, pixels))
}
