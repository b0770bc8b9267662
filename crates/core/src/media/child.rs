//! Child processes that are waited for no longer than a person wants: a stalled disk, or a pipe that nobody fills, blocks
//! ffmpeg inside the system, and a cancel must not wait for that.

use std::io::{self, Read as _, Seek as _};
use std::process::{Child, Command, ExitStatus, Output};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, bounded};

use crate::error::{Error, Result};
use crate::progress::Progress;

/// A cancel is noticed within this time.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// The end of a child is noticed within this time: ffprobe takes a tenth of a second.
const LONGEST_PAUSE: Duration = Duration::from_millis(8);
/// A killed child mostly ends at once; one that hangs inside the system is not waited for.
const REAP_INTERVAL: Duration = Duration::from_millis(5);
const REAP_TRIES: u32 = 40;

/// A child that is killed when it is dropped, so that cancelled work ends at once.
pub(super) struct OwnedChild(Option<Child>);

impl OwnedChild {
    /// In a process group of its own: Ctrl+C at a terminal is for this program, which then ends the child.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::process::CommandExt as _;
            command.process_group(0);
        }
        command.spawn().map(|child| Self(Some(child)))
    }

    pub fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.0.as_mut()?.stdout.take()
    }

    /// # Errors
    /// `Cancelled`; `Io` of the system.
    pub fn wait(&mut self, progress: &Progress) -> Result<io::Result<ExitStatus>> {
        let mut pause = Duration::from_millis(1);
        loop {
            let Some(child) = &mut self.0 else {
                return Ok(Err(io::ErrorKind::NotFound.into()));
            };
            match child.try_wait() {
                Ok(Some(status)) => return Ok(Ok(status)),
                Ok(None) => {}
                Err(error) => return Ok(Err(error)),
            }
            progress.check()?;
            std::thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

impl Drop for OwnedChild {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else {
            return;
        };
        // Fails only if the child has ended already.
        let _ = child.kill();
        for _ in 0..REAP_TRIES {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(REAP_INTERVAL);
        }
        // Somebody has to take its exit status once the system lets it go.
        let _ = std::thread::Builder::new()
            .name("reap-ffmpeg".to_owned())
            .spawn(move || child.wait());
    }
}

/// Runs the command to its end. `start_error`: names a program that cannot be started.
///
/// # Errors
/// `Cancelled`; that of `start_error`.
pub(super) fn output(
    command: &mut Command,
    progress: &Progress,
    start_error: impl FnOnce(io::Error) -> Error,
) -> Result<Output> {
    // Files instead of pipes: they take everything while nobody reads.
    let started = tempfile::tempfile().and_then(|out| {
        let log = tempfile::tempfile()?;
        command.stdout(out.try_clone()?).stderr(log.try_clone()?);
        Ok((OwnedChild::spawn(command)?, out, log))
    });
    let (mut child, mut out, mut log) = match started {
        Ok(started) => started,
        Err(error) => return Err(start_error(error)),
    };
    let read = |status: ExitStatus| {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        out.rewind()?;
        out.read_to_end(&mut stdout)?;
        log.rewind()?;
        log.read_to_end(&mut stderr)?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    };
    let status = child.wait(progress)?;
    status.and_then(read).map_err(start_error)
}

/// Does what may block (reading from a disk or a server that does not answer) on a thread of its own, and leaves it behind when the
/// work is cancelled.
///
/// # Errors
/// `Cancelled`; `Io` if the system gives no more threads.
pub(crate) fn interruptible<T: Send + 'static>(
    progress: &Progress,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let (sender, receiver) = bounded(1);
    std::thread::Builder::new()
        .name("interruptible".to_owned())
        .spawn(move || {
            // Nobody waits any more after a cancel.
            let _ = sender.send(work());
        })
        .map_err(Error::io(
            "start a thread",
            std::path::Path::new("interruptible"),
        ))?;
    loop {
        match receiver.recv_timeout(CHECK_INTERVAL) {
            Ok(answer) => return Ok(answer),
            Err(RecvTimeoutError::Timeout) => progress.check()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Panic {
                    message: "a thread ended before its work".to_owned(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn cancelled_soon() -> Progress {
        let progress = Progress::silent();
        let other = progress.clone();
        std::thread::Builder::new()
            .spawn(move || {
                std::thread::sleep(Duration::from_millis(50));
                other.cancel();
            })
            .unwrap();
        progress
    }

    #[cfg(unix)]
    #[test]
    fn a_child_that_does_not_end_is_left_within_a_second() {
        let began = Instant::now();
        let missing = |source| Error::io("start", std::path::Path::new("sleep"))(source);
        let result = output(Command::new("sleep").arg("60"), &cancelled_soon(), missing);
        assert!(matches!(result, Err(Error::Cancelled)));
        assert!(began.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn work_that_blocks_is_left_within_a_second() {
        let (_never, forever) = bounded::<()>(0);
        let began = Instant::now();
        let result = interruptible(&cancelled_soon(), move || forever.recv());
        assert!(matches!(result, Err(Error::Cancelled)));
        assert!(began.elapsed() < Duration::from_secs(1));
        assert_eq!(interruptible(&Progress::silent(), || 5).unwrap(), 5);
    }
}
