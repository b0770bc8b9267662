//! What the checks have found, from the facts as they stand.

use std::collections::BTreeMap;

use super::finding::{Finding, Subject};
use super::kind::Kind;
use super::known::{Known, damage_text};
use super::quality::Judged;
use super::settings::Settings;
use super::strays::kind_of_damaged;
use super::threshold::Measured;
use super::{groups, quality};
use crate::catalog::facts::{FactKind, FactValue};
use crate::catalog::{Catalog, Snapshot};
use crate::error::Result;

/// All findings of some kinds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// By kind, then by group, then the most certain first.
    pub list: Vec<Finding>,
    /// How many findings each of the kinds has, also none.
    pub counts: BTreeMap<Kind, usize>,
    /// Those that a person has called wrong, by kind; not in `list`, nor in `counts`.
    pub dismissed: Vec<Finding>,
    /// Of the kinds that are a matter of degree: also what is not found at the present threshold.
    pub measured: BTreeMap<Kind, Vec<Measured>>,
    /// Images that have not been scanned for one of the kinds.
    pub unscanned: usize,
    /// Images that can be read and whose features are not in the cache: what a network tells is not told of them.
    pub without_features: usize,
    /// Why a kind could not be told, in words.
    pub notes: Vec<String>,
}

impl Findings {
    /// Of the kinds that pixels and files tell.
    ///
    /// # Errors
    /// `Catalog` if it cannot be read.
    pub fn of_pixels(
        catalog: &Catalog,
        snapshot: &Snapshot,
        kinds: &[Kind],
        settings: &Settings,
    ) -> Result<Self> {
        let mut needed: Vec<FactKind> = kinds
            .iter()
            .flat_map(|kind| kind.facts())
            .copied()
            .collect();
        needed.sort_unstable();
        needed.dedup();
        let mut loaded = needed.clone();
        loaded.push(FactKind::Damage);
        let known = Known::load(catalog, snapshot, &loaded)?;
        let mut findings = Self {
            unscanned: unscanned(snapshot, &known, &needed),
            ..Self::default()
        };
        for &kind in kinds {
            let found = match kind {
                Kind::Corrupt => {
                    let mut found = files(catalog, snapshot, kind)?;
                    found.extend(quality::damaged(snapshot, &known));
                    found
                }
                Kind::NotAnImage => files(catalog, snapshot, kind)?,
                Kind::WrongExtension => quality::wrong_extensions(snapshot, &known),
                Kind::ExactDuplicate => groups::exact(snapshot, &known).0,
                Kind::NearDuplicate => {
                    let (_, unique) = groups::exact(snapshot, &known);
                    let (found, compared) = groups::near(snapshot, &known, settings, &unique);
                    findings.measured.insert(kind, compared);
                    found
                }
                Kind::Grey => quality::grey(snapshot, &known),
                Kind::Border => quality::borders(snapshot, &known),
                Kind::Blurry
                | Kind::Dark
                | Kind::Bright
                | Kind::LowInformation
                | Kind::OddSize
                | Kind::OddAspect => {
                    let judged = quality::of_degree(kind, snapshot, &known, settings);
                    let measured = judged.iter().map(Judged::measured).collect();
                    findings.measured.insert(kind, measured);
                    let least = settings.threshold(kind).map_or(0.0, |found| found.value);
                    let found = judged.iter().filter(|one| one.degree >= least);
                    found.map(|one| one.finding(kind)).collect()
                }
                Kind::Similar | Kind::Mislabelled | Kind::Outlier | Kind::Background => continue,
            };
            findings.add(snapshot, kind, found);
        }
        Ok(findings)
    }

    /// Adds the findings of one kind.
    pub(super) fn add(&mut self, snapshot: &Snapshot, kind: Kind, mut found: Vec<Finding>) {
        if !snapshot.dismissed.is_empty() {
            let wrong = found.extract_if(.., |finding| finding.is_dismissed(snapshot));
            self.dismissed.extend(wrong);
        }
        found.sort_by(|a, b| {
            a.group
                .cmp(&b.group)
                .then(b.score.total_cmp(&a.score))
                .then_with(|| a.subject.cmp(&b.subject))
        });
        *self.counts.entry(kind).or_default() += found.len();
        self.list.extend(found);
    }

    /// Adds findings of other kinds.
    pub(super) fn join(&mut self, other: Self) {
        self.list.extend(other.list);
        self.counts.extend(other.counts);
        self.dismissed.extend(other.dismissed);
        self.measured.extend(other.measured);
        self.notes.extend(other.notes);
        self.without_features += other.without_features;
    }

    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Finding> {
        self.list.iter().filter(move |finding| finding.kind == kind)
    }
}

fn unscanned(snapshot: &Snapshot, known: &Known, needed: &[FactKind]) -> usize {
    (0..snapshot.images.len())
        .filter(|&at| {
            known.content(at).is_some()
                && !known.has(FactKind::Damage, at)
                && needed.iter().any(|&fact| !known.has(fact, at))
        })
        .count()
}

/// Files that are no images, of one of the two kinds.
fn files(catalog: &Catalog, snapshot: &Snapshot, kind: Kind) -> Result<Vec<Finding>> {
    let damage = catalog.facts(FactKind::Damage)?;
    let strays = catalog.strays()?.into_iter();
    let found = strays.filter_map(|stray| {
        snapshot.source(stray.source)?;
        let FactValue::Bytes(bytes) = damage.get(&stray.content)? else {
            return None;
        };
        let reason = damage_text(bytes)?;
        (kind_of_damaged(&stray.origin) == kind).then_some(Finding {
            kind,
            subject: Subject::File {
                source: stray.source,
                origin: stray.origin,
            },
            score: 1.0,
            value: None,
            group: None,
            of: None,
            looks_like: None,
            border: None,
            reason: Some(reason),
        })
    });
    Ok(found.collect())
}
