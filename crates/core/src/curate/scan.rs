//! Reads what has changed since the last scan and keeps what the checks want to know of it.
//!
//! The slow half knows no catalog and runs on a worker ([`Scan::run`]); the quick half writes facts
//! ([`ScanBatch::write`]). A scan that is cancelled or killed goes on where it was; one of a project that has not changed reads
//! no image.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::kind::Kind;
use super::known::Known;
use super::measure::{Measured, Trust, measure};
use super::strays::{self, Folder};
use crate::catalog::facts::{Fact, FactKind};
use crate::catalog::stray::Stray;
use crate::catalog::{Catalog, ContentHash, PixelHashes, Snapshot, SourceId};
use crate::error::Result;
use crate::progress::Progress;

/// Images after which their facts are handed over; a kill loses no more.
const BATCH: usize = 256;

/// What is to be read, as values for a worker.
#[derive(Clone, Debug)]
pub struct Scan {
    images: Vec<Target>,
    folders: Vec<Folder>,
    /// Files in the folders that are images of the project.
    imported: BTreeSet<PathBuf>,
    root: PathBuf,
    /// Images whose facts are known already.
    known: usize,
}

/// An image to measure.
#[derive(Clone, Debug)]
struct Target {
    path: PathBuf,
    /// For messages.
    origin: String,
    content: ContentHash,
    trust: Trust,
}

/// What was found out, ready to be written.
#[derive(Clone, Debug, Default)]
pub struct ScanBatch {
    facts: Vec<Fact>,
    pixels: PixelHashes,
    strays: Vec<(SourceId, Vec<Stray>)>,
}

/// Counts for the message at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ScanReport {
    /// Images that were read.
    pub images: usize,
    /// Images whose facts were there.
    pub known: usize,
    /// Other files that were read.
    pub files: usize,
}

impl ScanReport {
    /// "Read 311 images and 40 other files; 90 images were known".
    pub fn summary(&self) -> String {
        let count = |n: usize, thing: &str| match n {
            1 => format!("1 {thing}"),
            n => format!("{n} {thing}s"),
        };
        format!(
            "Read {} and {}; {} known already",
            count(self.images, "image"),
            count(self.files, "other file"),
            count(self.known, "image"),
        )
    }
}

/// The facts that scans write.
pub(super) const FACTS: &[FactKind] = &[
    FactKind::PixelHash,
    FactKind::Format,
    FactKind::Damage,
    FactKind::Highlights,
    FactKind::Shadows,
    FactKind::Chroma,
    FactKind::Entropy,
    FactKind::Sharpness,
    FactKind::Border,
    FactKind::Signature,
    FactKind::Brightness,
    FactKind::Grain,
    FactKind::Quality,
];

impl Scan {
    /// What these kinds of findings want to know and the catalog does not.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn plan(catalog: &Catalog, snapshot: &Snapshot, kinds: &[Kind]) -> Result<Self> {
        let needed: Vec<FactKind> = FACTS
            .iter()
            .copied()
            .filter(|fact| kinds.iter().any(|kind| kind.facts().contains(fact)))
            .collect();
        let mut scan = Self::plan_facts(catalog, snapshot, &needed)?;
        if kinds.iter().any(|kind| kind.is_about_files()) {
            (scan.folders, scan.imported) = strays::folders(snapshot, &catalog.strays()?);
        }
        Ok(scan)
    }

    /// As [`Scan::plan`], of images alone: those of which the catalog lacks one of these facts.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn plan_facts(catalog: &Catalog, snapshot: &Snapshot, needed: &[FactKind]) -> Result<Self> {
        let facts = Known::load(catalog, snapshot, FACTS)?;
        let mut seen = BTreeSet::new();
        let mut images = Vec::new();
        for (at, image) in snapshot.images.iter().enumerate() {
            // Without a content hash there is nothing that facts could be kept by.
            let Some(content) = facts.content(at) else {
                continue;
            };
            let is_known =
                facts.has(FactKind::Damage, at) || needed.iter().all(|&fact| facts.has(fact, at));
            if is_known || !seen.insert(content) {
                continue;
            }
            let was_decoded = facts.has(FactKind::PixelHash, at) || image.frame.is_some();
            images.push(Target {
                path: image.path.clone(),
                origin: image.origin.clone(),
                content,
                trust: if was_decoded {
                    Trust::Imported
                } else {
                    Trust::Unknown
                },
            });
        }
        Ok(Self {
            known: snapshot.images.len() - images.len(),
            images,
            folders: Vec::new(),
            imported: BTreeSet::new(),
            root: snapshot.root.clone(),
        })
    }

    /// Of the images every `step`th from the one at `first` on, and no other files.
    #[must_use]
    pub(super) fn part(self, first: usize, step: usize) -> Self {
        let images = self.images.into_iter().skip(first).step_by(step.max(1));
        Self {
            images: images.collect(),
            folders: Vec::new(),
            ..self
        }
    }

    /// Reads all; `sink` gets batches in order. A file that cannot be opened, or is another one than was imported, is a
    /// warning.
    ///
    /// # Errors
    /// `Cancelled`, after handing over what was ready; `Io` if a folder cannot be listed; any error of `sink`.
    pub fn run(
        &self,
        progress: &Progress,
        sink: &mut dyn FnMut(ScanBatch) -> Result<()>,
    ) -> Result<ScanReport> {
        let mut report = ScanReport {
            known: self.known,
            ..ScanReport::default()
        };
        for folder in &self.folders {
            let nested: Vec<&Path> = self.nested_in(folder);
            let looked = folder.look(&self.imported, &nested, &self.root, progress)?;
            report.files += looked.read;
            sink(ScanBatch {
                facts: looked.facts,
                strays: vec![(folder.source, looked.strays)],
                ..ScanBatch::default()
            })?;
        }
        progress.stage("scanning images", Some(self.images.len() as u64));
        for batch in self.images.chunks(BATCH) {
            let measured: Vec<(ContentHash, Measured)> = batch
                .par_iter()
                .filter(|_target| !progress.is_cancelled())
                .filter_map(|target| target.measure(progress))
                .collect();
            report.images += measured.len();
            sink(ScanBatch::of(measured))?;
            progress.check()?;
        }
        Ok(report)
    }

    fn nested_in(&self, folder: &Folder) -> Vec<&Path> {
        self.folders
            .iter()
            .map(Folder::path)
            .filter(|other| *other != folder.path() && other.starts_with(folder.path()))
            .collect()
    }
}

