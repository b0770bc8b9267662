//! A predictor from the folder of a run.

use std::path::{Path, PathBuf};

use super::Predictor;
use crate::error::{Error, Result};
use crate::model::{Freeze, Net, weights};
use crate::project::Project;
use crate::run::{RunInfo, RunLog, files};

impl Predictor {
    /// Best weights of the run.
    ///
    /// # Errors
    /// [`Error::Unknown`] if there is no such run; otherwise as [`Predictor::load_dir`].
    pub fn load(project: &Project, run_id: &str) -> Result<Self> {
        let dir = project.run_dir(run_id);
        // A name with a path in it is no run's name.
        let is_name = Path::new(run_id).components().count() == 1;
        if !is_name || !files::info(&dir).is_file() {
            return Err(Error::Unknown {
                what: "run",
                name: run_id.to_owned(),
                remedy: "the Train page lists the runs (on the command line: `runs PROJECT`)"
                    .into(),
            });
        }
        Self::load_dir(&dir)
    }

    /// From a folder with run.toml and best.safetensors.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the run has no weights yet; [`Error::Weights`], [`Error::WeightShape`], [`Error::Io`].
    pub fn load_dir(dir: &Path) -> Result<Self> {
        let info = RunInfo::read(dir)?;
        let path = files::best_weights(dir);
        if !path.is_file() {
            let measured = RunLog::open(dir)?.best_epoch();
            return Err(Error::Invalid(match measured {
                Some(epoch) => format!(
                    "the weights of run {} are missing, though it measured epoch {epoch}; put best.safetensors back from a copy, or train a new run; file {}",
                    info.id,
                    path.display()
                ),
                None => format!(
                    "run {} has no weights yet, because it did not finish an epoch; resume it or train a new run",
                    info.id
                ),
            }));
        }
        let mut net = Net::blank(
            info.config.arch,
            info.config.recorded_preset().head(),
            info.classes.len(),
            info.config.seed,
        )?;
        let (state, epoch) = weights::load_with_epoch(&path)?;
        net.load_state(&state, &path)?;
        net.set_frozen(Freeze::Backbone);
        let epoch = match epoch {
            Some(epoch) => Some(epoch),
            // Files of older versions do not say it.
            None => RunLog::open(dir)?.best_epoch(),
        };
        Ok(Self {
            epoch,
            ..Self::of(net, &info)
        })
    }

    /// The best weights of the run in `dir`; a run that is training replaces the file after a better epoch.
    pub fn weights_path(dir: &Path) -> PathBuf {
        dir.join("best.safetensors")
    }
}
