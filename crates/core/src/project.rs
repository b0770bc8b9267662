//! The project folder: where everything lies, who holds it, and how files are written.
//!
//! The folder is described in ARCHITECTURE.md. Nothing here deletes a file that the program did not make.

pub mod cache;
mod lock;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

pub use lock::{CANNOT_LOCK, ProjectLock, is_unsupported};

use crate::error::{Error, Result};

/// Format of `project.toml` that this program writes.
const FORMAT: u32 = 1;
/// The name of the catalog in the project folder.
const CATALOG: &str = "catalog.sqlite";

/// Name of the folder of runs.
const RUNS: &str = "runs";

/// `project.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectFile {
    pub format: u32,
    /// As shown in the window; the folder's name unless changed.
    pub name: String,
}

/// A project folder that exists. Cheap to clone: it is only the path and the file's content.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
    runs: PathBuf,
    file: ProjectFile,
}

impl ProjectFile {
    /// Named like the project's folder.
    fn new(root: &Path) -> Self {
        let name = root.file_name().map_or_else(
            || "project".into(),
            |name| name.to_string_lossy().into_owned(),
        );
        Self {
            format: FORMAT,
            name,
        }
    }

    fn write(&self, root: &Path) -> Result<()> {
        let text =
            toml::to_string_pretty(self).map_err(|error| Error::Invalid(error.to_string()))?;
        write_atomic(&root.join("project.toml"), text.as_bytes())
    }
}

impl Project {
    /// Makes the folder and an empty project in it. The folder may exist if it is empty.
    ///
    /// # Errors
    /// [`Error::ProjectExists`]; [`Error::Invalid`] if the folder holds other things; [`Error::Io`].
    pub fn create(root: &Path) -> Result<Self> {
        if root.join("project.toml").exists() {
            return Err(Error::ProjectExists {
                path: root.to_path_buf(),
            });
        }
        if root.is_dir()
            && fs::read_dir(root)
                .map_err(Error::io("read the folder", root))?
                .next()
                .is_some()
        {
            return Err(Error::Invalid(format!(
                "the folder is not empty; choose a new or empty folder for the project instead of {}",
                root.display()
            )));
        }
        fs::create_dir_all(root).map_err(Error::io("make the project folder", root))?;
        let root = root
            .canonicalize()
            .map_err(Error::io("find the project folder", root))?;
        let project = Self {
            runs: root.join(RUNS),
            file: ProjectFile::new(&root),
            root,
        };
        for folder in [
            project.frames_dir(),
            project.images_dir(),
            project.runs_dir(),
            project.cache_dir(),
        ] {
            fs::create_dir_all(&folder).map_err(Error::io("make a folder", &folder))?;
        }
        project.file.write(&project.root)?;
        Ok(project)
    }

    /// Writes project.toml into the folder at `root`, which is being filled with a project of this name.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn describe(root: &Path, name: &str) -> Result<()> {
        let file = ProjectFile {
            name: name.to_owned(),
            ..ProjectFile::new(root)
        };
        file.write(root)
    }

    /// # Errors
    /// [`Error::Missing`], [`Error::NotAProject`], [`Error::BadFile`], [`Error::NewerFormat`].
    pub fn open(root: &Path) -> Result<Self> {
        if !root.exists() {
            return Err(Error::Missing {
                path: root.to_path_buf(),
            });
        }
        let path = root.join("project.toml");
        if !path.is_file() {
            let path = root.to_path_buf();
            return Err(if root.join(CATALOG).is_file() {
                Error::MissingDescription { path }
            } else {
                Error::NotAProject { path }
            });
        }
        let text = read_text(&path, ("read the project file", "the project file"))?;
        let file: ProjectFile = toml::from_str(&text).map_err(|error| Error::BadFile {
            what: "the project file",
            reason: error.message().to_owned(),
            path: path.clone(),
        })?;
        if file.format > FORMAT {
            return Err(Error::NewerFormat {
                found: file.format,
                known: FORMAT,
            });
        }
        let root = root
            .canonicalize()
            .map_err(Error::io("find the project folder", root))?;
        tracing::debug!("project {}", root.display());
        Ok(Self {
            runs: root.join(RUNS),
            root,
            file,
        })
    }

    /// The same project with its runs in another folder: of runs that nobody should see in the list.
    #[must_use]
    pub fn with_runs_in(&self, runs: PathBuf) -> Self {
        Self {
            runs,
            ..self.clone()
        }
    }

    /// Writes project.toml anew where it is missing or cannot be read beside a catalog; one that cannot be read is set
    /// aside as `project.toml.damaged`. Returns whether that was needed.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::NotAProject`], [`Error::NewerFormat`], [`Error::Io`].
    pub fn mend_description(root: &Path) -> Result<bool> {
        match Self::open(root) {
            Ok(_) => return Ok(false),
            Err(Error::MissingDescription { .. }) => {}
            Err(Error::BadFile { .. }) if root.join(CATALOG).is_file() => {
                let path = root.join("project.toml");
                let aside = root.join("project.toml.damaged");
                fs::rename(&path, &aside)
                    .map_err(Error::io("set the project file aside", &path))?;
            }
            Err(other) => return Err(other),
        }
        let root = root
            .canonicalize()
            .map_err(Error::io("find the project folder", root))?;
        ProjectFile::new(&root).write(&root)?;
        Ok(true)
    }

    /// Whether the folder is one of a project, readable or not.
    pub fn is_at(root: &Path) -> bool {
        root.join("project.toml").is_file()
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn name(&self) -> &str {
        &self.file.name
    }

    pub fn catalog_path(&self) -> PathBuf {
        self.root.join(CATALOG)
    }

    /// Extracted frames: `frames/FILM/000049.jpg`.
    pub fn frames_dir(&self) -> PathBuf {
        self.root.join("frames")
    }

    /// Imported images: `images/SOURCE/CLASS/…`.
    pub fn images_dir(&self) -> PathBuf {
        self.root.join("images")
    }

    pub fn runs_dir(&self) -> PathBuf {
        self.runs.clone()
    }

    pub fn run_dir(&self, run: &str) -> PathBuf {
        self.runs.join(run)
    }

    /// Copies of the catalog, made by the program itself.
    pub fn backups_dir(&self) -> PathBuf {
        self.root.join("backups")
    }

    /// Everything below may be deleted at any time.
    pub fn cache_dir(&self) -> PathBuf {
        self.root.join("cache")
    }
}

