//! Finds a learning rate: some batches at ever higher rates on the net that a run would start with.

use super::feed::TrainFeed;
use super::fingerprint;
use super::lr_curve::{LrCurve, SWEEP_BATCHES, rate_at};
use super::memory::USUAL_BATCH;
use super::optimizer::Optimizer;
use super::origin::{Prepared, prepare};
use super::run::TrainJob;
use super::schedule::Rates;
use super::setup::{Start, student, train_feed};
use super::student::{Student, Then};
use crate::dataset::loader::epoch_batches;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// Adam's first beta during the sweep (fastai's default, without a schedule).
const MOMENTUM: f64 = 0.9;

type Watched<'a> = (&'a Progress, &'a mut dyn FnMut(&LrCurve));

/// Sweeps the rate of the head; in stage 2 the first layers follow it in the config's ratio. Writes nothing but the cache.
/// `observer` sees the curve after each batch.
///
/// # Errors
/// As [`super::run::train`] before its first batch; [`Error::Cancelled`].
pub fn find_lr(
    job: &TrainJob,
    progress: &Progress,
    observer: &mut dyn FnMut(&LrCurve),
) -> Result<LrCurve> {
    let Prepared { from, config, .. } = prepare(job, progress)?;
    let start = from.as_ref().map_or(Start::New, Start::Run);
    let mut student = student(job, &config, start)?;
    let files = fingerprint::of_pictures(&job.split, progress)?;
    let mut feed = train_feed(job, &config, (&student.net, &files), progress)?;
    let [low, high] = config.lr_bounds();
    let decays_norms = config.recorded_preset().decays_norms();
    student.optimizer = Optimizer::new(student.net.trainable(), [low / high, 1.0], decays_norms)?;
    student.average = None;
    let batch = config.batch.unwrap_or(USUAL_BATCH) as usize;
    sweep_and_restore(&mut student, &mut feed, batch, (progress, observer))
}

/// The weights are afterwards as before, to the last bit, also after an error.
fn sweep_and_restore(
    student: &mut Student,
    feed: &mut TrainFeed,
    batch: usize,
    watched: Watched<'_>,
) -> Result<LrCurve> {
    let before = student.net.state()?;
    let curve = sweep(student, feed, batch, watched);
    student
        .net
        .load_state(&before, "(before the sweep)".as_ref())?;
    curve
}

fn sweep(
    student: &mut Student,
    feed: &mut TrainFeed,
    batch: usize,
    (progress, observer): Watched<'_>,
) -> Result<LrCurve> {
    progress.stage("finding a learning rate", Some(SWEEP_BATCHES));
    let n = feed.pictures().samples().len();
    let mut curve = LrCurve::default();
    let mut done = 0;
    for epoch in 1.. {
        let plan = epoch_batches(n, batch, student.seed, epoch);
        feed.begin_epoch(&plan, epoch)?;
        for indices in &plan {
            progress.check()?;
            let lr = rate_at(done);
            let rates = Rates {
                lr_fraction: lr,
                momentum: MOMENTUM,
            };
            let fed = feed.next(&student.net, indices, (epoch, done))?;
            let loss = match student.learn_from(&fed, done, Then::Step(rates), progress) {
                Ok(result) => result.loss,
                // What the sweep was for: from here on the rate is too high.
                Err(Error::Diverged(_)) => return Ok(curve),
                Err(error) => return Err(error),
            };
            done += 1;
            progress.set_done(done);
            let goes_on = curve.push(lr, loss);
            observer(&curve);
            if !goes_on || done == SWEEP_BATCHES {
                return Ok(curve);
            }
        }
    }
    Ok(curve)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use image::{Rgb, RgbImage};

    use super::super::feature_store::FeatureStore;
    use super::super::frozen::{CachedFeatures, FrozenSet};
    use super::*;
    use crate::dataset::Sample;
    use crate::dataset::loader::{LoadConfig, Pictures, Use};
    use crate::dataset::transform::Fit;
    use crate::model::{Arch, Freeze, HeadKind, build};

    #[test]
    fn the_weights_are_bit_identical_after_a_sweep_of_either_stage() {
        let folder = tempfile::tempdir().unwrap();
        let samples: Vec<Sample> = (0..4u8)
            .map(|index| {
                let path = folder.path().join(format!("{index}.png"));
                let color = Rgb([index * 60, 255 - index * 60, 90]);
                RgbImage::from_pixel(32, 32, color).save(&path).unwrap();
                Sample {
                    image: None,
                    scene: None,
                    path,
                    target: u32::from(index % 2),
                }
            })
            .collect();
        let progress = Progress::silent();
        let load = LoadConfig::new(32, Fit::Squish, Use::Valid);
        let pictures = Arc::new(Pictures::load(&samples, load, &progress).unwrap());
        for freeze in [Freeze::Backbone, Freeze::Nothing] {
            let mut net = build(Arch::default(), HeadKind::Fastai, 2, 0).unwrap();
            net.set_frozen(freeze);
            let optimizer = Optimizer::new(net.trainable(), [0.01, 1.0], true).unwrap();
            let mut student = Student {
                net,
                optimizer,
                seed: 0,
                label_smoothing: 0.0,
                class_weights: None,
                average: None,
                loss_scale: None,
                parts: 1,
            };
            let mut feed = match freeze {
                Freeze::Backbone => {
                    let set = FrozenSet {
                        samples: &samples,
                        files: &[],
                        load,
                        looks: 1,
                        seed: 0,
                    };
                    let store = FeatureStore::new(folder.path());
                    let net = &student.net;
                    TrainFeed::Cached(CachedFeatures::load(&set, net, store, &progress).unwrap())
                }
                _ => TrainFeed::Live {
                    pictures: pictures.clone(),
                    seed: 0,
                    mixup: None,
                    loader: None,
                },
            };
            let bits = |student: &Student| -> Vec<u32> {
                let state = student.net.state().unwrap();
                let values = state
                    .values()
                    .flat_map(|tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap());
                values.map(f32::to_bits).collect()
            };
            let before = bits(&student);
            let mut seen = Vec::new();
            let mut observer = |curve: &LrCurve| seen.push(curve.points.len());
            let watched: Watched<'_> = (&progress, &mut observer);
            let curve = sweep_and_restore(&mut student, &mut feed, 2, watched).unwrap();
            assert_eq!(seen.first(), Some(&1));
            assert_eq!(seen.last(), Some(&curve.points.len()));
            assert!(curve.points.len() > 20, "{}", curve.points.len());
            assert!(student.optimizer.steps().done > 20);
            assert!(bits(&student) == before, "{freeze:?}");
        }
    }
}
