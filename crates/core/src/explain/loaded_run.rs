//! A run's net in memory, and whether it is still the one to ask: its best weights on disk, or what it has learned so far.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::error::Result;
use crate::predict::Predictor;
use crate::predict::live::LiveNet;
use crate::project::Project;
use crate::run::RunLog;

/// A run's net, and where it is from.
pub struct LoadedRun {
    pub id: String,
    origin: Origin,
    pub predictor: Predictor,
    pub classes: Arc<[String]>,
    /// First to last.
    pub layers: Arc<[String]>,
}

enum Origin {
    /// The weights of its best epoch.
    Disk(Box<OnDisk>),
    /// The training that goes on.
    Live(Arc<LiveNet>),
}

/// What tells whether the weights are still those of the best epoch.
struct OnDisk {
    /// Where the run stood before its weights were read.
    log: RunLog,
    epoch: Option<u32>,
    weights: Option<FileVersion>,
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
        let on_disk = OnDisk {
            epoch: log.best_epoch(),
            log,
            weights,
        };
        Ok(Self::of(id, Origin::Disk(Box::new(on_disk)), predictor))
    }

    /// The net of a run that goes on.
    pub fn live(net: &Arc<LiveNet>) -> Self {
        let origin = Origin::Live(Arc::clone(net));
        Self::of(&net.run_id, origin, net.predictor.clone())
    }

    fn of(id: &str, origin: Origin, predictor: Predictor) -> Self {
        Self {
            id: id.to_owned(),
            origin,
            classes: predictor.classes().into(),
            layers: predictor.stages().into_iter().map(str::to_owned).collect(),
            predictor,
        }
    }

    /// Whether this is the net of run `id` to ask: the `live` one, or else the best weights on disk still.
    pub fn is_current(&mut self, id: &str, live: Option<&Arc<LiveNet>>) -> bool {
        self.id == id
            && match (&mut self.origin, live) {
                (Origin::Live(own), Some(live)) => own == live,
                (Origin::Disk(own), None) => own.is_current(),
                (Origin::Live(_), None) | (Origin::Disk(_), Some(_)) => false,
            }
    }

    /// As if this version of the file had been read.
    #[cfg(test)]
    pub(super) fn set_version(&mut self, version: Option<FileVersion>) {
        if let Origin::Disk(own) = &mut self.origin {
            own.weights = version;
        }
    }
}

impl OnDisk {
    /// A file's time alone does not tell: some disks count in steps of two seconds, and a short epoch fits into one.
    fn is_current(&mut self) -> bool {
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
