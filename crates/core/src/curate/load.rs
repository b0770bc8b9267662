//! Findings of any kind, with whatever each needs.

use std::path::Path;
use std::time::{Duration, Instant};

use super::features::Features;
use super::findings::Findings;
use super::kind::Kind;
use super::known::Known;
use super::settings::Settings;
use crate::catalog::facts::FactKind;
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

/// Images up to which each is compared with every other one by features: more would keep all cores busy for minutes.
const MOST_COMPARED: usize = 30_000;
/// Learning that takes longer is not done again after every few decisions.
const QUICK: Duration = Duration::from_secs(1);

/// How much is worked out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What pixels tell; what features told last is kept.
    Pixels,
    /// No more than decisions has changed: what features tell too, if that is quick.
    Light,
    Full,
}

/// Reads what scans have found, again and again, beside whoever writes the project. It computes nothing of images: what
/// no scan has seen is not found.
pub struct FindingsReader {
    project: Project,
    /// What features told last, and how long that took.
    learned: Option<(Findings, Duration)>,
}

impl FindingsReader {
    pub fn new(project: Project) -> Self {
        Self {
            project,
            learned: None,
        }
    }

    /// Of all kinds. [`Findings::unscanned`] counts the images that no scan has seen.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read; `Cancelled`.
    pub fn read(
        &mut self,
        settings: &Settings,
        depth: Depth,
        progress: &Progress,
    ) -> Result<Findings> {
        let catalog = Catalog::open_read_only(&self.project)?;
        let snapshot = catalog.snapshot()?;
        progress.check()?;
        let mut findings = Findings::of_pixels(&catalog, &snapshot, Kind::ALL, settings)?;
        progress.check()?;
        let may_stay = match (depth, &self.learned) {
            (Depth::Pixels, _) => true,
            (Depth::Light, Some((_, took))) => *took > QUICK,
            (Depth::Light, None) | (Depth::Full, _) => false,
        };
        if !may_stay {
            let began = Instant::now();
            let learned = self.learn(&catalog, &snapshot, settings)?;
            self.learned = Some((learned, began.elapsed()));
        }
        if let Some((learned, _)) = &self.learned {
            findings.join(learned.clone());
        }
        Ok(findings)
    }

    fn learn(
        &self,
        catalog: &Catalog,
        snapshot: &Snapshot,
        settings: &Settings,
    ) -> Result<Findings> {
        let mut findings = Findings::default();
        if snapshot.images.is_empty() {
            return Ok(findings);
        }
        let features = Features::known(&self.project.cache_dir(), snapshot)?;
        let known = Known::load(catalog, snapshot, &[FactKind::Damage])?;
        findings.without_features = (0..snapshot.images.len())
            .filter(|&at| features.of(at).is_none() && known.damage(at).is_none())
            .count();
        if features.is_empty() {
            return Ok(findings);
        }
        let mut kinds: Vec<Kind> = Kind::ALL.to_vec();
        if snapshot.images.len() > MOST_COMPARED {
            kinds.retain(|kind| !matches!(kind, Kind::Similar | Kind::Outlier));
            findings.notes.push(format!(
                "similar images and outliers are looked for among up to {MOST_COMPARED} images"
            ));
        }
        let copies = copies(catalog, snapshot, settings)?;
        findings.add_learned(snapshot, &features, &kinds, (&copies, settings));
        Ok(findings)
    }
}
