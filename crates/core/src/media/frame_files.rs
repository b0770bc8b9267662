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
}

impl TimeLog {
    fn new(path: PathBuf) -> Self {
        Self {
            path,
            reader: None,
            line: String::new(),
            count: 0,
        }
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
                self.count += 1;
                return Some(time.trim().to_owned());
            }
        }
    }
}

/// Moves whole images from the working folder to `OUT/000048.jpg` as they come.
pub(super) struct FrameFiles {
    work: PathBuf,
    out: PathBuf,
    every: Every,
    frames_per_sec: f64,
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
            frames_per_sec,
            size,
            all: TimeLog::new(work.join(ALL_TIMES)),
            kept: TimeLog::new(work.join(KEPT_TIMES)),
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
            File::open(&from)
                .and_then(|file| file.sync_all())
                .and_then(|()| fs::rename(&from, &path))
                .map_err(Error::io("store a frame", &path))?;
            self.frames.push(Frame {
                number,
                time_secs,
                path,
                width: self.size.width,
                height: self.size.height,
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
                return (number, self.seconds(number, time.as_deref()));
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
        (number, self.seconds(number, time.as_deref()))
    }

    /// A stream without times ("NOPTS") runs at its nominal rate.
    fn seconds(&self, number: u64, time: Option<&str>) -> f64 {
        time.and_then(|time| time.parse().ok())
            .filter(|time: &f64| time.is_finite())
            .unwrap_or(number as f64 / self.frames_per_sec)
    }

    pub fn into_frames(self) -> Vec<Frame> {
        self.frames
    }
}
