//! What is known about a film before it is decoded, and the size of its frames.

use serde::{Deserialize, Serialize};

use super::decode::MAX_PIXELS;
use super::extract_options::{ExtractOptions, FrameSize};
use super::hdr::Hdr;
use super::orientation::Orientation;
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
    /// The moving image among the file's streams, 0-based.
    pub stream: u32,
    /// Size on the screen, in square pixels, turned as the phone was held.
    pub shown_width: u32,
    pub shown_height: u32,
    /// Frames that the container counts; a trimmed film has more of them than it shows.
    pub stated_frame_count: Option<u64>,
    /// When the first frame should be shown, on ffmpeg's clock, which begins with the container's first packet.
    pub starts_secs: f64,
    pub span: FilmSpan,
    /// `None`: frames come at uneven times.
    pub steady: Option<Steady>,
    /// Pixels may be transparent.
    pub has_alpha: bool,
    pub hdr: Option<Hdr>,
    pub is_dolby_vision_only: bool,
    /// ffmpeg turns it by itself.
    pub is_turned_by_container: bool,
    /// As the frames say, where the container says nothing.
    pub orientation: Option<Orientation>,
}

/// Frames as far apart from one another throughout the film, by which each one's time tells its number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Steady {
    /// On ffmpeg's clock.
    pub starts_secs: f64,
    pub frames_per_sec: f64,
}

impl Steady {
    /// Of the frame that is shown then, 0-based.
    pub fn number(self, secs: f64) -> u64 {
        ((secs - self.starts_secs) * self.frames_per_sec)
            .round()
            .max(0.0) as u64
    }
}

/// When the last frame should end, on ffmpeg's clock, and who says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum FilmSpan {
    /// The moving image itself.
    Stream {
        end_secs: f64,
    },
    /// The longest of all streams.
    Container {
        end_secs: f64,
    },
    Unknown,
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
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(Error::Invalid(format!(
                "frames of {width}×{height} could not be read again (the limit is {} megapixels); give a smaller width or height",
                MAX_PIXELS / 1_000_000
            )));
        }
        Ok(FrameSize { width, height })
    }
}
