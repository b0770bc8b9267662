//! Labelled images, decoded in parallel and held in memory within a budget.
//!
//! An image is decoded once and held, shrunk to about what the net sees, so an epoch needs no JPEG decoding; beyond the
//! byte budget it is decoded again each time. What an augmented view of an image draws depends on (seed, epoch, image)
//! alone: neither the number of threads nor which images are held changes a number.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};
use image::RgbImage;
use rayon::prelude::*;

use super::augmented_view::ViewConfig;
use super::sample::Sample;
use crate::error::{Error, Result};
use crate::media::decode;
use crate::model::preprocess::{Preprocess, write_planes};
use crate::progress::Progress;
use crate::rng::Stream;

/// Bytes of decoded images that one set holds.
const DEFAULT_BUDGET: usize = 1 << 30;

/// Keeps the random stream of the views apart from those of other uses of the same seed.
const VIEW_KEY: u64 = 0x6c6f_6f6b;

/// What images are read for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Use {
    /// Each view is drawn again.
    Train(ViewConfig),
    /// Every view is the same.
    Valid,
}

/// How a set is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadConfig {
    pub preprocess: Preprocess,
    pub purpose: Use,
    pub budget_bytes: usize,
}

impl LoadConfig {
    pub fn new(preprocess: Preprocess, purpose: Use) -> Self {
        Self {
            preprocess,
            purpose,
            budget_bytes: DEFAULT_BUDGET,
        }
    }

    /// With at most `budget_bytes` of decoded images.
    #[must_use]
    pub fn within(self, budget_bytes: usize) -> Self {
        Self {
            budget_bytes,
            ..self
        }
    }
}

/// A readable set of labelled images.
#[derive(Debug)]
pub struct ImageSet {
    samples: Vec<Sample>,
    /// In the order of `samples`, shrunk; `None` where the budget was used up or the image was not needed.
    decoded: Vec<Option<RgbImage>>,
    /// Where each of `samples` stood in the list they were loaded from.
    positions: Vec<usize>,
    config: LoadConfig,
}

/// Some images as the net takes them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `(N, 3, H, W)` f32, RGB, 0 to 1.
    pub images: Tensor,
    /// `N` class indices.
    pub targets: Vec<u32>,
}

impl ImageSet {
    /// Decodes and shrinks all `samples`. Unreadable ones become warnings and are left out. At no time are there more
    /// than [`LoadConfig::budget_bytes`] of decoded images, and one for each thread that decodes.
    ///
    /// # Errors
    /// [`Error::Invalid`] if none is readable; [`Error::Cancelled`].
    pub fn load(samples: &[Sample], config: LoadConfig, progress: &Progress) -> Result<Self> {
        Self::load_where(samples, config, &|_| true, progress)
    }

    /// Bytes of decoded images that are held.
    pub fn held_bytes(&self) -> usize {
        self.decoded
            .iter()
            .flatten()
            .map(|image| image.as_raw().len())
            .sum()
    }

    /// As [`ImageSet::load`]; a sample whose position is not `needed` is known to be readable and decoded only when it
    /// is asked for.
    ///
    /// # Errors
    /// As [`ImageSet::load`].
    pub fn load_where(
        samples: &[Sample],
        config: LoadConfig,
        needed: &(dyn Fn(usize) -> bool + Sync),
        progress: &Progress,
    ) -> Result<Self> {
        progress.stage("reading images", Some(samples.len() as u64));
        let held_bytes = AtomicUsize::new(0);
        let read: Vec<Result<Option<RgbImage>>> = samples
            .par_iter()
            .enumerate()
            .map(|(position, sample)| {
                progress.check()?;
                let image = needed(position).then(|| read(sample, &config)).transpose();
                progress.advance(1);
                let len = image.as_ref().map_or(0, |image| {
                    image.as_ref().map_or(0, |image| image.as_raw().len())
                });
                let is_within =
                    held_bytes.fetch_add(len, Ordering::Relaxed) + len <= config.budget_bytes;
                if !is_within {
                    held_bytes.fetch_sub(len, Ordering::Relaxed);
                }
                Ok(image?.filter(|_| is_within))
            })
            .collect();
        let mut images = Self {
            samples: Vec::with_capacity(samples.len()),
            decoded: Vec::with_capacity(samples.len()),
            positions: Vec::with_capacity(samples.len()),
            config,
        };
        for (position, (sample, image)) in samples.iter().zip(read).enumerate() {
            match image {
                Ok(image) => {
                    images.samples.push(sample.clone());
                    images.positions.push(position);
                    images.decoded.push(image);
                }
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(error) => progress.warn(sample.path.display().to_string(), error.to_string()),
            }
        }
        if images.samples.is_empty() {
            return Err(Error::Invalid(
                "none of the images can be read; are the files still where they were imported from?".into(),
            ));
        }
        Ok(images)
    }

