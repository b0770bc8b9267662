//! A run as it stands on disk: the only truth about it, for the window, the command line and tests.
//!
//! The trainer holds a lock on the run which the operating system releases with the process, so a run without a final
//! event whose lock is free was interrupted. (Its process id may belong to another program meanwhile.) A resumed run's last
//! rows are cut off and written again, so the reader looks whether the last line it read is still there.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::event::TrainEvent;
use super::files;
use super::info::RunInfo;
use super::lineage;
use super::lock::is_held;
use super::warnings::{self, RunWarning};
use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    Running,
    Finished,
    /// By a person, before it was done.
    Cancelled,
    Failed,
    /// Its process is gone without a final event.
    Interrupted,
}

/// Read once, then [`RunLog::refresh`]ed cheaply: only new lines are parsed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RunLog {
    pub info: RunInfo,
    pub dir: PathBuf,
    /// Shared with clones until one of them is refreshed.
    pub events: Arc<Vec<TrainEvent>>,
    pub status: RunStatus,
    /// Validation images that its line was trained on; `None` if nobody knows, see [`lineage::contaminated`].
    pub contaminated: Option<usize>,
    /// Of its training and its evaluations.
    pub warnings: Vec<RunWarning>,
    /// How often it was seen that the run's rows were cut off and written again.
    pub rewrites: u32,
    pub(super) has_checkpoint: bool,
    /// Bytes of metrics.jsonl that were read, up to the end of a line.
    read_bytes: u64,
    last_line: Vec<u8>,
    /// Bytes of run.toml and of the warnings when they were read.
    info_bytes: u64,
    warnings_bytes: u64,
}

impl RunLog {
    /// # Errors
    /// As [`RunInfo::read`].
    pub fn open(dir: &Path) -> Result<Self> {
        let info_bytes = size_of(&files::info(dir));
        let info = RunInfo::read(dir)?;
        let mut log = Self {
            contaminated: lineage::contaminated(dir, &info),
            warnings: Vec::new(),
            info,
            dir: dir.to_path_buf(),
            events: Arc::default(),
            status: RunStatus::Running,
            rewrites: 0,
            has_checkpoint: false,
            read_bytes: 0,
            last_line: Vec::new(),
            info_bytes,
            warnings_bytes: 0,
        };
        log.refresh()?;
        Ok(log)
    }

    /// Reads appended lines; true if there were any or the status changed.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn refresh(&mut self) -> Result<bool> {
        let has_new_words = self.read_description()? | self.read_warnings();
        let metrics = files::metrics(&self.dir);
        let is_over = matches!(
            self.status,
            RunStatus::Finished | RunStatus::Cancelled | RunStatus::Failed
        );
        // An ended run grows again only when it is resumed.
        if is_over
            && metrics
                .metadata()
                .is_ok_and(|found| found.len() == self.read_bytes)
        {
            return Ok(has_new_words);
        }
        // Asked before reading, so that the final event of a trainer that ends in between is not missed.
        let is_running = is_held(&self.dir);
        let before = (self.rewrites, self.events.len(), self.has_checkpoint);
        self.read_lines(&metrics)?;
        self.has_checkpoint = files::checkpoint(&self.dir).is_file();
        let status = match self.events.last() {
            Some(TrainEvent::Finished { .. }) => RunStatus::Finished,
            Some(TrainEvent::Cancelled) => RunStatus::Cancelled,
            Some(TrainEvent::Failed { .. }) => RunStatus::Failed,
            Some(
                TrainEvent::BatchHalved { .. }
                | TrainEvent::HeadFitted { .. }
                | TrainEvent::Step { .. }
                | TrainEvent::Epoch { .. },
            )
            | None => {
                if is_running {
                    RunStatus::Running
                } else {
                    RunStatus::Interrupted
                }
            }
        };
        let after = (self.rewrites, self.events.len(), self.has_checkpoint);
        let is_changed = status != self.status || after != before;
        self.status = status;
        Ok(is_changed || has_new_words)
    }

    /// run.toml, which is written again once the run has looked through its images, and when it is resumed.
    fn read_description(&mut self) -> Result<bool> {
        let bytes = size_of(&files::info(&self.dir));
        if bytes == self.info_bytes {
            return Ok(false);
        }
        self.info = RunInfo::read(&self.dir)?;
        self.contaminated = lineage::contaminated(&self.dir, &self.info);
        self.info_bytes = bytes;
        Ok(true)
    }

    fn read_warnings(&mut self) -> bool {
        let bytes = size_of(&files::warnings(&self.dir));
        if bytes == self.warnings_bytes {
            return false;
        }
        self.warnings = warnings::read(&self.dir);
        self.warnings_bytes = bytes;
        true
    }

    fn read_lines(&mut self, path: &Path) -> Result<()> {
        let failed = |error| Error::io("read the run's metrics", path)(error);
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        if !self.is_last_line_there(&mut file).map_err(failed)? {
            self.events = Arc::default();
            (self.read_bytes, self.last_line) = (0, Vec::new());
            self.rewrites += 1;
            // Which process runs it may have changed.
            self.info = RunInfo::read(&self.dir)?;
        }
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(self.read_bytes))
            .and_then(|_| file.read_to_end(&mut bytes))
            .map_err(failed)?;
        // The last line may be half written: it is read next time.
        let whole = bytes
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        bytes.truncate(whole);
        self.read_bytes += whole as u64;
        if let Some(line) = bytes.split_inclusive(|&byte| byte == b'\n').next_back() {
            self.last_line = line.to_vec();
        }
        // A line cut by a kill and followed by another run's words is no event; the others still are.
        let lines = bytes.split(|&byte| byte == b'\n');
        let mut read = lines.filter_map(|line| serde_json::from_slice::<TrainEvent>(line).ok());
        // Without news nothing is copied.
        if let Some(first) = read.next() {
            let events = Arc::make_mut(&mut self.events);
            events.push(first);
            events.extend(read);
        }
        Ok(())
    }

    /// False if what was read is not what the file begins with any more.
    fn is_last_line_there(&self, file: &mut File) -> std::io::Result<bool> {
        if file.metadata()?.len() < self.read_bytes {
            return Ok(false);
        }
        let mut line = vec![0; self.last_line.len()];
        file.seek(SeekFrom::Start(self.read_bytes - line.len() as u64))?;
        file.read_exact(&mut line)?;
        Ok(line == self.last_line)
    }
}

/// 0 for a file that is not there.
fn size_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |found| found.len())
}