impl Target {
    /// `None` after a warning.
    fn measure(&self, progress: &Progress) -> Option<(ContentHash, Measured)> {
        let bytes = fs::read(&self.path);
        progress.advance(1);
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                progress.warn(&self.origin, format!("cannot be read: {error}"));
                return None;
            }
        };
        let content = ContentHash::of(&bytes);
        let trust = if content == self.content {
            self.trust
        } else {
            progress.warn(
                &self.origin,
                "has changed since its import; import its folder again",
            );
            Trust::Unknown
        };
        match measure(&bytes, &self.path, trust) {
            Ok(measured) => Some((content, measured)),
            Err(error) => {
                progress.warn(&self.origin, error.to_string());
                None
            }
        }
    }
}

impl ScanBatch {
    fn of(measured: Vec<(ContentHash, Measured)>) -> Self {
        let mut batch = Self::default();
        for (content, measured) in measured {
            let facts = measured.facts.into_iter();
            batch.facts.extend(facts.map(|(kind, value)| Fact {
                content,
                kind,
                value,
            }));
            if let Some(pixels) = measured.pixel_hash {
                batch.pixels.insert(content, pixels);
            }
        }
        batch
    }

    pub(super) fn new(facts: Vec<Fact>, pixels: PixelHashes) -> Self {
        Self {
            facts,
            pixels,
            strays: Vec::new(),
        }
    }

    pub(super) fn facts(&self) -> &[Fact] {
        &self.facts
    }

    pub(super) fn pixels(&self) -> &PixelHashes {
        &self.pixels
    }

    /// # Errors
    /// `Catalog`, for instance on a full disk.
    pub fn write(&self, catalog: &mut Catalog) -> Result<()> {
        catalog.insert_facts(&self.facts)?;
        for (source, strays) in &self.strays {
            catalog.replace_strays(*source, strays)?;
        }
        if !self.pixels.is_empty() {
            catalog.insert_pixel_hashes(&self.pixels)?;
        }
        Ok(())
    }
}

/// Both halves in this thread, for the command line and tests.
///
/// # Errors
/// As [`Scan::plan`], [`Scan::run`] and [`ScanBatch::write`].
pub fn scan(catalog: &mut Catalog, kinds: &[Kind], progress: &Progress) -> Result<ScanReport> {
    let snapshot = catalog.snapshot()?;
    let scan = Scan::plan(catalog, &snapshot, kinds)?;
    scan.run(progress, &mut |batch| batch.write(catalog))
}

/// As [`scan`], of images alone and for these facts.
///
/// # Errors
/// As [`scan`].
pub fn scan_facts(
    catalog: &mut Catalog,
    facts: &[FactKind],
    progress: &Progress,
) -> Result<ScanReport> {
    let snapshot = catalog.snapshot()?;
    let scan = Scan::plan_facts(catalog, &snapshot, facts)?;
    scan.run(progress, &mut |batch| batch.write(catalog))
}
