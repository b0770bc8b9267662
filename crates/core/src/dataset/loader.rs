//! Batches made ahead of the training, in a fixed order, by one named thread.

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::Receiver;

use super::image_set::{Batch, ImageSet};
use crate::error::{Error, Result};
use crate::rng::Stream;

/// Batches made ahead of the training.
const BATCHES_AHEAD: usize = 2;

/// Keeps the random stream of the order apart from those of other uses of the same seed.
const ORDER_KEY: u64 = 0x6f72_6465;

/// The shuffled batches of one epoch: whole ones only (batch statistics of a rest would mislead), unless all images
/// are fewer than one batch.
pub fn epoch_batches(n: usize, batch: usize, seed: u64, epoch: u64) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..n).collect();
    Stream::new(seed, &[ORDER_KEY, epoch]).shuffle(&mut order);
    let batch = batch.clamp(1, n.max(1));
    order.chunks_exact(batch).map(<[usize]>::to_vec).collect()
}

/// Batches made ahead by a thread of their own, in the given order, each as its parts of one size. Dropping it ends the
/// thread.
pub struct Loader {
    batches: Option<Receiver<Result<Vec<Batch>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Loader {
    /// `size`: as in [`ImageSet::batches_at`].
    ///
    /// # Errors
    /// [`Error::Io`] if no thread can be started.
    pub fn start(
        images: Arc<ImageSet>,
        plan: Vec<Vec<usize>>,
        (seed, epoch): (u64, u64),
        size: Option<u32>,
    ) -> Result<Self> {
        let (sender, receiver) = crossbeam_channel::bounded(BATCHES_AHEAD);
        let thread = std::thread::Builder::new()
            .name("loader".into())
            .spawn(move || {
                for indices in plan {
                    let batch = images.batches_at(&indices, seed, epoch, size);
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
    type Item = Result<Vec<Batch>>;

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

    use image::{Rgb, RgbImage};

    use super::*;
    use crate::dataset::augmented_view::ViewConfig;
    use crate::dataset::image_set::{LoadConfig, Use};
    use crate::dataset::sample::Sample;
    use crate::media::recipe::Recipe;
    use crate::model::Normalization;
    use crate::model::preprocess::{Fit, Preprocess};
    use crate::progress::Progress;

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
                    recipe: Recipe::default(),
                    source: None,
                    weight: 1.0,
                    target: u32::from(index % 2),
                }
            })
            .collect()
    }

    fn numbers(batch: &Batch) -> Vec<f32> {
        batch.images.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn views_do_not_depend_on_threads_or_on_the_budget() {
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
        let loader = Loader::start(all.clone(), plan.clone(), (5, 1), None).unwrap();
        let threads: Vec<Batch> = loader.flat_map(Result::unwrap).collect();
        assert_eq!(threads.len(), 2);
        let one = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        for (batch, indices) in threads.iter().zip(&plan) {
            let alone = &one.install(|| none.batches(indices, 5, 1)).unwrap()[0];
            assert_eq!(numbers(batch), numbers(alone));
            assert_eq!(batch.targets, alone.targets);
        }
        let other = &all.batches(&plan[0], 5, 2).unwrap()[0];
        assert_ne!(numbers(other), numbers(&threads[0]));
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
        let mut loader = Loader::start(Arc::new(images), plan, (0, 0), None).unwrap();
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
