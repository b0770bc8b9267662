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
use super::unreadable::Unreadable;
use crate::error::{Error, Result};
use crate::model::preprocess::{InputSize, Preprocess, group_by_size, write_planes};
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
    decoded: Vec<Option<Source>>,
    /// Where each of `samples` stood in the list they were loaded from.
    positions: Vec<usize>,
    config: LoadConfig,
}

/// An image that views are drawn from.
#[derive(Clone, Debug)]
struct Source {
    image: RgbImage,
    /// Of its views.
    size: InputSize,
}

/// Some images of one size as the net takes them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `(N, 3, H, W)` f32, RGB, 0 to 1.
    pub images: Tensor,
    /// `N` class indices.
    pub targets: Vec<u32>,
    /// How much each counts, see [`Sample::weight`].
    pub weights: Vec<f32>,
    /// Where each image stands among those that were asked for.
    pub positions: Vec<usize>,
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
            .map(|source| source.image.as_raw().len())
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
        let read: Vec<Result<Option<Source>>> = samples
            .par_iter()
            .enumerate()
            .map(|(position, sample)| {
                progress.check()?;
                let image = needed(position).then(|| read(sample, &config)).transpose();
                progress.advance(1);
                let len = image.as_ref().map_or(0, |image| {
                    image
                        .as_ref()
                        .map_or(0, |source| source.image.as_raw().len())
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
        let mut unreadable = Unreadable::default();
        for (position, (sample, image)) in samples.iter().zip(read).enumerate() {
            match image {
                Ok(image) => {
                    images.samples.push(sample.clone());
                    images.positions.push(position);
                    images.decoded.push(image);
                }
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Err(error) => unreadable.add(sample.path.clone(), error),
            }
        }
        unreadable.warn(samples.len(), progress);
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

    /// The views of the images at `indices` in `epoch` of a training with `seed`: a batch for each size there is among
    /// them, sizes in the order in which they first come.
    ///
    /// # Errors
    /// [`Error::Image`] if a file beyond the budget was removed meanwhile; [`Error::Tensor`].
    pub fn batches(&self, indices: &[usize], seed: u64, epoch: u64) -> Result<Vec<Batch>> {
        self.batches_at(indices, seed, epoch, None)
    }

    /// As [`Self::batches`]; augmented views of another size than that of the set, as [`Preprocess::size`] has it, which
    /// should be the larger one.
    ///
    /// # Errors
    /// As [`Self::batches`].
    pub fn batches_at(
        &self,
        indices: &[usize],
        seed: u64,
        epoch: u64,
        size: Option<u32>,
    ) -> Result<Vec<Batch>> {
        let sources = indices
            .par_iter()
            .map(|&index| self.source(index))
            .collect::<Result<Vec<Cow<'_, Source>>>>()?;
        let sizes: Vec<InputSize> = sources
            .iter()
            .map(|source| self.view_size(source, size))
            .collect();
        group_by_size(sizes)
            .into_iter()
            .map(|(size, positions)| {
                let view_len = 3 * size.pixels();
                let mut values = vec![0f32; positions.len() * view_len];
                values
                    .par_chunks_mut(view_len.max(1))
                    .zip(&positions)
                    .for_each(|(out, &position)| {
                        let (index, source) = (indices.get(position), sources.get(position));
                        if let (Some(&index), Some(source)) = (index, source) {
                            let stream = Stream::new(seed, &[VIEW_KEY, epoch, index as u64]);
                            self.write_view((source, size), stream, out);
                        }
                    });
                let shape = (
                    positions.len(),
                    3,
                    size.height as usize,
                    size.width as usize,
                );
                let sample = |&position: &usize| self.samples.get(*indices.get(position)?);
                let samples = positions.iter().filter_map(sample);
                Ok(Batch {
                    images: Tensor::from_vec(values, shape, &Device::Cpu)?,
                    targets: samples.clone().map(|sample| sample.target).collect(),
                    weights: samples.map(|sample| sample.weight).collect(),
                    positions,
                })
            })
            .collect()
    }

    fn source(&self, index: usize) -> Result<Cow<'_, Source>> {
        let (Some(sample), Some(held)) = (self.samples.get(index), self.decoded.get(index)) else {
            return Err(Error::Invalid(format!("the set has no image {index}")));
        };
        Ok(match held {
            Some(source) => Cow::Borrowed(source),
            None => Cow::Owned(read(sample, &self.config)?),
        })
    }

    fn view_size(&self, source: &Source, size: Option<u32>) -> InputSize {
        match (self.config.purpose, size) {
            (Use::Train(_), Some(size)) => {
                let preprocess = Preprocess {
                    size,
                    ..self.config.preprocess
                };
                preprocess.input_size(source.image.width(), source.image.height())
            }
            (_, _) => source.size,
        }
    }

    fn write_view(
        &self,
        (source, size): (&Source, InputSize),
        mut stream: Stream,
        out: &mut [f32],
    ) {
        match self.config.purpose {
            Use::Train(view) => {
                let fit = self.config.preprocess.fit;
                view.render(&source.image, (size, fit), &mut stream, out);
            }
            Use::Valid => write_planes(&source.image, out),
        }
    }
}

fn read(sample: &Sample, config: &LoadConfig) -> Result<Source> {
    let preprocess = &config.preprocess;
    let image = sample
        .recipe
        .decode_for(&sample.path, preprocess.decode_side())?;
    Ok(Source {
        size: preprocess.input_size(image.width(), image.height()),
        image: match config.purpose {
            Use::Train(_) => preprocess.shrink(&image)?,
            Use::Valid => preprocess.fitted(&image)?,
        },
    })
}

#[cfg(test)]
mod tests;
