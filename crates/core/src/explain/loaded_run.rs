//! A run's net in memory, and whether its weights were replaced on disk since.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Result;
use crate::predict::Predictor;
use crate::project::Project;
use crate::run::RunLog;

/// A run's net, and what tells whether it is still that of its best epoch.
pub struct LoadedRun {
    pub id: String,
    /// Where the run stood before its weights were read.
    log: RunLog,
    epoch: Option<u32>,
    pub(super) weights: Option<FileVersion>,
    pub predictor: Predictor,
    pub classes: Arc<[String]>,
    /// First to last.
    pub layers: Arc<[String]>,
}

impl LoadedRun {
    /// # Errors
    /// As [`Predictor::load`].
    pub fn load(project: &Project, id: &str) -> Result<Self> {
        // Asked before the weights are read: ones that are replaced meanwhile are read again next time.
        let dir = project.run_dir(id);
        let weights = FileVersion::of(&Predictor::weights_path(&dir));
        let log = RunLog::open(&dir);
        let predictor = Predictor::load(project, id)?;
        let log = log?;
        Ok(Self {
            id: id.to_owned(),
            epoch: log.best_epoch(),
            log,
            weights,
            classes: predictor.classes().into(),
            layers: predictor.stages().into_iter().map(str::to_owned).collect(),
            predictor,
        })
    }

    /// Whether these are the best weights of the run still. A file's time alone does not tell: some disks count in
    /// steps of two seconds, and a short epoch fits into one.
    pub fn is_current(&mut self) -> bool {
        let weights = FileVersion::of(&Predictor::weights_path(&self.log.dir));
        let is_read = self.log.refresh().is_ok();
        is_read
            && weights.is_some()
            && weights == self.weights
            && self.epoch == self.log.best_epoch()
    }
}

/// Tells a file from the one that replaced it. The length alone does not: weights of one net are always as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileVersion {
    modified: SystemTime,
    size_bytes: u64,
    /// A file that is written anew and renamed has another number.
    inode: u64,
}

impl FileVersion {
    /// `None` where the file or its time cannot be read.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        Some(Self {
            modified: metadata.modified().ok()?,
            size_bytes: metadata.len(),
            inode: inode(&metadata),
        })
    }
}

#[cfg(unix)]
fn inode(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &std::fs::Metadata) -> u64 {
    0
}
