//! Films to frames by ffmpeg as a child process; scenes are found in the same decode.
//!
//! One child decodes once and splits the frames: all of them, small, as raw pixels down one pipe, which paces
//! everything; the kept ones as JPEG files into a working folder inside OUT; and the time of each into a file there.
//! Complaints go to a file, too, so no pipe can fill up and stop the child while nobody reads it.
//!
//! Limits: interlaced films are not deinterlaced, HDR is not tone-mapped.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, ExitStatus, Stdio};

use super::ffmpeg::{complaint, file_argument};
use super::film_probe::{ProbedFilm, probe_film};
use super::frame_files::{ALL_TIMES, FrameFiles, IMAGE_PATTERN, KEPT_TIMES};
use super::scene::{SceneDetector, SceneSpan};
use super::small_frame::{self, SmallFrame};
use crate::error::{Error, Result};
use crate::progress::Progress;

pub use super::extract_options::{Every, ExtractOptions, FrameSize};
pub use super::ffmpeg::Ffmpeg;
pub use super::film_probe::FilmInfo;
pub use super::frame_files::Frame;

/// What came out of a film.
#[derive(Clone, Debug)]
pub struct Extracted {
    pub info: FilmInfo,
    pub frames: Vec<Frame>,
    pub scenes: Vec<SceneSpan>,
    /// Where and how the film broke, if it did; the frames up to there are kept. One line for the user.
    pub broken: Option<String>,
}

/// # Errors
/// `FfmpegMissing`, `Film` (no video stream, not a film), `Missing`.
pub fn probe(film: &Path) -> Result<FilmInfo> {
    Ok(probe_film(&Ffmpeg::find(), film)?.info)
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
        let name = film.file_name().unwrap_or_default().to_string_lossy();
        let selection = selection(options.every)?;
        let probed = probe_film(self, film)?;
        let size = probed.frame_size(options)?;
        let total = (probed.info.frame_count > 0).then_some(probed.info.frame_count);
        progress.stage(format!("extracting {name}"), total);

        let work = working_folder(out)?;
        let mut running = self.start(film, work.path(), &graph(&selection, &probed, size))?;
        let rate = probed.info.frames_per_sec;
        let mut files = FrameFiles::new(work.path(), out, options.every, rate, size);
        let mut detector = SceneDetector::new();
        let mut count = 0;
        while let Some(frame) = running.next_frame(film)? {
            progress.check()?;
            detector.push(frame);
            count += 1;
            progress.set_done(count);
            files.collect()?;
        }
        let status = running.wait(film)?;
        files.collect()?;
        let log = read_log(work.path());
        check_disk(&log, status, work.path(), out)?;
        let complaint = complaint(&log, film);
        if count == 0 {
            return Err(Error::Film {
                reason: complaint.unwrap_or_else(|| "no frame can be decoded".to_owned()),
                path: film.to_path_buf(),
            });
        }
        let broken = how_it_broke(&probed, count, status, complaint.as_deref());
        if let (None, Some(complaint)) = (&broken, complaint) {
            progress.warn(name, format!("is damaged in places ({complaint})"));
        }
        Ok(Extracted {
            info: FilmInfo {
                frame_count: count,
                ..probed.info
            },
            frames: files.into_frames(),
            scenes: detector.finish(),
            broken,
        })
    }

    fn start(&self, film: &Path, work: &Path, graph: &str) -> Result<Running> {
        let log_path = work.join(LOG);
        let log = File::create(&log_path)
            .map_err(Error::io("write into the folder for the frames", &log_path))?;
        let passthrough = self.passthrough()?;
        let mut command = self.command();
        // Frames that change their size on the way are scaled; restarting the graph would lose the count.
        command.args(["-hide_banner", "-v", "error", "-reinit_filter", "0", "-i"]);
        command.arg(file_argument(film));
        command.args(["-filter_complex", graph]);
        command.args(["-map", "[small]"]).args(passthrough);
        command.args(["-f", "rawvideo", "pipe:1"]);
        command.args(["-map", "[kept]"]).args(passthrough);
        command.args(["-q:v", "2", "-f", "image2", "-atomic_writing", "1"]);
        command.arg(IMAGE_PATTERN);
        let mut child = command
            .current_dir(work)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(self.start_error())?;
        let frames = child.stdout.take();
        Ok(Running { child, frames })
    }
}

