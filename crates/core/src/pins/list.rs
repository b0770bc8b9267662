//! Which images are pinned.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, ImageId, Snapshot};
use crate::error::{Error, Result};
use crate::predict::ImageFile;

/// More are not watched at a glance.
pub const MOST: usize = 8;

/// The project's note.
const NOTE: &str = "pins";

/// In the order in which they were pinned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins(Vec<ImageId>);

/// A pinned image and where its pixels are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    pub image: ImageId,
    pub file: ImageFile,
}

/// The images that are pinned now, for a training that goes on; clones share them.
#[derive(Clone, Debug, Default)]
pub struct PinnedNow(Arc<Mutex<Vec<Pinned>>>);

impl Pins {
    /// As the project remembers them; none where that cannot be read: they are a convenience.
    pub fn read(catalog: &Catalog) -> Self {
        let text = catalog.note(NOTE).ok().flatten();
        let pins = text.and_then(|text| serde_json::from_str(&text).ok());
        pins.unwrap_or_default()
    }

    /// # Errors
    /// `Catalog` if it cannot be written.
    pub fn write(&self, catalog: &mut Catalog) -> Result<()> {
        let text =
            serde_json::to_string(self).map_err(|error| Error::Invalid(error.to_string()))?;
        catalog.set_note(NOTE, &text)
    }

    /// # Errors
    /// [`Error::Invalid`] if there are [`MOST`] of them.
    pub fn pin(&mut self, image: ImageId) -> Result<()> {
        if self.has(image) {
            return Ok(());
        }
        if self.0.len() >= MOST {
            return Err(Error::Invalid(format!(
                "{MOST} images are pinned already; unpin one below the plots of the Train page first"
            )));
        }
        self.0.push(image);
        Ok(())
    }

    pub fn unpin(&mut self, image: ImageId) {
        self.0.retain(|pinned| *pinned != image);
    }

    pub fn has(&self, image: ImageId) -> bool {
        self.0.contains(&image)
    }

    pub fn images(&self) -> &[ImageId] {
        &self.0
    }

    /// Those that are in the catalog still.
    pub fn files(&self, snapshot: &Snapshot) -> Vec<Pinned> {
        let images = self.0.iter().filter_map(|id| snapshot.image(*id));
        let pinned = images.map(|image| Pinned {
            image: image.id,
            file: image.into(),
        });
        pinned.collect()
    }
}

impl PinnedNow {
    /// As the project remembers them.
    pub fn of(catalog: &Catalog, snapshot: &Snapshot) -> Self {
        let now = Self::default();
        now.set(Pins::read(catalog).files(snapshot));
        now
    }

    pub fn set(&self, pinned: Vec<Pinned>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pinned;
    }

    pub fn get(&self) -> Vec<Pinned> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_are_pinned_once_each_and_a_ninth_waits_for_room() {
        let mut pins = Pins::default();
        for image in [1, 2, 2, 3, 4, 5, 6, 7, 8] {
            pins.pin(ImageId(image)).unwrap();
        }
        assert_eq!(pins.images().len(), MOST);
        assert!(pins.pin(ImageId(9)).is_err());
        assert!(pins.pin(ImageId(3)).is_ok(), "it is pinned already");
        pins.unpin(ImageId(3));
        pins.pin(ImageId(9)).unwrap();
        assert!(pins.has(ImageId(9)) && !pins.has(ImageId(3)));
    }
}
