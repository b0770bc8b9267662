//! Findings of any kind, with whatever each needs.

use std::path::{Path, PathBuf};

use super::features::Features;
use super::findings::Findings;
use super::kind::Kind;
use super::settings::Settings;
use crate::catalog::{Catalog, Snapshot};
use crate::error::Result;
use crate::progress::Progress;
use crate::project::Project;

/// Findings of these kinds, and the snapshot they are about. `cache`: the project's folder for what may be deleted; features that are not in it are computed.
///
/// # Errors
/// `Catalog` if it cannot be read; as [`Features::load`].
pub fn load_findings(
    catalog: &Catalog,
    cache: &Path,
    kinds: &[Kind],
    progress: &Progress,
) -> Result<(Snapshot, Findings)> {
    let snapshot = catalog.snapshot()?;
    let settings = Settings::read(catalog)?;
    let mut findings = Findings::of_pixels(catalog, &snapshot, kinds, &settings)?;
    if kinds.iter().any(|kind| kind.needs_features()) && !snapshot.images.is_empty() {
        let features = Features::load(cache, &snapshot, progress)?;
        let copies = copies(catalog, &snapshot, &settings)?;
        findings.add_learned(&snapshot, &features, kinds, (&copies, &settings));
    }
    Ok((snapshot, findings))
}

fn copies(catalog: &Catalog, snapshot: &Snapshot, settings: &Settings) -> Result<Findings> {
    let kinds = [Kind::ExactDuplicate, Kind::NearDuplicate];
    Findings::of_pixels(catalog, snapshot, &kinds, settings)
}

/// Reads what scans have found, again and again, beside whoever writes the project: computes nothing that takes long.
pub struct FindingsReader {
    project: Project,
    cache: PathBuf,
}

impl FindingsReader {
    pub fn new(project: Project) -> Self {
        let cache = project.cache_dir();
        Self { project, cache }
    }

    /// Of all kinds. An image that no scan has seen is not among them: [`Findings::unscanned`] counts those.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn read(&self, settings: &Settings, progress: &Progress) -> Result<Findings> {
        let catalog = Catalog::open_read_only(&self.project)?;
        let snapshot = catalog.snapshot()?;
        progress.check()?;
        let mut findings = Findings::of_pixels(&catalog, &snapshot, Kind::ALL, settings)?;
        progress.check()?;
        if snapshot.images.is_empty() {
            return Ok(findings);
        }
        let features = Features::known(&self.cache, &snapshot)?;
        if features.is_empty() {
            return Ok(findings);
        }
        let copies = copies(&catalog, &snapshot, settings)?;
        findings.add_learned(&snapshot, &features, Kind::ALL, (&copies, settings));
        Ok(findings)
    }
}
