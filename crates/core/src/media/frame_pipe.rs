//! Small frames out of ffmpeg's pipe, read by a thread so that whoever waits for the next one can be cancelled.

use std::io::{self, ErrorKind, Read as _};
use std::path::Path;
use std::process::ChildStdout;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::child::CHECK_INTERVAL;
use super::small_frame::{self, SmallFrame};
use crate::error::{Error, Result};
use crate::progress::Progress;

/// Frames read ahead, 7 kB each; ffmpeg waits while nobody takes them.
const READ_AHEAD: usize = 16;

/// Dropped, its thread ends with the pipe, which ends with the child.
pub(super) struct FramePipe(Receiver<io::Result<SmallFrame>>);

impl FramePipe {
    /// # Errors
    /// `Io` if the system gives no more threads.
    pub fn new(mut pipe: ChildStdout) -> Result<Self> {
        let (sender, receiver) = bounded(READ_AHEAD);
        std::thread::Builder::new()
            .name("ffmpeg-frames".to_owned())
            .spawn(move || {
                loop {
                    let mut pixels = vec![0; small_frame::BYTES];
                    let frame = match pipe.read_exact(&mut pixels) {
                        Ok(()) => Ok(SmallFrame::new(pixels)),
                        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return,
                        Err(error) => Err(error),
                    };
                    let is_last = frame.is_err();
                    if sender.send(frame).is_err() || is_last {
                        return;
                    }
                }
            })
            .map_err(Error::io("start a thread", Path::new("ffmpeg-frames")))?;
        Ok(Self(receiver))
    }

    /// The next frame; `None` at the end of the film.
    ///
    /// # Errors
    /// `Cancelled`, also while no frame comes; `Io` of the pipe.
    pub fn next(&self, film: &Path, progress: &Progress) -> Result<Option<SmallFrame>> {
        loop {
            progress.check()?;
            match self.0.recv_timeout(CHECK_INTERVAL) {
                Ok(frame) => {
                    return frame
                        .map(Some)
                        .map_err(Error::io("read frames from ffmpeg", film));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }
}
