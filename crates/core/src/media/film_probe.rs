//! What ffprobe reports about a film, and the size of its frames.

use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::extract_options::{ExtractOptions, FrameSize};
use super::ffmpeg::{Ffmpeg, complaint, file_argument};
use crate::error::{Error, Result};

/// Larger frames are no film's; also JPEG's limit is not far.
const MAX_SIDE: u32 = 16_384;

/// What ffprobe reports before any frame is decoded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FilmInfo {
    /// Stored pixels.
    pub width: u32,
    pub height: u32,
    pub frames_per_sec: f64,
    pub duration_secs: f64,
    /// Estimated before decoding, exact afterwards.
    pub frame_count: u64,
    pub codec: String,
}

/// [`FilmInfo`] and what only the extraction needs.
#[derive(Clone, Debug)]
pub(super) struct ProbedFilm {
    pub info: FilmInfo,
    /// Size on the screen, in square pixels, turned as the phone was held.
    pub shown_width: u32,
    pub shown_height: u32,
    /// The container states the number of frames; otherwise it is estimated from the duration.
    pub frame_count_is_stated: bool,
    /// No colour matrix is stated, and the image is large enough to be made for BT.709.
    pub assume_bt709: bool,
}

#[derive(Deserialize)]
struct FfprobeOutput {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Default, Deserialize)]
struct Format {
    #[serde(default)]
    format_name: String,
    duration: Option<String>,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    codec_name: String,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    avg_frame_rate: Option<String>,
    r_frame_rate: Option<String>,
    nb_frames: Option<String>,
    duration: Option<String>,
    sample_aspect_ratio: Option<String>,
    color_space: Option<String>,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Deserialize)]
struct SideData {
    /// Degrees, counter-clockwise.
    rotation: Option<f64>,
}

pub(super) fn probe_film(ffmpeg: &Ffmpeg, film: &Path) -> Result<ProbedFilm> {
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
    if metadata.len() == 0 {
        return Err(refuse("the file is empty"));
    }
    let mut command = ffmpeg.probe_command();
    command.args(["-v", "error", "-select_streams", "V:0"]);
    command.args(["-show_streams", "-show_format", "-of", "json"]);
    let output = command
        .arg(file_argument(film))
        .output()
        .map_err(ffmpeg.probe_start_error())?;
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
    let container = output.format.format_name.as_str();
    if container == "tty" {
        return Err(refuse("it is a text file"));
    }
    if container.ends_with("_pipe") || container == "image2" {
        return Err(refuse(
            "it is a single image, which is imported with images",
        ));
    }
    match output.streams.first() {
        Some(stream) if stream.width > 0 && stream.height > 0 => {
            Ok(describe(stream, output.format.duration.as_deref()))
        }
        _ => Err(refuse("it has no moving image")),
    }
}

fn describe(stream: &Stream, container_duration: Option<&str>) -> ProbedFilm {
    let number = |text: Option<&str>| {
        text.and_then(|text| text.parse::<f64>().ok())
            .filter(|number| number.is_finite() && *number > 0.0)
    };
    let frames_per_sec = [&stream.avg_frame_rate, &stream.r_frame_rate]
        .into_iter()
        .find_map(|rate| ratio(rate.as_deref()?, '/'))
        .unwrap_or(25.0);
    let duration_secs = number(stream.duration.as_deref())
        .or_else(|| number(container_duration))
        .unwrap_or(0.0);
    let stated = stream
        .nb_frames
        .as_deref()
        .and_then(|count| count.parse::<u64>().ok())
        .filter(|count| *count > 0);
    let pixel_aspect = stream
        .sample_aspect_ratio
        .as_deref()
        .and_then(|aspect| ratio(aspect, ':'))
        .unwrap_or(1.0);
    let shown = (
        ((f64::from(stream.width) * pixel_aspect).round() as u32).max(1),
        stream.height,
    );
    let is_turned = stream
        .side_data_list
        .iter()
        .filter_map(|data| data.rotation)
        .any(|degrees| (degrees.abs() / 90.0).round() as u32 % 2 == 1);
    let (shown_width, shown_height) = if is_turned { (shown.1, shown.0) } else { shown };
    let states_matrix = stream
        .color_space
        .as_deref()
        .is_some_and(|space| space != "unknown");
    ProbedFilm {
        info: FilmInfo {
            width: stream.width,
            height: stream.height,
            frames_per_sec,
            duration_secs,
            frame_count: stated.unwrap_or((duration_secs * frames_per_sec).round() as u64),
            codec: stream.codec_name.clone(),
        },
        shown_width,
        shown_height,
        frame_count_is_stated: stated.is_some(),
        assume_bt709: !states_matrix && stream.height >= 720,
    }
}

