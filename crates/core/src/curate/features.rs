//! What the default backbone sees in each image of a project.

use std::path::Path;
use std::sync::Arc;

use crate::catalog::{ContentHash, Snapshot};
use crate::dataset::Sample;
use crate::error::Result;
use crate::media::recipe::Recipe;
use crate::progress::Progress;
use crate::train::embedding::{embeddings, known_embeddings};

/// What the cache has of the images of a snapshot, for who asks again after every change of it.
#[derive(Clone, Debug)]
pub struct KnownFeatures {
    pub features: Arc<Features>,
    /// Of the contents and recipes of all images, in their order.
    of: blake3::Hash,
}

impl KnownFeatures {
    /// `before`: what was read last, which is still right where the images are the same ones and none was missing.
    ///
    /// # Errors
    /// As [`Features::known`].
    pub fn read(cache: &Path, snapshot: &Snapshot, before: Option<Self>) -> Result<Self> {
        let mut of = blake3::Hasher::new();
        for image in &snapshot.images {
            of.update(image.hash.as_bytes());
            of.update(format!("{:?}", image.recipe()).as_bytes());
        }
        let of = of.finalize();
        match before {
            Some(before) if before.of == of && before.features.is_complete() => Ok(before),
            _other => Ok(Self {
                features: Arc::new(Features::known(cache, snapshot)?),
                of,
            }),
        }
    }
}

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

    fn is_complete(&self) -> bool {
        self.of_images.iter().all(Option::is_some)
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
