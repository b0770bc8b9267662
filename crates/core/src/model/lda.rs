//! Linear discriminant analysis: the classifier of Gaussian classes with one covariance, in closed form (Hastie,
//! Tibshirani and Friedman, The Elements of Statistical Learning, 4.3), shrunk towards a sphere because there are fewer
//! images than features.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

/// An image's features and class, as an index.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    pub features: &'a [f32],
    pub class: usize,
}

/// Examples whose residuals are in memory together: of a hundred thousand images they would take a gigabyte.
const AT_ONCE: usize = 512;

/// What is known of the classes before their covariance is shrunk: one pass over the images serves every shrinkage.
#[derive(Debug)]
pub struct Moments {
    /// Of each class; `None` for one without examples.
    means: Vec<Option<DVector<f64>>>,
    /// Within classes, `(features, features)`.
    covariance: DMatrix<f64>,
}

/// A fitted classifier.
#[derive(Clone, Debug)]
pub struct Lda {
    /// By class: weights of the features, and a constant. `None` for a class without examples.
    discriminants: Vec<Option<(DVector<f64>, f64)>>,
}

impl Moments {
    /// `None` without examples of at least two classes.
    pub fn of(examples: &[Example<'_>], classes: usize) -> Option<Self> {
        let dimensions = examples.first()?.features.len();
        let vector = |features: &[f32]| {
            DVector::from_iterator(features.len(), features.iter().map(|&x| f64::from(x)))
        };
        let means: Vec<Option<DVector<f64>>> = (0..classes)
            .map(|class| {
                let own = examples.iter().filter(|example| example.class == class);
                let mut sum = DVector::zeros(dimensions);
                let mut count = 0;
                for example in own {
                    sum += vector(example.features);
                    count += 1;
                }
                (count > 0).then(|| sum / f64::from(count))
            })
            .collect();
        if means.iter().flatten().count() < 2 {
            return None;
        }
        let mut covariance = DMatrix::zeros(dimensions, dimensions);
        let mut count = 0;
        for some in examples.chunks(AT_ONCE) {
            let residuals: Vec<DVector<f64>> = some
                .iter()
                .filter_map(|example| {
                    let mean = means.get(example.class)?.as_ref()?;
                    Some(vector(example.features) - mean)
                })
                .collect();
            if !residuals.is_empty() {
                count += residuals.len();
                let residuals = DMatrix::from_columns(&residuals);
                covariance.gemm(1.0, &residuals, &residuals.transpose(), 1.0);
            }
        }
        covariance /= count.max(1) as f64;
        Some(Self { means, covariance })
    }

    /// `shrinkage`: the part of the covariance that is a sphere, 0 to 1. Classes count alike, however many examples they
    /// have. `None` if the covariance cannot be inverted.
    pub fn lda(&self, shrinkage: f64) -> Option<Lda> {
        let dimensions = self.covariance.nrows();
        let sphere = self.covariance.trace() / dimensions.max(1) as f64;
        let mut covariance = &self.covariance * (1.0 - shrinkage);
        for at in 0..dimensions {
            covariance[(at, at)] += shrinkage * sphere + 1e-9;
        }
        let inverse = covariance.cholesky()?;
        let discriminants = self.means.iter().map(|mean| {
            let mean = mean.as_ref()?;
            let weights = inverse.solve(mean);
            let constant = -0.5 * weights.dot(mean);
            Some((weights, constant))
        });
        Some(Lda {
            discriminants: discriminants.collect(),
        })
    }
}

impl Lda {
    /// By class: weights of the features, and a constant. `None` for a class without examples.
    pub fn discriminants(&self) -> &[Option<(DVector<f64>, f64)>] {
        &self.discriminants
    }

    /// The logarithm of each class's probability, up to a common constant; `None` for a class without
    /// examples.
    pub fn scores(&self, features: &[f32]) -> Vec<Option<f64>> {
        let score = |(weights, constant): &(DVector<f64>, f64)| {
            let products = weights.iter().zip(features);
            products.map(|(w, &x)| w * f64::from(x)).sum::<f64>() + constant
        };
        self.discriminants
            .iter()
            .map(|discriminant| discriminant.as_ref().map(score))
            .collect()
    }
}

/// Which of `folds` a unit is measured in.
pub fn fold_of(unit: usize, folds: usize) -> usize {
    unit % folds.max(1)
}

/// An example's scores by class; `None` where no classifier could be fitted without its unit.
pub type Scores = Option<Vec<Option<f64>>>;

/// For each of `shrinkages`, the scores of every example by a classifier that has seen nothing of its unit. `units`: one an
/// example; those of equal number are left out together.
pub fn out_of_fold(
    examples: &[Example<'_>],
    units: &[usize],
    classes: usize,
    (folds, shrinkages): (usize, &[f64]),
) -> Vec<Vec<Scores>> {
    let by_fold: Vec<Vec<Option<Lda>>> = (0..folds)
        .into_par_iter()
        .map(|fold| {
            let seen: Vec<Example<'_>> = examples
                .iter()
                .zip(units)
                .filter(|(_, unit)| fold_of(**unit, folds) != fold)
                .map(|(example, _)| *example)
                .collect();
            let moments = Moments::of(&seen, classes);
            let lda = |shrinkage: &f64| moments.as_ref()?.lda(*shrinkage);
            shrinkages.par_iter().map(lda).collect()
        })
        .collect();
    (0..shrinkages.len())
        .map(|shrinkage| {
            let score = |(example, unit): (&Example<'_>, &usize)| {
                let lda = by_fold
                    .get(fold_of(*unit, folds))?
                    .get(shrinkage)?
                    .as_ref()?;
                Some(lda.scores(example.features))
            };
            examples.iter().zip(units).map(score).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    #[test]
    fn it_tells_classes_apart_that_it_has_not_seen_these_examples_of() {
        let mut stream = Stream::new(3, &[]);
        let features: Vec<Vec<f32>> = (0..90)
            .map(|at| {
                let mut row: Vec<f32> = (0..20).map(|_| stream.normal() as f32).collect();
                row[at % 3] += 5.0;
                row
            })
            .collect();
        let examples: Vec<Example<'_>> = features
            .iter()
            .enumerate()
            .map(|(at, features)| Example {
                features,
                class: at % 3,
            })
            .collect();
        let units: Vec<usize> = (0..90).map(|at| at / 3).collect();
        let right = out_of_fold(&examples, &units, 3, (5, &[0.3]))[0]
            .iter()
            .zip(&examples)
            .filter(|(scores, example)| {
                let scores = scores.as_ref().unwrap();
                let best =
                    (0..3).max_by(|&a, &b| scores[a].unwrap().total_cmp(&scores[b].unwrap()));
                best == Some(example.class)
            })
            .count();
        assert!(right > 85, "{right}");
        assert!(Moments::of(&examples[..1], 3).is_none());
    }
}
