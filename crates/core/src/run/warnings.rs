//! What went wrong with single items while a run was trained or evaluated, kept with the run.
//!
//! `warnings.jsonl` holds a line for each. Those of an evaluation replace the ones of the last evaluation of the same
//! set; those of a resumed training join the ones from before.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::files;
use crate::error::{Error, Result};
use crate::progress::Warning;
use crate::project::write_atomic;

/// A warning, and what was being done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunWarning {
    /// `None`: the training; otherwise the evaluation of the set of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    pub subject: String,
    pub message: String,
}

impl RunWarning {
    fn new(set: Option<&str>, warning: Warning) -> Self {
        Self {
            set: set.map(str::to_owned),
            subject: warning.subject,
            message: warning.message,
        }
    }
}

/// All of a run, oldest first; none where there is no file. A line that cannot be read is left out.
pub(super) fn read(dir: &Path) -> Vec<RunWarning> {
    let text = fs::read_to_string(files::warnings(dir)).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Adds what is new in `warnings` of a training.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn add_of_training(dir: &Path, warnings: Vec<Warning>) -> Result<()> {
    let mut all = read(dir);
    let before = all.len();
    for warning in warnings {
        let warning = RunWarning::new(None, warning);
        if !all.contains(&warning) {
            all.push(warning);
        }
    }
    if all.len() == before {
        return Ok(());
    }
    write(dir, &all)
}

/// Replaces those of the last evaluation of `set`.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn replace_of_evaluation(dir: &Path, set: &str, warnings: Vec<Warning>) -> Result<()> {
    let before = read(dir);
    let mut all = before.clone();
    all.retain(|warning| warning.set.as_deref() != Some(set));
    all.extend(
        warnings
            .into_iter()
            .map(|warning| RunWarning::new(Some(set), warning)),
    );
    if all == before {
        return Ok(());
    }
    write(dir, &all)
}

fn write(dir: &Path, warnings: &[RunWarning]) -> Result<()> {
    let mut text = String::new();
    for warning in warnings {
        let line =
            serde_json::to_string(warning).map_err(|error| Error::Invalid(error.to_string()))?;
        text.push_str(&line);
        text.push('\n');
    }
    write_atomic(&files::warnings(dir), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(subject: &str) -> Warning {
        Warning {
            subject: subject.into(),
            message: "is corrupt".into(),
        }
    }

    #[test]
    fn a_resumed_training_adds_and_a_second_evaluation_replaces() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        add_of_training(dir, vec![warning("a")]).unwrap();
        replace_of_evaluation(dir, "valid", vec![warning("b")]).unwrap();
        add_of_training(dir, vec![warning("a"), warning("c")]).unwrap();
        let subjects = || -> Vec<String> {
            let all = read(dir);
            all.into_iter().map(|warning| warning.subject).collect()
        };
        assert_eq!(subjects(), ["a", "b", "c"]);
        replace_of_evaluation(dir, "other", vec![warning("d")]).unwrap();
        replace_of_evaluation(dir, "valid", Vec::new()).unwrap();
        assert_eq!(subjects(), ["a", "c", "d"]);
    }
}
