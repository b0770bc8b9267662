//! When each frame of a film is shown, as ffmpeg writes it down while it decodes.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

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

    /// With those of the part of the film that follows.
    pub fn then(self, later: Self) -> Self {
        let longer = later.longest_step.0 > self.longest_step.0;
        Self {
            first_secs: self.first_secs,
            last_secs: later.last_secs,
            longest_step: if longer {
                later.longest_step
            } else {
                self.longest_step
            },
        }
    }
}

/// A growing file of lines `frame:0 pts:512 pts_time:0.0416667`, each followed by a line of metadata.
pub(super) struct TimeLog {
    path: PathBuf,
    reader: Option<BufReader<File>>,
    line: String,
    /// Lines given so far.
    pub count: u64,
    pub times: FrameTimes,
    /// For a stream without times.
    frames_per_sec: f64,
}

impl TimeLog {
    pub fn new(path: PathBuf, frames_per_sec: f64) -> Self {
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
    pub fn seconds(&self, number: u64, time: Option<&str>) -> f64 {
        time.and_then(|time| time.parse().ok())
            .filter(|time: &f64| time.is_finite())
            .unwrap_or(number as f64 / self.frames_per_sec)
    }

    /// The next frame's time as ffmpeg wrote it, if it is there already.
    pub fn next(&mut self) -> Option<String> {
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
