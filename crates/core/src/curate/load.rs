//! Findings of any kind, with whatever each needs.

use std::path::Path;
use std::time::{Duration, Instant};

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

/// Images up to which each is compared with every other one by features: more would keep all cores busy for minutes.
const MOST_COMPARED: usize = 30_000;
/// Learning that takes longer is not done again after every few decisions.
const QUICK: Duration = Duration::from_secs(1);

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

    /// Of all kinds. [`Findings::unscanned`] counts the images that no scan has seen. `is_light`: no more than decisions
    /// has changed since the last time, so that what takes long may be as it was then.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read; `Cancelled`.
    pub fn read(
        &mut self,
        settings: &Settings,
        is_light: bool,
        progress: &Progress,
    ) -> Result<Findings> {
        let catalog = Catalog::open_read_only(&self.project)?;
        let snapshot = catalog.snapshot()?;
        progress.check()?;
        let mut findings = Findings::of_pixels(&catalog, &snapshot, Kind::ALL, settings)?;
        progress.check()?;
        let (learned, took) = match self.learned.take() {
            Some((learned, took)) if is_light && took > QUICK => (learned, took),
            _again => {
                let began = Instant::now();
                let learned = self.learn(&catalog, &snapshot, settings)?;
                (learned, began.elapsed())
            }
        };
        findings.join(learned.clone());
        self.learned = Some((learned, took));
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
