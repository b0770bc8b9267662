//! Who holds a run: a lock on `runs/ID/.running`, which the operating system releases with the process.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::project::is_unsupported;

const LOCK_NAME: &str = ".running";
/// A reader that asks whether the run is alive holds the lock for a moment; a trainer holds it for longer than this.
const ATTEMPTS: u32 = 20;
const ATTEMPT_INTERVAL: Duration = Duration::from_millis(10);

/// The trainer's mark that the run is alive, until dropped.
#[derive(Debug)]
pub(crate) struct RunLock {
    _file: File,
}

impl RunLock {
    /// `None` if another trainer holds it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn take(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(LOCK_NAME);
        let file = open(&path).map_err(Error::io("mark the run as running", &path))?;
        for _ in 0..ATTEMPTS {
            match file.try_lock() {
                Err(error) if !is_unsupported(&error) => std::thread::sleep(ATTEMPT_INTERVAL),
                // On a disk that cannot lock, who opened the project was told so.
                _taken_or_unsupported => return Ok(Some(Self { _file: file })),
            }
        }
        Ok(None)
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

pub(crate) fn is_held(dir: &Path) -> bool {
    let path = dir.join(LOCK_NAME);
    let is_locked = |file: File| matches!(file.try_lock(), Err(error) if !is_unsupported(&error));
    path.exists() && open(&path).is_ok_and(is_locked)
}