    /// The readable samples, in their given order.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Where each readable sample stands in the list that was loaded.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    pub fn preprocess(&self) -> &Preprocess {
        &self.config.preprocess
    }

    /// The views of the images at `indices` in `epoch` of a training with `seed`.
    ///
    /// # Errors
    /// [`Error::Image`] if a file beyond the budget was removed meanwhile; [`Error::Tensor`].
    pub fn batch(&self, indices: &[usize], seed: u64, epoch: u64) -> Result<Batch> {
        let side = self.config.preprocess.size as usize;
        let view_len = 3 * side * side;
        let mut values = vec![0f32; indices.len() * view_len];
        values
            .par_chunks_mut(view_len.max(1))
            .zip(indices)
            .try_for_each(|(out, &index)| self.view(index, seed, epoch, out))?;
        let shape = (indices.len(), 3, side, side);
        Ok(Batch {
            images: Tensor::from_vec(values, shape, &Device::Cpu)?,
            targets: indices
                .iter()
                .filter_map(|&index| Some(self.samples.get(index)?.target))
                .collect(),
        })
    }

    fn view(&self, index: usize, seed: u64, epoch: u64, out: &mut [f32]) -> Result<()> {
        let (Some(sample), Some(held)) = (self.samples.get(index), self.decoded.get(index)) else {
            return Err(Error::Invalid(format!("the set has no image {index}")));
        };
        let image = match held {
            Some(image) => Cow::Borrowed(image),
            None => Cow::Owned(read(sample, &self.config)?),
        };
        match self.config.purpose {
            Use::Train(view) => {
                let mut stream = Stream::new(seed, &[VIEW_KEY, epoch, index as u64]);
                let Preprocess { size, fit, .. } = self.config.preprocess;
                view.render(&image, (size, fit), &mut stream, out);
            }
            Use::Valid => write_planes(&image, out),
        }
        Ok(())
    }
}

fn read(sample: &Sample, config: &LoadConfig) -> Result<RgbImage> {
    let image = decode::decode_file_for(&sample.path, config.preprocess.decode_side())?;
    match config.purpose {
        Use::Train(_) => config.preprocess.shrink(&image),
        Use::Valid => config.preprocess.square(&image),
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::model::Normalization;
    use crate::model::preprocess::Fit;

    #[test]
    fn the_budget_bounds_what_is_held_and_every_image_can_still_be_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let samples: Vec<Sample> = (0..40)
            .map(|index| {
                let path = folder.path().join(format!("{index}.png"));
                RgbImage::from_pixel(16, 16, Rgb([index, 0, 0]))
                    .save(&path)
                    .unwrap();
                Sample {
                    image: None,
                    unit: None,
                    path,
                    target: 0,
                }
            })
            .collect();
        let preprocess = Preprocess {
            size: 16,
            fit: Fit::Squish,
            normalization: Normalization::IMAGENET,
        };
        let one = 16 * 16 * 3;
        let config = LoadConfig {
            budget_bytes: 5 * one + 1,
            ..LoadConfig::new(preprocess, Use::Valid)
        };
        let images = ImageSet::load(&samples, config, &Progress::silent()).unwrap();
        assert_eq!(images.samples().len(), 40);
        assert_eq!(images.held_bytes(), 5 * one);
        let batch = images.batch(&(0..40).collect::<Vec<_>>(), 0, 0).unwrap();
        let planes: Vec<Vec<f32>> = batch.images.flatten_from(1).unwrap().to_vec2().unwrap();
        for (index, plane) in planes.iter().enumerate() {
            assert!((plane[0] * 255.0 - index as f32).abs() < 1e-3);
        }
    }
}
