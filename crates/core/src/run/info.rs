//! What a run is: the description that is written before its first batch, and the list of a project's runs.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::config::TrainConfig;
use super::files;
use crate::error::{Error, Result};
use crate::project::{Project, write_atomic};

/// run.toml.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    pub id: String,
    /// Seconds since 1970.
    pub started: u64,
    pub process: u32,
    pub program: String,
    pub machine: String,
    pub split_hash: String,
    /// True for a random split: its accuracy is flattering.
    pub is_random_split: bool,
    pub train_n: usize,
    pub valid_n: usize,
    pub classes: Vec<String>,
    pub config: TrainConfig,
}

impl RunInfo {
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] if run.toml is no run.toml.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = files::info(dir);
        let text = fs::read_to_string(&path).map_err(Error::io("read the run", &path))?;
        toml::from_str(&text).map_err(|error| Error::BadFile {
            what: "the run's description",
            reason: error.message().to_owned(),
            path,
        })
    }

    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        let text =
            toml::to_string_pretty(self).map_err(|error| Error::Invalid(error.to_string()))?;
        write_atomic(&files::info(dir), text.as_bytes())
    }
}

/// Ids of all runs, oldest first.
///
/// # Errors
/// [`Error::Io`].
pub fn list(project: &Project) -> Result<Vec<String>> {
    let folder = project.runs_dir();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list the runs", &folder)(error)),
    };
    // A reserved folder is no run before it has its description.
    let mut ids: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|id| files::info(&project.run_dir(id)).is_file())
        .collect();
    ids.sort_unstable();
    Ok(ids)
}
