//! What the checks have found: `findings`, and what a scan has read: `scan`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::{ImageId, Snapshot};
use crate::curate::{Finding, Findings, Kind, ScanReport, Subject};
use crate::media::border::Insets;
use crate::progress::Warning;

/// The document of `findings --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingsDocument {
    pub findings: Vec<FindingRow>,
    /// Of each kind that was asked for.
    pub counts: BTreeMap<Kind, usize>,
    /// Images that have to be scanned first.
    pub unscanned: usize,
    /// Why a kind could not be told.
    pub notes: Vec<String>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingRow {
    /// Relative to the imported folder, or the frame's file name.
    pub path: String,
    pub source: String,
    pub kind: Kind,
    /// 0 to 1, the higher the more so.
    pub score: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Number of the group of copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
    /// The best image of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_source: Option<String>,
    /// The class it looks like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks_like: Option<String>,
    /// Pixels on each side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub border: Option<Insets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl FindingsDocument {
    pub fn of(snapshot: &Snapshot, findings: Findings) -> Self {
        Self {
            findings: findings
                .list
                .iter()
                .filter_map(|finding| FindingRow::of(snapshot, finding))
                .collect(),
            counts: findings.counts,
            unscanned: findings.unscanned,
            notes: findings.notes,
        }
    }
}

impl FindingRow {
    /// `None` for an image that is no more in the snapshot.
    pub fn of(snapshot: &Snapshot, finding: &Finding) -> Option<Self> {
        let source_name = |id| snapshot.source(id).map(|source| source.name.clone());
        let (path, source) = match &finding.subject {
            Subject::Image(id) => place(snapshot, *id)?,
            Subject::File { source, origin } => (origin.clone(), source_name(*source)?),
        };
        let (of, of_source) = finding.of.and_then(|id| place(snapshot, id)).unzip();
        let looks_like = finding
            .looks_like
            .and_then(|class| snapshot.class_name(class));
        Some(Self {
            path,
            source,
            kind: finding.kind,
            score: finding.score,
            value: finding.value,
            group: finding.group,
            of,
            of_source,
            looks_like: looks_like.map(str::to_owned),
            border: finding.border,
            reason: finding.reason.clone(),
        })
    }
}

/// Path and source.
fn place(snapshot: &Snapshot, id: ImageId) -> Option<(String, String)> {
    let image = snapshot.image(id)?;
    let source = snapshot.source(image.source)?;
    Some((image.origin.clone(), source.name.clone()))
}

/// The document of `scan --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scanned {
    #[serde(flatten)]
    pub report: ScanReport,
    pub warnings: Vec<Warning>,
}