const LOG: &str = "complaints.txt";
/// Working folders begin like this; those of killed extractions are removed by the next.
const WORK_PREFIX: &str = ".extracting-";

/// A child that is killed and reaped when it is dropped, so a cancelled extraction ends at once.
struct Running {
    child: Child,
    frames: Option<ChildStdout>,
}

impl Running {
    /// The next small frame; `None` at the end of the film.
    fn next_frame(&mut self, film: &Path) -> Result<Option<SmallFrame>> {
        let Some(pipe) = &mut self.frames else {
            return Ok(None);
        };
        let mut pixels = vec![0; small_frame::BYTES];
        match pipe.read_exact(&mut pixels) {
            Ok(()) => Ok(Some(SmallFrame::new(pixels))),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(Error::io("read frames from ffmpeg", film)(error)),
        }
    }

    fn wait(&mut self, film: &Path) -> Result<ExitStatus> {
        self.frames = None;
        self.child
            .wait()
            .map_err(Error::io("wait for ffmpeg", film))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if the child has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The condition of ffmpeg's `select` filter.
fn selection(every: Every) -> Result<String> {
    match every {
        Every::Frames(0) => Err(Error::Invalid(
            "every 0th frame cannot be kept; give 1 or more".to_owned(),
        )),
        Every::Frames(every) => Ok(format!("not(mod(n,{every}))")),
        // The small addition keeps 0.3 / 0.1 from being 2.99….
        Every::Secs(secs) if secs.is_finite() && secs > 0.0 => Ok(format!(
            "isnan(prev_selected_t)+gt(floor(t/{secs}+1e-6),floor(prev_selected_t/{secs}+1e-6))"
        )),
        Every::Secs(secs) => Err(Error::Invalid(format!(
            "a frame cannot be kept every {secs} seconds; give more than 0"
        ))),
    }
}

/// JPEG files are BT.601 in full range by their standard (JFIF), whatever the film is.
fn graph(selection: &str, probed: &ProbedFilm, size: FrameSize) -> String {
    let FrameSize { width, height } = size;
    let (w, h) = (small_frame::WIDTH, small_frame::HEIGHT);
    let from = if probed.assume_bt709 {
        ":in_color_matrix=bt709"
    } else {
        ""
    };
    // The print filter is silent about frames without metadata, so each gets some.
    format!(
        "[0:V:0]metadata=mode=add:key=k:value=1,metadata=mode=print:file={ALL_TIMES}:direct=1,split[a][b];\
         [a]scale={w}:{h}:flags=area,format=rgb24[small];\
         [b]select='{selection}',metadata=mode=print:file={KEPT_TIMES}:direct=1,\
         scale={width}:{height}:flags=bicubic{from}:out_color_matrix=bt601:out_range=pc,setsar=1[kept]"
    )
}

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

/// `None` if the film came to its end.
fn how_it_broke(
    probed: &ProbedFilm,
    count: u64,
    status: ExitStatus,
    complaint: Option<&str>,
) -> Option<String> {
    let info = &probed.info;
    // Estimated lengths, and sound that outlasts the image, are wrong by this much in healthy films.
    let tolerance = (info.frame_count as f64 * 0.02).max(info.frames_per_sec);
    let is_short = count as f64 + tolerance < info.frame_count as f64;
    let stops =
        !status.success() || is_short && (complaint.is_some() || probed.frame_count_is_stated);
    stops.then(|| {
        let secs = (count as f64 / info.frames_per_sec) as u64;
        let reason = complaint.unwrap_or("the file ends before the film does");
        format!(
            "stops at {:02}:{:02}:{:02} (frame {}): {reason}",
            secs / 3600,
            secs / 60 % 60,
            secs % 60,
            with_separators(count)
        )
    })
}

/// 1733 as "1,733".
fn with_separators(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(with_separators(1), "1");
        assert_eq!(with_separators(1733), "1,733");
        assert_eq!(with_separators(1_234_567), "1,234,567");
    }

    #[test]
    fn senseless_intervals_are_refused() {
        for every in [Every::Frames(0), Every::Secs(0.0), Every::Secs(f64::NAN)] {
            assert!(matches!(selection(every), Err(Error::Invalid(_))));
        }
    }
}