/// A text file; `action` and `what` are for messages ("read the run", "the run's description").
///
/// # Errors
/// [`Error::Io`]; [`Error::BadFile`] if it is no text.
pub(crate) fn read_text(
    path: &Path,
    (action, what): (&'static str, &'static str),
) -> Result<String> {
    let bytes = fs::read(path).map_err(Error::io(action, path))?;
    String::from_utf8(bytes).map_err(|_not_utf8| Error::BadFile {
        what,
        reason: "it is damaged (it is no text)".to_owned(),
        path: path.to_path_buf(),
    })
}

/// Writes beside the target, flushes to the disk, renames: a reader sees the old file or the new one, never half.
///
/// # Errors
/// [`Error::Missing`] folder; [`Error::Io`], for instance on a full disk; the target is then as before and nothing is left behind.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes, fs::File::sync_all)
}

/// As [`write_atomic`], for what can be made again and is found out if it is not whole: it is left to the system when it reaches the
/// disk, which takes milliseconds a file.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_cached(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes, |_file| Ok(()))
}

fn write(
    path: &Path,
    bytes: &[u8],
    flush: impl FnOnce(&fs::File) -> std::io::Result<()>,
) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _here => Path::new("."),
    };
    if !folder.exists() {
        return Err(Error::Missing {
            path: folder.to_path_buf(),
        });
    }
    let write = || {
        let mut file = temporary_file(folder, ".tmp-")?;
        file.write_all(bytes)?;
        flush(file.as_file())?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(Error::io("write the file", path))
}

/// An empty file in `folder` that goes when it is dropped, to be renamed when it is whole. Others may read it as far as the
/// umask lets them: temporary files are otherwise their owner's alone, also under their final names.
///
/// # Errors
/// Those of the file system.
pub fn temporary_file(folder: &Path, prefix: &str) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn files_are_as_readable_as_the_umask_lets_them_be() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let about = fs::metadata(folder.path().join(name)).unwrap();
            about.permissions().mode() & 0o777
        };
        // An ordinary file shows what the umask is.
        fs::write(folder.path().join("plain"), "x").unwrap();
        write_atomic(&folder.path().join("atomic"), b"x").unwrap();
        assert_eq!(mode("atomic"), mode("plain"));
    }

    #[test]
    fn a_folder_with_other_things_is_not_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
        assert!(matches!(
            Project::create(folder.path()),
            Err(Error::Invalid(_))
        ));
        assert!(matches!(
            Project::open(folder.path()),
            Err(Error::NotAProject { .. })
        ));
        assert!(matches!(
            Project::open(&folder.path().join("none")),
            Err(Error::Missing { .. })
        ));
    }

    #[test]
    fn a_lost_description_is_made_anew_beside_a_catalog() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("films");
        Project::create(&root).unwrap();
        let file = root.join("project.toml");
        fs::remove_file(&file).unwrap();
        assert!(matches!(
            Project::mend_description(&root),
            Err(Error::NotAProject { .. })
        ));
        fs::write(root.join(CATALOG), "rows").unwrap();
        assert!(matches!(
            Project::open(&root),
            Err(Error::MissingDescription { .. })
        ));
        assert!(Project::mend_description(&root).unwrap());
        assert_eq!(Project::open(&root).unwrap().name(), "films");
        assert!(!Project::mend_description(&root).unwrap());
        fs::write(&file, b"\xff\xfe").unwrap();
        assert!(matches!(Project::open(&root), Err(Error::BadFile { .. })));
        assert!(Project::mend_description(&root).unwrap());
        assert_eq!(
            fs::read(root.join("project.toml.damaged")).unwrap(),
            b"\xff\xfe"
        );
    }

    #[test]
    fn atomic_write_replaces_the_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomic(&path, b"long old text").unwrap();
        write_atomic(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
