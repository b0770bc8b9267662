//! What the trainings of a job start from: runs, files of weights, and the nets before their first batch for PyTorch.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::export::NewFolder;
use crate::model::weights::{Precision, State, to_bytes};
use crate::model::{HeadKind, Net};
use crate::project::Project;
use crate::run::config::TrainConfig;
use crate::run::files;
use crate::train::job::TrainJob;

/// Each is written once, however many trainings start from it.
pub struct Starts<'a> {
    folder: &'a NewFolder,
    project: &'a Project,
    /// Ids.
    runs: BTreeSet<String>,
    /// Files in the folder.
    written: BTreeSet<PathBuf>,
}

impl<'a> Starts<'a> {
    pub fn new(folder: &'a NewFolder, project: &'a Project) -> Self {
        Self {
            folder,
            project,
            runs: BTreeSet::new(),
            written: BTreeSet::new(),
        }
    }

    /// Ids of the runs that came along.
    pub fn into_runs(self) -> Vec<String> {
        self.runs.into_iter().collect()
    }

    /// The configuration as the job has it; what it starts from is in the folder then.
    pub fn config_of(&mut self, job: &TrainJob) -> Result<TrainConfig> {
        let mut config = job.config.clone();
        if let Some(from) = &config.from
            && self.runs.insert(from.clone())
        {
            self.copy_run(from)?;
        }
        if let Some(weights) = &config.weights {
            let place = inside("weights", weights);
            if self.written.insert(place.clone()) {
                self.copy(weights, &place)?;
            }
            config.weights = Some(place);
        }
        Ok(config)
    }

    /// What a run that starts from it asks of it.
    fn copy_run(&self, id: &str) -> Result<()> {
        let from = self.project.run_dir(id);
        let to = Path::new("runs").join(id);
        for file in [
            files::info,
            files::metrics,
            files::best_weights,
            files::best_valid,
            files::trained_on,
        ] {
            let file = file(&from);
            let name = file.file_name().unwrap_or_default();
            if file.is_file() {
                self.copy(&file, &to.join(name))?;
            }
        }
        Ok(())
    }

    fn copy(&self, file: &Path, place: &Path) -> Result<()> {
        let place = self.folder.place(&place.to_string_lossy())?;
        fs::copy(file, place).map_err(Error::io("copy the file", file))?;
        Ok(())
    }

    /// Where the net before its first batch lies, with torchvision's or timm's names.
    pub fn weights_of(&mut self, job: &TrainJob, net: &Net) -> Result<String> {
        let name = match (&job.config.from, net.head_kind()) {
            (Some(from), _) => from.clone(),
            // A linear head starts at zero, the other one is drawn.
            (None, HeadKind::Linear) => format!("{}-linear", net.arch().in_python().name),
            (None, HeadKind::Fastai) => {
                format!("{}-fastai-{}", net.arch().in_python().name, job.config.seed)
            }
        };
        let file = format!("start/{name}.safetensors");
        if self.written.insert(PathBuf::from(&file)) {
            let state: State = net
                .state()?
                .into_iter()
                .map(|(name, tensor)| (net.arch().name_in_python(&name), tensor))
                .collect();
            let bytes = to_bytes(&state, Precision::F32, Path::new(&file))?;
            self.folder.write(&file, &bytes)?;
        }
        Ok(file)
    }
}

/// A file's name, with `/`, in a folder of the job.
fn inside(folder: &str, path: &Path) -> PathBuf {
    Path::new(folder).join(path.file_name().unwrap_or_default())
}
