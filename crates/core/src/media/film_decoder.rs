//! One ffmpeg that decodes a film, or a part of it, and what comes out of it.
//!
//! It splits the frames: all of them, small, as raw pixels down one pipe, which paces everything; the kept ones as JPEG files
//! into a working folder; and the time of each into a file there. Complaints go to a file, too, so no pipe can fill up
//! and stop the child while nobody reads it.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use super::child::OwnedChild;
use super::ffmpeg::{Ffmpeg, file_argument};
use super::film_graph::{from_key_frame, graph, selection};
use super::film_job::FilmJob;
use super::frame_files::{ALL_TIMES, IMAGE_PATTERN};
use super::frame_pipe::FramePipe;
use super::small_frame::SmallFrame;
use super::time_log::TimeLog;
use crate::error::{Error, Result};

/// A decoder that cannot begin where it should begins later, or at the film's beginning; it is of no use after this time.
pub(super) const LATEST_BEGIN_SECS: f64 = 20.0;

/// Where in the film a decoder begins that is one of several.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begin {
    /// On ffmpeg's clock; `None` for the film's beginning.
    pub secs: Option<f64>,
    /// Of the decoder.
    pub threads: usize,
}

pub(super) struct FilmDecoder {
    child: OwnedChild,
    pipe: FramePipe,
    clock: TimeLog,
    work: PathBuf,
    /// So many bytes of the log do not count.
    forgotten: u64,
}

impl FilmDecoder {
    /// `begin`: `None` if it decodes the whole film by itself.
    pub fn start(
        ffmpeg: &Ffmpeg,
        job: &FilmJob<'_>,
        work: &Path,
        begin: Option<Begin>,
    ) -> Result<Self> {
        let FilmJob { film, probed, .. } = job;
        let inside = begin.and_then(|begin| begin.secs);
        let selection = selection(job.every, inside.and(probed.steady));
        let skip = inside.map(|secs| from_key_frame(secs + LATEST_BEGIN_SECS));
        let graph = graph(&selection, probed, job.size, skip.as_deref());
        let log_path = work.join(LOG);
        let log = File::create(&log_path)
            .map_err(Error::io("write into the folder for the frames", &log_path))?;
        let mut command = ffmpeg.command();
        // Frames that change their size on the way are scaled; restarting the graph would lose the count. However many
        // frames are damaged, those that are not are wanted.
        command.args(["-hide_banner", "-v", "error", "-max_error_rate", "1"]);
        command.args(["-reinit_filter", "0"]);
        if probed.orientation.is_some() {
            // The graph turns it, whatever this version knows of it.
            command.arg("-noautorotate");
        }
        if let Some(begin) = begin {
            command.args(["-threads", &begin.threads.to_string()]);
        }
        if let Some(secs) = inside {
            // Times as those of the whole film.
            command.args(["-copyts", "-start_at_zero", "-ss", &secs.to_string()]);
        }
        command.arg("-i").arg(file_argument(film));
        // Frames are small when they are filtered, or few: for threads to wait for one another takes longer.
        command.args(["-filter_complex_threads", "1"]);
        command.args(["-filter_complex", &graph]);
        command.args(["-map", "[small]"]).args(job.passthrough);
        command.args(["-flush_packets", "0", "-f", "rawvideo", "pipe:1"]);
        command.args(["-map", "[kept]"]).args(job.passthrough);
        if begin.is_some() {
            // An image is then written before the next one is kept, which may be a long way off.
            command.args(["-threads", "1"]);
        }
        command.args(["-q:v", "2", "-f", "image2", "-atomic_writing", "1"]);
        command.arg(IMAGE_PATTERN);
        command.current_dir(work).stdout(Stdio::piped()).stderr(log);
        let mut child = OwnedChild::spawn(&mut command).map_err(ffmpeg.start_error())?;
        let Some(frames) = child.take_stdout() else {
            return Err(Error::io("read frames from ffmpeg", film)(
                ErrorKind::BrokenPipe.into(),
            ));
        };
        Ok(Self {
            child,
            pipe: FramePipe::new(frames)?,
            clock: TimeLog::new(work.join(ALL_TIMES), probed.info.frames_per_sec),
            work: work.to_path_buf(),
            forgotten: 0,
        })
    }

    /// The next frame; `None` at the film's end.
    ///
    /// # Errors
    /// `Cancelled`; `Io` of the pipe.
    pub fn next(&mut self, job: &FilmJob<'_>) -> Result<Option<SmallFrame>> {
        let frame = self.pipe.next(job.film, job.progress)?;
        if frame.is_some() {
            // Written before the frame; a stream without times has none to count.
            self.clock.next();
        }
        Ok(frame)
    }

    /// Whether the next frame has come already.
    pub fn has_next(&self) -> bool {
        self.pipe.has_next()
    }

    /// When the frames given so far are shown.
    pub fn clock(&self) -> &TimeLog {
        &self.clock
    }

    /// How ffmpeg ended.
    ///
    /// # Errors
    /// `Cancelled`; `Io` of the system.
    pub fn wait(&mut self, job: &FilmJob<'_>) -> Result<ExitStatus> {
        let status = self.child.wait(job.progress)?;
        status.map_err(Error::io("wait for ffmpeg", job.film))
    }

    /// The beginning of ffmpeg's complaints; a badly damaged film can have megabytes of them.
    pub fn log(&self) -> String {
        // Without a log the exit status still tells whether it went well.
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(self.work.join(LOG))?;
            file.seek(SeekFrom::Start(self.forgotten))?;
            let mut bytes = Vec::new();
            file.take(1 << 18).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
    }

    /// What ffmpeg complained of until now is nothing of the film's.
    pub fn forget_complaints(&mut self) {
        self.forgotten = (self.work.join(LOG).metadata()).map_or(0, |log| log.len());
    }

    /// Tells a full disk from a broken film, also when the log itself found no place.
    pub fn check_disk(&self, log: &str, status: ExitStatus, out: &Path) -> Result<()> {
        const TRIAL_BYTES: usize = 1 << 20;
        let action = "write the frames; make room on the disk or choose another folder";
        if log.contains("No space left on device") {
            return Err(Error::io(action, out)(io::Error::from(
                ErrorKind::StorageFull,
            )));
        }
        if !status.success() {
            let trial = self.work.join("trial");
            std::fs::write(&trial, vec![0; TRIAL_BYTES]).map_err(Error::io(action, out))?;
        }
        Ok(())
    }
}

const LOG: &str = "complaints.txt";
