//! Who may write a project: one program at a time, as far as the disk can see to it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Project;
use crate::error::{Error, Result};

/// The locked file in the project folder; it holds the holder's name.
const LOCK: &str = ".lock";
/// A program that was just started by one that had the lock holds it for a moment too, until it is itself.
const PATIENCE: Duration = Duration::from_millis(200);
/// Jobs of a program that is leaving may take some seconds to end.
const LEAVING_PATIENCE: Duration = Duration::from_secs(10);
const ATTEMPT_INTERVAL: Duration = Duration::from_millis(10);
/// Ends the name of a holder that is about to let go.
const LEAVING: &str = ", closing";

impl Project {
    /// Takes the right to write the catalog until the value is dropped. On a disk that cannot lock files nothing is taken,
    /// see [`ProjectLock::is_taken`]. A holder that is leaving ([`ProjectLock::mark_leaving`]) is waited for, ten seconds
    /// at most.
    ///
    /// # Errors
    /// [`Error::Locked`], naming the holder; [`Error::ReadOnly`].
    pub fn lock(&self) -> Result<ProjectLock> {
        let path = self.root.join(LOCK);
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
        let began = Instant::now();
        let is_taken = loop {
            match file.try_lock() {
                Ok(()) => break true,
                Err(error) if is_unsupported(&error) => break false,
                Err(_held) => {}
            }
            let holder = holder(&mut file);
            let patience = if holder.ends_with(LEAVING) {
                LEAVING_PATIENCE
            } else {
                PATIENCE
            };
            if began.elapsed() >= patience {
                return Err(Error::Locked {
                    holder: if holder.is_empty() {
                        "unknown process".to_owned()
                    } else {
                        holder
                    },
                    path: self.root.clone(),
                });
            }
            std::thread::sleep(ATTEMPT_INTERVAL);
        };
        let command = std::env::args().next().unwrap_or_default();
        let name = Path::new(&command)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let name = format!("{name}, process {}", std::process::id());
        write_holder(&file, &name).map_err(Error::io("lock the project", &path))?;
        Ok(ProjectLock {
            file,
            name,
            is_taken,
        })
    }

    /// Whether the project in `root` is held by a program that is about to let go of it. Never waits.
    pub fn is_being_left(root: &Path) -> bool {
        let Ok(mut file) = File::open(root.join(LOCK)) else {
            return false;
        };
        // Shared, and released with the file. One who was killed while leaving holds nothing any more.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
            && holder(&mut file).ends_with(LEAVING)
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

/// What the holder wrote; empty if nothing can be read: its name is a courtesy.
fn holder(file: &mut File) -> String {
    let mut name = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut name));
    name.trim().to_owned()
}

fn write_holder(mut file: &File, name: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(name.as_bytes())
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
    file: File,
    name: String,
    is_taken: bool,
}

impl ProjectLock {
    /// False on a disk that cannot lock: others may write too.
    pub fn is_taken(&self) -> bool {
        self.is_taken
    }

    /// Tells others that the lock will be free in a moment, so that they wait for it instead of giving up.
    pub fn mark_leaving(&self) {
        // A courtesy too.
        let _ = write_holder(&self.file, &format!("{}{LEAVING}", self.name));
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
    fn a_holder_that_is_leaving_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("films")).unwrap();
        let lock = project.lock().unwrap();
        assert!(!Project::is_being_left(project.root()));
        lock.mark_leaving();
        assert!(Project::is_being_left(project.root()));
        let leave = move || {
            // Longer than anybody else is waited for.
            std::thread::sleep(PATIENCE * 3);
            drop(lock);
        };
        let leaving = std::thread::Builder::new().spawn(leave).unwrap();
        let lock = project.lock().unwrap();
        leaving.join().unwrap();
        assert!(!Project::is_being_left(project.root()));
        lock.mark_leaving();
        drop(lock);
        assert!(!Project::is_being_left(project.root()), "it has left");
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
