//! Who may write a project: one program at a time, as far as the disk can see to it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::Duration;

use super::Project;
use crate::error::{Error, Result};

/// A program that was just started by one that had the lock holds it for a moment too, until it is itself.
const ATTEMPTS: u32 = 20;
const ATTEMPT_INTERVAL: Duration = Duration::from_millis(10);

impl Project {
    /// Takes the right to write the catalog until the value is dropped. On a disk that cannot lock files nothing is taken,
    /// see [`ProjectLock::is_taken`].
    ///
    /// # Errors
    /// [`Error::Locked`], naming the holder; [`Error::ReadOnly`].
    pub fn lock(&self) -> Result<ProjectLock> {
        let path = self.root.join(".lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| Error::ReadOnly {
                source,
                path: self.root.clone(),
            })?;
        let mut answer = file.try_lock();
        for _ in 0..ATTEMPTS {
            if !matches!(answer, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(ATTEMPT_INTERVAL);
            answer = file.try_lock();
        }
        let is_taken = match answer {
            Ok(()) => true,
            Err(error) if is_unsupported(&error) => false,
            Err(_held) => {
                let mut holder = String::new();
                // The holder's name is a courtesy; without it the message is still true.
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.is_empty() {
                    "unknown process".to_owned()
                } else {
                    holder.trim().to_owned()
                };
                return Err(Error::Locked {
                    holder,
                    path: self.root.clone(),
                });
            }
        };
        let command = std::env::args().next().unwrap_or_default();
        let name = Path::new(&command)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{name}, process {}", std::process::id()))
            .map_err(Error::io("lock the project", &path))?;
        Ok(ProjectLock {
            _file: file,
            is_taken,
        })
    }

    /// Whether the disk that the project lies on can lock files; some network disks cannot.
    pub fn can_lock(&self) -> bool {
        let Ok(file) = File::open(self.root.join("project.toml")) else {
            return true;
        };
        // Shared, and released with the file: nobody else is kept out by it.
        !matches!(file.try_lock_shared(), Err(error) if is_unsupported(&error))
    }
}

/// What is said where nothing keeps two programs from writing the same project.
pub const CANNOT_LOCK: &str = "this disk cannot lock files, so nothing keeps two programs from writing the project at once; keep it open in one window or command at a time";

/// Whether a disk cannot lock at all, rather than that somebody else holds the lock.
pub fn is_unsupported(error: &TryLockError) -> bool {
    use std::io::ErrorKind::{InvalidInput, Unsupported, WouldBlock};
    /// `ENOLCK` of Linux and of macOS: the disk's server keeps no locks.
    const NO_LOCKS: [i32; 2] = [37, 77];
    match error {
        TryLockError::WouldBlock => false,
        TryLockError::Error(error) => {
            error.kind() != WouldBlock
                && (matches!(error.kind(), Unsupported | InvalidInput)
                    || error
                        .raw_os_error()
                        .is_some_and(|code| NO_LOCKS.contains(&code)))
        }
    }
}

/// The operating system releases the lock with the file, also after a kill.
#[derive(Debug)]
pub struct ProjectLock {
    _file: File,
    is_taken: bool,
}

impl ProjectLock {
    /// False on a disk that cannot lock: others may write too.
    pub fn is_taken(&self) -> bool {
        self.is_taken
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_second_writer_is_told_who_holds_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("films")).unwrap();
        let lock = project.lock().unwrap();
        let error = Project::open(project.root()).unwrap().lock().unwrap_err();
        assert!(
            error.to_string().contains(&std::process::id().to_string()),
            "{error}"
        );
        drop(lock);
        assert!(project.lock().is_ok());
    }

    #[test]
    fn a_disk_that_cannot_lock_is_told_from_one_whose_lock_is_held() {
        let of = |code| TryLockError::Error(std::io::Error::from_raw_os_error(code));
        assert!(!is_unsupported(&TryLockError::WouldBlock));
        #[cfg(target_os = "linux")]
        for (code, expected) in [
            (37, true),
            (95, true),
            (38, true),
            (22, true),
            (11, false),
            (5, false),
        ] {
            assert_eq!(is_unsupported(&of(code)), expected, "{code}");
        }
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("films")).unwrap();
        let lock = project.lock().unwrap();
        assert!(lock.is_taken() && project.can_lock());
    }

    #[test]
    fn a_project_that_cannot_be_written_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("films")).unwrap();
        // As good as a folder without write permission, which would not stop root.
        fs::create_dir(project.root().join(".lock")).unwrap();
        let text = project.lock().unwrap_err().to_string();
        assert!(text.contains("copy the project"), "{text}");
    }
}
