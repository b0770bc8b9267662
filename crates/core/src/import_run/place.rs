//! A run's new place in a project: nothing that is there is replaced, and a run is there whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::predict::Predictor;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::{self, RunInfo};

/// A run's folder that is being filled.
#[derive(Debug)]
pub struct NewRun {
    work: TempDir,
    pub id: String,
    place: PathBuf,
}

/// Whether this very run is in the project already, perhaps under another id.
///
/// # Errors
/// [`Error::Io`].
pub fn known(project: &Project, info: &RunInfo) -> Result<Option<String>> {
    // It may have got more minutes meanwhile, and its process is that of its last session.
    let recipe = |config: &TrainConfig| TrainConfig {
        time_budget: None,
        ..config.clone()
    };
    let is_it = |there: &RunInfo| {
        (there.started, &there.split_hash, &there.hardware)
            == (info.started, &info.split_hash, &info.hardware)
            && recipe(&there.config) == recipe(&info.config)
            && there.id.starts_with(&info.id)
    };
    let ids = run::list(project)?;
    let mut runs = ids
        .into_iter()
        .filter_map(|id| RunInfo::read(&project.run_dir(&id)).ok());
    Ok(runs.find(is_it).map(|there| there.id))
}

/// Whether the run's weights can be read.
pub fn has_weights(project: &Project, id: &str) -> bool {
    Predictor::load(project, id).is_ok()
}

impl NewRun {
    /// `wanted`: its id, unless another run has it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn new(project: &Project, wanted: &str) -> Result<Self> {
        let runs = project.runs_dir();
        fs::create_dir_all(&runs).map_err(Error::io("make the folder of runs", &runs))?;
        let work = tempfile::Builder::new()
            .prefix(".import-")
            .tempdir_in(&runs)
            .map_err(Error::io("make the run's folder", &runs))?;
        let mut id = wanted.to_owned();
        let mut number = 2;
        while project.run_dir(&id).exists() {
            id = format!("{wanted}-{number}");
            number += 1;
        }
        Ok(Self {
            place: project.run_dir(&id),
            work,
            id,
        })
    }

    pub fn path(&self) -> &Path {
        self.work.path()
    }

    /// Copies what is in `folder`, but for marks of who works on it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn copy_from(&self, folder: &Path) -> Result<()> {
        copy(folder, self.path()).map_err(Error::io("copy the run", folder))
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// [`Error::Io`], also if another run has come there meanwhile.
    pub fn finish(self) -> Result<String> {
        // A folder that is there is replaced by no rename, unless it is empty: a run that is just beginning.
        fs::create_dir(&self.place)
            .and_then(|()| fs::remove_dir(&self.place))
            .and_then(|()| fs::rename(self.work.path(), &self.place))
            .map_err(Error::io("put the run in its place", &self.place))?;
        let _ = self.work.keep();
        Ok(self.id)
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let place = to.join(name);
        if entry.file_type()?.is_dir() {
            fs::create_dir(&place)?;
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), &place)?;
            fs::File::open(&place)?.sync_all()?;
        }
    }
    Ok(())
}
