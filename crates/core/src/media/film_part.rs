//! A part of a film, decoded beside the others: from where ffmpeg finds its way into the film to where the next part has begun.
//!
//! Whether a decoder that begins inside a film gives the same frames, and which numbers they have, cannot be known before. So
//! each part goes on until it has decoded what the next one began with, which is at a key frame: only if the small frames are the
//! same to the last bit, at the same number and time, does the next one go on in its place. Otherwise it goes on by itself, and the parts after it are given up.

use std::path::Path;
use std::process::ExitStatus;

use super::ffmpeg::Ffmpeg;
use super::film_decoder::{Begin, FilmDecoder, LATEST_BEGIN_SECS};
use super::film_job::FilmJob;
use super::frame_files::{Frame, FrameFiles, working_folder};
use super::part_heads::{Head, PartHeads};
use super::scene::Transitions;
use super::scene_detector::SceneDetector;
use super::time_log::FrameTimes;
use crate::error::{Error, Result};

/// Why a part ended.
pub(super) enum End {
    Film(ExitStatus),
    /// The next part goes on.
    NextPart,
    Cancelled,
    GivenUp,
}

/// What came out of a part.
pub(super) struct Part {
    pub end: End,
    pub found: Transitions,
    /// Of the frame after its last.
    pub number: u64,
    pub frames: Vec<Frame>,
    pub times: FrameTimes,
    /// ffmpeg's complaints.
    pub log: String,
    /// Of all parts but the first it holds the frames, until they are moved.
    _work: tempfile::TempDir,
}

struct Running<'a> {
    job: &'a FilmJob<'a>,
    heads: &'a PartHeads,
    index: usize,
    begin: Option<Begin>,
    decoder: FilmDecoder,
    detector: SceneDetector,
    files: FrameFiles,
    /// Frames before it are the part's before this one.
    counts_from: u64,
    /// Nobody goes on for it.
    is_alone: bool,
}

/// Decodes the part `index`; `begin`: `None` if the film is decoded in one.
///
/// # Errors
/// `Io`.
pub(super) fn decode(
    ffmpeg: &Ffmpeg,
    job: &FilmJob<'_>,
    heads: &PartHeads,
    index: usize,
    begin: Option<Begin>,
) -> Result<Part> {
    let work = working_folder(job.out)?;
    let decoder = FilmDecoder::start(ffmpeg, job, work.path(), begin)?;
    let running = Running {
        job,
        heads,
        index,
        begin,
        decoder,
        detector: SceneDetector::default(),
        files: FrameFiles::new(job, work.path(), job.out, 0),
        counts_from: 0,
        is_alone: index + 1 >= heads.parts(),
    };
    running.finish(work)
}

