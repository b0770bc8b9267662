//! What a new head of stage 1 starts from: the closed form of a linear head on the features of a frozen backbone.
//!
//! Linear discriminant analysis with a shrunk covariance ([`crate::model::lda`]). How much it is shrunk, and how sure the
//! probabilities may be (temperature scaling, Guo et al. 2017), is chosen on training images alone: five folds of whole
//! units, so that no scene is judged by a head that has seen it. The result is a plain linear layer.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Tensor;
use rayon::prelude::*;

use super::data::feature_cache::CachedFeatures;
use crate::catalog::Unit;
use crate::dataset::Sample;
use crate::error::{Error, Result};
use crate::model::Net;
use crate::model::lda::{Example, Folds, Lda, Scores};
use crate::progress::Progress;
use crate::run::event::TrainEvent;
use crate::spare::give_back;

const SHRINKAGES: [f64; 5] = [0.2, 0.35, 0.5, 0.7, 0.85];
/// Where there are too few units to choose by.
const USUAL_SHRINKAGE: f64 = 0.5;
const FOLDS: usize = 5;
/// Logits are multiplied by 2 to one of these powers, in quarters of a step.
const TEMPERATURES: std::ops::Range<i32> = -48..16;
/// What a class without training images has for a bias: it is never predicted.
const NEVER: f32 = -30.0;

/// What was chosen, and how well it did on units that it had not seen.
struct Choice {
    shrinkage: f64,
    scale: f64,
    accuracy: Option<f64>,
}

/// Computes the head of `net` from features of the training images and tells what was chosen. `scales`: the images as
/// prediction sees them, and then larger or smaller: a head that has met the same figures in two sizes does better on
/// another style of drawing. What is chosen is judged by the first of them.
///
/// # Errors
/// As [`CachedFeatures::compute_all`]; [`Error::Invalid`] if fewer than two classes have images.
pub(super) fn fit_head(
    net: &Net,
    scales: &mut [&mut CachedFeatures],
    classes: usize,
    progress: &Progress,
) -> Result<TrainEvent> {
    for features in scales.iter_mut() {
        features.compute_all(net, progress)?;
        // What the net keeps for images of this size is as large as all that is to come.
        net.release_memory();
        give_back();
    }
    progress.stage("fitting the head", None);
    let mut examples = Vec::new();
    let mut samples = Vec::new();
    let mut images = 0;
    for features in scales.iter() {
        let own = features.image_set().samples();
        samples.extend(own);
        let targets = own.iter().zip(features.means());
        examples.extend(targets.map(|(sample, features)| Example {
            features,
            class: sample.target as usize,
        }));
        if images == 0 {
            // Nothing is judged by how well copies are told.
            let taken = own.iter();
            images = taken
                .filter(|sample| sample.recipe.upsampling.is_none())
                .count();
        }
    }
    let folds = Folds::of(&examples, &unit_numbers(&samples), classes, FOLDS);
    progress.check()?;
    let choice = choose(&folds, &examples[..images]);
    progress.check()?;
    let lda = folds.into_total().lda(choice.shrinkage).ok_or_else(|| {
        Error::Invalid(
            "the closed form of a head needs training images of two classes, and their features to differ; start from a random head (`head_init`)".into(),
        )
    })?;
    load(net, &lda, choice.scale)?;
    Ok(TrainEvent::HeadFitted {
        shrinkage: choice.shrinkage,
        temperature: 1.0 / choice.scale,
        accuracy: choice.accuracy,
        images,
    })
}

/// One number for each unit, in the order in which they come; images outside a project are units of their own.
fn unit_numbers(samples: &[&Sample]) -> Vec<usize> {
    let mut numbers: BTreeMap<Unit, usize> = BTreeMap::new();
    let mut next = 0;
    let mut new = || {
        next += 1;
        next - 1
    };
    samples
        .iter()
        .map(|sample| match sample.unit {
            Some(unit) => *numbers.entry(unit).or_insert_with(&mut new),
            None => new(),
        })
        .collect()
}

