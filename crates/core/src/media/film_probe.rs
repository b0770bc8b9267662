//! Asks ffprobe about a film, and refuses what is none.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::child::output;
use super::ffmpeg::{Ffmpeg, complaint, file_argument};
use super::ffprobe::{FfprobeOutput, chosen, describe};
use super::junk;
use super::probed_film::ProbedFilm;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// What helps where only ffmpeg knows what is wrong.
pub(super) const UNREADABLE: &str = "check that it plays elsewhere";
/// Bytes that tell what a file is that is no film.
const HEAD_BYTES: u64 = 4096;

pub(super) fn probe_film(ffmpeg: &Ffmpeg, film: &Path, progress: &Progress) -> Result<ProbedFilm> {
    let refuse = |reason: &str, remedy: &'static str| Error::Film {
        reason: reason.to_owned(),
        remedy,
        path: film.to_path_buf(),
    };
    let metadata = film.metadata().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::Missing {
            path: film.to_path_buf(),
        },
        _ => Error::io("read the film", film)(error),
    })?;
    if metadata.is_dir() {
        return Err(refuse("it is a folder", OTHER_FILE));
    }
    if !metadata.is_file() {
        return Err(refuse("it is a pipe or a device, not a file", OTHER_FILE));
    }
    if metadata.len() == 0 {
        return Err(refuse("the file is empty", DAMAGED));
    }
    let mut command = ffmpeg.probe_command();
    command.args(["-v", "error", "-select_streams", "v"]);
    command.args(["-show_streams", "-show_format", "-of", "json"]);
    command.arg(file_argument(film));
    let output = output(&mut command, progress, ffmpeg.probe_start_error())?;
    if !output.status.success() {
        // ffmpeg says of any file named .mp4 that its index is missing.
        if let Some(text) = head(film).as_deref().and_then(junk::text_name) {
            return Err(refuse(&format!("it is {text}"), DAMAGED));
        }
        let log = String::from_utf8_lossy(&output.stderr);
        let complaint = complaint(&log, film).unwrap_or_else(|| "it is not a film".to_owned());
        return Err(refuse(&complaint, UNREADABLE));
    }
    let output: FfprobeOutput =
        serde_json::from_slice(&output.stdout).map_err(|error| Error::BadFile {
            what: "ffprobe's output",
            reason: error.to_string(),
            path: film.to_path_buf(),
        })?;
    let container = output.format.name.as_str();
    if container == "tty" {
        return Err(refuse("it is a text file", DAMAGED));
    }
    if container.ends_with("_pipe") || container == "image2" {
        return Err(refuse(
            "it is a single image",
            "import it with images, by the folder it lies in",
        ));
    }
    match chosen(&output.streams) {
        Some(stream) => turned(ffmpeg, film, describe(stream, &output.format), progress),
        None => Err(refuse(
            "it has no moving image, only sound or a cover",
            OTHER_FILE,
        )),
    }
}

/// Frames that say how the camera was held are only those of phones and action cameras.
const TURNING_CODECS: [&str; 2] = ["h264", "hevc"];

/// Asks the first frames how the film was held, if its container does not say.
fn turned(
    ffmpeg: &Ffmpeg,
    film: &Path,
    probed: ProbedFilm,
    progress: &Progress,
) -> Result<ProbedFilm> {
    let may_be_turned = TURNING_CODECS.contains(&probed.info.codec.as_str());
    if probed.is_turned_by_container || !may_be_turned {
        return Ok(probed);
    }
    let orientation = ffmpeg.frame_orientation(film, probed.stream, progress)?;
    let shown = (probed.shown_width, probed.shown_height);
    let (shown_width, shown_height) = orientation.map_or(shown, |found| found.shown(shown));
    Ok(ProbedFilm {
        shown_width,
        shown_height,
        orientation,
        ..probed
    })
}

const OTHER_FILE: &str = "name the film's own file";
const DAMAGED: &str = "copy or download the film again";

/// The first bytes; `None` if they cannot be read, of which ffmpeg has complained.
fn head(film: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(film).ok()?;
    file.take(HEAD_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
