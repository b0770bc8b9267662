//! Looks for validation images that training images give away: by time, by content and by features.

use std::path::PathBuf;

use super::kind::{JobKind, Lane, Part, Work};
use super::twins::complete_twins;
use crate::catalog::{Catalog, Snapshot};
use crate::curate::Features;
use crate::curate::features::KnownFeatures;
use crate::curate::known::Known;
use crate::curate::leak::{Evidence, FACTS, Leaks, Offender, worst};
use crate::curate::scan::{Scan, ScanBatch};
use crate::dataset::{Leakage, Split};
use crate::error::Result;
use crate::jobs::Context;
use crate::project::Project;

/// Pairs of a validation and a training image that are compared by features after each change of a split: some seconds
/// on two cores. Of a larger project that is asked for.
const LIVE_PAIRS: usize = 100_000_000;

/// What is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// With what is known of the images; by features where that is a matter of seconds.
    #[default]
    Live,
    /// By features however long it takes.
    Thorough,
    /// Scans images that no scan has looked at; the next search knows of them.
    Scan,
    /// Computes the features that the cache does not have; the next search knows of them.
    Features,
}

/// Started by whoever shows the split, after each change of it.
#[derive(Clone, Debug, Default)]
pub struct LeakSearch {
    pub look: Look,
    /// Of the search before, so that they are not read again.
    pub known: Option<KnownFeatures>,
    pub found: Option<FoundLeaks>,
}

/// What a split gives away.
#[derive(Clone, Debug)]
pub struct FoundLeaks {
    /// Of the catalog that it is about.
    pub version: u64,
    pub leakage: Leakage,
    /// Without those that features alone tell: what a run looks at before it begins.
    pub refused: Leakage,
    /// How many twins each kind of evidence tells.
    pub told: [(Evidence, usize); 3],
    /// The scenes with the most twins first.
    pub offenders: Vec<Offender>,
    /// See [`Leaks::contamination`].
    pub contamination: Option<f64>,
    /// See [`Leaks::compared_text`].
    pub compared: String,
    /// Images that could not be compared by their content.
    pub unscanned: usize,
    /// Images that could not be compared by features.
    pub without_features: usize,
    /// Too many pairs to compare by features after each change.
    pub is_too_large: bool,
    pub known: Option<KnownFeatures>,
}

impl JobKind for LeakSearch {
    fn title(&self) -> String {
        match self.look {
            Look::Live | Look::Thorough => "Look for leaks",
            Look::Scan => "Scan images for copies",
            Look::Features => "Compute features of images",
        }
        .to_owned()
    }

    fn lane(&self) -> Lane {
        match self.look {
            Look::Features | Look::Thorough => Lane::Cores,
            Look::Live | Look::Scan => Lane::Disk,
        }
    }

    fn thread_name(&self) -> &'static str {
        "leaks"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let snapshot = catalog.snapshot()?;
        let cache = project.cache_dir();
        match self.look {
            Look::Scan => {
                let scan = Scan::plan_facts(catalog, &snapshot, FACTS)?;
                Ok(Box::new(move |context| {
                    let mut keep = |batch: ScanBatch| {
                        context.send(Part::hidden_rows(move |_: &mut Self, catalog| {
                            batch.write(catalog)
                        }))
                    };
                    scan.run(&context.progress, &mut keep).map(|_| ())
                }))
            }
            Look::Features => Ok(Box::new(move |context| {
                Features::load(&cache, &snapshot, &context.progress).map(|_| ())
            })),
            Look::Live | Look::Thorough => {
                let search = Search {
                    known: Known::load(catalog, &snapshot, FACTS)?,
                    features: self.known.take(),
                    is_thorough: self.look == Look::Thorough,
                    cache,
                    snapshot,
                };
                Ok(Box::new(move |context| search.run(context)))
            }
        }
    }

    fn is_asked_for(&self) -> bool {
        self.look != Look::Live
    }

    fn summary(&self) -> String {
        match &self.found {
            None => String::new(),
            Some(found) if found.contamination.is_none() => {
                format!("not known ({})", found.compared)
            }
            Some(found) => found.leakage.to_string(),
        }
    }
}

/// What the worker needs.
struct Search {
    snapshot: Snapshot,
    known: Known,
    cache: PathBuf,
    features: Option<KnownFeatures>,
    is_thorough: bool,
}

impl Search {
    fn run(mut self, context: &Context<Part>) -> Result<()> {
        // As a run does: what sits out of training gives nothing away.
        complete_twins::<LeakSearch>(context, &mut self.snapshot)?;
        let snapshot = &self.snapshot;
        // Of what cannot be trained on yet nothing is given away.
        let split = Split::of(snapshot).ok();
        let pairs = split
            .as_ref()
            .map_or(0, |split| split.valid.len() * split.train.len());
        let is_too_large = pairs > LIVE_PAIRS && !self.is_thorough;
        let features = if pairs == 0 || is_too_large {
            self.features
        } else {
            Some(KnownFeatures::read(&self.cache, snapshot, self.features)?)
        };
        let used = features.as_ref().filter(|_| !is_too_large);
        let used = used.map(|known| &*known.features);
        let leaks = split
            .map(|split| Leaks::find(snapshot, &split, &self.known, used))
            .unwrap_or_default();
        let leakage = leaks.leakage();
        let kinds = [Evidence::Time, Evidence::Hash, Evidence::Features];
        let found = FoundLeaks {
            version: snapshot.version,
            leakage,
            refused: Leakage {
                twins: leakage.twins - leaks.told_by(Evidence::Features),
                ..leakage
            },
            told: kinds.map(|evidence| (evidence, leaks.told_by(evidence))),
            offenders: worst(snapshot, &leaks),
            contamination: leaks.contamination(),
            compared: leaks.compared_text(),
            unscanned: leaks.unscanned,
            without_features: leaks.without_features,
            is_too_large,
            known: features,
        };
        context.send(Part::result(move |search: &mut LeakSearch| {
            search.found = Some(found);
        }))
    }
}