/// By the likelihood that out-of-fold heads give the first examples, the ones `judged_by`, the right classes, each head at
/// its best temperature.
fn choose(folds: &Folds<'_>, judged_by: &[Example<'_>]) -> Choice {
    let by_shrinkage = folds.out_of_fold(&SHRINKAGES, judged_by.len());
    let tried = SHRINKAGES
        .iter()
        .zip(&by_shrinkage)
        .filter_map(|(shrinkage, scores)| {
            let judged: Vec<(Vec<f64>, usize)> = scores
                .iter()
                .zip(judged_by)
                .filter_map(|(scores, example)| judged(scores, example.class))
                .collect();
            if judged.is_empty() {
                return None;
            }
            let (scale, loss) = best_temperature(&judged);
            let right = judged.iter().filter(|(scores, own)| {
                let best = scores.iter().copied().fold(f64::MIN, f64::max);
                scores.get(*own).is_some_and(|score| *score >= best)
            });
            let choice = Choice {
                shrinkage: *shrinkage,
                scale,
                accuracy: Some(right.count() as f64 / judged.len() as f64),
            };
            Some((choice, loss))
        });
    let best = tried.min_by(|(_, a), (_, b)| a.total_cmp(b));
    best.map_or(
        Choice {
            shrinkage: USUAL_SHRINKAGE,
            scale: 1.0,
            accuracy: None,
        },
        |(choice, _)| choice,
    )
}

/// Scores of the classes that the fold's head knows, and where the image's own is among them; `None` if it is not.
fn judged(scores: &Scores, class: usize) -> Option<(Vec<f64>, usize)> {
    let scores = scores.as_ref()?;
    (*scores.get(class)?)?;
    let own = scores.get(..class)?.iter().flatten().count();
    Some((scores.iter().flatten().copied().collect(), own))
}

