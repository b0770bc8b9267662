//! Where ffmpeg and ffprobe are, which ffmpeg it is, and what their complaints mean.
//!
//! `std::process` and not the crate ffmpeg-sidecar: that reads one event stream from stderr, while here raw frames, files
//! and times come out of one child.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::child::output;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// Names another ffmpeg than the one on the PATH; ffprobe is looked for beside it.
pub const PROGRAM_VARIABLE: &str = "CUTTING_ROOM_FFMPEG";

/// The two programs of an ffmpeg installation.
#[derive(Clone, Debug)]
pub struct Ffmpeg {
    program: OsString,
    probe_program: OsString,
    /// How many decode a film side by side; `None`: as many as it is worth.
    pub(super) parts: Option<usize>,
}

impl Ffmpeg {
    /// From [`PROGRAM_VARIABLE`], else by the PATH.
    pub fn find() -> Self {
        match std::env::var_os(PROGRAM_VARIABLE) {
            Some(program) if !program.is_empty() => Self::at(&program),
            _ => Self {
                program: "ffmpeg".into(),
                probe_program: "ffprobe".into(),
                parts: None,
            },
        }
    }

    /// The ffmpeg at `program`, and the ffprobe in the same folder.
    pub fn at(program: &OsStr) -> Self {
        // The child runs in another folder, so a relative path would mean something else there.
        let path = match Path::new(program).components().count() {
            0 | 1 => PathBuf::from(program),
            _ => std::path::absolute(program).unwrap_or_else(|_| PathBuf::from(program)),
        };
        Self {
            probe_program: path.with_file_name("ffprobe").into_os_string(),
            program: path.into_os_string(),
            parts: None,
        }
    }

    /// So many decode a film side by side, however short it is and however few cores there are.
    #[must_use]
    pub fn in_parts(self, parts: usize) -> Self {
        Self {
            parts: Some(parts),
            ..self
        }
    }

    pub(super) fn command(&self) -> Command {
        quiet(&self.program)
    }

    pub(super) fn probe_command(&self) -> Command {
        quiet(&self.probe_program)
    }

    pub(super) fn start_error(&self) -> impl FnOnce(io::Error) -> Error + use<> {
        start_error(&self.program)
    }

    pub(super) fn probe_start_error(&self) -> impl FnOnce(io::Error) -> Error + use<> {
        start_error(&self.probe_program)
    }

    /// As ffmpeg prints it: "5.1.9-0+deb12u1".
    ///
    /// # Errors
    /// [`Error::FfmpegMissing`].
    pub fn version(&self) -> Result<String> {
        self.version_until_cancelled(&Progress::silent())
    }

    fn version_until_cancelled(&self, progress: &Progress) -> Result<String> {
        let output = output(self.command().arg("-version"), progress, self.start_error())?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.split_whitespace().nth(2).unwrap_or("?").to_owned())
    }

    /// What `ffmpeg -filters` prints.
    pub(super) fn filter_list(&self, progress: &Progress) -> Result<String> {
        let mut command = self.command();
        command.args(["-hide_banner", "-filters"]);
        let output = output(&mut command, progress, self.start_error())?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The option that makes every frame come out once, whatever its time: renamed in ffmpeg 5.1.
    pub(super) fn passthrough(&self, progress: &Progress) -> Result<[&'static str; 2]> {
        Ok(
            if is_older_than_5_1(&self.version_until_cancelled(progress)?) {
                ["-vsync", "0"]
            } else {
                ["-fps_mode", "passthrough"]
            },
        )
    }
}

fn quiet(program: &OsStr) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

fn is_older_than_5_1(version: &str) -> bool {
    let mut numbers = version
        .split(['.', '-'])
        .map_while(|part| part.parse::<u32>().ok());
    // A build from git has no number ("N-109…") and is new enough.
    numbers
        .next()
        .is_some_and(|major| (major, numbers.next().unwrap_or(0)) < (5, 1))
}

/// A program that cannot be started is missing or broken.
fn start_error(program: &OsStr) -> impl FnOnce(io::Error) -> Error + use<> {
    let program = PathBuf::from(program);
    move |source| match source.kind() {
        io::ErrorKind::NotFound => Error::FfmpegMissing,
        _ => Error::io("start ffmpeg", &program)(source),
    }
}

