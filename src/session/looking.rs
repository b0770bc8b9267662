//! What is looked at while a run trains: its net as it is now, and the pinned images.

use std::sync::Arc;

use super::Session;
use crate::catalog::ImageId;
use crate::error::Result;
use crate::pins::Pins;
use crate::predict::live::LiveNet;
use crate::run::RunLog;

impl Session {
    /// The net of a run as it is now, if a job here trains it; from then on it is kept up to date for a while.
    pub fn live_net(&self, run_id: &str) -> Option<Arc<LiveNet>> {
        self.queue.watch(run_id)?.live.newest()
    }

    /// The run that a job here trains.
    pub fn trained_run(&self) -> Option<&RunLog> {
        let id = self.queue.trained().next()?;
        self.runs().iter().find(|run| run.info.id == id)
    }

    /// The pinned images of the project.
    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    /// Also for a run that trains here: its next epoch records the image.
    ///
    /// # Errors
    /// As [`Pins::pin`] and [`Pins::write`].
    pub(super) fn set_pinned(&mut self, image: ImageId, is_pinned: bool) -> Result<Option<String>> {
        let mut pins = self.pins.clone();
        if is_pinned {
            pins.pin(image)?;
        } else {
            pins.unpin(image);
        }
        pins.write(&mut self.catalog)?;
        self.pins = pins;
        self.queue.set_pinned(&self.pins.files(&self.snapshot));
        let name = self.snapshot.image(image).map(|image| &image.origin);
        Ok(name
            .filter(|_| is_pinned)
            .map(|name| format!("Pinned {name}; the Train page shows it below the plots")))
    }
}
