//! Appends to metrics.jsonl; at a resume first cuts off what the checkpoint does not know of.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::run::event::TrainEvent;
use crate::run::files;

#[derive(Debug)]
pub(crate) struct LogWriter {
    file: File,
    path: PathBuf,
    /// Bytes in the file.
    len: u64,
}

impl LogWriter {
    /// # Errors
    /// [`Error::Io`].
    pub fn open(dir: &Path) -> Result<Self> {
        let path = files::metrics(dir);
        let open = || {
            let file = OpenOptions::new().append(true).create(true).open(&path)?;
            let len = file.metadata()?.len();
            Ok((file, len))
        };
        let (file, len) = open().map_err(Error::io("open the run's metrics", &path))?;
        Ok(Self { file, path, len })
    }

    /// Goes on behind the first `len` bytes; later rows, also a torn one, will be written again.
    ///
    /// # Errors
    /// [`Error::BadFile`] if the file is shorter than that; [`Error::Io`].
    pub fn resume(dir: &Path, len: u64) -> Result<Self> {
        let mut log = Self::open(dir)?;
        if log.len < len {
            return Err(Error::BadFile {
                what: "the run's metrics",
                reason: format!("it has {} bytes, its checkpoint knows {len}", log.len),
                path: log.path,
            });
        }
        log.file
            .set_len(len)
            .map_err(Error::io("shorten the run's metrics", &log.path))?;
        log.len = len;
        Ok(log)
    }

    /// One line in one write; rows that are not steps are flushed to the disk.
    pub fn write(&mut self, event: &TrainEvent) -> Result<()> {
        let mut line =
            serde_json::to_vec(event).map_err(|error| Error::Invalid(error.to_string()))?;
        line.push(b'\n');
        self.file
            .write_all(&line)
            .and_then(|()| match event {
                TrainEvent::Step { .. } => Ok(()),
                TrainEvent::BatchHalved { .. }
                | TrainEvent::HeadFitted { .. }
                | TrainEvent::Epoch { .. }
                | TrainEvent::Finished { .. }
                | TrainEvent::Cancelled
                | TrainEvent::Failed { .. } => self.file.sync_data(),
            })
            .map_err(Error::io("write the run's metrics", &self.path))?;
        self.len += line.len() as u64;
        Ok(())
    }

    /// Flushes all rows to the disk; returns the file's bytes.
    pub fn sync(&self) -> Result<u64> {
        self.file
            .sync_data()
            .map_err(Error::io("write the run's metrics", &self.path))?;
        Ok(self.len)
    }
}
