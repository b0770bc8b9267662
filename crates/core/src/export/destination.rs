//! A folder that appears whole or not at all: it is filled under another name beside its place, and renamed.
//!
//! A process that is killed meanwhile leaves it. The next export to a place beside it removes it: a locked file in it tells
//! one that is being filled from one that nobody fills any more, and both from folders of somebody else.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::catalog::Snapshot;
use crate::error::{Error, Result};

/// Begins the name of a folder that is being filled.
const PREFIX: &str = ".export-";

/// In it, and locked as long as it is.
const MARKER: &str = ".cutting-room-export";

/// One that is being filled; dropped before [`NewFolder::finish`] it leaves nothing behind.
#[derive(Debug)]
pub struct NewFolder {
    out: PathBuf,
    work: TempDir,
    marker: File,
}

impl NewFolder {
    /// # Errors
    /// As [`Snapshot::check_output_folder`]; [`Error::Io`].
    pub fn new(snapshot: &Snapshot, out: &Path) -> Result<Self> {
        snapshot.check_output_folder(out)?;
        // A link to an empty folder stays one.
        let out = out.canonicalize().unwrap_or_else(|_new| out.to_path_buf());
        let parent = match out.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _here => Path::new("."),
        };
        sweep(parent);
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        // A temporary folder is otherwise its owner's alone, also under its final name.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let work = builder
            .tempdir_in(parent)
            .map_err(|error| match error.kind() {
                // As in /proc.
                ErrorKind::NotFound | ErrorKind::Unsupported => Error::Invalid(format!(
                    "nothing was written, because no folder can be made there; choose another place than {}",
                    out.display()
                )),
                _ => Error::io("make a folder", parent)(error),
            })?;
        let marker = File::create(work.path().join(MARKER))
            .map_err(Error::io("write the file", &out.join(MARKER)))?;
        // On a disk that cannot lock files it says nothing, and nothing is swept there either.
        let _ = marker.try_lock();
        Ok(Self { out, work, marker })
    }

    /// Where it lies until it is finished.
    pub fn path(&self) -> &Path {
        self.work.path()
    }

    /// Writes the file `name`, which may lie in a folder of its own.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.place(name)?;
        let write = || {
            let mut file = File::create_new(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(Error::io("write the file", &self.out.join(name)))
    }

    /// The path of the file `name`, whose folder is there then.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn place(&self, name: &str) -> Result<PathBuf> {
        let path = self.path().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::io("make a folder", &self.out.join(name)))?;
        }
        Ok(path)
    }

    /// Puts it in its place; returns its files, sorted, relative to it.
    ///
    /// # Errors
    /// [`Error::Io`], also if something has come there meanwhile.
    pub fn finish(self) -> Result<Vec<PathBuf>> {
        let marker = self.path().join(MARKER);
        // Systems that let no open file be removed.
        drop(self.marker);
        fs::remove_file(&marker).map_err(Error::io("remove a temporary file", &marker))?;
        let mut files = Vec::new();
        list(self.work.path(), Path::new(""), &mut files)
            .map_err(Error::io("read the folder", &self.out))?;
        files.sort();
        let was_there = self.out.is_dir();
        if was_there {
            // Fails if it is not empty any more.
            fs::remove_dir(&self.out).map_err(Error::io("replace the empty folder", &self.out))?;
        }
        let moved = fs::rename(self.work.path(), &self.out);
        if moved.is_err() && was_there {
            // As it was; that the rest failed is what is told.
            let _ = fs::create_dir(&self.out);
        }
        moved.map_err(Error::io("put the folder in its place", &self.out))?;
        // There is nothing left to remove.
        let _ = self.work.keep();
        Ok(files)
    }
}

/// Removes what processes that are gone have left in `parent`; whatever cannot be removed stays.
fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries {
        let is_named_so = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_named_so || !is_folder {
            continue;
        }
        let marker = File::options().write(true).open(entry.path().join(MARKER));
        if marker.is_ok_and(|marker| marker.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn list(folder: &Path, inside: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let inside = inside.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &inside, files)?;
        } else {
            files.push(inside);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("out");
        let snapshot = Snapshot::default();
        let folder = NewFolder::new(&snapshot, &out).unwrap();
        folder.write("a.txt", b"a").unwrap();
        assert!(folder.write("a.txt", b"b").is_err(), "written once");
        drop(folder);
        assert_eq!(names(root.path()), [""; 0]);

        fs::create_dir(&out).unwrap();
        let folder = NewFolder::new(&snapshot, &out).unwrap();
        folder.write("deep/b.txt", b"b").unwrap();
        folder.write("a.txt", b"a").unwrap();
        let files = folder.finish().unwrap();
        assert_eq!(files, [Path::new("a.txt"), Path::new("deep/b.txt")]);
        assert_eq!(names(root.path()), ["out"]);
        assert_eq!(fs::read(out.join("deep/b.txt")).unwrap(), b"b");

        let refused = NewFolder::new(&snapshot, &out).unwrap_err().to_string();
        assert!(refused.contains("the folder is not empty"), "{refused}");
    }

    #[test]
    fn what_a_killed_process_has_left_is_swept_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let snapshot = Snapshot::default();
        let left = root.path().join(".export-killed");
        fs::create_dir(&left).unwrap();
        fs::write(left.join(MARKER), "").unwrap();
        fs::write(left.join("model.onnx"), "half").unwrap();
        let mine = root.path().join(".export-mine");
        fs::create_dir(&mine).unwrap();
        fs::write(mine.join("notes.txt"), "mine").unwrap();
        let being_filled = NewFolder::new(&snapshot, &root.path().join("one")).unwrap();
        assert!(!left.exists());
        being_filled.write("a.txt", b"a").unwrap();
        let other = NewFolder::new(&snapshot, &root.path().join("two")).unwrap();
        assert_eq!(fs::read(mine.join("notes.txt")).unwrap(), b"mine");
        assert_eq!(being_filled.finish().unwrap(), [Path::new("a.txt")]);
        assert!(other.finish().unwrap().is_empty());
        assert_eq!(names(root.path()), [".export-mine", "one", "two"]);
    }

    #[test]
    fn what_comes_there_meanwhile_is_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        let out = root.path().join("out");
        let folder = NewFolder::new(&Snapshot::default(), &out).unwrap();
        folder.write("a.txt", b"a").unwrap();
        fs::create_dir(&out).unwrap();
        fs::write(out.join("mine.txt"), "mine").unwrap();
        folder.finish().unwrap_err();
        assert_eq!(names(root.path()), ["out"]);
        assert_eq!(names(&out), ["mine.txt"]);
    }
}
