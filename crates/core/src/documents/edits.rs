//! What a command changed: `new`, `remove`, `decide`, `undo` and `redo`.

use std::path::PathBuf;

use serde::Serialize;

use crate::catalog::Decision;
use crate::project::Project;

/// The document of `new --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewProject {
    pub project: PathBuf,
    pub name: String,
}

impl NewProject {
    pub fn of(project: &Project) -> Self {
        Self {
            project: project.root().to_path_buf(),
            name: project.name().to_owned(),
        }
    }
}

/// The document of `decide --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decided {
    pub decision: Decision,
    /// That were named, also those on which it changed nothing.
    pub images: usize,
    /// In words.
    pub done: String,
}

/// The document of `remove --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Removed {
    pub source: String,
    pub images: usize,
    /// In words.
    pub done: String,
}

/// The document of `group --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grouped {
    /// Of `--suggest`: the most certain first.
    pub suggestions: Vec<LinkSuggestion>,
    /// In words; `null` if nothing was changed.
    pub done: Option<String>,
}

/// Two scenes that seem to show the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkSuggestion {
    /// Both by name, `drakes:3` for instance.
    pub scenes: [String; 2],
    /// 0 to 1.
    pub score: f64,
}

/// The document of `undo --json` and `redo --json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryStep {
    /// In words; `null` when there was nothing left.
    pub done: Option<String>,
}
