//! Films to frames by ffmpeg as a child process; scenes are found in the same decode.
//!
//! One child decodes once and splits the frames: all of them, small, as raw pixels down one pipe, which paces
//! everything; the kept ones as JPEG files into a working folder inside OUT; and the time of each into a file there.
//! Complaints go to a file, too, so no pipe can fill up and stop the child while nobody reads it.
//!
//! Limits: interlaced films are not deinterlaced.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use super::child::OwnedChild;
use super::ffmpeg::{complaint, file_argument};
use super::film_graph::{graph, selection};
use super::film_health::{Decoded, clock, with_separators};
use super::film_probe::{UNREADABLE, probe_film};
use super::frame_files::{FrameFiles, IMAGE_PATTERN};
use super::frame_pipe::FramePipe;
use super::hdr::{DOLBY_VISION_ONLY, Obstacle};
use super::probed_film::ProbedFilm;
use super::scene::{SceneDetector, SceneSpan};
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
        let selection = selection(options.every)?;
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

        let work = working_folder(out)?;
        let graph = graph(&selection, &probed, size);
        let (mut child, mut pipe) =
            self.start(film, work.path(), (&graph, &probed), passthrough)?;
        let rate = probed.info.frames_per_sec;
        let mut files = FrameFiles::new(work.path(), out, options.every, rate, size);
        let mut detector = SceneDetector::new();
        let mut count = 0;
        let was_cancelled = loop {
            match pipe.next(film, progress) {
                Ok(Some(frame)) => detector.push(frame),
                Ok(None) => break false,
                Err(Error::Cancelled) => break true,
                Err(error) => return Err(error),
            }
            count += 1;
            progress.set_done(count);
            if !pipe.has_next() {
                files.collect()?;
            }
        };
        let info = FilmInfo {
            frame_count: count,
            ..probed.info.clone()
        };
        if was_cancelled {
            drop(child);
            let (frames, times) = files.finish();
            if frames.is_empty() {
                return Err(Error::Cancelled);
            }
            let at = clock(times.last_secs);
            let count = with_separators(count);
            return Ok(Extraction {
                extracted: Extracted {
                    info,
                    frames,
                    scenes: detector.finish(),
                    broken: Some(format!(
                        "ends at {at} (frame {count}), where the import was stopped; import the film again for the rest"
                    )),
                },
                was_cancelled,
            });
        }
        let status = child
            .wait(progress)?
            .map_err(Error::io("wait for ffmpeg", film))?;
        files.collect()?;
        let log = read_log(work.path());
        check_disk(&log, status, work.path(), out)?;
        let complaint = complaint(&log, film);
        if count == 0 {
            return Err(Error::Film {
                reason: complaint.unwrap_or_else(|| "no frame can be decoded".to_owned()),
                remedy: UNREADABLE,
                path: film.to_path_buf(),
            });
        }
        let (frames, times) = files.finish();
        let health = Decoded {
            film,
            probed: &probed,
            count,
            times,
            status,
            complaint: complaint.as_deref(),
        }
        .health();
        if let (None, Some(damage)) = (&health.broken, health.damage) {
            progress.warn(name, damage);
        }
        Ok(Extraction {
            extracted: Extracted {
                info,
                frames,
                scenes: detector.finish(),
                broken: health.broken,
            },
            was_cancelled,
        })
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

    fn start(
        &self,
        film: &Path,
        work: &Path,
        (graph, probed): (&str, &ProbedFilm),
        passthrough: [&str; 2],
    ) -> Result<(OwnedChild, FramePipe)> {
        let log_path = work.join(LOG);
        let log = File::create(&log_path)
            .map_err(Error::io("write into the folder for the frames", &log_path))?;
        let mut command = self.command();
        // Frames that change their size on the way are scaled; restarting the graph would lose the count. However many
        // frames are damaged, those that are not are wanted.
        command.args(["-hide_banner", "-v", "error", "-max_error_rate", "1"]);
        command.args(["-reinit_filter", "0"]);
        if probed.orientation.is_some() {
            // The graph turns it, whatever this version knows of it.
            command.arg("-noautorotate");
        }
        command.arg("-i");
        command.arg(file_argument(film));
        // Frames are small when they are filtered, or few: for threads to wait for one another takes longer.
        command.args(["-filter_complex_threads", "1"]);
        command.args(["-filter_complex", graph]);
        command.args(["-map", "[small]"]).args(passthrough);
        command.args(["-flush_packets", "0", "-f", "rawvideo", "pipe:1"]);
        command.args(["-map", "[kept]"]).args(passthrough);
        command.args(["-q:v", "2", "-f", "image2", "-atomic_writing", "1"]);
        command.arg(IMAGE_PATTERN);
        command.current_dir(work).stdout(Stdio::piped()).stderr(log);
        let mut child = OwnedChild::spawn(&mut command).map_err(self.start_error())?;
        let Some(frames) = child.take_stdout() else {
            return Err(Error::io("read frames from ffmpeg", film)(
                ErrorKind::BrokenPipe.into(),
            ));
        };
        Ok((child, FramePipe::new(frames)?))
    }
}

const LOG: &str = "complaints.txt";
/// Working folders begin like this; those of killed extractions are removed by the next.
const WORK_PREFIX: &str = ".extracting-";

fn working_folder(out: &Path) -> Result<tempfile::TempDir> {
    fs::create_dir_all(out).map_err(Error::io(
        "make the folder for the frames (is the place writable?)",
        out,
    ))?;
    for entry in fs::read_dir(out)
        .map_err(Error::io("read the folder for the frames", out))?
        .flatten()
    {
        if entry.file_name().to_string_lossy().starts_with(WORK_PREFIX) {
            // What cannot be removed does no harm.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    tempfile::Builder::new()
        .prefix(WORK_PREFIX)
        .tempdir_in(out)
        .map_err(Error::io(
            "write into the folder for the frames (is it writable, is the disk full?)",
            out,
        ))
}

/// The beginning of ffmpeg's complaints; a badly damaged film can have megabytes of them.
fn read_log(work: &Path) -> String {
    let mut bytes = Vec::new();
    // Without a log the exit status still tells whether it went well.
    let _ = File::open(work.join(LOG)).map(|file| file.take(1 << 18).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Tells a full disk from a broken film, also when the log itself found no place.
fn check_disk(log: &str, status: ExitStatus, work: &Path, out: &Path) -> Result<()> {
    const TRIAL_BYTES: usize = 1 << 20;
    let action = "write the frames; make room on the disk or choose another folder";
    if log.contains("No space left on device") {
        return Err(Error::io(action, out)(io::Error::from(
            ErrorKind::StorageFull,
        )));
    }
    if !status.success() {
        let trial = work.join("trial");
        fs::write(&trial, vec![0; TRIAL_BYTES]).map_err(Error::io(action, out))?;
    }
    Ok(())
}
