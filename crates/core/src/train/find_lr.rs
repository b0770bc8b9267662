//! Finds a learning rate: some batches at ever higher rates on the net that a run would start with.

use super::build::{fit_new_head, learner, train_feed};
use super::data::feed::{BatchPosition, TrainFeed};
use super::data::fingerprint;
use super::job::TrainJob;
use super::learner::step::{Learner, StepAction};
use super::optimizer::adamw::AdamW;
use super::prepare::{Prepared, prepare};
use super::schedule::lr_curve::{LrCurve, SWEEP_BATCHES, rate_at};
use super::schedule::one_cycle::Rates;
use crate::dataset::loader::epoch_batches;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::run::config::USUAL_BATCH;

/// Adam's first beta during the sweep (fastai's default, without a schedule).
const MOMENTUM: f64 = 0.9;

/// Who watches a sweep.
type Watched<'a> = (&'a Progress, &'a mut dyn FnMut(&LrCurve));

/// Sweeps the rate of the head; in stage 2 the first layers follow it in the config's ratio. Writes nothing but the cache.
/// `observer` sees the curve after each batch.
///
/// # Errors
/// As [`super::start::train`] before its first batch; [`Error::Cancelled`].
pub fn find_lr(
    job: &TrainJob,
    progress: &Progress,
    observer: &mut dyn FnMut(&LrCurve),
) -> Result<LrCurve> {
    let job = &job.ready();
    let Prepared { origin, config, .. } = prepare(job)?;
    let mut learner = learner(job, &config, origin.start())?;
    let files = fingerprint::of_images(&job.split, progress)?;
    let mut feed = train_feed(job, &config, (&learner.net, &files), progress)?;
    fit_new_head((&learner.net, &files), &mut feed, (job, &config), progress)?;
    let [low, high] = config.lr_bounds();
    let decays_norms = config.recorded_preset().decays_norms();
    learner.optimizer = AdamW::new(learner.net.trainable(), [low / high, 1.0], decays_norms)?;
    learner.average = None;
    let batch = config.batch.unwrap_or(USUAL_BATCH) as usize;
    sweep_and_restore(&mut learner, &mut feed, batch, (progress, observer))
}

/// The weights are afterwards as before, to the last bit, also after an error.
fn sweep_and_restore(
    learner: &mut Learner,
    feed: &mut TrainFeed,
    batch: usize,
    watched: Watched<'_>,
) -> Result<LrCurve> {
    let before = learner.net.state()?;
    let curve = sweep(learner, feed, batch, watched);
    learner
        .net
        .load_state(&before, "(before the sweep)".as_ref())?;
    curve
}

fn sweep(
    learner: &mut Learner,
    feed: &mut TrainFeed,
    batch: usize,
    (progress, observer): Watched<'_>,
) -> Result<LrCurve> {
    progress.stage("finding a learning rate", Some(SWEEP_BATCHES));
    let n = feed.image_set().samples().len();
    let mut curve = LrCurve::default();
    let mut done = 0;
    for epoch in 1.. {
        let plan = epoch_batches(n, batch, learner.seed, epoch);
        feed.begin_epoch(&plan, epoch)?;
        for indices in &plan {
            progress.check()?;
            let lr = rate_at(done);
            let rates = Rates {
                lr_fraction: lr,
                momentum: MOMENTUM,
            };
            let position = BatchPosition { epoch, batch: done };
            let batch = feed.next(&learner.net, indices, position)?;
            let action = StepAction::Step(rates);
            let loss = match learner.learn(&batch, done, action, progress) {
                Ok(result) => result.loss,
                // What the sweep was for: from here on the rate is too high.
                Err(Error::Diverged(_)) => return Ok(curve),
                Err(error) => return Err(error),
            };
            done += 1;
            progress.set_done(done);
            let is_useful = curve.push(lr, loss);
            observer(&curve);
            if !is_useful || done == SWEEP_BATCHES {
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

    use super::super::data::feature_cache::{CachedFeatures, FrozenSet};
    use super::super::data::feature_store::FeatureStore;
    use super::super::data::feed::LiveFeed;
    use super::*;
    use crate::dataset::Sample;
    use crate::dataset::image_set::{ImageSet, LoadConfig, Use};
    use crate::media::recipe::Recipe;
    use crate::model::preprocess::Fit;
    use crate::model::{Arch, Freeze, HeadKind, build};
    use crate::run::config::TrainConfig;

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
                    unit: None,
                    path,
                    recipe: Recipe::default(),
                    source: None,
                    weight: 1.0,
                    target: u32::from(index % 2),
                }
            })
            .collect();
        let progress = Progress::silent();
        let preprocess = TrainConfig {
            size: Some(32.into()),
            fit: Some(Fit::Squish),
            ..TrainConfig::default()
        }
        .preprocess();
        let load = LoadConfig::new(preprocess, Use::Valid);
        let images = Arc::new(ImageSet::load(&samples, load, &progress).unwrap());
        for freeze in [Freeze::Backbone, Freeze::Nothing] {
            let mut net = build(Arch::default(), HeadKind::Fastai, 2, 0).unwrap();
            net.set_frozen(freeze);
            let optimizer = AdamW::new(net.trainable(), [0.01, 1.0], true).unwrap();
            let mut learner = Learner {
                net,
                optimizer,
                seed: 0,
                label_smoothing: 0.0,
                class_weights: None,
                average: None,
                loss_scale: None,
                micro_batches: 1,
            };
            let mut feed = match freeze {
                Freeze::Backbone => {
                    let set = FrozenSet {
                        samples: &samples,
                        files: &[],
                        load,
                        views: 1,
                        seed: 0,
                    };
                    let store = FeatureStore::new(folder.path());
                    let net = &learner.net;
                    TrainFeed::Cached(CachedFeatures::load(&set, net, store, &progress).unwrap())
                }
                _ => TrainFeed::Live(LiveFeed {
                    image_set: images.clone(),
                    seed: 0,
                    mixup: None,
                    start: None,
                    loader: None,
                }),
            };
            let bits = |learner: &Learner| -> Vec<u32> {
                let state = learner.net.state().unwrap();
                let values = state
                    .values()
                    .flat_map(|tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap());
                values.map(f32::to_bits).collect()
            };
            let before = bits(&learner);
            let mut seen = Vec::new();
            let mut observer = |curve: &LrCurve| seen.push(curve.points.len());
            let watched: Watched<'_> = (&progress, &mut observer);
            let curve = sweep_and_restore(&mut learner, &mut feed, 2, watched).unwrap();
            assert_eq!(seen.first(), Some(&1));
            assert_eq!(seen.last(), Some(&curve.points.len()));
            assert!(curve.points.len() > 20, "{}", curve.points.len());
            assert!(learner.optimizer.steps().done > 20);
            assert!(bits(&learner) == before, "{freeze:?}");
        }
    }
}
