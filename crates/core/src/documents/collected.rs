//! What came from the web: `collect` and `credits`.

use std::path::Path;

use serde::Serialize;

use crate::catalog::{Credit, Decision, Provenance};
use crate::collect::CollectReport;
use crate::progress::Warning;

/// The document of `collect --json`.
#[derive(Clone, Debug, Serialize)]
pub struct Collected {
    #[serde(flatten)]
    pub report: CollectReport,
    /// Of single addresses: each that was refused or failed, with its reason.
    pub warnings: Vec<Warning>,
}

/// The document of `credits --json`.
#[derive(Clone, Debug, Serialize)]
pub struct Credits {
    pub credits: Vec<CreditRow>,
}

/// An image that came from the web.
#[derive(Clone, Debug, Serialize)]
pub struct CreditRow {
    /// Relative to the project's folder.
    pub file: String,
    pub class: Option<String>,
    pub source: String,
    pub decision: Decision,
    pub hash: String,
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Credits {
    /// `root`: the project's folder.
    pub fn of(credits: &[Credit], root: &Path) -> Self {
        let row = |credit: &Credit| CreditRow {
            file: credit
                .path
                .strip_prefix(root)
                .unwrap_or(&credit.path)
                .to_string_lossy()
                .replace('\\', "/"),
            class: credit.class.clone(),
            source: credit.source.clone(),
            decision: credit.decision,
            hash: credit.hash.clone(),
            provenance: credit.provenance.clone(),
        };
        Self {
            credits: credits.iter().map(row).collect(),
        }
    }
}
