//! What was imported: `import-film` and `import-images`.

use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::import::ImportReport;
use crate::progress::Warning;

/// The document of `import-film --json` and `import-images --json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Imports {
    pub imported: Vec<ImportReport>,
    pub failed: Vec<FailedImport>,
    /// Of single images.
    pub warnings: Vec<Warning>,
}

/// A film that could not be imported at all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailedImport {
    pub path: PathBuf,
    pub message: String,
}
