//! What is missing of a film: what its container says is held against what came out of the decoder.
//!
//! Headers are often wrong in healthy films: a trimmed film still counts the frames before its cut, an old recorder wrote
//! the length it had planned, the sound outlasts the image. So a film is only called broken if the reader or the decoder
//! complained, too, or the file is shorter than it says itself.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::ExitStatus;

use super::ffmpeg::says_that_data_is_missing;
use super::probed_film::{FilmSpan, ProbedFilm};
use super::time_log::FrameTimes;

/// Containers round, and the last frame's own length is not always counted.
const TOLERANCE_SECS: f64 = 1.0;
const TOLERANCE_PART: f64 = 0.02;
/// A hole or a late beginning of less than this is not worth a word.
const HOLE_SECS: f64 = 0.5;

/// What is known once the film has been decoded to where it ends.
pub(super) struct Decoded<'a> {
    pub film: &'a Path,
    pub probed: &'a ProbedFilm,
    pub count: u64,
    pub times: FrameTimes,
    pub status: ExitStatus,
    pub complaint: Option<&'a str>,
}

/// One line each, for the user.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Health {
    /// Where the film broke off; the rest of it is missing.
    pub broken: Option<String>,
    /// What is missing or damaged before that.
    pub damage: Option<String>,
}

impl Decoded<'_> {
    pub fn health(&self) -> Health {
        Health {
            broken: self.broken(),
            damage: self.damage(),
        }
    }

    fn broken(&self) -> Option<String> {
        let missing_secs = self.missing_secs();
        let complains = self.complaint.is_some();
        let stops = !self.status.success()
            || match self.probed.span {
                FilmSpan::Stream { .. } => missing_secs.is_some() && complains,
                // The sound may be what lasts so long.
                FilmSpan::Container { .. } => {
                    missing_secs.is_some() && self.complaint.is_some_and(says_that_data_is_missing)
                }
                FilmSpan::Unknown => self.complaint.is_some_and(says_that_data_is_missing),
            };
        let file_is_short = !stops && self.lacks_frames() && is_short_avi(self.film);
        if !stops && !file_is_short {
            return None;
        }
        let end_secs = self.end_secs();
        let reason = self.complaint.filter(|_| !file_is_short);
        let reason = reason.unwrap_or("the file ends before the film does");
        let rest = missing_secs
            .map(|secs| format!(", the last {} are missing", duration_text(secs)))
            .unwrap_or_default();
        Some(format!(
            "stops at {} (frame {}): {reason}{rest}",
            clock(end_secs),
            with_separators(self.count)
        ))
    }

    fn damage(&self) -> Option<String> {
        let late = self.times.first_secs - self.probed.starts_secs;
        if self.complaint.is_some() && late > HOLE_SECS {
            return Some(format!(
                "begins {} late: what comes before the first whole frame cannot be decoded",
                duration_text(late)
            ));
        }
        let complaint = self.complaint?;
        let (hole, after) = self.times.longest_step;
        if hole > HOLE_SECS.max(20.0 / self.probed.info.frames_per_sec) {
            return Some(format!(
                "is damaged: nothing can be decoded between {} and {} ({complaint})",
                clock(after),
                clock(after + hole)
            ));
        }
        Some(format!("is damaged in places ({complaint})"))
    }

    fn end_secs(&self) -> f64 {
        self.times.last_secs + 1.0 / self.probed.info.frames_per_sec
    }

    /// How much earlier than stated the last frame is; `None` if it is about where it should be.
    fn missing_secs(&self) -> Option<f64> {
        let (FilmSpan::Stream { end_secs } | FilmSpan::Container { end_secs }) = self.probed.span
        else {
            return None;
        };
        let missing = end_secs - self.end_secs();
        (missing > TOLERANCE_SECS.max(end_secs * TOLERANCE_PART)).then_some(missing)
    }

    fn lacks_frames(&self) -> bool {
        let Some(stated) = self.probed.stated_frame_count else {
            return false;
        };
        let stated = stated as f64;
        let tolerance = (stated * TOLERANCE_PART).max(self.probed.info.frames_per_sec);
        self.count as f64 + tolerance < stated
    }
}

/// Whether the file ends inside one of its RIFF chunks: an AVI that was cut off has no other sign.
fn is_short_avi(film: &Path) -> bool {
    // What cannot be read was read by ffmpeg a moment ago; it tells nothing.
    riff_overhang(film).unwrap_or(false)
}

fn riff_overhang(film: &Path) -> io::Result<bool> {
    let mut file = File::open(film)?;
    let length = file.metadata()?.len();
    let mut at = 0_u64;
    while at + 8 <= length {
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [b'R', b'I', b'F', b'F', a, b, c, d] = head else {
            return Ok(false);
        };
        let size = u64::from(u32::from_le_bytes([a, b, c, d]));
        if size == 0 || size == u64::from(u32::MAX) {
            // Written to a pipe, where nobody could come back to fill it in.
            return Ok(false);
        }
        at += 8 + size + size % 2;
        if at > length + 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// "00:01:23"
pub(super) fn clock(secs: f64) -> String {
    let secs = secs.max(0.0) as u64;
    format!("{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
}

/// "1.9 s", "4 min"
fn duration_text(secs: f64) -> String {
    if secs < 120.0 {
        format!("{secs:.1} s")
    } else {
        format!("{:.0} min", secs / 60.0)
    }
}

/// 1733 as "1,733".
pub(super) fn with_separators(number: u64) -> String {
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
        assert_eq!(clock(3_725.9), "01:02:05");
    }

    #[test]
    fn an_avi_that_is_cut_off_is_told_from_one_that_was_never_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.avi");
        let is_short = |size: u32, length: usize| {
            let mut bytes = b"RIFF".to_vec();
            bytes.extend(size.to_le_bytes());
            bytes.resize(length, 0);
            std::fs::write(&path, bytes).unwrap();
            is_short_avi(&path)
        };
        assert!(!is_short(92, 100));
        assert!(is_short(92, 60));
        assert!(!is_short(0, 60));
    }
}
