//! Saves what a run said of pinned images, epoch by epoch, as an animated GIF in the project's folder of heatmaps.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::explain::names::new_file;
use crate::jobs::Waker;
use crate::jobs::beside::work_beside;
use crate::jobs::slot::Latest;
use crate::pins::History;
use crate::pins::strip::{StripImage, frames, write_gif};
use crate::progress::Progress;
use crate::ui::failure::Failure;

/// A strip to be made.
#[derive(Clone, Debug)]
pub struct SaveStrip {
    pub run_id: String,
    pub run_dir: PathBuf,
    pub classes: Vec<String>,
    pub images: Vec<StripImage>,
    pub folder: PathBuf,
    /// Of the file's name; where it is taken, a number follows.
    pub stem: String,
}

/// What came of one.
pub enum Saved {
    At(PathBuf),
    Failed(Failure),
}

#[derive(Default)]
pub struct StripSaver {
    worker: Option<Latest<SaveStrip, PathBuf>>,
    waker: Option<Waker>,
    pub is_saving: bool,
}

impl StripSaver {
    /// Once a frame.
    pub fn follow(&mut self, waker: &Waker) {
        self.waker = Some(waker.clone());
    }

    /// What came of the last one, once.
    pub fn take(&mut self) -> Option<Saved> {
        let answer = self.worker.as_ref()?.take()?;
        self.is_saving = false;
        Some(match answer {
            Ok(path) => Saved::At(path),
            Err(error) => Saved::Failed(failure(&error)),
        })
    }

    /// # Errors
    /// A failure to be shown, if the system gives no more threads.
    pub fn save(&mut self, strip: SaveStrip) -> std::result::Result<(), Failure> {
        if let (None, Some(waker)) = (&self.worker, &self.waker) {
            let started = Latest::new("save strip", waker.clone(), |strip: SaveStrip, progress| {
                work_beside(|| strip.run(progress))
            });
            self.worker = Some(started.map_err(|error| failure(&error))?);
        }
        if let Some(worker) = &self.worker {
            worker.request(strip);
            self.is_saving = true;
        }
        Ok(())
    }
}

fn failure(error: &Error) -> Failure {
    Failure::new("Saving the animation failed", error.to_string())
}

impl SaveStrip {
    fn run(self, progress: &Progress) -> Result<PathBuf> {
        let history = History::read(&self.run_dir)?;
        let of_run = (self.run_id.as_str(), self.classes.as_slice());
        let frames = frames(&history, &self.images, of_run, progress)?;
        let folder = &self.folder;
        std::fs::create_dir_all(folder).map_err(Error::io("make the folder", folder))?;
        let out = new_file(folder, &self.stem, "gif")?;
        if let Err(error) = write_gif(frames, &out, progress) {
            // Empty, and made here a moment ago.
            let _ = std::fs::remove_file(&out);
            return Err(error);
        }
        Ok(out)
    }
}
