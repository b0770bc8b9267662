//! Kept frames on their way from ffmpeg's working folder to their names: which frame each is, and when it is shown.
//!
//! ffmpeg numbers its images 1, 2, 3… and writes beside them the time of every frame (and of every kept one).

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::extract_options::{Every, FrameSize};
use super::film_job::FilmJob;
use super::time_log::TimeLog;
use crate::error::{Error, Result};

/// A kept frame of a film, as a JPEG file.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// 0-based, counted over all frames of the film.
    pub number: u64,
    pub time_secs: f64,
    pub path: PathBuf,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// blake3 of the file's bytes, hex.
    pub hash: String,
}

/// Files in the working folder.
pub(super) const IMAGE_PATTERN: &str = "%09d.jpg";
pub(super) const ALL_TIMES: &str = "all-times.txt";
pub(super) const KEPT_TIMES: &str = "kept-times.txt";

/// Moves whole images from the working folder to `OUT/000048.jpg` as they come.
pub(super) struct FrameFiles {
    work: PathBuf,
    out: PathBuf,
    every: Every,
    size: FrameSize,
    /// The number of the first frame that was decoded.
    first: u64,
    all: TimeLog,
    kept: TimeLog,
    frames: Vec<Frame>,
}

impl FrameFiles {
    pub fn new(job: &FilmJob<'_>, work: &Path, out: &Path, first: u64) -> Self {
        let rate = job.probed.info.frames_per_sec;
        Self {
            work: work.to_path_buf(),
            out: out.to_path_buf(),
            every: job.every,
            size: job.size,
            first,
            all: TimeLog::new(work.join(ALL_TIMES), rate),
            kept: TimeLog::new(work.join(KEPT_TIMES), rate),
            frames: Vec::new(),
        }
    }

    /// Takes every image that is whole by now.
    pub fn collect(&mut self) -> Result<()> {
        loop {
            let from = self.work.join(format!("{:09}.jpg", self.frames.len() + 1));
            // ffmpeg writes under another name and renames, so a file that is there is whole.
            if !from.exists() {
                return Ok(());
            }
            let (number, time_secs) = self.number_and_time();
            let path = self.out.join(format!("{number:06}.jpg"));
            let hash = store(&from, &path).map_err(Error::io("store a frame", &path))?;
            self.frames.push(Frame {
                number,
                time_secs,
                path,
                width: self.size.width,
                height: self.size.height,
                hash,
            });
        }
    }

    /// Of the next kept frame.
    fn number_and_time(&mut self) -> (u64, f64) {
        let index = self.frames.len() as u64;
        let time = match self.every {
            Every::Frames(every) => {
                let every = u64::from(every);
                let number = self.first.next_multiple_of(every) + index * every;
                let mut time = None;
                while self.first + self.all.count <= number {
                    time = self.all.next();
                    if time.is_none() {
                        break;
                    }
                }
                return (number, self.all.seconds(number, time.as_deref()));
            }
            Every::Secs(_) => self.kept.next(),
        };
        // Both logs are in order, so the kept frame's time comes up among all.
        while let Some(other) = self.all.next() {
            if Some(&other) == time.as_ref() {
                break;
            }
        }
        let number = (self.first + self.all.count).saturating_sub(1);
        (number, self.all.seconds(number, time.as_deref()))
    }

    /// Whether every frame that is kept and shown until then has come, as far as ffmpeg has decoded.
    pub fn has_all_until(&self, secs: f64) -> bool {
        let mut log = TimeLog::new(self.work.join(KEPT_TIMES), 1.0);
        let mut kept = 0;
        while log.next().is_some() && log.times.last_secs <= secs {
            kept += 1;
        }
        self.frames.len() >= kept
    }

    pub fn finish(self) -> Vec<Frame> {
        self.frames
    }
}

/// Working folders begin like this.
const WORK_PREFIX: &str = ".extracting-";

/// Makes the folder for the frames, and removes what killed extractions have left in it.
pub(super) fn sweep_leftovers(out: &Path) -> Result<()> {
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
    Ok(())
}

/// On the disk of the frames, so that they can be moved.
pub(super) fn working_folder(out: &Path) -> Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix(WORK_PREFIX)
        .tempdir_in(out)
        .map_err(Error::io(
            "write into the folder for the frames (is it writable, is the disk full?)",
            out,
        ))
}

/// Makes sure that the image is on the disk and moves it to its place; returns the hash of its bytes.
fn store(from: &Path, to: &Path) -> std::io::Result<String> {
    let mut file = File::open(from)?;
    file.sync_all()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(&mut file)?;
    fs::rename(from, to)?;
    Ok(hasher.finalize().to_hex().to_string())
}