/// `file:PATH`, absolute: a name with a colon or a leading dash is then no address and no option.
pub(super) fn file_argument(film: &Path) -> OsString {
    let path = std::path::absolute(film).unwrap_or_else(|_| film.to_path_buf());
    let mut argument = OsString::from("file:");
    argument.push(path);
    argument
}

/// The most telling line of a log, without ffmpeg's "[mov,mp4 @ 0x55…]" and without the path.
pub(super) fn complaint(log: &str, film: &Path) -> Option<String> {
    let film_prefix = format!("{}: ", file_argument(film).to_string_lossy());
    // A film of variable rate gives frames the same rounded time on their way out; nothing is lost by that.
    let harmless = |line: &str| {
        line.is_empty()
            || line.contains("increasing dts to muxer")
            || line.starts_with("Last message repeated")
    };
    let lines = log.lines().map(str::trim).filter(|line| !harmless(line));
    let reported = lines.map(|line| {
        let mut rest = line;
        while let Some((_, after)) = rest
            .strip_prefix('[')
            .and_then(|inner| inner.split_once("] "))
        {
            rest = after;
        }
        match rest
            .strip_prefix("stream ")
            .and_then(|rest| rest.rsplit_once(": "))
        {
            // "stream 0, offset 0xabe48: partial file", at another offset for every frame that is missing.
            Some((_, "partial file")) => "partial file",
            _ => rest.strip_prefix(&film_prefix).unwrap_or(rest),
        }
    });
    let reported: Vec<&str> = reported.collect();
    // The last line is a summary ("Invalid data found…"); what the container reader says is the cause.
    let cause = reported.iter().find(|line| says_that_data_is_missing(line));
    cause.or(reported.last()).map(|line| (*line).to_owned())
}

/// Whether a complaint is the container reader's about a file that ends before its content does.
pub(super) fn says_that_data_is_missing(complaint: &str) -> bool {
    let causes = [
        "moov atom not found",
        "partial file",
        "ended prematurely",
        "truncat",
    ];
    causes.iter().any(|cause| complaint.contains(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_told_from_new_ones() {
        assert!(is_older_than_5_1("4.4.2-0ubuntu0.22.04.1"));
        assert!(is_older_than_5_1("5.0"));
        assert!(!is_older_than_5_1("5.1.9-0+deb12u1"));
        assert!(!is_older_than_5_1("7.1"));
        assert!(!is_older_than_5_1("N-109542-g1bf1c2d"));
    }

    #[test]
    fn the_cause_is_preferred_to_the_summary() {
        let log = "[mov,mp4,m4a @ 0x5581] moov atom not found\nfile:/films/a.mp4: Invalid data found when processing input\n";
        let film = Path::new("/films/a.mp4");
        assert_eq!(complaint(log, film).unwrap(), "moov atom not found");
        let log = "file:/films/a.mp4: Invalid data found when processing input\n";
        assert_eq!(
            complaint(log, film).unwrap(),
            "Invalid data found when processing input"
        );
        let log = "[h264 @ 0x1] Error splitting\n[mov,mp4 @ 0x2] stream 0, offset 0xabe48: partial file\n";
        assert_eq!(complaint(log, film).unwrap(), "partial file");
        let harmless = "[rawvideo @ 0x55ac] Application provided invalid, non monotonically increasing dts to muxer in stream 0: 28 >= 28\n";
        assert_eq!(complaint(harmless, film), None);
        let repeated = "[mpeg2video @ 0x5] Invalid frame dimensions 0x0.\n    Last message repeated 47 times\n";
        assert_eq!(
            complaint(repeated, film).unwrap(),
            "Invalid frame dimensions 0x0."
        );
    }

    #[test]
    fn a_missing_program_is_named_as_ffmpeg_missing() {
        let nowhere = Ffmpeg::at(OsStr::new("/nowhere/ffmpeg"));
        assert!(matches!(nowhere.version(), Err(Error::FfmpegMissing)));
    }
}