/// "24000/1001" or "16:11"; `None` for "0/0" and nonsense.
fn ratio(text: &str, separator: char) -> Option<f64> {
    let (above, below) = text.split_once(separator)?;
    let ratio = above.parse::<f64>().ok()? / below.parse::<f64>().ok()?;
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

impl ProbedFilm {
    /// Width and height of the frames that are written.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a wanted side is zero or absurd.
    pub fn frame_size(&self, options: &ExtractOptions) -> Result<FrameSize> {
        for side in [options.width, options.height].into_iter().flatten() {
            if !(2..=MAX_SIDE).contains(&side) {
                return Err(Error::Invalid(format!(
                    "frames cannot be {side} pixels wide or high; give 2 to {MAX_SIDE}, or leave it out for the film's own size"
                )));
            }
        }
        let aspect = f64::from(self.shown_width) / f64::from(self.shown_height.max(1));
        let even = |side: f64| ((side / 2.0).round() as u32 * 2).clamp(2, MAX_SIDE);
        let (width, height) = match (options.width, options.height) {
            (None, None) => (self.shown_width, self.shown_height),
            (Some(width), None) => (width, even(f64::from(width) / aspect)),
            (None, Some(height)) => (even(f64::from(height) * aspect), height),
            (Some(width), Some(height)) => (width, height),
        };
        Ok(FrameSize { width, height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_size(width: u32, height: u32) -> FrameSize {
        FrameSize { width, height }
    }

    fn described(json: &str) -> ProbedFilm {
        describe(&serde_json::from_str(json).unwrap(), Some("10.0"))
    }

    #[test]
    fn an_anamorphic_dvd_is_made_right() {
        let film = described(
            r#"{"width":720,"height":576,"avg_frame_rate":"25/1","sample_aspect_ratio":"64:45"}"#,
        );
        assert_eq!((film.shown_width, film.shown_height), (1024, 576));
        let size = |width, height| {
            let options = ExtractOptions {
                width,
                height,
                ..ExtractOptions::default()
            };
            film.frame_size(&options)
        };
        assert_eq!(size(None, None).unwrap(), frame_size(1024, 576));
        assert_eq!(size(Some(512), None).unwrap(), frame_size(512, 288));
        assert_eq!(size(None, Some(100)).unwrap(), frame_size(178, 100));
        assert_eq!(size(Some(700), Some(400)).unwrap(), frame_size(700, 400));
        assert!(size(Some(0), None).is_err());
        assert_eq!(film.info.frame_count, 250);
        assert!(!film.frame_count_is_stated);
    }

    #[test]
    fn a_phone_film_stands_upright() {
        let film = described(
            r#"{"width":1920,"height":1080,"avg_frame_rate":"30000/1001","nb_frames":"299",
                "side_data_list":[{"side_data_type":"Display Matrix","rotation":-90}]}"#,
        );
        assert_eq!((film.shown_width, film.shown_height), (1080, 1920));
        assert_eq!(film.info.frame_count, 299);
        assert!(film.frame_count_is_stated && film.assume_bt709);
        assert!((film.info.frames_per_sec - 29.97).abs() < 0.01);
    }
}