/// What logits are multiplied by to be as sure as they may be, and their loss then.
fn best_temperature(judged: &[(Vec<f64>, usize)]) -> (f64, f64) {
    let of = |power: i32| {
        let scale = 2f64.powf(f64::from(power) / 4.0);
        (scale, loss(judged, scale))
    };
    // The loss is convex in the scale, so it falls up to its least value and rises from there.
    let (mut low, mut high) = (TEMPERATURES.start, TEMPERATURES.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if of(middle + 1).1 < of(middle).1 {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    of(low)
}

/// Mean cross entropy of the scores times `scale`, to targets that leave the other classes one image's worth of doubt (Platt
/// 1999): a head that is right about all images it was judged by need not be right about all others.
fn loss(judged: &[(Vec<f64>, usize)], scale: f64) -> f64 {
    let doubt = 1.0 / (judged.len() + 2) as f64;
    let sum: f64 = judged
        .par_iter()
        .map(|(scores, own)| {
            let best = scores.iter().copied().fold(f64::MIN, f64::max);
            let (mut exps, mut all) = (0.0, 0.0);
            for score in scores {
                let logit = (score - best) * scale;
                exps += logit.exp();
                all += logit;
            }
            let own = scores.get(*own).map_or(0.0, |score| (score - best) * scale);
            exps.ln() - (1.0 - doubt) * own - doubt * all / scores.len().max(1) as f64
        })
        .collect::<Vec<f64>>()
        .into_iter()
        .sum();
    sum / judged.len().max(1) as f64
}

/// Into the net's linear layer. What all classes have in common is taken away: it changes no probability, and a heatmap
/// shows what speaks for one class against the others.
fn load(net: &Net, lda: &Lda, scale: f64) -> Result<()> {
    let known = || lda.discriminants().iter().flatten();
    let Some((first, _)) = known().next() else {
        return Ok(());
    };
    let n = known().count() as f64;
    let mut mean = first * 0.0;
    let mut mean_constant = 0.0;
    for (weights, constant) in known() {
        mean += weights;
        mean_constant += constant;
    }
    mean /= n;
    mean_constant /= n;
    let mut matrix: Vec<f32> = Vec::new();
    let mut bias: Vec<f32> = Vec::new();
    for discriminant in lda.discriminants() {
        if let Some((weights, constant)) = discriminant {
            let centered = (weights - &mean) * scale;
            matrix.extend(centered.iter().map(|weight| *weight as f32));
            bias.push(((constant - mean_constant) * scale) as f32);
        } else {
            matrix.extend(std::iter::repeat_n(0.0, mean.len()));
            bias.push(NEVER);
        }
    }
    let mut state = net.state()?;
    for (name, values) in [("classifier.weight", matrix), ("classifier.bias", bias)] {
        let tensor = state.get_mut(name).ok_or_else(|| {
            Error::Invalid(
                "the closed form of a head is a linear layer; choose the preset `modern`, or start from a random head (`head_init`)".into(),
            )
        })?;
        *tensor = Tensor::from_vec(values, tensor.shape(), &candle_core::Device::Cpu)?;
    }
    net.load_state(&state, Path::new("(fitted)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn probabilities_are_as_sure_as_unseen_units_allow() {
        // Units lie apart, so heads that have not seen one are often wrong about it.
        let mut stream = Stream::new(5, &[]);
        let centers: Vec<f64> = (0..40).map(|_| stream.normal()).collect();
        let features: Vec<Vec<f32>> = (0..400)
            .map(|at| {
                let unit = at / 10;
                let class = if unit % 2 == 0 { 0.7 } else { -0.7 };
                let noise = 0.1 * stream.normal();
                let mut row: Vec<f32> = (0..8).map(|_| stream.normal() as f32).collect();
                row[0] = (class + centers[unit] + noise) as f32;
                row
            })
            .collect();
        let examples: Vec<Example<'_>> = features
            .iter()
            .enumerate()
            .map(|(at, features)| Example {
                features,
                class: at / 10 % 2,
            })
            .collect();
        let units: Vec<usize> = (0..400).map(|at| at / 10).collect();
        let folds = Folds::of(&examples, &units, 2, FOLDS);
        let choice = choose(&folds, &examples);
        let accuracy = choice.accuracy.unwrap();
        assert!((0.55..0.95).contains(&accuracy), "{accuracy}");
        let scores = &folds.out_of_fold(&[choice.shrinkage], 400)[0];
        let judged: Vec<(Vec<f64>, usize)> = scores
            .iter()
            .zip(&examples)
            .filter_map(|(scores, example)| judged(scores, example.class))
            .collect();
        let sureness = judged.iter().map(|(scores, _)| {
            let margin = (scores[0] - scores[1]).abs() * choice.scale;
            1.0 / (1.0 + (-margin).exp())
        });
        let mean = sureness.sum::<f64>() / judged.len() as f64;
        assert!(
            (mean - accuracy).abs() < 0.1,
            "{mean} sure, {accuracy} right"
        );
    }

    #[test]
    fn a_head_that_was_always_right_is_not_quite_sure() {
        for images in [20, 2000] {
            let judged = vec![(vec![3.0, 0.0, -1.0], 0); images];
            let (scale, _) = best_temperature(&judged);
            let others = (-3.0 * scale).exp() + (-4.0 * scale).exp();
            let doubt = others / (1.0 + others);
            let wanted = 1.0 / images as f64;
            assert!((wanted / 4.0..wanted * 2.0).contains(&doubt), "{doubt}");
        }
    }

    #[test]
    fn the_best_temperature_is_the_best_of_all() {
        let mut stream = Stream::new(9, &[]);
        let judged: Vec<(Vec<f64>, usize)> = (0..300)
            .map(|at| {
                let mut scores: Vec<f64> = (0..4).map(|_| 30.0 * stream.normal()).collect();
                scores[at % 4] += 40.0;
                (scores, at % 4)
            })
            .collect();
        let (_, found) = best_temperature(&judged);
        let tried = (TEMPERATURES.start..=TEMPERATURES.end)
            .map(|power| loss(&judged, 2f64.powf(f64::from(power) / 4.0)));
        assert_eq!(found, tried.fold(f64::MAX, f64::min));
    }

    #[test]
    fn one_unit_is_too_few_to_choose_by() {
        let rows = [[0.0, 1.0], [0.1, 1.2], [1.0, 0.0], [1.1, 0.3]];
        let examples: Vec<Example<'_>> = rows
            .iter()
            .enumerate()
            .map(|(at, features)| Example {
                features,
                class: at / 2,
            })
            .collect();
        let choice = choose(&Folds::of(&examples, &[0; 4], 2, FOLDS), &examples);
        assert_eq!((choice.shrinkage, choice.accuracy), (USUAL_SHRINKAGE, None));
    }
}