impl Running<'_> {
    fn finish(mut self, work: tempfile::TempDir) -> Result<Part> {
        let end = match self.run(work.path()) {
            Err(Error::Cancelled) => End::Cancelled,
            end => end?,
        };
        let log = self.decoder.log();
        if let End::Film(status) = end {
            self.decoder.check_disk(&log, status, self.job.out)?;
        }
        let number = self.detector.number();
        let (from, is_joined) = (self.counts_from, matches!(end, End::NextPart));
        let mut frames = self.files.finish();
        frames.retain(|frame| (from..number).contains(&frame.number));
        Ok(Part {
            end,
            found: if is_joined {
                self.detector.take_found()
            } else {
                self.detector.finish()
            },
            number,
            frames,
            times: self.decoder.clock().times,
            log,
            _work: work,
        })
    }

    fn run(&mut self, work: &Path) -> Result<End> {
        let mut is_first = true;
        while let Some(frame) = self.decoder.next(self.job)? {
            if std::mem::take(&mut is_first) && !self.finds_its_place(work) {
                self.heads.give_up_from(self.index);
            }
            if self.heads.is_given_up(self.index) {
                return Ok(End::GivenUp);
            }
            self.detector.push(frame);
            if self.counts() {
                self.job.progress.set_done(self.heads.count_frame());
            } else if self.detector.has_settled() {
                self.show_head();
            }
            if !self.decoder.has_next() {
                self.files.collect()?;
            }
            if self.is_alone {
                continue;
            }
            if self.meets_next()? {
                return Ok(End::NextPart);
            }
            if self.is_alone && self.had_better_begin_anew() {
                return Ok(End::GivenUp);
            }
        }
        let status = self.decoder.wait(self.job)?;
        self.files.collect()?;
        self.heads.give_up_from(self.index + 1);
        Ok(End::Film(status))
    }

    /// Whether it is past what the part before it has, too.
    fn counts(&self) -> bool {
        self.index == 0 || self.counts_from > 0
    }

    /// Which number the first frame has, by its time.
    fn finds_its_place(&mut self, work: &Path) -> bool {
        let Some(begin_secs) = self.begin.and_then(|begin| begin.secs) else {
            return true;
        };
        let secs = self.decoder.clock().times.first_secs;
        let (Some(steady), Some(frames)) = (self.job.probed.steady, frame_folder(work)) else {
            return false;
        };
        let first = steady.number(secs);
        self.detector = SceneDetector::beginning_at(first);
        self.files = FrameFiles::new(self.job, work, &frames, first);
        first > 0 && (-1.0..LATEST_BEGIN_SECS).contains(&(secs - begin_secs))
    }

    /// From here on it may take the place of the part before it.
    fn show_head(&mut self) {
        let number = self.detector.number();
        let secs = self.decoder.clock().times.last_secs;
        if !self.is_steady() {
            self.heads.give_up_from(self.index);
            return;
        }
        self.counts_from = number;
        // What it found on the way here is the part's before it, and what ffmpeg complained of may be that it came from nowhere.
        self.detector.take_found();
        self.decoder.forget_complaints();
        let frames = self.detector.recent().cloned().collect();
        self.heads.show(
            self.index,
            Head {
                number,
                secs,
                frames,
            },
        );
    }

    /// Whether the numbers of frames are those that their times say.
    fn is_steady(&self) -> bool {
        let secs = self.decoder.clock().times.last_secs;
        (self.job.probed.steady)
            .is_some_and(|steady| steady.number(secs) + 1 == self.detector.number())
    }

    /// Whether the next part has the same frames, and goes on; then all of this one's have come.
    fn meets_next(&mut self) -> Result<bool> {
        let next = self.index + 1;
        let secs = self.decoder.clock().times.last_secs;
        let head = if secs < self.heads.begin_secs(next) {
            self.heads.of(next)
        } else {
            self.heads.wait_for(next, self.job.progress)?
        };
        let number = self.detector.number();
        if let Some(head) = head.filter(|head| head.number == number)
            && secs == head.secs
            && self.detector.recent().eq(&head.frames)
        {
            self.wait_for_files(secs)?;
            return Ok(true);
        }
        let is_past = head.is_some_and(|head| head.number <= number);
        if is_past || !self.is_steady() || self.heads.is_given_up(next) {
            self.heads.give_up_from(next);
            self.is_alone = true;
            if self.index == 0 {
                // What the others have counted is to be decoded again.
                self.heads.set_count(number);
            }
        }
        Ok(false)
    }

    /// By itself, and with all cores.
    fn had_better_begin_anew(&self) -> bool {
        self.index == 0 && self.detector.number() * 4 < self.job.probed.info.frame_count
    }

    /// ffmpeg may give small frames sooner than it has written the images.
    fn wait_for_files(&mut self, secs: f64) -> Result<()> {
        loop {
            self.files.collect()?;
            if self.files.has_all_until(secs) || self.decoder.next(self.job)?.is_none() {
                return self.files.collect();
            }
        }
    }
}

/// Where frames wait until it is known that they are the film's.
fn frame_folder(work: &Path) -> Option<std::path::PathBuf> {
    let folder = work.join("frames");
    std::fs::create_dir(&folder).ok().map(|()| folder)
}
