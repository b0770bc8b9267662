//! Decode and transform in parallel, in a fixed order, within a budget.
//!
//! An image is decoded once and kept, shrunk to about what the net sees, so an epoch needs no JPEG decoding; beyond the
//! byte budget it is decoded anew each time. What a look at an image draws depends on (seed, epoch, image) alone:
//! neither the number of threads nor their order changes a number. One named thread works ahead of the training.

use std::sync::Arc;
use std::thread::JoinHandle;

use candle_core::{Device, Tensor};
use crossbeam_channel::Receiver;
use image::RgbImage;
use rayon::prelude::*;

use super::augmented_view::ViewConfig;
use super::sample::Sample;
use crate::error::{Error, Result};
use crate::media::decode;
use crate::model::preprocess::{Preprocess, write_planes};
use crate::progress::Progress;
use crate::rng::Stream;

/// Bytes of decoded images held by one set.
const DEFAULT_BUDGET: usize = 1 << 30;

/// Batches made ahead of the training.
const BATCHES_AHEAD: usize = 2;

/// Keeps the stream of images apart from those of other uses of the same seed.
const LOOK_KEY: u64 = 0x6c6f_6f6b;
const ORDER_KEY: u64 = 0x6f72_6465;

/// What images are read for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Use {
    /// Each view is drawn anew.
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
}

