//! Findings of any kind, with whatever each needs.

use std::path::Path;

use super::features::Features;
use super::findings::Findings;
use super::kind::Kind;
use super::settings::Settings;
use crate::catalog::{Catalog, Snapshot};
use crate::error::Result;
use crate::progress::Progress;

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
        let copies = [Kind::ExactDuplicate, Kind::NearDuplicate];
        let copies = Findings::of_pixels(catalog, &snapshot, &copies, &settings)?;
        findings.add_learned(&snapshot, &features, kinds, &copies);
    }
    Ok((snapshot, findings))
}
