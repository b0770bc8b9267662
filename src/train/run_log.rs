//! A run as it stands on disk: the only truth about it, for the window, the command line and tests.
//!
//! The trainer holds a lock on `runs/ID/.running` which the operating system releases with the process, so a run
//! without a last word whose lock is free was interrupted. (A process id could belong to another program by now.)

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::TrainConfig;
use super::event::TrainEvent;
use crate::error::{Error, Result};
use crate::project::Project;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    Running,
    Finished,
    Failed,
    /// Its process is gone without a last word.
    Interrupted,
}

/// Read once, then [`RunLog::refresh`]ed cheaply: only new lines are parsed.
#[derive(Clone, Debug)]
pub struct RunLog {
    pub info: RunInfo,
    pub dir: PathBuf,
    pub events: Vec<TrainEvent>,
    pub status: RunStatus,
    /// Bytes of metrics.jsonl that were read, up to the end of a line.
    read_bytes: u64,
}

impl RunInfo {
    /// # Errors
    /// [`Error::Io`]; [`Error::BadFile`] if run.toml is no run.toml.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join("run.toml");
        let text = fs::read_to_string(&path).map_err(Error::io("read the run", &path))?;
        toml::from_str(&text).map_err(|error| Error::BadFile {
            what: "the run's description",
            reason: error.message().to_owned(),
            path,
        })
    }
}

impl RunLog {
    /// # Errors
    /// As [`RunInfo::read`].
    pub fn open(dir: &Path) -> Result<Self> {
        let mut log = Self {
            info: RunInfo::read(dir)?,
            dir: dir.to_path_buf(),
            events: Vec::new(),
            status: RunStatus::Running,
            read_bytes: 0,
        };
        log.refresh()?;
        Ok(log)
    }

    /// Reads appended lines; true if there were any or the status changed.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn refresh(&mut self) -> Result<bool> {
        if matches!(self.status, RunStatus::Finished | RunStatus::Failed) {
            return Ok(false);
        }
        // Asked before reading, so that the last word of a trainer that ends in between is not missed.
        let is_running = is_held(&self.dir);
        let events_before = self.events.len();
        self.read_lines()?;
        let status = match self.events.last() {
            Some(TrainEvent::Finished { .. }) => RunStatus::Finished,
            Some(TrainEvent::Failed { .. }) => RunStatus::Failed,
            Some(TrainEvent::Step { .. } | TrainEvent::Epoch { .. }) | None if is_running => {
                RunStatus::Running
            }
            Some(TrainEvent::Step { .. } | TrainEvent::Epoch { .. }) | None => {
                RunStatus::Interrupted
            }
        };
        let is_changed = status != self.status || self.events.len() != events_before;
        self.status = status;
        Ok(is_changed)
    }

    fn read_lines(&mut self) -> Result<()> {
        let path = self.dir.join("metrics.jsonl");
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Error::io("read the run's metrics", &path)(error)),
        };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.read_bytes))
            .and_then(|_| file.read_to_end(&mut bytes))
            .map_err(Error::io("read the run's metrics", &path))?;
        // The last line may be half written: it is read next time.
        let whole = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        bytes.truncate(whole);
        self.read_bytes += whole as u64;
        // A line cut by a kill and followed by another run's words is no event; the others still are.
        self.events.extend(
            bytes
                .split(|&byte| byte == b'\n')
                .filter_map(|line| serde_json::from_slice::<TrainEvent>(line).ok()),
        );
        Ok(())
    }

    pub fn best_accuracy(&self) -> Option<f64> {
        self.events
            .iter()
            .filter_map(|event| match event {
                TrainEvent::Epoch { accuracy, .. } => Some(*accuracy),
                TrainEvent::Step { .. }
                | TrainEvent::Finished { .. }
                | TrainEvent::Failed { .. } => None,
            })
            .max_by(f64::total_cmp)
    }
}

/// Appends to metrics.jsonl.
#[derive(Debug)]
pub(super) struct LogWriter {
    file: File,
    path: PathBuf,
}

impl LogWriter {
    pub(super) fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("metrics.jsonl");
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(Error::io("open the run's metrics", &path))?;
        Ok(Self { file, path })
    }

    /// One line in one write; rows that are not steps are flushed to the disk.
    pub(super) fn write(&mut self, event: &TrainEvent) -> Result<()> {
        let mut line =
            serde_json::to_vec(event).map_err(|error| Error::Invalid(error.to_string()))?;
        line.push(b'\n');
        self.file
            .write_all(&line)
            .and_then(|()| match event {
                TrainEvent::Step { .. } => Ok(()),
                TrainEvent::Epoch { .. }
                | TrainEvent::Finished { .. }
                | TrainEvent::Failed { .. } => self.file.sync_data(),
            })
            .map_err(Error::io("write the run's metrics", &self.path))
    }
}

/// The trainer's mark that the run is alive, until dropped.
#[derive(Debug)]
pub(super) struct RunLock {
    _file: File,
}

const LOCK_NAME: &str = ".running";

impl RunLock {
    pub(super) fn take(dir: &Path) -> Result<Self> {
        let path = dir.join(LOCK_NAME);
        let file = open_lock(&path).map_err(Error::io("mark the run as running", &path))?;
        // Waits: a reader that asks whether the run is alive holds the lock for a moment.
        fs4::FileExt::lock(&file).map_err(Error::io("mark the run as running", &path))?;
        Ok(Self { _file: file })
    }
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

fn is_held(dir: &Path) -> bool {
    let path = dir.join(LOCK_NAME);
    path.exists() && open_lock(&path).is_ok_and(|file| fs4::FileExt::try_lock(&file).is_err())
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
        .filter(|id| project.run_dir(id).join("run.toml").is_file())
        .collect();
    ids.sort_unstable();
    Ok(ids)
}
