//! What the default backbone sees in each image of a project.

use std::path::Path;

use crate::catalog::{ContentHash, Snapshot};
use crate::dataset::Sample;
use crate::error::Result;
use crate::media::recipe::Recipe;
use crate::progress::Progress;
use crate::train::embedding::{embeddings, known_embeddings};

/// Features of the images of a snapshot, in their order.
#[derive(Clone, Debug, Default)]
pub struct Features {
    of_images: Vec<Option<Vec<f32>>>,
}

impl Features {
    /// Computes what the cache does not have.
    ///
    /// # Errors
    /// As [`embeddings`].
    pub fn load(cache: &Path, snapshot: &Snapshot, progress: &Progress) -> Result<Self> {
        let samples: Vec<Sample> = snapshot
            .images
            .iter()
            .map(|image| Sample {
                image: Some(image.id),
                unit: Some(snapshot.unit_of(image)),
                path: image.path.clone(),
                recipe: image.recipe(),
                source: None,
                weight: 1.0,
                target: 0,
            })
            .collect();
        Ok(Self {
            of_images: embeddings(cache, &samples, progress)?,
        })
    }

    /// What the cache has; nothing is computed. Images are told by the content that the catalog knows.
    ///
    /// # Errors
    /// As [`known_embeddings`].
    pub fn known(cache: &Path, snapshot: &Snapshot) -> Result<Self> {
        let contents: Vec<(Option<ContentHash>, Recipe)> = snapshot
            .images
            .iter()
            .map(|image| (ContentHash::from_hex(&image.hash), image.recipe()))
            .collect();
        Ok(Self {
            of_images: known_embeddings(cache, &contents)?,
        })
    }

    /// True if there are none of any image.
    pub fn is_empty(&self) -> bool {
        self.of_images.iter().all(Option::is_none)
    }

    /// One row an image, in the order of a snapshot.
    #[cfg(test)]
    pub(super) fn from_rows(of_images: Vec<Option<Vec<f32>>>) -> Self {
        Self { of_images }
    }

    /// `None` for one that cannot be read.
    pub fn of(&self, image: usize) -> Option<&[f32]> {
        self.of_images.get(image)?.as_deref()
    }
}
