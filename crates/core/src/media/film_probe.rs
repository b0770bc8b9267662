//! Asks ffprobe about a film, and refuses what is none.

use std::io::ErrorKind;
use std::path::Path;

use super::child::output;
use super::ffmpeg::{Ffmpeg, complaint, file_argument};
use super::ffprobe::{FfprobeOutput, chosen, describe};
use super::probed_film::ProbedFilm;
use crate::error::{Error, Result};
use crate::progress::Progress;

pub(super) fn probe_film(ffmpeg: &Ffmpeg, film: &Path, progress: &Progress) -> Result<ProbedFilm> {
    let refuse = |reason: &str| Error::Film {
        reason: reason.to_owned(),
        path: film.to_path_buf(),
    };
    let metadata = film.metadata().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::Missing {
            path: film.to_path_buf(),
        },
        _ => Error::io("read the film", film)(error),
    })?;
    if metadata.is_dir() {
        return Err(refuse("it is a folder"));
    }
    if !metadata.is_file() {
        return Err(refuse("it is a pipe or a device, not a file"));
    }
    if metadata.len() == 0 {
        return Err(refuse("the file is empty"));
    }
    let mut command = ffmpeg.probe_command();
    command.args(["-v", "error", "-select_streams", "v"]);
    command.args(["-show_streams", "-show_format", "-of", "json"]);
    command.arg(file_argument(film));
    let output = output(&mut command, progress, ffmpeg.probe_start_error())?;
    if !output.status.success() {
        let log = String::from_utf8_lossy(&output.stderr);
        return Err(refuse(
            &complaint(&log, film).unwrap_or_else(|| "it is not a film".to_owned()),
        ));
    }
    let output: FfprobeOutput =
        serde_json::from_slice(&output.stdout).map_err(|error| Error::BadFile {
            what: "ffprobe's output",
            reason: error.to_string(),
            path: film.to_path_buf(),
        })?;
    let container = output.format.name.as_str();
    if container == "tty" {
        return Err(refuse("it is a text file"));
    }
    if container.ends_with("_pipe") || container == "image2" {
        return Err(refuse(
            "it is a single image, which is imported with images",
        ));
    }
    match chosen(&output.streams) {
        Some(stream) => Ok(describe(stream, &output.format)),
        None => Err(refuse("it has no moving image")),
    }
}