/// A readable set of labelled images.
#[derive(Debug)]
pub struct ImageSet {
    samples: Vec<Sample>,
    /// In the order of `samples`; `None` where the budget was used up or the image was not needed.
    kept: Vec<Option<RgbImage>>,
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
    /// Decodes and shrinks all `samples`. Unreadable ones become warnings and are left out.
    ///
    /// # Errors
    /// [`Error::Invalid`] if none is readable; [`Error::Cancelled`].
    pub fn load(samples: &[Sample], config: LoadConfig, progress: &Progress) -> Result<Self> {
        Self::load_where(samples, config, &|_| true, progress)
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
        let read: Vec<Result<Option<RgbImage>>> = samples
            .par_iter()
            .enumerate()
            .map(|(position, sample)| {
                progress.check()?;
                let image = needed(position).then(|| read(sample, &config));
                progress.advance(1);
                image.transpose()
            })
            .collect();
        let mut images = Self {
            samples: Vec::with_capacity(samples.len()),
            kept: Vec::with_capacity(samples.len()),
            positions: Vec::with_capacity(samples.len()),
            config,
        };
        let mut bytes = 0;
        for (position, (sample, image)) in samples.iter().zip(read).enumerate() {
            match image {
                Ok(image) => {
                    bytes += image.as_ref().map_or(0, |image| image.as_raw().len());
                    images.samples.push(sample.clone());
                    images.positions.push(position);
                    let is_kept = bytes <= config.budget_bytes;
                    images.kept.push(image.filter(|_| is_kept));
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

    /// The images at `indices`, as they look in `epoch` of a training with `seed`.
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
            .try_for_each(|(out, &index)| self.look(index, seed, epoch, out))?;
        let shape = (indices.len(), 3, side, side);
        Ok(Batch {
            images: Tensor::from_vec(values, shape, &Device::Cpu)?,
            targets: indices
                .iter()
                .filter_map(|&index| Some(self.samples.get(index)?.target))
                .collect(),
        })
    }

    fn look(&self, index: usize, seed: u64, epoch: u64, out: &mut [f32]) -> Result<()> {
        let (Some(sample), Some(kept)) = (self.samples.get(index), self.kept.get(index)) else {
            return Err(Error::Invalid(format!("the set has no image {index}")));
        };
        let decoded;
        let image = if let Some(image) = kept {
            image
        } else {
            decoded = read(sample, &self.config)?;
            &decoded
        };
        match self.config.purpose {
            Use::Train(view) => {
                let mut stream = Stream::new(seed, &[LOOK_KEY, epoch, index as u64]);
                let Preprocess { size, fit, .. } = self.config.preprocess;
                view.render(image, (size, fit), &mut stream, out);
            }
            Use::Valid => write_planes(image, out),
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

/// The shuffled batches of one epoch: whole ones only (batch statistics of a rest would mislead), unless all images
/// are fewer than one batch.
pub fn epoch_batches(n: usize, batch: usize, seed: u64, epoch: u64) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..n).collect();
    Stream::new(seed, &[ORDER_KEY, epoch]).shuffle(&mut order);
    let batch = batch.clamp(1, n.max(1));
    order.chunks_exact(batch).map(<[usize]>::to_vec).collect()
}

/// Batches made ahead by a thread of their own, in the given order. Dropping it ends the thread.
pub struct Loader {
    batches: Option<Receiver<Result<Batch>>>,
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    /// # Errors
    /// [`Error::Io`] if no thread can be started.
    pub fn start(
        images: Arc<ImageSet>,
        plan: Vec<Vec<usize>>,
        seed: u64,
        epoch: u64,
    ) -> Result<Self> {
        let (sender, receiver) = crossbeam_channel::bounded(BATCHES_AHEAD);
        let thread = std::thread::Builder::new()
            .name("loader".into())
            .spawn(move || {
                for indices in plan {
                    let batch = images.batch(&indices, seed, epoch);
                    // The receiver is dropped when training stops; the rest is not needed.
                    if sender.send(batch).is_err() {
                        return;
                    }
                }
            })
            .map_err(Error::io("start the loader thread", "loader".as_ref()))?;
        Ok(Self {
            batches: Some(receiver),
            thread: Some(thread),
        })
    }
}

impl Iterator for Loader {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batches.as_ref()?.recv().ok()
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        drop(self.batches.take());
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has already ended the stream of batches.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use image::Rgb;

    use super::*;
    use crate::model::Normalization;
    use crate::model::preprocess::Fit;

    fn squished(size: u32) -> Preprocess {
        Preprocess {
            size,
            fit: Fit::Squish,
            normalization: Normalization::IMAGENET,
        }
    }

    fn samples(folder: &Path, n: u8) -> Vec<Sample> {
        (0..n)
            .map(|index| {
                let path = folder.join(format!("{index}.png"));
                RgbImage::from_fn(20, 16, |x, y| {
                    Rgb([index * 20, (x * 12) as u8, (y * 15) as u8])
                })
                .save(&path)
                .unwrap();
                Sample {
                    image: None,
                    unit: None,
                    path,
                    target: u32::from(index % 2),
                }
            })
            .collect()
    }

    fn numbers(batch: &Batch) -> Vec<f32> {
        batch.images.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn looks_do_not_depend_on_threads_or_on_the_budget() {
        let folder = tempfile::tempdir().unwrap();
        let samples = samples(folder.path(), 8);
        let config = LoadConfig::new(squished(12), Use::Train(ViewConfig::fastai()));
        let progress = Progress::silent();
        let all = Arc::new(ImageSet::load(&samples, config, &progress).unwrap());
        let frugal = LoadConfig {
            budget_bytes: 500,
            ..config
        };
        let none = ImageSet::load(&samples, frugal, &progress).unwrap();
        let plan = epoch_batches(8, 3, 5, 1);
        assert_eq!(plan.len(), 2);
        let loader = Loader::start(all.clone(), plan.clone(), 5, 1).unwrap();
        let threads: Vec<Batch> = loader.map(Result::unwrap).collect();
        assert_eq!(threads.len(), 2);
        let one = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        for (batch, indices) in threads.iter().zip(&plan) {
            let alone = one.install(|| none.batch(indices, 5, 1)).unwrap();
            assert_eq!(numbers(batch), numbers(&alone));
            assert_eq!(batch.targets, alone.targets);
        }
        let other = all.batch(&plan[0], 5, 2).unwrap();
        assert_ne!(numbers(&other), numbers(&threads[0]));
    }

    #[test]
    fn an_unreadable_image_is_a_warning_and_none_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut samples = samples(folder.path(), 2);
        std::fs::write(&samples[0].path, "<html>").unwrap();
        let config = LoadConfig::new(squished(8), Use::Valid);
        let progress = Progress::silent();
        let images = ImageSet::load(&samples, config, &progress).unwrap();
        assert_eq!(images.samples().len(), 1);
        assert_eq!(progress.warnings().len(), 1);
        samples.truncate(1);
        assert!(ImageSet::load(&samples, config, &progress).is_err());
    }

    #[test]
    fn dropping_the_loader_early_ends_its_thread() {
        let folder = tempfile::tempdir().unwrap();
        let samples = samples(folder.path(), 4);
        let config = LoadConfig::new(squished(8), Use::Valid);
        let images = ImageSet::load(&samples, config, &Progress::silent()).unwrap();
        let plan = vec![vec![0, 1]; 50];
        let mut loader = Loader::start(Arc::new(images), plan, 0, 0).unwrap();
        assert!(loader.next().is_some());
    }

    #[test]
    fn an_epoch_has_whole_batches_of_every_image_at_most_once() {
        let batches = epoch_batches(10, 4, 1, 1);
        assert_eq!(batches.len(), 2);
        let mut seen = batches.concat();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 8);
        assert_eq!(epoch_batches(3, 32, 1, 1).len(), 1);
        assert_ne!(epoch_batches(10, 4, 1, 1), epoch_batches(10, 4, 1, 2));
    }
}
