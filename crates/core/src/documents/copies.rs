//! What a source is upsampled with: the document of `upsample --json`.

use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::Snapshot;
use crate::curate::upsample::SourceCopies;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CopiesDocument {
    pub sources: Vec<CopiesRow>,
    /// Files of `--write`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<WrittenCopies>,
    /// In words; `null` if nothing was changed.
    pub done: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WrittenCopies {
    pub folder: PathBuf,
    pub files: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopiesRow {
    pub source: String,
    pub is_upsampled: bool,
    /// That are not rejected.
    pub images: usize,
    /// That training learns from beside them, as far as they are on its side.
    pub copies: usize,
    /// Images that could not be read, so they have no copies.
    pub unread: usize,
}

impl CopiesRow {
    /// `snapshot`: as the project is now. `None` for a source that is no more in it.
    pub fn of(snapshot: &Snapshot, counts: &SourceCopies) -> Option<Self> {
        let source = snapshot.source(counts.source)?;
        Some(Self {
            source: source.name.clone(),
            is_upsampled: source.is_upsampled,
            images: counts.images,
            copies: if source.is_upsampled {
                counts.copies
            } else {
                0
            },
            unread: counts.unread,
        })
    }
}
