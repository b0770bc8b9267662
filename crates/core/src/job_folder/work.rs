//! A job's folder is a project of its own: its runs are trained there as in any other, and can be watched in the window.

use std::path::{Path, PathBuf};

use super::file::JobFile;
use crate::catalog::{Catalog, Snapshot};
use crate::curate::Leaks;
use crate::dataset::{Split, twins};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::sweep::Queue;
use crate::train::job::Watch;

/// An open one.
#[derive(Debug)]
pub struct JobFolder {
    pub file: JobFile,
    pub project: Project,
    pub snapshot: Snapshot,
}

impl JobFolder {
    /// # Errors
    /// As [`JobFile::read`], [`Project::open`] and [`Catalog::open_read_only`]; [`Error::Cancelled`].
    pub fn open(folder: &Path, progress: &Progress) -> Result<Self> {
        if !folder.exists() {
            return Err(Error::Missing {
                path: folder.to_path_buf(),
            });
        }
        let file = JobFile::read(folder)?;
        let project = Project::open(folder)?;
        let mut snapshot = Catalog::open_read_only(&project)?.snapshot()?;
        twins::complete(&mut snapshot, progress)?;
        Ok(Self {
            file,
            project,
            snapshot,
        })
    }

    /// Its trainings, or the one with this number, from 1.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the images are not those that the job was exported with, or there is no such training;
    /// [`Error::Catalog`].
    pub fn queue(&self, number: Option<usize>) -> Result<Queue> {
        let split = Split::of(&self.snapshot)?;
        if split.hash != self.file.split_hash {
            return Err(Error::Invalid(format!(
                "the job's images are not those that it was exported with (split {}, and {} is there now), so its runs could not be told apart from others; export it again",
                self.file.split_hash, split.hash
            )));
        }
        let catalog = Catalog::open_read_only(&self.project)?;
        let leakage = Leaks::of(&catalog, &self.snapshot, &split, None)?.leakage();
        Ok(Queue {
            watch: Watch::of(&catalog, &self.snapshot),
            leakage,
            split,
            configs: self.configs(number)?,
            project: self.project.clone(),
        })
    }

    fn configs(&self, number: Option<usize>) -> Result<Vec<TrainConfig>> {
        let configs = self.file.runs.iter().map(|run| self.here(&run.config));
        let Some(number) = number else {
            return Ok(configs.collect());
        };
        let count = configs.len();
        let mut configs = configs;
        let chosen = number.checked_sub(1).and_then(|place| configs.nth(place));
        match chosen {
            Some(config) => Ok(vec![config]),
            None => Err(Error::Invalid(format!(
                "the job has no training number {number}: it has {count}, counted from 1"
            ))),
        }
    }

    /// With its file of weights as it lies here.
    fn here(&self, config: &TrainConfig) -> TrainConfig {
        let mut config = config.clone();
        let here = |path: PathBuf| self.project.root().join(path);
        config.weights = config.weights.map(here);
        config
    }
}
