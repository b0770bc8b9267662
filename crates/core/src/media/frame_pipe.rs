//! Small frames out of ffmpeg's pipe, read by a thread so that whoever waits for the next one can be cancelled.

use std::io::{self, BufReader, ErrorKind, Read as _};
use std::path::Path;
use std::process::ChildStdout;
use std::vec;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::child::CHECK_INTERVAL;
use super::small_frame::{self, SmallFrame};
use crate::error::{Error, Result};
use crate::progress::Progress;

/// What is read at once: some nine frames of 7 kB. ffmpeg writes several together, and for two programs to wake one another for each
/// frame would take longer than to look at it.
const READ_BYTES: usize = 1 << 16;
/// Reads ahead; ffmpeg waits while nobody takes them.
const READ_AHEAD: usize = 4;

/// Dropped, its thread ends with the pipe, which ends with the child.
pub(super) struct FramePipe {
    reads: Receiver<io::Result<Vec<SmallFrame>>>,
    /// Of the last read, what nobody has taken yet.
    frames: vec::IntoIter<SmallFrame>,
}

impl FramePipe {
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn new(pipe: ChildStdout) -> Result<Self> {
        let (sender, reads) = bounded(READ_AHEAD);
        std::thread::Builder::new()
            .name("ffmpeg-frames".to_owned())
            .spawn(move || {
                let mut pipe = BufReader::with_capacity(READ_BYTES, pipe);
                loop {
                    let frames = match some_frames(&mut pipe) {
                        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return,
                        frames => frames,
                    };
                    let is_last = frames.is_err();
                    if sender.send(frames).is_err() || is_last {
                        return;
                    }
                }
            })
            .map_err(Error::io("start a thread", Path::new("ffmpeg-frames")))?;
        Ok(Self {
            reads,
            frames: vec::IntoIter::default(),
        })
    }

    /// Whether the next frame has come already, so that [`next`](Self::next) does not wait.
    pub fn has_next(&self) -> bool {
        !self.frames.as_slice().is_empty()
    }

    /// The next frame; `None` at the end of the film.
    ///
    /// # Errors
    /// `Cancelled`, also while no frame comes; `Io` of the pipe.
    pub fn next(&mut self, film: &Path, progress: &Progress) -> Result<Option<SmallFrame>> {
        loop {
            progress.check()?;
            if let Some(frame) = self.frames.next() {
                return Ok(Some(frame));
            }
            match self.reads.recv_timeout(CHECK_INTERVAL) {
                Ok(frames) => {
                    let frames = frames.map_err(Error::io("read frames from ffmpeg", film))?;
                    self.frames = frames.into_iter();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}

/// Waits for one frame and takes those that have come with it.
fn some_frames(pipe: &mut BufReader<ChildStdout>) -> io::Result<Vec<SmallFrame>> {
    let mut frames = Vec::new();
    loop {
        let mut pixels = vec![0; small_frame::BYTES];
        pipe.read_exact(&mut pixels)?;
        frames.push(SmallFrame::new(pixels));
        if pipe.buffer().len() < small_frame::BYTES {
            return Ok(frames);
        }
    }
}
