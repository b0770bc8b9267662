//! What the program tells of its own work: on stderr as much as is asked for, and of the window also in a file that outlives it.
//!
//! The file and the one before it hold at most [`LIMIT_BYTES`] each; two windows at once write into the same one.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

const LIMIT_BYTES: u64 = 1 << 20;
/// Names what is told on stderr, in the syntax of `tracing_subscriber`; wins over `--verbose`.
const VARIABLE: &str = "CUTTING_ROOM_LOG";

/// Where the window writes: the platform's folder for what programs leave behind, or for caches where there is none.
pub fn window_log() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "cutting-room")?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.cache_dir());
    Some(folder.join("window.log"))
}

/// A file or another program gets plain text, and so does who asks for it (no-color.org).
fn has_colors() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// `verbosity`: how often `-v` was given. What is told is also written to `file`, beginning with what happened rather than how.
pub fn start(verbosity: u8, file: Option<&Path>) {
    let filter =
        EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(level(verbosity)));
    let to_stderr = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(has_colors())
        // Else a line that cannot be written would be reported by `eprintln!`, which panics.
        .log_internal_errors(false)
        .with_filter(filter);
    let opened = file.map(BoundedFile::open).transpose();
    let problem = opened.as_ref().err().map(ToString::to_string);
    let to_file = opened.ok().flatten().map(|file| {
        fmt::layer()
            .with_ansi(false)
            .with_writer(Mutex::new(file))
            .log_internal_errors(false)
            .with_filter(EnvFilter::new("info"))
    });
    let has_file = to_file.is_some();
    let registry = tracing_subscriber::registry().with(to_file).with(to_stderr);
    // A second start, as in tests, keeps the first log.
    if registry.try_init().is_ok() && has_file {
        log_panics();
    }
    if let Some(problem) = problem {
        tracing::warn!("no log file is written: {problem}");
    }
}

/// Of the program's own packages in detail, of all others what matters.
fn level(verbosity: u8) -> &'static str {
    match verbosity {
        0 => "error",
        1 => "info",
        _more => {
            "info,cutting_room=debug,cutting_room_core=debug,cutting_room_serve=debug,cutting_room_ops=debug"
        }
    }
}

/// They go to stderr as before, which nobody sees of a window.
fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        tracing::error!("panic: {info}");
        before(info);
    }));
}

/// The last lines of a log, from the file before it too if it has just begun.
pub fn last_lines(path: &Path, count: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for path in [before(path), path.to_path_buf()] {
        // Half a letter at a torn end is no reason to show nothing.
        let text = std::fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        lines.extend(text.lines().map(str::to_owned));
    }
    lines.split_off(lines.len().saturating_sub(count))
}

/// The file that was written before this one.
fn before(path: &Path) -> PathBuf {
    path.with_extension("1.log")
}

/// A file that is put aside and begun anew when it has become too long.
struct BoundedFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    limit_bytes: u64,
}

impl BoundedFile {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self {
            bytes: file.metadata()?.len(),
            path: path.to_path_buf(),
            file,
            limit_bytes: LIMIT_BYTES,
        })
    }

    fn begin_anew(&mut self) -> io::Result<()> {
        std::fs::rename(&self.path, before(&self.path))?;
        *self = Self {
            limit_bytes: self.limit_bytes,
            ..Self::open(&self.path)?
        };
        Ok(())
    }
}

impl Write for BoundedFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.bytes > 0 && self.bytes + line.len() as u64 > self.limit_bytes {
            self.begin_anew()?;
        }
        let written = self.file.write(line)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_stays_short_and_its_last_lines_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/window.log");
        let mut file = BoundedFile {
            limit_bytes: 100,
            ..BoundedFile::open(&path).unwrap()
        };
        for number in 0..1000 {
            writeln!(file, "line {number}").unwrap();
        }
        let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
        let sizes: Vec<u64> = entries
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .collect();
        assert_eq!(sizes.len(), 2);
        assert!(sizes.iter().all(|bytes| *bytes <= 100), "{sizes:?}");
        let lines = last_lines(&path, 12);
        assert_eq!(lines.len(), 12, "over the border of two files: {lines:?}");
        assert_eq!(lines[11], "line 999");
        assert_eq!(lines[0], "line 988");
        // A second window goes on in the same file.
        let again = BoundedFile::open(&path).unwrap();
        assert!(again.bytes > 0);
        assert!(last_lines(&folder.path().join("none.log"), 5).is_empty());
    }
}
