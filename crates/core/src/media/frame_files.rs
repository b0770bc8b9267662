//! Kept frames on their way from ffmpeg's working folder to their names: which frame each is, and when it is shown.
//!
//! ffmpeg numbers its images 1, 2, 3… and writes beside them the time of every frame (and of every kept one).

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use super::extract_options::{Every, FrameSize};
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

/// When the frames of a film are shown, on ffmpeg's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct FrameTimes {
    pub first_secs: f64,
    pub last_secs: f64,
    /// The longest time from one frame to the next, and when it began.
    pub longest_step: (f64, f64),
}

impl FrameTimes {
    fn push(&mut self, secs: f64, is_first: bool) {
        if is_first {
            self.first_secs = secs;
        } else if secs - self.last_secs > self.longest_step.0 {
            self.longest_step = (secs - self.last_secs, self.last_secs);
        }
        self.last_secs = secs;
    }
}

/// Files in the working folder.
pub(super) const IMAGE_PATTERN: &str = "%09d.jpg";
pub(super) const ALL_TIMES: &str = "all-times.txt";
pub(super) const KEPT_TIMES: &str = "kept-times.txt";

/// A growing file of lines `frame:0 pts:512 pts_time:0.0416667`, each followed by a line of metadata.
struct TimeLog {
    path: PathBuf,
    reader: Option<BufReader<File>>,
    line: String,
    /// Lines given so far.
    count: u64,
    times: FrameTimes,
    /// For a stream without times.
    frames_per_sec: f64,
}

impl TimeLog {
    fn new(path: PathBuf, frames_per_sec: f64) -> Self {
        Self {
            path,
            reader: None,
            line: String::new(),
            count: 0,
            times: FrameTimes::default(),
            frames_per_sec,
        }
    }

    /// A stream without times ("NOPTS") runs at its nominal rate.
    fn seconds(&self, number: u64, time: Option<&str>) -> f64 {
        time.and_then(|time| time.parse().ok())
            .filter(|time: &f64| time.is_finite())
            .unwrap_or(number as f64 / self.frames_per_sec)
    }

    /// The next frame's time as ffmpeg wrote it, if it is there already.
    fn next(&mut self) -> Option<String> {
        if self.reader.is_none() {
            self.reader = Some(BufReader::new(File::open(&self.path).ok()?));
        }
        let reader = self.reader.as_mut()?;
        loop {
            // A line without its end is not whole yet: the rest is appended by the next call.
            let read = reader.read_line(&mut self.line).ok()?;
            if read == 0 || !self.line.ends_with('\n') {
                return None;
            }
            let line = std::mem::take(&mut self.line);
            if let Some((_, time)) = line.split_once("pts_time:") {
                let time = time.trim();
                let secs = self.seconds(self.count, Some(time));
                self.times.push(secs, self.count == 0);
                self.count += 1;
                return Some(time.to_owned());
            }
        }
    }
}

/// Moves whole images from the working folder to `OUT/000048.jpg` as they come.
pub(super) struct FrameFiles {
    work: PathBuf,
    out: PathBuf,
    every: Every,
    size: FrameSize,
    all: TimeLog,
    kept: TimeLog,
    frames: Vec<Frame>,
}

impl FrameFiles {
    pub fn new(
        work: &Path,
        out: &Path,
        every: Every,
        frames_per_sec: f64,
        size: FrameSize,
    ) -> Self {
        Self {
            work: work.to_path_buf(),
            out: out.to_path_buf(),
            every,
            size,
            all: TimeLog::new(work.join(ALL_TIMES), frames_per_sec),
            kept: TimeLog::new(work.join(KEPT_TIMES), frames_per_sec),
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
                let number = index * u64::from(every);
                let mut time = None;
                while self.all.count <= number {
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
        let number = self.all.count.saturating_sub(1);
        (number, self.all.seconds(number, time.as_deref()))
    }

    /// The kept frames, and when all frames are shown; the film must be at its end.
    pub fn finish(mut self) -> (Vec<Frame>, FrameTimes) {
        while self.all.next().is_some() {}
        (self.frames, self.all.times)
    }
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
