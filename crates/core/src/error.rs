//! Everything that can go wrong in the library, in words that name the remedy.
//!
//! Front ends print an [`Error`] once, as it is. Partial failures (one unreadable image among thousands) are no
//! errors: they are [`crate::progress::Warning`]s.

use std::io;
use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only [`crate::progress::Progress::check`] makes this one.
    #[error("cancelled")]
    Cancelled,

    // === files ===
    #[error("cannot {action}: {source}{}; path {}", remedy(source), path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("no such file or folder; check the spelling of {}", path.display())]
    Missing { path: PathBuf },

    // === project ===
    #[error("not a Cutting Room project (it has no project.toml); make one with `cutting-room new {}`", path.display())]
    NotAProject { path: PathBuf },
    #[error("project.toml is missing from this project, though its catalog is here; make it anew (on the command line: `cutting-room restore {}`)", path.display())]
    MissingDescription { path: PathBuf },
    #[error("a project is already here; open it with `cutting-room {}`", path.display())]
    ProjectExists { path: PathBuf },
    #[error("{what} cannot be read: {reason}; restore it from a backup or move it away; file {}", path.display())]
    BadFile {
        what: &'static str,
        reason: String,
        path: PathBuf,
    },
    #[error("the project is open in another window or command ({holder}); close that one first; project {}", path.display())]
    Locked { holder: String, path: PathBuf },
    #[error("nothing can be written in the project's folder ({source}); copy the project to a folder of your own, or give yourself the right to write; project {}", path.display())]
    ReadOnly { source: io::Error, path: PathBuf },
    #[error(
        "the project was made by a newer Cutting Room (format {found}, this one knows {known}); update the program"
    )]
    NewerFormat { found: u32, known: u32 },

    // === images ===
    #[error("{reason}; image {}", path.display())]
    Image { reason: String, path: PathBuf },

    // === films ===
    #[error(
        "ffmpeg is not installed; install it with your package manager (Debian/Ubuntu: apt install ffmpeg, Fedora: dnf install ffmpeg, Arch: pacman -S ffmpeg, macOS: brew install ffmpeg) and try again"
    )]
    FfmpegMissing,
    #[error("ffmpeg cannot read this film: {reason}; {remedy}; film {}", path.display())]
    Film {
        reason: String,
        remedy: &'static str,
        path: PathBuf,
    },

    // === catalog ===
    /// The database file is malformed, cut off or no database.
    #[error(
        "the catalog is damaged ({reason}); {}; file {}",
        restore_remedy(*backups, path),
        path.display()
    )]
    DamagedCatalog {
        reason: String,
        /// Sound backups of it.
        backups: usize,
        path: PathBuf,
    },
    #[error(
        "the catalog is missing, with all scenes and decisions, though the project has frames, images or runs; {}; file {}",
        restore_remedy(*backups, path),
        path.display()
    )]
    MissingCatalog { backups: usize, path: PathBuf },
    #[error("the catalog cannot be used: {}", with_disk_remedy(.0))]
    Catalog(#[from] rusqlite::Error),
    #[error("the catalog cannot be brought up to date: {0}")]
    Migration(#[from] rusqlite_migration::Error),
    #[error("there is no {what} called {name:?}; {remedy}")]
    Unknown {
        what: &'static str,
        name: String,
        remedy: String,
    },

    // === what the person asked for ===
    /// A setting or a request that cannot work; the text says what to change.
    #[error("{0}")]
    Invalid(String),

    // === training ===
    /// A loss or a weight that is no number any more; the text says which and when.
    #[error(
        "{0}, so the weights are unusable from here on; train again with a lower learning rate (the best and the last finite weights are kept)"
    )]
    Diverged(String),

    // === the web ===
    #[error(
        "{reason}; see whether this computer is online, and try again later: what was fetched so far is kept; address {address}"
    )]
    Web { reason: String, address: String },

    // === threads ===
    #[error(
        "the program made a mistake ({message}); the project is as it was before this step; please report it"
    )]
    Panic { message: String },

    // === tensors ===
    #[error("tensor computation failed: {0}")]
    Tensor(#[from] candle_core::Error),
    #[error(transparent)]
    Device(#[from] crate::ops::compute::DeviceError),
    #[error(
        "{arch} has no weights inside the program; {remedy} (.safetensors or .pth) in Weights on the Train page (on the command line: `--weights FILE`)"
    )]
    NoWeights {
        arch: &'static str,
        remedy: &'static str,
    },
    #[error(
        "the weights could not be had from the hub: {reason}; try again, or download {address} elsewhere and name the file in Weights on the Train page (on the command line: `--weights FILE`)"
    )]
    Hub { reason: String, address: String },
    #[error("the weights cannot be used: {reason}; file {}", path.display())]
    Weights { reason: String, path: PathBuf },
    #[error("weights do not fit: {name} has shape {found:?}, the model needs {expected:?}; file {}", path.display())]
    WeightShape {
        name: String,
        found: Vec<usize>,
        expected: Vec<usize>,
        path: PathBuf,
    },
}

/// What helps against a catalog that cannot be opened.
fn restore_remedy(backups: usize, catalog: &Path) -> String {
    let project = catalog.parent().unwrap_or(Path::new("."));
    if backups == 0 {
        return "there is no backup of it in the project, so put the file back from a copy of your own, or import films and images into a new project".into();
    }
    format!(
        "restore its last backup (on the command line: `cutting-room restore {}`)",
        project.display()
    )
}

/// What helps against an I/O error, if it says so itself; begins with a semicolon.
fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose another place, or give yourself the right to it"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; make room on that disk and try again"
        }
        _ => "",
    }
}

/// The system's own error: the crate `tempfile` wraps it together with the name of a file that nobody knows.
fn without_path(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source);
    let inner = inner.and_then(|inner| inner.downcast_ref::<io::Error>());
    match inner.and_then(io::Error::raw_os_error) {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error,
    }
}

/// With what helps against a catalog whose disk fails.
fn with_disk_remedy(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
    let remedy = match error.sqlite_error_code() {
        Some(DiskFull) => "; make room on the project's disk and try again; nothing was changed",
        Some(SystemIoFailure) => {
            "; see whether the project's disk is full (then make room on it) or fails, and try again; nothing was changed"
        }
        Some(ReadOnly | CannotOpen) => {
            "; see whether the project's folder may be written, or copy the project to a folder of your own"
        }
        _other => "",
    };
    format!("{error}{remedy}")
}

impl Error {
    /// An I/O error with what was being done ("write the image") and to which path.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            action,
            path: path.to_path_buf(),
            source: without_path(source),
        }
    }

    /// Whether a computation failed for want of memory on the device.
    pub fn is_out_of_memory(&self) -> bool {
        matches!(self, Self::Tensor(error) if crate::ops::compute::is_out_of_memory(error))
    }

    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }
}
