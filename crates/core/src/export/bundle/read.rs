//! A bundle read back: it predicts once it has answered its own images as it did when it was made.

use std::path::{Path, PathBuf};

use super::{Goldens, sums};
use crate::error::{Error, Result};
use crate::export::Preprocessing;
use crate::export::weights::WEIGHTS;
use crate::model::{Freeze, Net, weights};
use crate::number::counted;
use crate::predict::Predictor;

/// One that has passed its check.
pub struct Bundle {
    pub folder: PathBuf,
    pub preprocessing: Preprocessing,
    pub predictor: Predictor,
    /// Images that it was checked by.
    pub checked: usize,
    /// By how much a logit differed at most.
    pub difference: f32,
}

impl Bundle {
    /// # Errors
    /// [`Error::Invalid`] if it is none, or does not pass its check; [`Error::BadFile`], [`Error::Weights`],
    /// [`Error::WeightShape`], [`Error::Io`].
    pub fn open(folder: &Path) -> Result<Self> {
        if !folder.exists() {
            return Err(Error::Missing {
                path: folder.to_path_buf(),
            });
        }
        let path = folder.join(WEIGHTS);
        if !folder.join(Preprocessing::FILE).is_file() || !path.is_file() {
            return Err(Error::Invalid(format!(
                "it is no bundle ({} and {WEIGHTS} belong into one); make one with `export PROJECT RUN --to bundle DIR`; folder {}",
                Preprocessing::FILE,
                folder.display()
            )));
        }
        sums::check(folder)?;
        let preprocessing = Preprocessing::read(folder)?;
        let classes = preprocessing.classes.len();
        let mut net = Net::blank(preprocessing.arch, preprocessing.head, classes, 0)?;
        net.load_state(&weights::load(&path)?, &path)?;
        net.set_frozen(Freeze::Backbone);
        let predictor = Predictor::from_parts(net, preprocessing.parts());
        let goldens = Goldens::read(folder)?;
        Ok(Self {
            difference: goldens.check(&predictor, folder)?,
            checked: goldens.images.len(),
            folder: folder.to_path_buf(),
            preprocessing,
            predictor,
        })
    }

    /// "checked by 16 images: no logit differs by more than 1.2e-6".
    pub fn summary(&self) -> String {
        format!(
            "checked by {}: no logit differs by more than {:.1e}",
            counted(self.checked, "image"),
            self.difference
        )
    }
}
