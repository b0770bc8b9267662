//! Twins by features: images that a network finds more alike than it finds images of different sources.
//!
//! How alike is too alike depends on the films: drawings are all alike, holiday films are not. So for each validation
//! image and each *other* source the most similar training image is looked up; these images share a style at most, and
//! whatever is as alike as they are is no twin. The limit lies far outside of them. Quartiles are not moved by a film that
//! is in the project twice.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::sides::{Near, Placed, Sides};
use crate::catalog::SourceId;
use crate::curate::features::Features;

/// How far outside: above the upper quartile, in interquartile ranges of Fisher's z, which makes cosines near 1 as far apart
/// as others. Of a normal distribution four of ten thousand lie beyond.
const RANGES: f64 = 2.0;
/// The least limit: a few scenes that have nothing in common would make a faint likeness remarkable.
const LEAST_COSINE: f64 = 0.8;
/// Fewer pairs of different sources tell nothing.
const LEAST_PAIRS: usize = 20;
/// Validation images that are compared at once.
const BLOCK: usize = 64;

/// What [`nearest`] found.
pub(super) struct Alike {
    pub nearest: Vec<Option<Near>>,
    /// `None` if there are no different sources to compare.
    pub least_cosine: Option<f64>,
}

/// For each validation image that `is_wanted` the training image that is most like it, if it is a twin.
pub(super) fn nearest(features: &Features, sides: &Sides<'_>, is_wanted: &[bool]) -> Alike {
    let none = || Alike {
        nearest: vec![None; sides.valid.len()],
        least_cosine: None,
    };
    let Some(rows) = Rows::of(features, sides) else {
        return none();
    };
    let by_source = rows.nearest_by_source(sides);
    let Some(least) = limit(&by_source, sides) else {
        return none();
    };
    let nearest = by_source
        .into_iter()
        .zip(is_wanted)
        .map(|(by_source, is_wanted)| {
            let best = by_source.into_values();
            let best = best.fold(None, |best: Option<Near>, near| Some(near.closer(best)));
            best.filter(|near| *is_wanted && near.score >= least)
        });
    Alike {
        nearest: nearest.collect(),
        least_cosine: Some(least),
    }
}

/// Features minus their mean, of length 1, an image a column; zeros for an image without.
struct Rows {
    valid: DMatrix<f32>,
    train: DMatrix<f32>,
}

impl Rows {
    /// `None` if no image has features.
    fn of(features: &Features, sides: &Sides<'_>) -> Option<Self> {
        let all = || sides.valid.iter().chain(&sides.train);
        let known = || all().filter_map(|placed| features.of(placed.at));
        let length = known().next()?.len();
        let count = known().count() as f64;
        let mut sums = vec![0.0_f64; length];
        for row in known() {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / count) as f32).collect();
        let matrix = |side: &[Placed<'_>]| {
            let mut matrix = DMatrix::zeros(length, side.len());
            for (mut column, placed) in matrix.column_iter_mut().zip(side) {
                let Some(row) = features.of(placed.at) else {
                    continue;
                };
                let centered = row.iter().zip(&mean).map(|(x, mean)| x - mean);
                column
                    .iter_mut()
                    .zip(centered)
                    .for_each(|(cell, x)| *cell = x);
                let norm: f32 = column.norm();
                if norm > 0.0 {
                    column /= norm;
                }
            }
            matrix
        };
        Some(Self {
            valid: matrix(&sides.valid),
            train: matrix(&sides.train),
        })
    }

    /// For each validation image the most similar training image of each source.
    fn nearest_by_source(&self, sides: &Sides<'_>) -> Vec<BTreeMap<SourceId, Near>> {
        let starts: Vec<usize> = (0..sides.valid.len()).step_by(BLOCK).collect();
        // A training image a row, so that a validation image's cosines are a column.
        let train = self.train.transpose();
        let blocks: Vec<Vec<BTreeMap<SourceId, Near>>> = starts
            .into_par_iter()
            .map(|start| {
                let count = BLOCK.min(sides.valid.len() - start);
                let cosines = &train * self.valid.columns(start, count);
                let columns = cosines.column_iter();
                columns
                    .map(|column| {
                        let mut nearest = BTreeMap::new();
                        for (train, (cosine, placed)) in column.iter().zip(&sides.train).enumerate()
                        {
                            let near = Near {
                                train,
                                score: f64::from(*cosine),
                            };
                            let source = placed.image.source;
                            let known = nearest.get(&source).copied();
                            nearest.insert(source, near.closer(known));
                        }
                        nearest
                    })
                    .collect()
            })
            .collect();
        blocks.concat()
    }
}

/// The cosine from which two images are twins.
fn limit(by_source: &[BTreeMap<SourceId, Near>], sides: &Sides<'_>) -> Option<f64> {
    let is_film = |placed: &Placed<'_>| placed.image.frame.is_some();
    let mut of_films = Vec::new();
    let mut of_all = Vec::new();
    for (valid, nearest) in sides.valid.iter().zip(by_source) {
        for (source, near) in nearest {
            if *source == valid.image.source {
                continue;
            }
            of_all.push(near.score);
            if is_film(valid) && sides.train.get(near.train).is_some_and(is_film) {
                of_films.push(near.score);
            }
        }
    }
    // Scraped images beside film frames are another style, so films are compared with films where there are some.
    let mut pairs = if of_films.len() >= LEAST_PAIRS {
        of_films
    } else {
        of_all
    };
    if pairs.len() < LEAST_PAIRS {
        return None;
    }
    pairs.sort_by(f64::total_cmp);
    let quartile = |part: usize| pairs.get(part * pairs.len() / 4).copied();
    let z = |cosine: f64| cosine.clamp(-0.999, 0.999).atanh();
    let (low, high) = (z(quartile(1)?), z(quartile(3)?));
    Some((high + RANGES * (high - low)).tanh().max(LEAST_COSINE))
}
