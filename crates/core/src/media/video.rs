//! Films to frames by ffmpeg as a child process; scenes are found in the same decode.
//!
//! Limits: interlaced films are not deinterlaced.

use std::path::Path;

use super::ffmpeg::complaint;
use super::film_health::{Decoded, clock, with_separators};
use super::film_job::FilmJob;
use super::film_part::{End, Part};
use super::film_parts::decode_film;
use super::film_probe::{UNREADABLE, probe_film};
use super::frame_files::sweep_leftovers;
use super::hdr::{DOLBY_VISION_ONLY, Obstacle};
use super::probed_film::ProbedFilm;
use super::scene::{SceneSpan, Transitions};
use super::time_log::FrameTimes;
use crate::error::{Error, Result};
use crate::progress::Progress;

pub use super::extract_options::{Every, ExtractOptions, FrameSize};
pub use super::ffmpeg::Ffmpeg;
pub use super::frame_files::Frame;
pub use super::probed_film::FilmInfo;

/// What came out of a film.
#[derive(Clone, Debug)]
pub struct Extracted {
    pub info: FilmInfo,
    pub frames: Vec<Frame>,
    pub scenes: Vec<SceneSpan>,
    /// Where and how the film broke, if it did; the frames up to there are kept. One line for the user.
    pub broken: Option<String>,
}

/// What came out until the film ended or the work was cancelled.
pub(crate) struct Extraction {
    /// Of a cancelled film: what had come, and `broken` says where it stops.
    pub extracted: Extracted,
    pub was_cancelled: bool,
}

/// # Errors
/// `FfmpegMissing`, `Film` (no video stream, not a film), `Missing`, `Cancelled`.
pub fn probe(film: &Path, progress: &Progress) -> Result<FilmInfo> {
    Ok(probe_film(&Ffmpeg::find(), film, progress)?.info)
}

/// Decodes the whole film once: JPEG files `OUT/000048.jpg` (named by 0-based frame number, 6 digits), cuts over every frame.
/// Cancelled or killed half-way it leaves no wrong file (frames of an earlier complete extraction are replaced one by one).
///
/// # Errors
/// As [`probe`]; `Invalid` options; `Cancelled`; `Io` if OUT cannot be written or is full.
pub fn extract(
    film: &Path,
    out: &Path,
    options: &ExtractOptions,
    progress: &Progress,
) -> Result<Extracted> {
    Ffmpeg::find().extract(film, out, options, progress)
}

impl Ffmpeg {
    /// [`extract`] by this ffmpeg.
    pub fn extract(
        &self,
        film: &Path,
        out: &Path,
        options: &ExtractOptions,
        progress: &Progress,
    ) -> Result<Extracted> {
        let extraction = self.extract_until_cancelled(film, out, options, progress)?;
        if extraction.was_cancelled {
            return Err(Error::Cancelled);
        }
        Ok(extraction.extracted)
    }

    /// [`extract`]; cancelled half-way, what has come so far.
    ///
    /// # Errors
    /// As [`extract`]; `Cancelled` only if nothing has come yet.
    pub(crate) fn extract_until_cancelled(
        &self,
        film: &Path,
        out: &Path,
        options: &ExtractOptions,
        progress: &Progress,
    ) -> Result<Extraction> {
        let name = film.file_name().unwrap_or_default().to_string_lossy();
        options.every.check()?;
        // Starting either program takes a tenth of a second.
        let (probed, passthrough) = rayon::join(
            || probe_film(self, film, progress),
            || self.passthrough(progress),
        );
        let (mut probed, passthrough) = (probed?, passthrough?);
        self.settle_colors(&mut probed, &name, progress)?;
        let size = probed.frame_size(options)?;
        let total = (probed.info.frame_count > 0).then_some(probed.info.frame_count);
        progress.stage(format!("extracting {name}"), total);
        sweep_leftovers(out)?;
        let job = FilmJob {
            film,
            out,
            every: options.every,
            size,
            probed: &probed,
            passthrough,
            progress,
        };
        decode_film(self, &job).and_then(|parts| assembled(&job, parts))
    }

    /// What cannot be converted is taken as it is, and said.
    fn settle_colors(
        &self,
        probed: &mut ProbedFilm,
        name: &str,
        progress: &Progress,
    ) -> Result<()> {
        if probed.is_dolby_vision_only {
            progress.warn(name, DOLBY_VISION_ONLY);
        }
        let Some(hdr) = &probed.hdr else {
            return Ok(());
        };
        let obstacle = if probed.has_alpha {
            Obstacle::Transparency
        } else if self.can_convert_hdr(progress)? {
            return Ok(());
        } else {
            Obstacle::Filters
        };
        progress.warn(name, hdr.complaint(obstacle));
        probed.hdr = None;
        Ok(())
    }
}

/// One film of its parts.
fn assembled(job: &FilmJob<'_>, parts: Vec<Part>) -> Result<Extraction> {
    let FilmJob {
        film,
        probed,
        progress,
        ..
    } = *job;
    let mut frames = Vec::new();
    let mut transitions = Transitions::default();
    let mut times: Option<FrameTimes> = None;
    let mut log = String::new();
    let (mut count, mut end) = (0, End::Cancelled);
    for part in parts {
        frames.extend(part.frames);
        transitions.append(part.found);
        times = Some(times.map_or(part.times, |earlier| earlier.then(part.times)));
        log.push_str(&part.log);
        (count, end) = (part.number, part.end);
    }
    let times = times.unwrap_or_default();
    progress.set_done(count);
    let extracted = |frames, broken| Extracted {
        info: FilmInfo {
            frame_count: count,
            ..probed.info.clone()
        },
        frames,
        scenes: transitions.scenes(count),
        broken,
    };
    let End::Film(status) = end else {
        if frames.is_empty() {
            return Err(Error::Cancelled);
        }
        let at = clock(times.last_secs);
        let count = with_separators(count);
        let broken = format!(
            "ends at {at} (frame {count}), where the import was stopped; import the film again for the rest"
        );
        return Ok(Extraction {
            extracted: extracted(frames, Some(broken)),
            was_cancelled: true,
        });
    };
    let complaint = complaint(&log, film);
    if count == 0 {
        return Err(Error::Film {
            reason: complaint.unwrap_or_else(|| "no frame can be decoded".to_owned()),
            remedy: UNREADABLE,
            path: film.to_path_buf(),
        });
    }
    let health = Decoded {
        film,
        probed,
        count,
        times,
        status,
        complaint: complaint.as_deref(),
    }
    .health();
    if let (None, Some(damage)) = (&health.broken, health.damage) {
        let name = film.file_name().unwrap_or_default().to_string_lossy();
        progress.warn(name, damage);
    }
    Ok(Extraction {
        extracted: extracted(frames, health.broken),
        was_cancelled: false,
    })
}
